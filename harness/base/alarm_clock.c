#include "alarm_clock.h"

#include <sys/timerfd.h>

#include "clock.h"

int alarm_clock_open(void)
{
    return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

void alarm_clock_set(int alarm_clock, uint64_t at_ns)
{
    const struct itimerspec at = {
        .it_value = {.tv_sec = (time_t)(at_ns / NS_PER_S), .tv_nsec = (long)(at_ns % NS_PER_S)}};

    (void)timerfd_settime(alarm_clock, TFD_TIMER_ABSTIME, &at, NULL);
}
