/*
 * bound: how soon could any strategy have finished, and how close did a trial come?
 *
 *     bound_keep_least(least_s, durations_s, request_count);              after each trial
 *     struct lower_bound bound = {0};
 *     for each batch: bound_add_batch(&bound, least_s + first_request, batch_size);
 *     efficiency = bound_efficiency(bound_seconds(&bound, concurrency), wall_s);
 *
 * The requests of a batch run one after another, and at most `concurrency` batches at once. So no schedule
 * ends before the longest batch could have, nor before the sum of all requests spread evenly over
 * `concurrency` lanes (Graham, "Bounds for certain multiprocessing anomalies", Bell System Technical Journal
 * 45, 1966). A request's duration is the shortest in any trial of the experiment: a trial's own durations
 * include the very waiting that is being measured. The efficiency is then at most 1 for each of these trials.
 */
#ifndef HARNESS_BOUND_H
#define HARNESS_BOUND_H

#include <stddef.h>

/* Sums over the batches added so far; zeroed: none. */
struct lower_bound {
    double longest_batch_s;
    double sum_s;
    size_t requests; /* with a known duration */
    size_t missing;  /* requests that succeeded in no trial: they count as 0, and the bound stays a bound */
};

/* least_s[i] becomes the smaller of itself and durations_s[i]; NaN, on either side, gives way. Fill `least_s`
 * with NaN first. Give NaN for a request that failed, was skipped or not run: it was over too soon. */
void bound_keep_least(double *least_s, const double *durations_s, size_t count);

void bound_add_batch(struct lower_bound *bound, const double *least_s, size_t request_count);

/* The larger of longest batch and sum / concurrency. NaN when no duration is known or concurrency is 0. */
double bound_seconds(const struct lower_bound *bound, size_t concurrency);

/* bound_s / wall_s; NaN when either is missing or wall_s is not above 0. */
double bound_efficiency(double bound_s, double wall_s);

#endif
