#include "alarm_clock.h"

#include <sys/timerfd.h>

#include "clock.h"

int alarm_clock_open(void)
{
    return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

void alarm_clock_set(int alarm_clock, uint64_t at_ns)
{
    const struct itimerspec at = {.it_value = clock_from_ns(at_ns)};

    (void)timerfd_settime(alarm_clock, TFD_TIMER_ABSTIME, &at, NULL);
}
