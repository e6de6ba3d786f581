#include "exchange.h"

#include <string.h>
#include <sys/socket.h>

#include "loopback.h"
#include "server.h"
#include "status.h"
#include "text.h"

#define NO_BODY ((h2o_iovec_t){NULL, 0})

h2o_iovec_t exchange_query(const struct exchange *exchange)
{
    const h2o_req_t *request = exchange->request;

    if (request->query_at == SIZE_MAX)
        return h2o_iovec_init(NULL, 0);
    return h2o_iovec_init(
        request->path.base + request->query_at + 1, request->path.len - request->query_at - 1);
}

h2o_iovec_t exchange_header(const struct exchange *exchange, const char *name)
{
    const h2o_headers_t *headers = &exchange->request->headers;
    ssize_t at = h2o_find_header_by_str(headers, name, strlen(name), -1);

    return at < 0 ? h2o_iovec_init(NULL, 0) : headers->entries[at].value;
}

static void exchange_release_buffer(void *buffer)
{
    buffer_release(buffer);
}

struct buffer *exchange_buffer(struct exchange *exchange)
{
    struct buffer *buffer =
        h2o_mem_alloc_shared(&exchange->request->pool, sizeof(struct buffer), exchange_release_buffer);

    *buffer = (struct buffer){0};
    return buffer;
}

void exchange_add_header(struct exchange *exchange, const char *name, h2o_iovec_t value)
{
    h2o_req_t *request = exchange->request;

    h2o_add_header_by_str(
        &request->pool, &request->res.headers, name, strlen(name), 1, NULL, value.base, value.len);
}

/* What else it adds for browsers that ask before they send. */
static void exchange_add_preflight_headers(struct exchange *exchange)
{
    h2o_iovec_t wanted = exchange_header(exchange, "access-control-request-headers");

    exchange_add_header(exchange, "access-control-allow-methods",
        h2o_iovec_init(H2O_STRLIT("GET, POST, PUT, DELETE, PATCH, OPTIONS")));
    exchange_add_header(exchange, "access-control-max-age", h2o_iovec_init(H2O_STRLIT("3600")));
    if (wanted.len > 0)
        exchange_add_header(exchange, "access-control-allow-headers", wanted);
}

/* Without the port; of "[::1]:80" the brackets stay. */
static bool exchange_is_loopback(const char *authority, size_t size)
{
    const char *colon = memrchr(authority, ':', size);
    const char *bracket = memrchr(authority, ']', size);

    if (colon && (!bracket || bracket < colon))
        size = (size_t)(colon - authority);
    return loopback_is_host(authority, size);
}

/* Is this the origin of a page that was loaded from this machine? "null" is not: any page can become that. */
static bool exchange_is_own_page(h2o_iovec_t origin)
{
    const char *scheme_end = memmem(origin.base, origin.len, "://", 3);

    if (!scheme_end)
        return false;
    const char *authority = scheme_end + 3;
    return exchange_is_loopback(authority, (size_t)(origin.base + origin.len - authority));
}

/*
 * A page in a browser on this machine can make a name of its own lead to 127.0.0.1 (DNS rebinding). Its
 * requests come with that name. Programs that are no browsers may leave it out.
 */
static bool exchange_is_for_this_machine(const struct exchange *exchange)
{
    h2o_iovec_t authority = exchange->request->authority;

    return authority.len == 0 || exchange_is_loopback(authority.base, authority.len);
}

/* What httpbin adds to every answer, so that pages of other origins may read it. Here only pages of this
 * machine may: every other page that a browser on it shows could use this server too. */
static void exchange_allow_other_origins(struct exchange *exchange)
{
    h2o_iovec_t origin = exchange_header(exchange, "origin");

    if (origin.len > 0 && !exchange_is_own_page(origin))
        return;
    exchange_add_header(
        exchange, "access-control-allow-origin", origin.len > 0 ? origin : h2o_iovec_init(H2O_STRLIT("*")));
    exchange_add_header(exchange, "access-control-allow-credentials", h2o_iovec_init(H2O_STRLIT("true")));
    if (h2o_memis(exchange->request->method.base, exchange->request->method.len, H2O_STRLIT("OPTIONS")))
        exchange_add_preflight_headers(exchange);
}

static void exchange_start(struct exchange *exchange, int status, const char *content_type)
{
    h2o_req_t *request = exchange->request;

    request->res.status = status;
    request->res.reason = status_reason(status);
    request->res.content_length = SIZE_MAX;
    if (content_type)
        h2o_add_header(&request->pool, &request->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, content_type,
            strlen(content_type));
    exchange_allow_other_origins(exchange);
}

/* The gauge is told first: nobody who has seen the answer may still see the request in flight. */
static void exchange_send(struct exchange *exchange, h2o_iovec_t body)
{
    static h2o_generator_t generator = {NULL, NULL};
    h2o_req_t *request = exchange->request;
    bool head = h2o_memis(request->method.base, request->method.len, H2O_STRLIT("HEAD"));

    gauge_request_ended(exchange->server->gauge, true);
    h2o_start_response(request, &generator);
    h2o_send(request, &body, head || body.len == 0 ? 0 : 1, H2O_SEND_STATE_FINAL);
}

/* RFC 9110, 6.4.1: these have no body, and so no length either. */
static bool exchange_status_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

void exchange_answer(struct exchange *exchange, int status, const char *content_type, h2o_iovec_t body)
{
    exchange_start(exchange, status, content_type);
    if (exchange_status_has_body(status))
        exchange->request->res.content_length = body.len;
    else
        body.len = 0;
    exchange_send(exchange, body);
}

void exchange_answer_buffer(
    struct exchange *exchange, int status, const char *content_type, const struct buffer *body)
{
    if (body->out_of_memory)
        exchange_answer(exchange, 500, NULL, NO_BODY);
    else
        exchange_answer(exchange, status, content_type, h2o_iovec_init(body->bytes, body->size));
}

void exchange_answer_stream(struct exchange *exchange, const char *content_type, h2o_iovec_t body)
{
    exchange_start(exchange, 200, content_type);
    if (exchange->request->version < 0x101)
        exchange->request->http1_is_persistent =
            0; /* HTTP/1.0 has no chunks: the end of the connection ends the body */
    exchange_send(exchange, body);
}

void exchange_answer_length(
    struct exchange *exchange, const char *content_type, h2o_iovec_t body, size_t content_length)
{
    exchange_start(exchange, 200, content_type);
    exchange->request->res.content_length = content_length;
    exchange_send(exchange, body);
}

void exchange_answer_error(struct exchange *exchange, int status, const char *reason)
{
    struct buffer *page = exchange_buffer(exchange);

    buffer_printf(page, "<!doctype html>\n<html lang=en>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>%s</p>\n",
        status, status_reason(status), status_reason(status), reason);
    exchange_answer_buffer(exchange, status, CONTENT_TYPE_HTML, page);
}

struct connection *exchange_connection(const struct exchange *exchange)
{
    h2o_conn_t *connection = exchange->request->conn;

    return connection->callbacks->get_socket(connection)->on_close.data;
}

void exchange_hang_up(struct exchange *exchange)
{
    (void)shutdown(h2o_socket_get_fd(exchange_connection(exchange)->socket), SHUT_RDWR);
    exchange_abandon(exchange);
}

void exchange_abandon(struct exchange *exchange)
{
    static h2o_generator_t generator = {NULL, NULL};
    h2o_req_t *request = exchange->request;

    gauge_request_ended(exchange->server->gauge, false);
    /* h2o offers no way to close a connection amid a request: it does so after an answer that says
     * "connection: close". */
    request->http1_is_persistent = 0;
    request->res.status = 503;
    request->res.reason = status_reason(503);
    request->res.content_length = 0;
    h2o_start_response(request, &generator);
    h2o_send(request, NULL, 0, H2O_SEND_STATE_FINAL);
}

static void exchange_add_allow(struct exchange *exchange)
{
    struct buffer *allow = exchange_buffer(exchange);

    route_append_allow(exchange->match.route, allow);
    exchange_add_header(exchange, "allow", h2o_iovec_init(allow->bytes, allow->size));
}

/* The path without its query, percent-decoded; most have nothing to decode. */
static h2o_iovec_t exchange_path(struct exchange *exchange)
{
    const h2o_req_t *request = exchange->request;
    size_t size = request->query_at == SIZE_MAX ? request->path.len : request->query_at;

    if (!memchr(request->path.base, '%', size))
        return h2o_iovec_init(request->path.base, size);
    struct buffer *decoded = exchange_buffer(exchange);
    text_append_unquoted(decoded, request->path.base, size, false);
    return h2o_iovec_init(decoded->bytes, decoded->size);
}

void exchange_begin(struct server *server, h2o_req_t *request)
{
    struct exchange exchange = {.server = server, .request = request};
    unsigned method = method_parse(request->method.base, request->method.len);
    h2o_iovec_t path = exchange_path(&exchange);

    gauge_request_began(server->gauge, request->path.base, request->path.len);
    exchange.match = routes_match(path.base, path.len);
    if (exchange_connection(&exchange)->drops_next) {
        exchange_hang_up(&exchange);
    } else if (!exchange_is_for_this_machine(&exchange)) {
        exchange_answer_error(&exchange, 421,
            "The origin answers to names and addresses of this machine only, such as 127.0.0.1.");
    } else if (!exchange.match.route) {
        exchange_answer_error(&exchange, 404, "The origin does not know this path; / lists those it knows.");
    } else if ((route_methods(exchange.match.route) & method) == 0) {
        exchange_add_allow(&exchange);
        exchange_answer_error(&exchange, 405, "This path does not take that method.");
    } else if (method == METHOD_OPTIONS) {
        exchange_add_allow(&exchange);
        exchange_answer(&exchange, 200, CONTENT_TYPE_HTML, NO_BODY);
    } else {
        exchange.match.route->answer(&exchange);
    }
}
