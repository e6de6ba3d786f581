#include "timers.h"

#include <stdlib.h>

void timers_release(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}

static void timers_put(struct timers *timers, size_t place, struct timer *timer)
{
    timers->heap[place] = timer;
    timer->place = place;
}

static void timers_move_up(struct timers *timers, size_t place, struct timer *timer)
{
    while (place > 0) {
        size_t parent = (place - 1) / 2;
        if (timers->heap[parent]->due_ns <= timer->due_ns)
            break;
        timers_put(timers, place, timers->heap[parent]);
        place = parent;
    }
    timers_put(timers, place, timer);
}

static void timers_move_down(struct timers *timers, size_t place, struct timer *timer)
{
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && timers->heap[child + 1]->due_ns < timers->heap[child]->due_ns)
            child++;
        if (timer->due_ns <= timers->heap[child]->due_ns)
            break;
        timers_put(timers, place, timers->heap[child]);
        place = child;
    }
    timers_put(timers, place, timer);
}

int timers_add(struct timers *timers, struct timer *timer)
{
    if (timers->count == timers->capacity) {
        size_t capacity = timers->capacity > 0 ? 2 * timers->capacity : 64;
        struct timer **heap = realloc(timers->heap, capacity * sizeof(struct timer *));
        if (!heap)
            return -1;
        timers->heap = heap;
        timers->capacity = capacity;
    }
    timers_move_up(timers, timers->count++, timer);
    return 0;
}

void timers_remove(struct timers *timers, struct timer *timer)
{
    size_t place = timer->place;

    if (place == TIMER_IDLE)
        return;
    timer->place = TIMER_IDLE;
    struct timer *last = timers->heap[--timers->count];
    if (last == timer)
        return;
    if (place > 0 && last->due_ns < timers->heap[(place - 1) / 2]->due_ns)
        timers_move_up(timers, place, last);
    else
        timers_move_down(timers, place, last);
}

struct timer *timers_first(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[0] : NULL;
}
