/* clock: the two clocks everything is timed by, in ns, and the one place that knows struct timespec. */
#ifndef HARNESS_CLOCK_H
#define HARNESS_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_US UINT64_C(1000)

static inline uint64_t clock_to_ns(struct timespec time)
{
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static inline struct timespec clock_from_ns(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

static inline uint64_t clock_read_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return clock_to_ns(now);
}

/* Nanoseconds since boot, the same in every process of the machine. For durations. */
static inline uint64_t clock_monotonic_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC);
}

/* Sleeps until clock_monotonic_ns() has reached `at_ns`; a signal may end the sleep before. */
static inline void clock_sleep_until(uint64_t at_ns)
{
    const struct timespec at = clock_from_ns(at_ns);

    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

/* Nanoseconds since 1970-01-01 UTC. For the date of an experiment, never for durations. */
static inline uint64_t clock_utc_ns(void)
{
    return clock_read_ns(CLOCK_REALTIME);
}

#endif
