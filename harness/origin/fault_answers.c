#include "fault_answers.h"

#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "raw.h"
#include "server.h"

#define FAULT_PIECE_SIZE       ((size_t)64 * 1024) /* of a body, at most */
#define FAULT_LINES            1024                /* of what has no end, sent at once */
#define FAULT_ENDLESS_PAUSE_NS (10 * NS_PER_MS)    /* so that it takes little of the loop */
#define FAULT_BOMB_RUN_SIZE    ((size_t)64 * 1024) /* each byte of it stands for 1,032 zeros */
#define FAULT_BOMB_MOST_SIZE   (FAULT_BOMB_RUN_SIZE + 64)

#define FAULT_TEXT(text) h2o_iovec_init((text), strlen(text))
#define FAULT_DONE       "the origin did what was asked\n"

static void fault_redirect(struct exchange *exchange, h2o_iovec_t location)
{
    exchange_add_header(exchange, "location", location);
    exchange_answer(exchange, 307, CONTENT_TYPE_TEXT, h2o_iovec_init(NULL, 0));
}

void fault_answer_refuse(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    struct buffer *location = exchange_buffer(exchange);

    (void)fault;
    (void)values;
    buffer_printf(location, "http://127.0.0.1:%u/", exchange->server->refusing_port);
    fault_redirect(exchange, h2o_iovec_init(location->bytes, location->size));
}

void fault_answer_redirect_loop(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    fault_redirect(exchange, exchange->request->path);
}

void fault_answer_short_length(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    exchange_answer_length(
        exchange, CONTENT_TYPE_TEXT, FAULT_TEXT("short and what is too much"), strlen("short"));
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
    unsigned char *bomb = h2o_mem_alloc_pool(&exchange->request->pool, FAULT_BOMB_MOST_SIZE);

    (void)fault;
    (void)values;
    memcpy(bomb, head, sizeof head);
    memset(bomb + sizeof head, 0, FAULT_BOMB_RUN_SIZE);
    memcpy(bomb + sizeof head + FAULT_BOMB_RUN_SIZE, tail, sizeof tail);
    exchange_add_header(exchange, "content-encoding", FAULT_TEXT("gzip"));
    exchange_answer(exchange, 200, "application/octet-stream",
        h2o_iovec_init(bomb, sizeof head + FAULT_BOMB_RUN_SIZE + sizeof tail));
}

static void fault_on_closing_time(struct waiter *waiter)
{
    struct connection *connection =
        (struct connection *)(void *)((char *)waiter - offsetof(struct connection, closing));

    (void)shutdown(h2o_socket_get_fd(connection->socket), SHUT_RDWR);
}

/* h2o takes it for the client's leaving. When there is no memory for the timer, the connection stays open. */
void fault_answer_close_idle(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    struct connection *connection = exchange_connection(exchange);
    struct waiter *closing = &connection->closing;

    (void)fault;
    (void)waiter_stop(closing);
    closing->on_due = fault_on_closing_time;
    (void)waiter_start(&exchange->server->waiters, closing, values[0] * NS_PER_MS, -1);
    exchange_answer(exchange, 200, CONTENT_TYPE_TEXT, FAULT_TEXT(FAULT_DONE));
}

void fault_answer_drop_next(struct exchange *exchange, const struct fault *fault, const uint64_t *values)
{
    (void)fault;
    (void)values;
    exchange_connection(exchange)->drops_next = true;
    exchange_answer(exchange, 200, CONTENT_TYPE_TEXT, FAULT_TEXT(FAULT_DONE));
}

void fault_step_many_1xx(struct raw *raw, uint64_t index)
{
    static const char *const interim[] = {
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n",
    };
    uint64_t count = raw->script.values[0];

    if (index < count)
        raw_send(raw, FAULT_TEXT(interim[index % (sizeof interim / sizeof interim[0])]));
    else if (index == count)
        raw_send(raw, FAULT_TEXT("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\ndone\n"));
    else
        raw_close(raw);
}

/* Index 0 sends the head; all that follow send `line`, over and over. */
static void fault_step_endless(struct raw *raw, uint64_t index, const char *head, const char *line)
{
    size_t line_size = strlen(line);

    if (index == 0) {
        raw->script.pause_ns = FAULT_ENDLESS_PAUSE_NS;
        raw->kept = h2o_iovec_init(h2o_mem_alloc_pool(&raw->exchange.request->pool, line_size * FAULT_LINES),
            line_size * FAULT_LINES);
        for (size_t i = 0; i < FAULT_LINES; i++)
            memcpy(raw->kept.base + i * line_size, line, line_size);
    }
    raw_send(raw, index == 0 ? FAULT_TEXT(head) : raw->kept);
}

void fault_step_endless_header(struct raw *raw, uint64_t index)
{
    fault_step_endless(raw, index, "HTTP/1.1 200 OK\r\nX-Endless: ", "and so on, ");
}

void fault_step_endless_headers(struct raw *raw, uint64_t index)
{
    fault_step_endless(raw, index, "HTTP/1.1 200 OK\r\n", "X-Endless: and so on\r\n");
}

void fault_step_endless_body(struct raw *raw, uint64_t index)
{
    fault_step_endless(raw, index, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "and so on, ");
}

/* "200 OK" with a body of so many bytes, after which the connection is closed. */
static h2o_iovec_t fault_head(struct raw *raw, uint64_t body_bytes)
{
    struct buffer *head = exchange_buffer(&raw->exchange);

    buffer_printf(
        head, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %" PRIu64 "\r\n\r\n", body_bytes);
    return h2o_iovec_init(head->bytes, head->size);
}

void fault_step_huge_body(struct raw *raw, uint64_t index)
{
    uint64_t bytes = raw->script.values[0];
    uint64_t sent = index > 0 ? (index - 1) * FAULT_PIECE_SIZE : 0;

    if (index == 0)
        raw_send(raw, fault_head(raw, bytes));
    else if (sent >= bytes)
        raw_close(raw);
    else
        raw_send(raw, h2o_iovec_init(raw->exchange.server->noise,
                          bytes - sent < FAULT_PIECE_SIZE ? (size_t)(bytes - sent) : FAULT_PIECE_SIZE));
}

void fault_step_drip(struct raw *raw, uint64_t index)
{
    uint64_t count = raw->script.values[0];

    raw->script.pause_ns = raw->script.values[1] * NS_PER_MS;
    if (index == 0)
        raw_send(raw, fault_head(raw, count));
    else if (index <= count)
        raw_send(raw, h2o_iovec_init(H2O_STRLIT(".")));
    else
        raw_close(raw);
}
