/*
 * waiters: what an event loop keeps for later, each just an entry in a heap.
 *
 *     struct waiter waiter = {.timer = {.place = TIMER_IDLE}, .on_due = ..., .on_gone = ...};
 *     waiter_start(&waiters, &waiter, 5 * NS_PER_MS, fd);
 *
 * h2o's own timers count whole milliseconds of the wall clock, one list for each length; so there is one
 * alarm clock here, set to the waiter that is due first. And h2o stops reading while a request is being
 * answered, so it would not notice that a client has gone until it answers: a second epoll watches for that.
 * A client that closes its sending side counts as gone, as it does for h2o between requests.
 */
#ifndef HARNESS_WAITERS_H
#define HARNESS_WAITERS_H

#include <h2o.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "timers.h"

#define WAITER_FOREVER UINT64_MAX

/* All that waits in one event loop. */
struct waiters {
    struct timers timers;
    h2o_socket_t *alarm;   /* the alarm clock; NULL before waiters_init */
    h2o_socket_t *hangups; /* the epoll that watches clients */
    uint64_t armed_ns;     /* when the alarm goes off, CLOCK_MONOTONIC; 0: it is not set */
};

/* Embedded in what waits. Once one of the functions is called it does not wait any more. */
struct waiter {
    struct timer timer; /* first, so that a timer is its waiter; idle (TIMER_IDLE) from the start */
    void (*on_due)(struct waiter *waiter);
    void (*on_gone)(struct waiter *waiter); /* the client has gone before */
    struct waiters *waiters;                /* where it waits, or waited last */
    int watched_fd;                         /* while it waits: the client's socket; -1 when nobody watches */
    bool discards_input; /* takes what the client sends meanwhile: its end may be queued behind that */
};

/* `waiters` is zeroed, and must stay where it is. */
int waiters_init(struct waiters *waiters, h2o_loop_t *loop, struct failure *failure);

/* Nothing may be waiting any more. Also for waiters that were never, or only partly, initialised. */
void waiters_release(struct waiters *waiters);

/* Has on_due called once the time is over, never before; WAITER_FOREVER: not at all. A client on `watched_fd`
 * that goes away before makes it on_gone; -1 watches nobody. The waiter is idle, and stays where it is while
 * it waits. Returns -1 when out of memory. */
int waiter_start(struct waiters *waiters, struct waiter *waiter, uint64_t delay_ns, int watched_fd);

/* False when it was not waiting. */
bool waiter_stop(struct waiter *waiter);

#endif
