/*
 * outlier: values so far from the median that they may not be noise.
 *
 *     if (outlier_is_flagged(wall_s, summary.median, summary.mad)) ...
 *
 * Flagged values are reported, and stay in every statistic. The score is Iglewicz and Hoaglin's
 * ("How to Detect and Handle Outliers", ASQC Basic References in Quality Control 16, 1993) without
 * their constant. The limit is ten standard deviations of a normal distribution, whose standard
 * deviation is 1.4826 MAD: hyperfine's, and far beyond their 3.5, because timings are skewed.
 */
#ifndef HARNESS_OUTLIER_H
#define HARNESS_OUTLIER_H

#include <stdbool.h>
#include <stddef.h>

#define OUTLIER_LIMIT (1.4826 * 10)

/*
 * |value - median| / mad. When the MAD is 0 (more than half of the values are equal): 0 for the
 * median itself, infinite for every other value. NaN when any of the three is missing.
 */
double outlier_score(double value, double median, double mad);

/* Is the score above OUTLIER_LIMIT? A missing value is not an outlier. */
bool outlier_is_flagged(double value, double median, double mad);

/* How many of the values are flagged; they may be in any order, missing ones among them. */
size_t outlier_count(const double *values, size_t count, double median, double mad);

/*
 * Is the first round that counts an outlier on the slow side? Then warm-up was too short. `first` is
 * that round's value, median and MAD are those of all rounds that count.
 */
bool outlier_is_slow_first_round(double first, double median, double mad);

#endif
