/* elsewhere: which requests went to another machine. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#include "elsewhere.h"
#include "loopback.h"

static bool elsewhere_is_host(const char *host)
{
    return !loopback_is_host(host, strlen(host));
}

/* Of a URL that can't be read: yes, because it is not known to be harmless. */
static bool elsewhere_is_url(const char *url)
{
    CURLU *parser = curl_url();
    char *host = NULL;

    bool is_read = parser && curl_url_set(parser, CURLUPART_URL, url, 0) == CURLUE_OK &&
                   curl_url_get(parser, CURLUPART_HOST, &host, 0) == CURLUE_OK;
    bool is_elsewhere = !is_read || elsewhere_is_host(host);
    curl_free(host);
    curl_url_cleanup(parser);
    return is_elsewhere;
}

static void elsewhere_mark(struct prepared_requests *prepared)
{
    const char *last = NULL;
    size_t last_length = 0;
    bool is_elsewhere = false;

    for (size_t i = 0; i < prepared->count; i++) {
        const char *url = prepared->items[i].url;
        size_t length = workload_authority_length(url);
        if (!last || length != last_length || strncmp(url, last, length) != 0)
            is_elsewhere = elsewhere_is_url(url); /* once for a million requests to one server */
        last = url;
        last_length = length;
        prepared->items[i].names_elsewhere = is_elsewhere;
    }
}

void elsewhere_watch_proxy(struct lanes *lanes)
{
    elsewhere_mark(&lanes->prepared);
    atomic_store(&lanes->shared->may_leave, true);
}

/*
 * What counts is the address that a connection had, a new one or one that was kept: the server's, or that of
 * a proxy, which takes on what names another machine.
 */
static bool elsewhere_was_tried(const struct lanes *lanes, const struct lane *lane)
{
    const char *host = lane->redirect.count > 0 ? lane->redirect.host : NULL;
    const char *address = NULL;

    if (lane->attempt.was_elsewhere)
        return true;
    (void)curl_easy_getinfo(lane->handle, CURLINFO_PRIMARY_IP, &address);
    if (!address || address[0] == '\0')
        return false;
    if (elsewhere_is_host(address))
        return true;
    return lanes->settings->proxy && (host ? elsewhere_is_host(host) : lane->request->names_elsewhere);
}

/* No transfer can have left this machine. A kept connection was opened by some lane of the trial. */
static bool elsewhere_is_ruled_out(const struct lanes *lanes)
{
    return !atomic_load_explicit(&lanes->shared->may_leave, memory_order_relaxed);
}

/* What names this machine left it nevertheless: there is a proxy, and that is what is elsewhere. */
static void elsewhere_count_turn(struct elsewhere *elsewhere, const char *host, uint64_t requests)
{
    const char *way = elsewhere_is_host(host) ? "" : " by way of a proxy";
    char name[ELSEWHERE_NAME_SIZE];

    (void)snprintf(name, sizeof name, "%s%s", host, way);
    elsewhere_count_redirected(elsewhere, name, requests);
}

/* A connection that was refused, or whose certificate was bad, counts as a request: that is what came of it.
 */
void elsewhere_note(const struct lanes *lanes, const struct lane *lane)
{
    uint64_t requests = lane->sent_count > 0 ? lane->sent_count : 1;

    if (elsewhere_is_ruled_out(lanes) || !elsewhere_was_tried(lanes, lane))
        return;
    if (lane->redirect.count > 0)
        elsewhere_count_turn(&lanes->records->elsewhere, lane->redirect.host, requests);
    else
        elsewhere_count(&lanes->records->elsewhere, requests);
}
