/*
 * HTTP/1.0 and 1.1 on a connection: one request after the other. What the client sends while one is being
 * answered waits.
 */
#include <stdlib.h>

#include "clock.h"
#include "connection.h"
#include "date.h"
#include "gauge.h"
#include "http1_parser.h"
#include "reason.h"

#define HTTP1_AHEAD_ENOUGH ((size_t)64 * 1024) /* no more is read before a request is answered */

struct http1 {
    struct connection *connection;
    struct http1_parser parser;
    struct exchange exchange;
    struct buffer ahead; /* received, and not read yet */
};

static void http1_next_request(struct http1 *http1)
{
    exchange_recycle(&http1->exchange);
    http1_parser_begin(&http1->parser, &http1->exchange.request);
}

static void *http1_open(struct connection *connection)
{
    struct http1 *http1 = calloc(1, sizeof *http1);

    if (!http1)
        return NULL;
    http1->connection = connection;
    exchange_init(&http1->exchange, connection);
    http1_next_request(http1);
    return http1;
}

static void http1_append_number(struct buffer *output, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buffer_append(output, digits + at, sizeof digits - at);
}

/* And the date (RFC 9110, 6.6.1). */
static void http1_append_status_line(struct buffer *output, int status)
{
    struct span date = date_now();

    buffer_append_text(output, "HTTP/1.1 ");
    http1_append_number(output, (uint64_t)status);
    buffer_append_text(output, " ");
    buffer_append_text(output, reason_phrase(status));
    buffer_append_text(output, "\r\nDate: ");
    buffer_append(output, date.bytes, date.size);
    buffer_append_text(output, "\r\n");
}

/* Is the body sent in chunks? HTTP/1.0 has none: there the end of the connection ends the body. */
static bool http1_is_chunked(const struct exchange *exchange)
{
    return exchange->answer.has_body && exchange->answer.length == EXCHANGE_LENGTH_UNKNOWN &&
           exchange->request.version == 11;
}

static bool http1_keeps_alive(const struct http1 *http1)
{
    const struct exchange *exchange = &http1->exchange;
    bool ends_with_connection = exchange->answer.has_body &&
                                exchange->answer.length == EXCHANGE_LENGTH_UNKNOWN &&
                                exchange->request.version != 11;

    return http1->parser.keeps_alive && !ends_with_connection;
}

static void http1_append_framing(struct http1 *http1, struct buffer *output)
{
    const struct exchange *exchange = &http1->exchange;

    if (exchange->answer.length != EXCHANGE_LENGTH_UNKNOWN) {
        buffer_append_text(output, "Content-Length: ");
        http1_append_number(output, exchange->answer.length);
        buffer_append_text(output, "\r\n");
    } else if (http1_is_chunked(exchange)) {
        buffer_append_text(output, "Transfer-Encoding: chunked\r\n");
    }
    if (!http1_keeps_alive(http1))
        buffer_append_text(output, "Connection: close\r\n");
    else if (exchange->request.version == 10)
        buffer_append_text(output, "Connection: keep-alive\r\n");
}

static void http1_append_head(struct http1 *http1, struct buffer *output)
{
    const struct answer *answer = &http1->exchange.answer;

    http1_append_status_line(output, answer->status);
    for (size_t i = 0; i < answer->header_count; i++) {
        const struct answer_header *header = &answer->headers[i];
        buffer_append_text(output, header->name);
        buffer_append_text(output, ": ");
        buffer_append(output, header->value.bytes, header->value.size);
        buffer_append_text(output, "\r\n");
    }
    http1_append_framing(http1, output);
    buffer_append_text(output, "\r\n");
}

static void http1_append_body(struct http1 *http1, struct span bytes)
{
    struct buffer *output = &http1->connection->output;
    bool is_chunk = !http1->exchange.is_raw && http1_is_chunked(&http1->exchange);

    if (bytes.size == 0)
        return;
    if (is_chunk)
        buffer_printf(output, "%zx\r\n", bytes.size);
    buffer_append(output, bytes.bytes, bytes.size);
    if (is_chunk)
        buffer_append_text(output, "\r\n");
}

/* The answer is complete. */
static void http1_end_answer(struct http1 *http1)
{
    exchange_end(&http1->exchange, true);
    if (http1_is_chunked(&http1->exchange))
        buffer_append_text(&http1->connection->output, "0\r\n\r\n");
    if (!http1_keeps_alive(http1))
        connection_end(http1->connection, CONNECTION_ENDS);
}

static void http1_answer(struct exchange *exchange)
{
    struct http1 *http1 = exchange->connection->state;

    http1_append_head(http1, &http1->connection->output);
    http1_append_body(http1, exchange->answer.body);
    if (!exchange->answer.in_steps)
        http1_end_answer(http1);
}

/* What can't be read is answered, and nothing after it can be read either. It does not count as a request. */
static void http1_refuse(struct http1 *http1)
{
    struct connection *connection = http1->connection;
    struct exchange *exchange = &http1->exchange;

    exchange->state = EXCHANGE_OVER;
    http1->parser.keeps_alive = false;
    connection->ends_amid = true;
    exchange_answer_error(exchange, http1->parser.refusal, "The request can't be read.");
}

/* What a client waits for that asks before it sends the body. */
static void http1_continue(struct http1 *http1)
{
    http1->parser.expects_continue = false;
    if (http1->exchange.request.body.size == 0)
        buffer_append_text(&http1->connection->output, "HTTP/1.1 100 Continue\r\n\r\n");
}

static bool http1_may_read(const struct http1 *http1)
{
    return http1->exchange.state == EXCHANGE_READING && http1->connection->end == CONNECTION_STAYS &&
           http1->connection->output.size < CONNECTION_OUTPUT_ENOUGH;
}

/* Reads requests and has them answered, as far as that can be done now. Returns how many bytes were used. */
static size_t http1_read(struct http1 *http1, const char *bytes, size_t size)
{
    size_t used = 0;

    while (used < size && http1_may_read(http1)) {
        used += http1_parser_feed(&http1->parser, bytes + used, size - used);
        if (http1->parser.stage == HTTP1_WHOLE)
            exchange_begin(&http1->exchange);
        else if (http1->parser.stage == HTTP1_REFUSED)
            http1_refuse(http1);
        else if (http1->parser.expects_continue)
            http1_continue(http1);
        if (http1->exchange.state == EXCHANGE_OVER)
            http1_next_request(http1);
    }
    return used;
}

/* Nothing that comes now will be read as a request: it is thrown away, since the client's end is behind it.
 */
static bool http1_is_deaf(const struct http1 *http1)
{
    const struct exchange *exchange = &http1->exchange;

    return exchange->is_raw || exchange->is_stalled || http1->connection->end != CONNECTION_STAYS;
}

static void http1_keep(struct http1 *http1, const char *bytes, size_t size)
{
    if (http1_is_deaf(http1)) {
        buffer_reuse(&http1->ahead);
        return;
    }
    buffer_append(&http1->ahead, bytes, size);
    if (http1->ahead.size >= HTTP1_AHEAD_ENOUGH)
        http1->connection->is_full = true;
    if (http1->ahead.out_of_memory)
        connection_end(http1->connection, CONNECTION_ENDS_NOW);
}

static void http1_receive(struct connection *connection, const char *bytes, size_t size)
{
    struct http1 *http1 = connection->state;
    size_t used = http1->ahead.size == 0 ? http1_read(http1, bytes, size) : 0;

    if (used < size)
        http1_keep(http1, bytes + used, size - used);
}

/* Goes on with what waited. */
static void http1_read_ahead(struct http1 *http1)
{
    struct buffer ahead = http1->ahead;
    size_t used;

    if (ahead.size == 0 || !http1_may_read(http1))
        return;
    http1->ahead = (struct buffer){0};
    used = http1_read(http1, ahead.bytes, ahead.size);
    if (used < ahead.size)
        http1_keep(http1, ahead.bytes + used, ahead.size - used);
    buffer_release(&ahead);
    if (http1->connection->is_full && http1->ahead.size < HTTP1_AHEAD_ENOUGH)
        connection_read_on(http1->connection);
}

/* Of a script, if there is one whose turn it is. */
static void http1_take_step(struct http1 *http1)
{
    struct exchange *exchange = &http1->exchange;
    bool has_script = exchange->is_raw || exchange->answer.in_steps;

    if (exchange->state != EXCHANGE_WAITING || !has_script || http1->connection->output.size > 0)
        return;
    if (exchange_has_bytes(exchange)) {
        http1_append_body(http1, exchange->step_bytes);
        exchange->step_bytes = (struct span){NULL, 0};
    } else if (exchange->step == STEP_OVER) {
        http1_end_answer(http1);
    }
}

static void http1_produce(struct connection *connection)
{
    struct http1 *http1 = connection->state;

    http1_take_step(http1);
    if (http1->exchange.state == EXCHANGE_OVER)
        http1_next_request(http1);
    http1_read_ahead(http1);
    http1_take_step(http1); /* of what was read just now */
}

/* What is to be sent next, http1_produce looks up. */
static void http1_take_over(struct exchange *exchange)
{
    (void)exchange;
}

static void http1_go_on(struct exchange *exchange)
{
    (void)exchange;
}

static void http1_leave(struct connection *connection)
{
    struct http1 *http1 = connection->state;

    exchange_release(&http1->exchange);
    buffer_release(&http1->ahead);
    free(http1);
    connection->state = NULL;
}

static void http1_retire(struct connection *connection)
{
    connection_end(connection, CONNECTION_ENDS_NOW);
}

static bool http1_is_idle(const struct connection *connection)
{
    const struct http1 *http1 = connection->state;

    return http1->exchange.state == EXCHANGE_READING && http1->exchange.request.text.size == 0 &&
           http1->ahead.size == 0;
}

const struct protocol http1_protocol = {
    .open = http1_open,
    .receive = http1_receive,
    .produce = http1_produce,
    .answer = http1_answer,
    .take_over = http1_take_over,
    .go_on = http1_go_on,
    .is_idle = http1_is_idle,
    .retire = http1_retire,
    .leave = http1_leave,
};
