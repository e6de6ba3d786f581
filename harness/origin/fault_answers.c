#include "fault_answers.h"

#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "exchange.h"
#include "http2.h"
#include "site.h"

#define FAULT_PIECE_SIZE       ((size_t)64 * 1024) /* of a body, at most */
#define FAULT_LINES            1024                /* of what has no end, sent at once */
#define FAULT_ENDLESS_PAUSE_NS (10 * NS_PER_MS)    /* so that it takes little of the loop */
#define FAULT_BOMB_RUN_SIZE    ((size_t)64 * 1024) /* each byte of it stands for 1,032 zeros */

#define FAULT_FRAME_HEADERS      1 /* RFC 9113, 6 */
#define FAULT_FRAME_CONTINUATION 9

#define FAULT_DONE "the origin did what was asked\n"

static void fault_redirect(struct exchange *exchange, struct span location)
{
    exchange_add_header(exchange, "location", location);
    exchange_answer(exchange, 307, CONTENT_TYPE_TEXT, (struct span){NULL, 0});
}

void fault_answer_refuse(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    struct buffer *location = exchange_buffer(exchange);

    (void)fault;
    (void)values;
    site_append_refusing_url(exchange, location);
    fault_redirect(exchange, span_of_buffer(location));
}

void fault_answer_redirect_loop(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    fault_redirect(exchange, request_target(&exchange->request));
}

void fault_answer_short_length(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    exchange_answer_length(
        exchange, CONTENT_TYPE_TEXT, span_of("short and what is too much"), strlen("short"));
}

/* One gzip member (RFC 1952) around one block (RFC 1951) in which the match "258 bytes, 1 back" has a code of
 * 1 bit, and so has the distance: a byte of zeros is four of them. */
void fault_answer_gzip_bomb(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255, /* the member's header */
        0xed, 0xe0, 0x81, 0, 0, 0, 0, 0x80, 0x20, 0xec, 0x4f, 0xbd, 0x48,
        0x55 /* the codes, and three zeros */};
    static const unsigned char tail[] = {0x03, /* the block's end */
        0x5a, 0x77, 0xd4, 0x04, 0x03, 0x00, 0x08, 0x04 /* CRC-32, and the length: 67,633,155 */};
    struct buffer *bomb = exchange_buffer(exchange);

    (void)fault;
    (void)values;
    buffer_append(bomb, head, sizeof head);
    char *zeros = buffer_reserve(bomb, FAULT_BOMB_RUN_SIZE);
    if (zeros) {
        memset(zeros, 0, FAULT_BOMB_RUN_SIZE);
        bomb->size += FAULT_BOMB_RUN_SIZE;
    }
    buffer_append(bomb, tail, sizeof tail);
    exchange_add_header(exchange, "content-encoding", span_of("gzip"));
    exchange_answer_buffer(exchange, 200, "application/octet-stream", bomb);
}

void fault_answer_close_idle(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    exchange_close_connection_after(exchange, values[0] * NS_PER_MS);
    exchange_answer(exchange, 200, CONTENT_TYPE_TEXT, span_of(FAULT_DONE));
}

static void fault_answer_thawed(struct exchange *exchange)
{
    exchange_answer(exchange, 200, CONTENT_TYPE_TEXT, span_of(FAULT_DONE));
}

void fault_answer_freeze(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    exchange_hold_server(exchange, values[0] * NS_PER_MS);
    exchange_later(exchange, values[0] * NS_PER_MS, fault_answer_thawed);
}

void fault_answer_drop_next(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    exchange_close_connection_at_next(exchange);
    exchange_answer(exchange, 200, CONTENT_TYPE_TEXT, span_of(FAULT_DONE));
}

void fault_answer_stall(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    exchange_stall(exchange);
}

static void fault_step_huge_body(struct exchange *exchange, uint64_t index)
{
    uint64_t bytes = exchange->script.values[0];
    uint64_t sent = index * FAULT_PIECE_SIZE;

    if (sent >= bytes)
        step_end(exchange);
    else
        step_send(exchange, (struct span){(const char *)site_of(exchange)->noise,
                                bytes - sent < FAULT_PIECE_SIZE ? (size_t)(bytes - sent) : FAULT_PIECE_SIZE});
}

void fault_answer_huge_body(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    exchange_answer_in_steps(exchange, "application/octet-stream", values[0],
        &(struct script){.step = fault_step_huge_body, .values = {values[0]}});
}

static void fault_step_drip(struct exchange *exchange, uint64_t index)
{
    if (index < exchange->script.values[0])
        step_send(exchange, span_of("."));
    else
        step_end(exchange);
}

void fault_answer_drip(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    exchange_answer_in_steps(exchange, CONTENT_TYPE_TEXT, values[0],
        &(struct script){.step = fault_step_drip, .values = {values[0]}, .pause_ns = values[1] * NS_PER_MS});
}

void fault_answer_reset_stream(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    http2_reset_stream(exchange, HTTP2_INTERNAL_ERROR);
}

void fault_answer_refuse_stream(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    http2_reset_stream(exchange, HTTP2_REFUSED_STREAM);
}

void fault_answer_go_away(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    http2_go_away(exchange);
}

void fault_answer_few_streams(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    http2_limit_streams(exchange, (uint32_t)values[0]);
    exchange_answer(exchange, 200, CONTENT_TYPE_TEXT, span_of(FAULT_DONE));
}

void fault_step_many_1xx(struct exchange *exchange, uint64_t index)
{
    static const char *const interim[] = {
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
    };
    uint64_t count = exchange->script.values[0];

    if (index < count)
        step_send(exchange, span_of(interim[index % (sizeof interim / sizeof interim[0])]));
    else if (index == count)
        step_send(
            exchange, span_of("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\ndone\n"));
    else
        step_close(exchange);
}

/* Index 0 sends the head; all that follow send `line`, over and over. */
static void fault_step_endless(struct exchange *exchange, uint64_t index, struct span head, struct span line)
{
    exchange->script.pause_ns = FAULT_ENDLESS_PAUSE_NS;
    if (index == 0) {
        step_send(exchange, head);
        return;
    }
    if (index == 1) {
        struct buffer *lines = exchange_buffer(exchange);
        for (size_t i = 0; i < FAULT_LINES; i++)
            buffer_append(lines, line.bytes, line.size);
    }
    const struct buffer *lines = &exchange->buffers[exchange->buffers_used - 1];
    if (lines->out_of_memory)
        step_close(exchange);
    else
        step_send(exchange, span_of_buffer(lines));
}

void fault_step_endless_header(struct exchange *exchange, uint64_t index)
{
    fault_step_endless(exchange, index, span_of("HTTP/1.1 200 OK\r\nX-Endless: "), span_of("and so on, "));
}

void fault_step_endless_headers(struct exchange *exchange, uint64_t index)
{
    fault_step_endless(exchange, index, span_of("HTTP/1.1 200 OK\r\n"), span_of("X-Endless: and so on\r\n"));
}

void fault_step_endless_body(struct exchange *exchange, uint64_t index)
{
    fault_step_endless(
        exchange, index, span_of("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), span_of("and so on, "));
}

/* A frame of HTTP/2 on the exchange's stream, without flags (RFC 9113, 4.1): so a HEADERS frame says that
 * there is more to come. */
static struct span fault_frame(struct exchange *exchange, unsigned char type, struct span payload)
{
    struct buffer *frame = exchange_buffer(exchange);
    uint32_t stream = (uint32_t)exchange->stream;
    const unsigned char head[] = {0, (unsigned char)(payload.size >> 8), (unsigned char)payload.size, type, 0,
        (unsigned char)(stream >> 24), (unsigned char)(stream >> 16), (unsigned char)(stream >> 8),
        (unsigned char)stream};

    buffer_append(frame, head, sizeof head);
    buffer_append(frame, payload.bytes, payload.size);
    return span_of_buffer(frame);
}

/* HPACK (RFC 7541): ":status: 200" from the static table. */
#define FAULT_STATUS_200 span_of("\x88")

/* Likewise, not to be indexed: "x-endless: and so on". */
#define FAULT_FIELD                                                                                          \
    span_of("\x10\x09x-endless\x09"                                                                          \
            "and so on")

void fault_step_unfinished_headers(struct exchange *exchange, uint64_t index)
{
    if (index == 0)
        step_send(exchange, fault_frame(exchange, FAULT_FRAME_HEADERS, FAULT_STATUS_200));
    else
        step_idle(exchange);
}

void fault_step_endless_continuation(struct exchange *exchange, uint64_t index)
{
    if (index == 0)
        fault_step_endless(
            exchange, index, fault_frame(exchange, FAULT_FRAME_HEADERS, FAULT_STATUS_200), FAULT_FIELD);
    else
        fault_step_endless(exchange, index, FAULT_FIELD,
            index == 1 ? fault_frame(exchange, FAULT_FRAME_CONTINUATION, FAULT_FIELD) : FAULT_FIELD);
}
