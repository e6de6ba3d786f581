#include "interval.h"

#include <math.h>

#include "binomial.h"
#include "quantile.h"

/* What may be missed by one interval, both sides together. */
static long double interval_alpha(size_t comparisons)
{
    return INTERVAL_ALPHA / (long double)(comparisons > 0 ? comparisons : 1);
}

/* The widest interval, k = 1, misses with probability 2 * 2^-n = 2^(1-n). */
size_t interval_rounds_needed(size_t comparisons)
{
    long double alpha = interval_alpha(comparisons);
    long double missed = 1;
    size_t n = 1;

    while (missed > alpha) {
        missed /= 2;
        n++;
    }
    return n;
}

size_t interval_rank(size_t n, size_t comparisons, double *level)
{
    long double alpha = interval_alpha(comparisons);
    struct binomial coins = binomial_start(n);
    long double missed = NAN;
    size_t rank = 0;

    /* Ends before n/2, where the tail passes 1/2. */
    while (2 * coins.tail <= alpha) {
        missed = 2 * coins.tail;
        rank = coins.k + 1;
        binomial_advance(&coins);
    }
    if (level)
        *level = (double)(1 - missed);
    return rank;
}

static bool interval_is_usable(double value)
{
    return isfinite(value) && value > 0;
}

/* A difference of logarithms, not the logarithm of a quotient: swapping the two negates it exactly. */
static size_t interval_log_ratios(
    const double *arm, const double *reference, size_t rounds, double *log_ratios)
{
    size_t used = 0;

    for (size_t round = 0; round < rounds; round++) {
        if (interval_is_usable(arm[round]) && interval_is_usable(reference[round]))
            log_ratios[used++] = log(arm[round]) - log(reference[round]);
    }
    return sample_sort(log_ratios, used);
}

struct ratio_interval interval_of_ratio(
    const double *arm, const double *reference, size_t rounds, size_t comparisons, double *log_ratios)
{
    size_t used = interval_log_ratios(arm, reference, rounds, log_ratios);
    struct ratio_interval interval = {
        .used = used,
        .left_out = rounds - used,
        .rounds_needed = interval_rounds_needed(comparisons),
        .estimate = exp(sample_median(log_ratios, used)),
        .low = NAN,
        .high = NAN,
    };

    interval.rank = interval_rank(used, comparisons, &interval.level);
    if (interval.rank > 0) {
        interval.low = exp(log_ratios[interval.rank - 1]);
        interval.high = exp(log_ratios[used - interval.rank]);
    }
    return interval;
}
