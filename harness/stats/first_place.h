/*
 * first_place: which arms share the first place?
 *
 *     bool first[ARMS];
 *     first_place(times, arm_count, rounds, scratch, first);
 *
 * An arm shares it unless some other arm is shown to be faster: no interval of its ratio to any other arm
 * lies above 1. Every pair of arms is compared, at the Bonferroni level of the number of pairs, so the
 * probability of excluding any arm wrongly, in the whole table, is at most that of one interval (subset
 * selection: Gupta, Technometrics 7, 1965; multiple comparisons with the best: Hsu, Annals of Statistics 12,
 * 1984). With many arms that needs more rounds than the comparisons with one reference do.
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

/* How many pairs that are, for interval_rounds_needed(). */
size_t first_place_comparisons(size_t arm_count);

#endif
