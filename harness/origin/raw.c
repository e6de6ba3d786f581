#include "raw.h"

#include <sys/socket.h>

#include "server.h"

static int raw_client(const struct raw *raw)
{
    return h2o_socket_get_fd(raw->connection->socket);
}

void raw_close(struct raw *raw)
{
    raw->is_over = true;
    raw->connection->raw = NULL;
    exchange_hang_up(&raw->exchange);
}

/* Dissolving the association of a TCP socket aborts its connection (tcp(7), connect(2)); the descriptor stays
 * valid for h2o to close. */
void raw_reset(struct raw *raw)
{
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    (void)connect(raw_client(raw), &nobody, sizeof nobody);
    raw_close(raw);
}

/* For the client to leave, or for the next step. */
static void raw_wait(struct raw *raw, uint64_t delay_ns)
{
    if (waiter_start(&raw->exchange.server->waiters, &raw->waiter, delay_ns, raw_client(raw)) != 0)
        raw_close(raw);
}

void raw_idle(struct raw *raw)
{
    raw_wait(raw, WAITER_FOREVER);
}

static void raw_take_step(struct raw *raw)
{
    raw->script.step(raw, raw->step_count++);
}

static void raw_on_due(struct waiter *waiter)
{
    raw_take_step((struct raw *)waiter);
}

/* Nothing else may be done with the socket before its write callback has come. It comes at once when the
 * socket is shut down. */
static void raw_on_gone(struct waiter *waiter)
{
    struct raw *raw = (struct raw *)waiter;

    if (raw->is_writing)
        (void)shutdown(raw_client(raw), SHUT_RDWR);
    else
        raw_close(raw);
}

static void raw_on_written(h2o_socket_t *socket, const char *error)
{
    struct raw *raw = ((struct connection *)socket->on_close.data)->raw;
    bool is_client_there = waiter_stop(&raw->waiter);

    raw->is_writing = false;
    if (error || !is_client_there)
        raw_close(raw);
    else if (raw->script.pause_ns > 0)
        raw_wait(raw, raw->script.pause_ns);
    else
        raw_take_step(raw);
}

void raw_send(struct raw *raw, h2o_iovec_t bytes)
{
    if (waiter_start(&raw->exchange.server->waiters, &raw->waiter, WAITER_FOREVER, raw_client(raw)) != 0) {
        raw_close(raw);
        return;
    }
    raw->is_writing = true;
    h2o_socket_write(raw->connection->socket, &bytes, 1, raw_on_written);
}

/* The request's memory goes without raw_close: h2o closed the connection. */
static void raw_dispose(void *bytes)
{
    struct raw *raw = bytes;

    (void)waiter_stop(&raw->waiter);
    if (!raw->is_over)
        gauge_request_ended(raw->exchange.server->gauge, false);
}

void raw_begin(struct exchange *exchange, const struct raw_script *script)
{
    struct raw *raw = h2o_mem_alloc_shared(&exchange->request->pool, sizeof *raw, raw_dispose);

    *raw = (struct raw){
        .waiter = {.timer.place = TIMER_IDLE,
            .on_due = raw_on_due,
            .on_gone = raw_on_gone,
            .discards_input = true},
        .exchange = *exchange,
        .connection = exchange_connection(exchange),
        .script = *script,
    };
    raw->connection->raw = raw;
    raw_take_step(raw);
}
