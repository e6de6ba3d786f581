#include "routes.h"

#include <stdbool.h>
#include <string.h>

#include "answers.h"
#include "faults.h"
#include "text.h"

#define METHOD_ANY (METHOD_GET | METHOD_POST | METHOD_PUT | METHOD_PATCH | METHOD_DELETE | METHOD_TRACE)

const struct route routes[] = {
    {"/", ROUTE_PLAIN, METHOD_GET, answer_landing, "this page"},
    {"/get", ROUTE_PLAIN, METHOD_GET, answer_get, "the request as JSON"},
    {"/post", ROUTE_PLAIN, METHOD_POST, answer_body, "the request and its body as JSON"},
    {"/put", ROUTE_PLAIN, METHOD_PUT, answer_body, "the request and its body as JSON"},
    {"/patch", ROUTE_PLAIN, METHOD_PATCH, answer_body, "the request and its body as JSON"},
    {"/delete", ROUTE_PLAIN, METHOD_DELETE, answer_body, "the request and its body as JSON"},
    {"/anything", ROUTE_PLAIN, METHOD_ANY, answer_anything, "the request, method and body as JSON"},
    {"/anything/{path}", ROUTE_REST, METHOD_ANY, answer_anything, "the same"},
    {"/headers", ROUTE_PLAIN, METHOD_GET, answer_headers, "the request's headers as JSON"},
    {"/status/{codes}", ROUTE_SEGMENT, METHOD_ANY, answer_status,
        "a status, or one drawn from a list: 200:3,500:1"},
    {"/delay/{seconds}", ROUTE_SEGMENT, METHOD_GET, answer_delay,
        "the request as JSON, after a delay of at most 10 s"},
    {"/bytes/{n}", ROUTE_NUMBER, METHOD_GET, answer_bytes,
        "n random bytes, at most 102400; ?seed= repeats them"},
    {"/stream-bytes/{n}", ROUTE_NUMBER, METHOD_GET, answer_stream_bytes,
        "the same, without announcing the length"},
    {"/redirect/{n}", ROUTE_NUMBER, METHOD_GET, answer_redirect,
        "n redirects; ?absolute=true for absolute URLs"},
    {"/relative-redirect/{n}", ROUTE_NUMBER, METHOD_GET, answer_relative_redirect, "n redirects to paths"},
    {"/absolute-redirect/{n}", ROUTE_NUMBER, METHOD_GET, answer_absolute_redirect,
        "n redirects to absolute URLs"},
    {"/fault/", ROUTE_PLAIN, METHOD_GET, answer_faults, "the list of faults, as JSON"},
    {"/fault/{name}", ROUTE_SEGMENT, METHOD_ANY, answer_fault, "a server that misbehaves, see below"},
    {NULL, ROUTE_PLAIN, 0, NULL, NULL},
};

static const struct {
    enum method method;
    const char *name;
} methods[] = {
    {METHOD_GET, "GET"},
    {METHOD_HEAD, "HEAD"},
    {METHOD_POST, "POST"},
    {METHOD_PUT, "PUT"},
    {METHOD_PATCH, "PATCH"},
    {METHOD_DELETE, "DELETE"},
    {METHOD_TRACE, "TRACE"},
    {METHOD_OPTIONS, "OPTIONS"},
};

#define METHOD_COUNT (sizeof methods / sizeof methods[0])

unsigned method_parse(const char *name, size_t size)
{
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strlen(methods[i].name) == size && memcmp(methods[i].name, name, size) == 0)
            return methods[i].method;
    return 0;
}

unsigned route_methods(const struct route *route)
{
    unsigned head = (route->methods & METHOD_GET) != 0 ? METHOD_HEAD : 0;

    return route->methods | head | METHOD_OPTIONS;
}

void route_append_allow(const struct route *route, struct buffer *buffer)
{
    const char *separator = "";

    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if ((route_methods(route) & methods[i].method) == 0)
            continue;
        buffer_append_text(buffer, separator);
        buffer_append_text(buffer, methods[i].name);
        separator = ", ";
    }
}

/* The length of the part of `path` before the route's {name}, or SIZE_MAX when they differ there. */
static size_t route_prefix_size(const struct route *route, const char *path, size_t size)
{
    size_t at = 0;

    for (; route->path[at] != '\0' && route->path[at] != '{'; at++)
        if (at == size || path[at] != route->path[at])
            return SIZE_MAX;
    return at;
}

static bool route_takes_argument(struct route_match *match)
{
    size_t size = match->argument_size;

    switch (match->route->argument) {
    case ROUTE_PLAIN:
        return size == 0;
    case ROUTE_NUMBER:
        return text_parse_count(match->argument, size, &match->number);
    case ROUTE_SEGMENT:
        return size > 0 && !memchr(match->argument, '/', size);
    case ROUTE_REST:
        return size > 0 && match->argument[0] != '/';
    }
    return false;
}

struct route_match routes_match(const char *path, size_t size)
{
    for (const struct route *route = routes; route->path; route++) {
        size_t prefix = route_prefix_size(route, path, size);
        if (prefix == SIZE_MAX)
            continue;
        struct route_match match = {
            .route = route, .argument = path + prefix, .argument_size = size - prefix};
        if (route_takes_argument(&match))
            return match;
    }
    return (struct route_match){.route = NULL};
}
