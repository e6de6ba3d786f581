#include "exchange.h"

#include <arpa/inet.h>
#include <assert.h>
#include <sys/socket.h>

#include "connection.h"
#include "gauge.h"
#include "reason.h"
#include "server.h"

#define NO_BODY ((struct span){NULL, 0})

static void exchange_on_due(struct wakeup *wakeup);

static struct exchange *exchange_of_wakeup(struct wakeup *wakeup)
{
    return (struct exchange *)(void *)((char *)wakeup - offsetof(struct exchange, wakeup));
}

static const struct protocol *exchange_protocol(const struct exchange *exchange)
{
    return exchange->connection->protocol;
}

void exchange_init(struct exchange *exchange, struct connection *connection)
{
    *exchange = (struct exchange){
        .connection = connection,
        .request.is_secure = connection->transport.ssl != NULL,
        .wakeup = {.timer.place = TIMER_IDLE, .on_due = exchange_on_due},
    };
}

bool exchange_reads_body(const struct exchange *exchange)
{
    const struct server *server = exchange->connection->server;

    return !server->reads_body || server->reads_body(exchange);
}

/* The request gets no answer; those before it get theirs. */
static void exchange_end_with_connection(struct exchange *exchange)
{
    exchange_end(exchange, false);
    connection_end(exchange->connection, CONNECTION_ENDS);
}

static void exchange_tell_gauge(const struct request *request, struct gauge *gauge)
{
    const struct span body = {.bytes = request->body.bytes, .size = request->body.size};

    gauge_request_brought(gauge, request_method(request), request_header(request, GAUGE_HEADER), body);
}

void exchange_begin(struct exchange *exchange)
{
    struct server *server = exchange->connection->server;
    struct span target = request_target(&exchange->request);

    exchange->state = EXCHANGE_WAITING;
    gauge_request_began(server->gauge, target.bytes, target.size);
    if (server->gauge->arrival_capacity > 0)
        exchange_tell_gauge(&exchange->request, server->gauge);
    connection_end_idleness(exchange->connection);
    if (exchange->connection->ends_at_next)
        exchange_end_with_connection(exchange);
    else
        server->handle(exchange);
}

void exchange_end(struct exchange *exchange, bool answered)
{
    if (exchange->state == EXCHANGE_WAITING)
        gauge_request_ended(exchange->connection->server->gauge, answered);
    exchange->state = EXCHANGE_OVER;
}

static void exchange_clear_buffers(struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->buffers_used; i++)
        buffer_reuse(&exchange->buffers[i]);
    exchange->buffers_used = 0;
}

void exchange_recycle(struct exchange *exchange)
{
    loop_cancel(&exchange->connection->server->loop, &exchange->wakeup);
    exchange_clear_buffers(exchange);
    request_clear(&exchange->request);
    exchange->answer.header_count = 0;
    exchange->answer.in_steps = false;
    exchange->state = EXCHANGE_READING;
    exchange->step = STEP_DUE;
    exchange->step_count = 0;
    exchange->step_bytes = NO_BODY;
    exchange->is_raw = false;
    exchange->is_stalled = false;
}

void exchange_release(struct exchange *exchange)
{
    exchange_end(exchange, false);
    loop_cancel(&exchange->connection->server->loop, &exchange->wakeup);
    for (size_t i = 0; i < EXCHANGE_BUFFERS_MAX; i++)
        buffer_release(&exchange->buffers[i]);
    request_release(&exchange->request);
}

void *exchange_site(const struct exchange *exchange)
{
    return exchange->connection->server->site;
}

bool exchange_client(const struct exchange *exchange, char *text, size_t size)
{
    struct sockaddr_in peer = {.sin_family = AF_INET};
    socklen_t peer_size = sizeof peer;

    return getpeername(exchange->connection->transport.fd, (struct sockaddr *)&peer, &peer_size) == 0 &&
           inet_ntop(AF_INET, &peer.sin_addr, text, (socklen_t)size) != NULL;
}

struct buffer *exchange_buffer(struct exchange *exchange)
{
    assert(exchange->buffers_used < EXCHANGE_BUFFERS_MAX);
    return &exchange->buffers[exchange->buffers_used++];
}

void exchange_add_header(struct exchange *exchange, const char *name, struct span value)
{
    struct answer *answer = &exchange->answer;

    if (answer->header_count < EXCHANGE_HEADERS_MAX)
        answer->headers[answer->header_count++] = (struct answer_header){.name = name, .value = value};
}

/* RFC 9110, 6.4.1: these have no body, and so no length either. */
static bool exchange_status_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

static void exchange_start(struct exchange *exchange, int status, const char *content_type, uint64_t length)
{
    struct answer *answer = &exchange->answer;
    bool may_have_body = exchange_status_has_body(status);

    answer->status = status;
    answer->length = may_have_body ? length : EXCHANGE_LENGTH_UNKNOWN;
    answer->has_body = may_have_body && !span_is(request_method(&exchange->request), "HEAD");
    if (content_type)
        exchange_add_header(exchange, "content-type", span_of(content_type));
}

static void exchange_send(struct exchange *exchange, struct span body)
{
    exchange->answer.body = exchange->answer.has_body ? body : NO_BODY;
    exchange_protocol(exchange)->answer(exchange);
}

void exchange_answer(struct exchange *exchange, int status, const char *content_type, struct span body)
{
    exchange_start(exchange, status, content_type, body.size);
    exchange_send(exchange, body);
}

void exchange_answer_buffer(
    struct exchange *exchange, int status, const char *content_type, const struct buffer *body)
{
    if (body->out_of_memory)
        exchange_answer(exchange, 500, NULL, NO_BODY);
    else
        exchange_answer(exchange, status, content_type, span_of_buffer(body));
}

void exchange_answer_length(
    struct exchange *exchange, const char *content_type, struct span body, uint64_t content_length)
{
    exchange_start(exchange, 200, content_type, content_length);
    exchange_send(exchange, body);
}

void exchange_answer_error(struct exchange *exchange, int status, const char *reason)
{
    struct buffer *page = exchange_buffer(exchange);

    buffer_printf(page, "<!doctype html>\n<html lang=en>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>%s</p>\n",
        status, reason_phrase(status), reason_phrase(status), reason);
    exchange_answer_buffer(exchange, status, CONTENT_TYPE_HTML, page);
}

static void exchange_wake_after(struct exchange *exchange, uint64_t delay_ns)
{
    if (loop_wake_after(&exchange->connection->server->loop, &exchange->wakeup, delay_ns) != 0)
        exchange_hang_up(exchange, false);
}

static void exchange_on_due(struct wakeup *wakeup)
{
    struct exchange *exchange = exchange_of_wakeup(wakeup);
    struct connection *connection = exchange->connection;

    if (exchange->step == STEP_PAUSING) {
        exchange->step = STEP_DUE;
        exchange_protocol(exchange)->go_on(exchange);
    } else {
        exchange->later(exchange);
    }
    connection_settle(connection);
}

void exchange_later(struct exchange *exchange, uint64_t delay_ns, void (*answer)(struct exchange *exchange))
{
    if (delay_ns == 0) {
        answer(exchange);
        return;
    }
    exchange->later = answer;
    exchange_wake_after(exchange, delay_ns);
}

void exchange_answer_in_steps(
    struct exchange *exchange, const char *content_type, uint64_t content_length, const struct script *script)
{
    exchange_start(exchange, 200, content_type, content_length);
    if (!exchange->answer.has_body) {
        exchange_send(exchange, NO_BODY);
        return;
    }
    exchange->script = *script;
    exchange->answer.in_steps = true;
    exchange->answer.body = NO_BODY;
    exchange_protocol(exchange)->answer(exchange);
}

void exchange_speak(struct exchange *exchange, const struct script *script)
{
    exchange->script = *script;
    exchange->is_raw = true;
    exchange_protocol(exchange)->take_over(exchange);
}

void exchange_stall(struct exchange *exchange)
{
    exchange->is_stalled = true;
}

bool exchange_has_bytes(struct exchange *exchange)
{
    if (exchange->step_bytes.size > 0)
        return true;
    if (exchange->step == STEP_TAKEN) {
        exchange->step = exchange->script.pause_ns > 0 ? STEP_PAUSING : STEP_DUE;
        if (exchange->step == STEP_PAUSING)
            exchange_wake_after(exchange, exchange->script.pause_ns);
    }
    if (exchange->step == STEP_DUE)
        exchange->script.step(exchange, exchange->step_count++);
    return exchange->step_bytes.size > 0;
}

void step_send(struct exchange *exchange, struct span bytes)
{
    exchange->step = STEP_TAKEN;
    exchange->step_bytes = bytes;
}

void step_end(struct exchange *exchange)
{
    exchange->step = STEP_OVER;
}

void step_idle(struct exchange *exchange)
{
    exchange->step = STEP_IDLE;
}

void step_close(struct exchange *exchange)
{
    exchange->step = STEP_IDLE;
    exchange_hang_up(exchange, false);
}

void step_reset(struct exchange *exchange)
{
    exchange->step = STEP_IDLE;
    exchange_hang_up(exchange, true);
}

void exchange_hang_up(struct exchange *exchange, bool resets)
{
    exchange_end(exchange, false);
    connection_end(exchange->connection, resets ? CONNECTION_IS_RESET : CONNECTION_ENDS_NOW);
}

void exchange_hold_server(struct exchange *exchange, uint64_t duration_ns)
{
    loop_hold(&exchange->connection->server->loop, duration_ns);
}

void exchange_close_connection_after(struct exchange *exchange, uint64_t delay_ns)
{
    connection_close_when_idle(exchange->connection, delay_ns);
}

void exchange_close_connection_at_next(struct exchange *exchange)
{
    exchange->connection->ends_at_next = true;
}
