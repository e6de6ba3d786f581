/*
 * schedule: when each batch is due, for an open loop: arrivals that do not wait for answers.
 *
 * Constant arrivals are 1/rate apart. Poisson arrivals are independent: the gaps are exponentially
 * distributed with mean 1/rate (inverse transform sampling), drawn from the seed, so every trial of an
 * experiment has the same gaps.
 */
#ifndef HARNESS_TRANSFER_SCHEDULE_H
#define HARNESS_TRANSFER_SCHEDULE_H

#include <stdint.h>

#include "settings.h"

/* Offsets in ns since the clock's start, one a batch, ascending, the first 0; for the caller to free. NULL
 * when memory runs out. `settings->rate` is above 0. */
uint64_t *schedule_make(const struct settings *settings, uint64_t batch_count);

/* The longest time from one batch to the next, in ns; an estimate that is exceeded once in a million times
 * for Poisson arrivals. 0 for a closed loop. */
uint64_t schedule_longest_gap_ns(const struct settings *settings);

#endif
