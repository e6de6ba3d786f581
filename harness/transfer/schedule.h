/*
 * schedule: when each batch is due, for an open loop: arrivals that do not wait for answers.
 *
 * Constant arrivals are 1/rate apart. Poisson arrivals are independent: the gaps are exponentially
 * distributed with mean 1/rate (inverse transform sampling), drawn from the seed, so that every trial of an
 * experiment has the same.
 */
#ifndef HARNESS_TRANSFER_SCHEDULE_H
#define HARNESS_TRANSFER_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

struct schedule_settings {
    double rate;     /* batches a second; 0: closed loop, there is no schedule */
    bool is_poisson; /* else constant */
    uint64_t seed;
};

/* Offsets in ns since the clock's start, one a batch, ascending, the first 0; for the caller to free. NULL
 * when memory runs out. `settings->rate` is above 0. */
uint64_t *schedule_make(const struct schedule_settings *settings, uint64_t batch_count);

/* The longest time from one batch to the next, in ns; an estimate that is exceeded once in a million times
 * for Poisson arrivals. 0 for a closed loop. */
uint64_t schedule_longest_gap_ns(const struct schedule_settings *settings);

#endif
