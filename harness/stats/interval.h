/*
 * interval: an arm against its reference, paired by round: the ratio of their times and how far it
 * can be trusted.
 *
 *     struct ratio_interval ratio = interval_of_ratio(arm_s, reference_s, rounds, comparisons, scratch);
 *     if (interval_exists(&ratio))
 *         printf("%.3f [%.3f, %.3f]\n", ratio.estimate, ratio.low, ratio.high);
 *
 * For each round in which both succeeded, the log ratio is log(arm) - log(reference). The estimate
 * is exp of their median. The interval is the exact order-statistic interval of the median, the
 * inversion of the sign test (Thompson, Annals of Mathematical Statistics 7, 1936; David and
 * Nagaraja, "Order Statistics", 3rd ed. 2003, section 7.1): from the k-th smallest to the k-th largest of
 * n log ratios, it holds the median with probability 1 - 2 P(B <= k - 1), B ~ Binomial(n, 1/2),
 * whatever their distribution, as long as rounds are independent. Ties, rounded clocks for one, only
 * make it hold the median more often (Scheffe and Tukey, Annals of Mathematical Statistics 16, 1945).
 * k is the largest that keeps the probability at or above 1 - INTERVAL_ALPHA / comparisons
 * (Bonferroni: all intervals of an experiment hold at once with probability 1 - INTERVAL_ALPHA or more).
 *
 * Swapping arm and reference inverts estimate, low and high. No state, no memory of its own.
 */
#ifndef HARNESS_INTERVAL_H
#define HARNESS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

/* One in twenty experiments may err in any of its intervals. */
#define INTERVAL_ALPHA 0.05L

struct ratio_interval {
    size_t used;          /* rounds in which both have a positive value: n */
    size_t left_out;      /* the other rounds */
    size_t rounds_needed; /* the least n for which an interval exists at this number of comparisons */
    size_t rank;          /* k; 0 when there is no interval, that is when used < rounds_needed */
    double estimate;      /* exp(median log ratio); below 1: the arm takes less. NaN when used is 0 */
    double low, high;     /* low <= estimate <= high; NaN when there is no interval */
    double level;         /* the probability achieved, at or above nominal; NaN when there is no interval */
};

/*
 * `arm` and `reference` hold `rounds` values each, of the same round at the same index; a round counts
 * when both values are finite and above 0, so NaN marks a failed one. `comparisons` is the number of
 * arms compared with a reference in the experiment; 0 counts as 1. `log_ratios` is scratch with room
 * for `rounds` values; afterwards it holds the log ratios used, ascending.
 */
struct ratio_interval interval_of_ratio(
    const double *arm, const double *reference, size_t rounds, size_t comparisons, double *log_ratios);

static inline bool interval_exists(const struct ratio_interval *interval)
{
    return interval->rank > 0;
}

/* The least number of rounds for which an interval exists: 6 for one comparison, 9 for eleven. */
size_t interval_rounds_needed(size_t comparisons);

/* k for n log ratios, 0 when the level can't be reached. `level` (may be NULL) is set to the probability
 * achieved, NaN when k is 0. */
size_t interval_rank(size_t n, size_t comparisons, double *level);

#endif
