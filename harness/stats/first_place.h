/*
 * first_place: which arms share the first place?
 *
 *     bool first[ARMS];
 *     first_place(times, arm_count, rounds, scratch, first);
 *
 * An arm shares it unless some other arm is shown to be faster: no interval of its ratio to any other arm
 * lies above 1. Each arm is compared with all others at the Bonferroni level of arm_count - 1
 * comparisons. So the truly fastest arm is among them with the probability of the intervals' level or
 * more, and there is no need to correct for having looked first who leads (subset selection: Gupta,
 * Technometrics 7, 1965; multiple comparisons with the best: Hsu, Annals of Statistics 12, 1984).
 */
#ifndef HARNESS_FIRST_PLACE_H
#define HARNESS_FIRST_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * times[arm][round] as interval_of_ratio() wants them, NaN for a failed round; leave out arms that may not
 * be ranked. `log_ratios` is scratch with room for `rounds` values. Sets first[arm] for each arm. One arm is
 * alone in first place; with too few rounds all share it. Medians of ratios can go round in a circle, so
 * in theory every arm may be beaten by some other: then all share it.
 */
void first_place(
    const double *const *times, size_t arm_count, size_t rounds, double *log_ratios, bool *first);

#endif
