/* spread: lanes take turns on the addresses of the embedded origin, for paths. What URLs say stays the same,
 * and so do names in certificates; lane 0 and every Kth after it go to 127.0.0.1. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

#define AUTHORITY_MAX 64
#define ENTRY_SIZE    (2 * AUTHORITY_MAX + 32)

/* "127.0.0.1:8080" of "http://127.0.0.1:8080/": how long it is, and where its port begins. */
static const char *spread_authority(const char *base_url, size_t *length, const char **port)
{
    const char *start = strstr(base_url, "://");

    start = start ? start + strlen("://") : base_url;
    *length = strcspn(start, "/");
    *port = memchr(start, ':', *length);
    return *port && *length < AUTHORITY_MAX ? start : NULL;
}

int spread_prepare(struct lanes *lanes, struct failure *failure)
{
    const struct settings *settings = lanes->settings;
    char entry[ENTRY_SIZE];
    const char *port = NULL;
    size_t length = 0;

    if (settings->origin_addresses <= 1)
        return 0;
    const char *authority = settings->base_url ? spread_authority(settings->base_url, &length, &port) : NULL;
    if (!authority)
        return failure_set(failure, FAILURE_RUN, "the embedded origin has no address to spread over");
    for (size_t i = 0; i < settings->origin_addresses && i < ORIGIN_ADDRESSES_MAX; i++) {
        (void)snprintf(entry, sizeof entry, "%.*s:127.0.0.%zu%.*s", (int)length, authority, i + 1,
            (int)(authority + length - port), port);
        lanes->addresses[i] = curl_slist_append(NULL, entry);
        if (!lanes->addresses[i])
            return failure_set(failure, FAILURE_RUN, "out of memory for the origin's addresses");
    }
    return 0;
}

void spread_set_up(const struct lanes *lanes, size_t lane, CURL *handle)
{
    if (lanes->addresses[0])
        (void)curl_easy_setopt(
            handle, CURLOPT_CONNECT_TO, lanes->addresses[lane % lanes->settings->origin_addresses]);
}

void spread_release(struct lanes *lanes)
{
    for (size_t i = 0; i < ORIGIN_ADDRESSES_MAX; i++)
        curl_slist_free_all(lanes->addresses[i]);
}
