/* checks: what becomes of each method at each redirect. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "listener.h"
#include "play.h"

/*
 * RFC 9110, 15.4: 300, 307 and 308 change nothing; 301 and 302 may make a POST a GET, and everybody does so;
 * 303 is answered by a GET, or a HEAD, without a body. 304, 305 and 306 lead nowhere.
 */
static const unsigned int codes[] = {300, 301, 302, 303, 307, 308, 304, 305, 306};
#define CODE_COUNT     (sizeof codes / sizeof codes[0])
#define FOLLOWED_COUNT 6

static const struct {
    const char *method;
    const char *body;                    /* NULL: none */
    const char *becomes[FOLLOWED_COUNT]; /* the method that is sent to where it leads */
} methods[] = {
    {"GET", NULL, {"GET", "GET", "GET", "GET", "GET", "GET"}},
    {"HEAD", NULL, {"HEAD", "HEAD", "HEAD", "HEAD", "HEAD", "HEAD"}},
    {"POST", "posted", {"POST", "GET", "GET", "GET", "POST", "POST"}},
    {"POST", NULL, {"POST", "GET", "GET", "GET", "POST", "POST"}},
    {"PUT", "put", {"PUT", "PUT", "PUT", "GET", "PUT", "PUT"}},
    {"PATCH", "patched", {"PATCH", "PATCH", "PATCH", "GET", "PATCH", "PATCH"}},
    {"DELETE", NULL, {"DELETE", "DELETE", "DELETE", "GET", "DELETE", "DELETE"}},
    {"DELETE", "with this", {"DELETE", "DELETE", "DELETE", "GET", "DELETE", "DELETE"}},
    {"OPTIONS", NULL, {"OPTIONS", "OPTIONS", "OPTIONS", "GET", "OPTIONS", "OPTIONS"}},
    {"REPORT", "of late", {"REPORT", "REPORT", "REPORT", "GET", "REPORT", "REPORT"}},
};
#define METHOD_COUNT (sizeof methods / sizeof methods[0])

/* One batch of each method and code. */
static void redirects_write_workload(struct buffer *json)
{
    for (size_t i = 0; i < METHOD_COUNT * CODE_COUNT; i++) {
        const char *body = methods[i / CODE_COUNT].body;
        buffer_printf(json, "%s[{\"method\": \"%s\", \"url\": \"/redirect/%u\"", i == 0 ? "[" : ", ",
            methods[i / CODE_COUNT].method, codes[i % CODE_COUNT]);
        if (body)
            buffer_printf(json, ", \"body\": \"%s\", \"headers\": {\"Content-Language\": \"en\"}", body);
        buffer_append_text(json, "}]");
    }
    buffer_append(json, "]", 2);
}

static int redirects_judge_request(
    const char *request, const char *method, const char *path, const char *body, struct failure *failure)
{
    char line[64];

    (void)snprintf(line, sizeof line, "%s %s HTTP/1.1\r\n", method, path);
    bool has_line = request && strncmp(request, line, strlen(line)) == 0;
    bool has_body = request && strcmp(strstr(request, "\r\n\r\n") + 4, body ? body : "") == 0;
    bool speaks_of_body =
        request && (strstr(request, "\r\nContent-Type:") || strstr(request, "\r\nContent-Language:"));
    if (has_line && has_body && speaks_of_body == (body != NULL) &&
        strstr(request, "\r\nAuthorization: ours\r\n"))
        return 0;
    return failure_set(failure, FAILURE_RUN, "instead of %s %s with '%s' came '%s'", method, path,
        body ? body : "", request ? request : "nothing");
}

static int redirects_judge(
    const struct stage *stage, const struct listener *listener, struct failure *failure)
{
    size_t arrived = 0;

    if (play_expect_all(stage, OUTCOME_OK, failure) != 0)
        return -1;
    for (size_t i = 0; !stage_sends_nothing(stage) && i < METHOD_COUNT * CODE_COUNT; i++) {
        size_t code = i % CODE_COUNT;
        const char *method = methods[i / CODE_COUNT].method;
        const char *body = methods[i / CODE_COUNT].body;
        char path[32];
        (void)snprintf(path, sizeof path, "/redirect/%u", codes[code]);
        if (redirects_judge_request(listener_request(listener, arrived++), method, path, body, failure) != 0)
            return -1;
        if (code >= FOLLOWED_COUNT)
            continue;
        const char *then = methods[i / CODE_COUNT].becomes[code];
        const char *then_body = strcmp(then, method) == 0 ? body : NULL;
        if (redirects_judge_request(
                listener_request(listener, arrived++), then, "/there", then_body, failure) != 0)
            return -1;
    }
    if (listener_request_count(listener) != arrived)
        return failure_set(
            failure, FAILURE_RUN, "%zu requests arrived, not %zu", listener_request_count(listener), arrived);
    return 0;
}

int contract_follows_redirects_with_the_method_and_body_that_rfc_9110_says(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct listener *listener = listener_start(failure);
    struct buffer workload = {0};
    struct stage stage;

    (void)contract;
    if (!listener)
        return -1;
    listener_redirect_to(listener, "/there");
    redirects_write_workload(&workload);
    struct scene scene = {
        .spec = spec,
        .workload = workload.bytes,
        .base_url = listener_base_url(listener),
        .concurrency = 1, /* so that they arrive in the order of the workload */
        .follow_redirects = true,
        .header = "Authorization: ours",
    };
    int result = stage_play(&stage, &scene, failure);
    listener_finish(listener);
    if (result == 0)
        result = redirects_judge(&stage, listener, failure);
    stage_close(&stage);
    listener_destroy(listener);
    buffer_release(&workload);
    return result;
}
