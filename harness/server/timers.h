/*
 * timers: a binary heap of due times; a pure data structure that knows no clock.
 *
 *     struct timer timer = {.due_ns = now_ns + 5 * NS_PER_MS, .place = TIMER_IDLE};
 *     timers_add(&timers, &timer);
 *     struct timer *next = timers_first(&timers);
 *     timers_remove(&timers, next);
 *
 * A timer is embedded in what waits, knows its place in the heap, and so can be removed in O(log n).
 * A zeroed struct timers is empty. Not thread-safe.
 */
#ifndef HARNESS_TIMERS_H
#define HARNESS_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMER_IDLE SIZE_MAX

struct timer {
    uint64_t due_ns; /* do not change it while it waits */
    size_t place;    /* in the heap; TIMER_IDLE when it does not wait */
};

struct timers {
    struct timer **heap; /* owned; each parent is due no later than its children */
    size_t count;
    size_t capacity;
};

void timers_release(struct timers *timers);

/* The timer must be idle, and must stay where it is until it has been removed. Returns -1 when out of memory.
 */
int timers_add(struct timers *timers, struct timer *timer);

/* Does nothing when it is idle. */
void timers_remove(struct timers *timers, struct timer *timer);

/* The one due first, or NULL. It stays where it is. */
struct timer *timers_first(const struct timers *timers);

static inline bool timer_is_waiting(const struct timer *timer)
{
    return timer->place != TIMER_IDLE;
}

#endif
