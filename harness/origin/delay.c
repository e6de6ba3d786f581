#include "delay.h"

#include "exchange.h"
#include "server.h"

/* One waiting request, in its memory pool. */
struct delay {
    struct waiter waiter; /* first, so that a waiter is its delay */
    struct exchange exchange;
    void (*answer)(struct exchange *exchange);
};

static void delay_on_due(struct waiter *waiter)
{
    struct delay *delay = (struct delay *)waiter;

    delay->answer(&delay->exchange);
}

static void delay_on_gone(struct waiter *waiter)
{
    exchange_abandon(&((struct delay *)waiter)->exchange);
}

/* The request's memory goes: its connection, or its stream, was closed. */
static void delay_dispose(void *bytes)
{
    struct delay *delay = bytes;

    if (waiter_stop(&delay->waiter))
        gauge_request_ended(delay->exchange.server->gauge, false);
}

/* The client to watch when h2o does not: with HTTP/2 it goes on reading, and disposes of the request itself.
 */
static int delay_client(const struct exchange *exchange)
{
    return exchange->request->version >= 0x200 ? -1
                                               : h2o_socket_get_fd(exchange_connection(exchange)->socket);
}

void delay_answer(struct exchange *exchange, uint64_t delay_ns, void (*answer)(struct exchange *exchange))
{
    if (delay_ns == 0) {
        answer(exchange);
        return;
    }
    struct delay *delay = h2o_mem_alloc_shared(&exchange->request->pool, sizeof *delay, delay_dispose);
    *delay = (struct delay){
        .waiter = {.timer.place = TIMER_IDLE, .on_due = delay_on_due, .on_gone = delay_on_gone},
        .exchange = *exchange,
        .answer = answer,
    };
    if (waiter_start(&exchange->server->waiters, &delay->waiter, delay_ns, delay_client(exchange)) != 0)
        exchange_abandon(exchange);
}
