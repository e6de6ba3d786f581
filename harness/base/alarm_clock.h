/*
 * alarm_clock: a descriptor that becomes readable at a given moment (Linux timerfd), for event loops that
 * wait for connections and for a moment at the same time. Its resolution is that of the kernel's timers, far
 * below the millisecond of poll's time-outs.
 */
#ifndef HARNESS_ALARM_CLOCK_H
#define HARNESS_ALARM_CLOCK_H

#include <stdint.h>

/* A descriptor that the caller closes; -1 with errno if none is left. */
int alarm_clock_open(void);

/* From now on readable once CLOCK_MONOTONIC has reached `at_ns`, and not before; 0: never. */
void alarm_clock_set(int alarm_clock, uint64_t at_ns);

#endif
