/*
 * forecast: how long an experiment takes, for its user's patience. Nothing is decided by it.
 *
 *     forecast_init(&forecast, &plan, &failure);
 *     forecast_tell(&forecast, 0, &progress);               before the first round, if it can be known
 *     forecast_learn(&forecast, arm, seconds);              each trial, as it ends
 *     left_s = forecast_left_s(&forecast, place);
 *     forecast_release(&forecast);
 *
 * Before its first trial an arm is expected to take what the delays that it asks the embedded origin for add
 * up to, or what an open loop's schedule takes; after it, what its trials took. Seconds are of the whole of
 * a trial, with the start and the end of its process.
 */
#ifndef HARNESS_EXPERIMENT_FORECAST_H
#define HARNESS_EXPERIMENT_FORECAST_H

#include <stdbool.h>

#include "failure.h"
#include "plan.h"
#include "progress.h"

struct forecast_arm {
    double expected_s; /* NaN: not known */
    double spent_s;    /* by its trials so far */
    size_t trials;
};

struct forecast {
    const struct plan *plan;
    struct forecast_arm *arms; /* one for each arm of the plan */
    bool has_told;
};

/* The plan, with its order, must outlive it. */
int forecast_init(struct forecast *forecast, const struct plan *plan, struct failure *failure);

void forecast_learn(struct forecast *forecast, size_t arm, double seconds);

/* Of one trial of the arm; NaN: not known. */
double forecast_trial_s(const struct forecast *forecast, size_t arm);

/* How many there will be: --max-time may leave no time for all. */
size_t forecast_rounds(const struct forecast *forecast);

/* Of the trial at `place` of the order and of all that follow. An arm of which nothing is known counts as the
 * mean of those of which something is; NaN: of none. Rounds for which --max-time leaves no time don't
 * count. */
double forecast_left_s(const struct forecast *forecast, size_t place);

/* Says how long a round takes, and all that are left from `round` on (from 0): once, if that is long and
 * known.
 */
void forecast_tell(struct forecast *forecast, size_t round, const struct progress *progress);

void forecast_release(struct forecast *forecast);

#endif
