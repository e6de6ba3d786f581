/*
 * loop: waits for descriptors and for moments, in one thread (epoll, and a timerfd that is set to what is due
 * first).
 *
 *     struct loop loop;
 *     if (loop_init(&loop, &failure) == 0) {
 *         loop_watch(&loop, &watch, EPOLLIN);
 *         while (...)
 *             loop_turn(&loop, -1);
 *     }
 *     loop_release(&loop);
 *
 * A watch or a wake-up is embedded in what waits. Descriptors are watched level-triggered.
 */
#ifndef HARNESS_LOOP_H
#define HARNESS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "timers.h"

/* A descriptor that is waited for. */
struct watch {
    int fd;
    uint32_t events; /* EPOLL..., or-ed: what is waited for; 0: it is not watched */
    void (*on_ready)(struct watch *watch, uint32_t events);
    void (*on_forgotten)(struct watch *watch); /* frees what it is embedded in; NULL: nothing to free */
    struct watch *next_forgotten;
};

/* A moment that is waited for. Idle (timer.place is TIMER_IDLE) from the start. */
struct wakeup {
    struct timer timer; /* first, so that a timer is its wake-up */
    void (*on_due)(struct wakeup *wakeup);
};

struct loop {
    struct watch alarm; /* first, so that the alarm's watch is its loop */
    int epoll;
    uint64_t armed_ns;      /* when the alarm goes off, CLOCK_MONOTONIC; 0: it is not set */
    uint64_t held_until_ns; /* likewise: before, nothing is seen to */
    struct timers timers;
    struct watch *forgotten; /* in this turn */
};

int loop_init(struct loop *loop, struct failure *failure);

/* Also after a loop_init that failed. Closes no descriptors but the loop's own. */
void loop_release(struct loop *loop);

/* From now on waits for these events (at least one) instead of those before. -1 with errno. */
int loop_watch(struct loop *loop, struct watch *watch, uint32_t events);

/* Waits for it no more. Its descriptor is to be closed by the caller, now. on_forgotten is called at the end
 * of the turn, since events for it may have come already. */
void loop_forget(struct loop *loop, struct watch *watch);

/* Calls on_due once the delay is over, never before. The wake-up is idle, and stays where it is. -1 when out
 * of memory. */
int loop_wake_after(struct loop *loop, struct wakeup *wakeup, uint64_t delay_ns);

/* Does nothing when it is idle. */
void loop_cancel(struct loop *loop, struct wakeup *wakeup);

/* Sees to nothing, neither descriptors nor moments, for so long from now on; of several, to the end of the
 * last. */
void loop_hold(struct loop *loop, uint64_t duration_ns);

/* Waits for at most that long (-1: for ever), and sees to what has come. False: nothing has. */
bool loop_turn(struct loop *loop, int most_ms);

#endif
