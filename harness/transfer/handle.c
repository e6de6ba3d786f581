/* handle: the options of an easy handle. One place, so that every strategy's transfers are the same. */
#include "internal.h"

#include <string.h>

/* Bodies are counted by libcurl and thrown away: keeping them would measure malloc. */
static size_t handle_sink(char *bytes, size_t size, size_t count, void *unused)
{
    (void)bytes;
    (void)unused;
    return size * count;
}

/*
 * libcurl takes an answer for complete whose headers break off, if the connection is closed there. A status
 * line begins a head and a blank line ends it; trailers, which come after the body, have neither.
 */
static size_t handle_watch_head(char *line, size_t size, size_t count, void *lane)
{
    struct lane *self = lane;

    if (count >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        self->has_answer = true;
        self->has_whole_head = false;
    } else if (count > 0 && (line[0] == '\r' || line[0] == '\n')) {
        self->has_whole_head = true;
    }
    return size * count;
}

/* libcurl is about to send the lane's request, for the first time or again. What it sends again after an
 * answer is no retry: 417 made it leave out "Expect". */
static int handle_count_sending(void *lane, char *address, char *local_address, int port, int local_port)
{
    (void)address;
    (void)local_address;
    (void)port;
    (void)local_port;
    struct lane *self = lane;
    self->sent_count += self->has_answer ? 0 : 1;
    return CURL_PREREQFUNC_OK;
}

/* libcurl is about to look up a name, on the clock: not one that was looked up in vain before. */
static int handle_start_look_up(void *resolver, void *reserved, void *lane)
{
    (void)resolver;
    (void)reserved;
    return lane_request(lane)->no_address ? 1 : 0;
}

static void handle_set_names(CURL *handle, const struct lanes *lanes, struct lane *lane)
{
    (void)curl_easy_setopt(handle, CURLOPT_RESOLVE, names_addresses(lanes->names));
    if (!names_have_problems(lanes->names) && !lanes->settings->follow_redirects)
        return;
    (void)curl_easy_setopt(handle, CURLOPT_RESOLVER_START_FUNCTION, handle_start_look_up);
    (void)curl_easy_setopt(handle, CURLOPT_RESOLVER_START_DATA, lane);
}

/* Unless told not to, libcurl obeys the proxy variables of the environment, for loopback too. */
static void handle_set_proxy(CURL *handle, const char *proxy)
{
    if (proxy && strcmp(proxy, PROXY_OF_ENVIRONMENT) == 0)
        return;
    (void)curl_easy_setopt(handle, CURLOPT_PROXY, proxy ? proxy : "");
    (void)curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
}

static void handle_set_connections(CURL *handle, const struct lanes *lanes)
{
    const struct settings *settings = lanes->settings;
    long fresh = settings->no_reuse ? 1L : 0L;

    (void)curl_easy_setopt(handle, CURLOPT_MAXCONNECTS, CONNECTIONS_KEPT_MAX);
    (void)curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, fresh);
    (void)curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, fresh);
    http_set_up(settings, handle);
    handle_set_proxy(handle, settings->proxy);
}

static void handle_set_up(const struct lanes *lanes, size_t lane, CURL *handle)
{
    const struct settings *settings = lanes->settings;

    lanes->items[lane].on_handle = NULL;
    /* Without NOSIGNAL, libcurl changes signal handlers around every transfer, which threads can't bear. */
    (void)curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(
        handle, CURLOPT_PRIVATE, (void *)(uintptr_t)lane); /* NOLINT(performance-no-int-to-ptr) */
    (void)curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, lanes->items[lane].error);
    (void)curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, handle_sink);
    (void)curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, handle_watch_head);
    (void)curl_easy_setopt(handle, CURLOPT_HEADERDATA, &lanes->items[lane]);
    (void)curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's are not the answer */
    (void)curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, handle_count_sending);
    (void)curl_easy_setopt(handle, CURLOPT_PREREQDATA, &lanes->items[lane]);
    (void)curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, attempt_open_socket);
    (void)curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &lanes->items[lane]);
    (void)curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, attempt_close_socket);
    (void)curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, &lanes->items[lane]);
    (void)curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    /* redirect.c follows: libcurl 7.88 would keep or lose methods, bodies and secrets against RFC 9110. */
    (void)curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms);
    (void)curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_timeout_ms);
    handle_set_names(handle, lanes, &lanes->items[lane]);
    handle_set_connections(handle, lanes);
    spread_set_up(lanes, lane, handle);
    trust_set_up(&lanes->items[lane].handshakes, settings, handle);
}

CURL *handle_create(const struct lanes *lanes, size_t lane, struct failure *failure)
{
    CURL *handle = curl_easy_init();

    if (handle)
        handle_set_up(lanes, lane, handle);
    else
        failure_set(failure, FAILURE_RUN, "libcurl can't make a handle: out of memory");
    return handle;
}

void handle_forget_retries(const struct lanes *lanes, size_t lane)
{
    curl_easy_reset(lanes->items[lane].handle);
    handle_set_up(lanes, lane, lanes->items[lane].handle);
}

/* HTTPGET and POST also undo NOBODY, so each request needs its own kind set and nothing undone. */
static void handle_set_method(CURL *handle, const struct prepared_request *request)
{
    const char *implied = "GET";

    if (request->content != CONTENT_NONE) {
        implied = "POST";
        (void)curl_easy_setopt(handle, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, request->body_size);
        (void)curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    } else if (strcmp(request->method, "HEAD") == 0) {
        implied = "HEAD";
        (void)curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    } else {
        (void)curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    }
    bool is_implied = strcmp(request->method, implied) == 0;
    (void)curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, is_implied ? NULL : request->method);
}

void handle_set_request(struct lane *lane, const struct prepared_request *request)
{
    CURL *handle = lane->handle;

    (void)curl_easy_setopt(handle, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, request->http_version);
    (void)curl_easy_setopt(handle, CURLOPT_HTTPHEADER, request->headers);
    handle_set_method(handle, request);
    lane->on_handle = request;
}
