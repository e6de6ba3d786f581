#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "alarm_clock.h"
#include "clock.h"

#define LOOP_EVENTS_AT_ONCE 256

static void loop_arm(struct loop *loop)
{
    const struct timer *first = timers_first(&loop->timers);

    if (!first || (loop->armed_ns != 0 && loop->armed_ns <= first->due_ns))
        return;
    loop->armed_ns = first->due_ns;
    alarm_clock_set(loop->alarm.fd, first->due_ns);
}

static void loop_on_alarm(struct watch *alarm, uint32_t events)
{
    struct loop *loop = (struct loop *)alarm;
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t expirations;
    struct timer *first;

    (void)events;
    (void)!read(alarm->fd, &expirations, sizeof expirations);
    loop->armed_ns = 0;
    while ((first = timers_first(&loop->timers)) && first->due_ns <= now_ns) {
        timers_remove(&loop->timers, first);
        ((struct wakeup *)first)->on_due((struct wakeup *)first);
    }
    loop_arm(loop);
}

int loop_init(struct loop *loop, struct failure *failure)
{
    *loop = (struct loop){.alarm = {.fd = -1, .on_ready = loop_on_alarm}, .epoll = -1};
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't make an epoll descriptor");
    loop->alarm.fd = alarm_clock_open();
    if (loop->alarm.fd < 0 || loop_watch(loop, &loop->alarm, EPOLLIN) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't make a timer");
    return 0;
}

static void loop_bury(struct loop *loop)
{
    while (loop->forgotten) {
        struct watch *watch = loop->forgotten;
        loop->forgotten = watch->next_forgotten;
        if (watch->on_forgotten)
            watch->on_forgotten(watch);
    }
}

void loop_release(struct loop *loop)
{
    loop_bury(loop);
    if (loop->alarm.fd >= 0)
        (void)close(loop->alarm.fd);
    if (loop->epoll >= 0)
        (void)close(loop->epoll);
    timers_release(&loop->timers);
    *loop = (struct loop){.alarm.fd = -1, .epoll = -1};
}

int loop_watch(struct loop *loop, struct watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};

    if (watch->events == events)
        return 0;
    if (epoll_ctl(loop->epoll, watch->events != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, watch->fd, &event) != 0)
        return -1;
    watch->events = events;
    return 0;
}

void loop_forget(struct loop *loop, struct watch *watch)
{
    watch->on_ready = NULL;
    watch->events = 0;
    watch->next_forgotten = loop->forgotten;
    loop->forgotten = watch;
}

int loop_wake_after(struct loop *loop, struct wakeup *wakeup, uint64_t delay_ns)
{
    uint64_t now_ns = clock_monotonic_ns();

    wakeup->timer.due_ns = delay_ns < UINT64_MAX - now_ns ? now_ns + delay_ns : UINT64_MAX;
    if (timers_add(&loop->timers, &wakeup->timer) != 0)
        return -1;
    loop_arm(loop);
    return 0;
}

void loop_cancel(struct loop *loop, struct wakeup *wakeup)
{
    timers_remove(&loop->timers, &wakeup->timer);
}

void loop_hold(struct loop *loop, uint64_t duration_ns)
{
    uint64_t until_ns = clock_monotonic_ns() + duration_ns;

    if (until_ns > loop->held_until_ns)
        loop->held_until_ns = until_ns;
}

/* Sleeps through a hold, for at most that long (-1: for ever). Is it still on? */
static bool loop_is_held(const struct loop *loop, int most_ms)
{
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t until_ns = loop->held_until_ns;

    if (until_ns <= now_ns)
        return false;
    if (most_ms >= 0 && until_ns - now_ns > (uint64_t)most_ms * NS_PER_MS)
        until_ns = now_ns + (uint64_t)most_ms * NS_PER_MS;
    const struct timespec until = clock_from_ns(until_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
    return until_ns < loop->held_until_ns;
}

bool loop_turn(struct loop *loop, int most_ms)
{
    struct epoll_event events[LOOP_EVENTS_AT_ONCE];

    if (loop->held_until_ns != 0 && loop_is_held(loop, most_ms))
        return false;
    loop->held_until_ns = 0;
    int count = epoll_wait(loop->epoll, events, LOOP_EVENTS_AT_ONCE, most_ms);

    /* -1 is a signal: the next turn sees to it, and to what comes after a hold. */
    for (int i = 0; i < count && loop->held_until_ns == 0; i++) {
        struct watch *watch = events[i].data.ptr;
        if (watch->on_ready)
            watch->on_ready(watch, events[i].events);
    }
    loop_bury(loop);
    return count != 0;
}
