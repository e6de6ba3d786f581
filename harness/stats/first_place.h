/*
 * first_place: which arms share the first place?
 *
 *     bool first[ARMS];
 *     first_place(figures, arm_count, rounds, first);
 *
 * An arm shares it unless another arm is shown to be faster, by a one-sided sign test of their ratio in each
 * round (Dixon and Mood, JASA 41, 1946) at level FIRST_PLACE_ALPHA / (arms - 1).
 *
 * The promise: the arm that is truly fastest is among those that share the first place with probability 1 -
 * FIRST_PLACE_ALPHA or more. It is left out only when one of its arms - 1 comparisons errs (Bonferroni), and
 * errors in the comparisons of other arms do not matter to it. That is why the level is divided by arms - 1
 * and not by the number of all pairs (subset selection: Gupta, Technometrics 7, 1965; multiple comparisons
 * with the best: Hsu, Annals of Statistics 12, 1984). The rounds needed grow with the logarithm of the number
 * of arms: 6 for 4 arms, 8 for 12, 9 for 20, 10 for 52. tests/bench/stats_first_place.c checks this by
 * simulation.
 */
#ifndef HARNESS_FIRST_PLACE_H
#define HARNESS_FIRST_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "interval.h"

/* One in twenty experiments may leave out the fastest arm. */
#define FIRST_PLACE_ALPHA INTERVAL_ALPHA

/*
 * figures[arm][round]: what the arms are ranked by, less is better; NaN for a failed round. Leave out arms
 * that may not be ranked. Sets first[arm] for each arm. One arm is alone in first place; with too few rounds
 * all share it. Medians of ratios can go round in a circle, so in theory every arm may be beaten by some
 * other: then all share it.
 */
void first_place(const double *const *figures, size_t arm_count, size_t rounds, bool *first);

/* The least number of rounds in which an arm can be shown to be faster than another. 0 for one arm. */
size_t first_place_rounds_needed(size_t arm_count);

#endif
