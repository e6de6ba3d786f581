/*
 * first_place: which arms share the first place?
 *
 *     bool first[ARMS];
 *     first_place(figures, arm_count, rounds, comparisons, threshold, first, scratch);
 *
 * An arm shares it unless one that shares it is shown to be faster, by the same interval and the same
 * threshold as the verdicts (interval.h, verdict.h): below the band. So what is said of the first place and
 * what is said of a comparison can't contradict each other.
 *
 * The promise: the arm that is truly fastest is among those that share the first place with probability 1 -
 * INTERVAL_ALPHA / 2 or more. It is left out only when one of its arms - 1 comparisons errs, on one side
 * (Bonferroni), and errors in the comparisons of other arms do not matter to it. That is why `comparisons`
 * need not be the number of all pairs (subset selection: Gupta, Technometrics 7, 1965; multiple comparisons
 * with the best: Hsu, Annals of Statistics 12, 1984). The rounds needed grow with the logarithm of the number
 * of arms: 7 for 4 arms, 9 for 12, 10 for
 * 20. tests/bench/stats_first_place.c checks this by simulation.
 */
#ifndef HARNESS_FIRST_PLACE_H
#define HARNESS_FIRST_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "interval.h"

/*
 * figures[arm][round]: what the arms are ranked by, less is better; NaN for a failed round. Leave out arms
 * that may not be ranked. `comparisons` is at least the number of arms - 1. Sets first[arm] for each arm. One
 * arm is alone in first place; with too few rounds all share it. Medians of ratios can go round in a circle,
 * so in theory every arm may be beaten by some other: then all share it. `scratch` has room for a flag of
 * each arm.
 */
void first_place(const double *const *figures, size_t arm_count, size_t rounds, size_t comparisons,
    double threshold, bool *first, bool *scratch);

#endif
