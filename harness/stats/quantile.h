/*
 * quantile: order statistics of a sample: median, MAD, quantiles, and the usual extremes.
 *
 *     size_t n = sample_sort(durations, count);
 *     double median = sample_median(durations, n);
 *     double p99 = sample_percentile(durations, n, PERCENTILE_99);
 *
 * NaN is a missing value, as input and as result: an empty sample has no median, so its median is
 * NaN. All other values are finite. Where a parameter is called `sorted`, it is what sample_sort()
 * leaves: the present values, ascending. No state, no memory of its own: safe from any thread.
 */
#ifndef HARNESS_QUANTILE_H
#define HARNESS_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

/* Sorts ascending in place, missing values last, and returns how many are present. */
size_t sample_sort(double *values, size_t count);

/*
 * The quantile of type 7 (Hyndman and Fan, "Sample quantiles in statistical packages", The American
 * Statistician 50, 1996), which R, numpy and spreadsheets use: with h = (count - 1) * probability,
 * interpolates linearly between the values of rank floor(h) and floor(h) + 1, counted from 0.
 * 0 <= probability <= 1. One value is every quantile of itself; no value: NaN. For totals of trials.
 */
double sample_quantile(const double *sorted, size_t count, double probability);

/*
 * The quantile of type 1 (the same paper), the inverse of the empirical distribution function: the least
 * value that at least this share of the sample does not exceed, so always a value that occurred. For
 * times of requests, which have several modes: where half took 1 ms and half 1 s, none took 500 ms.
 */
double sample_quantile_occurring(const double *sorted, size_t count, double probability);

/* The middle value, or the mean of the two middle values. */
double sample_median(const double *sorted, size_t count);

/*
 * Median absolute deviation from the median, unscaled (Hampel, "The influence curve and its role in
 * robust estimation", JASA 69, 1974). 0 for one value, and whenever more than half are equal.
 * Linear time, no memory.
 */
double sample_mad(const double *sorted, size_t count);

double sample_min(const double *sorted, size_t count);
double sample_max(const double *sorted, size_t count);

/* Arithmetic mean; needs no order. Beside the median, never instead of it. */
double sample_mean(const double *values, size_t count);

/* The percentiles that are reported. */
enum percentile {
    PERCENTILE_50,
    PERCENTILE_90,
    PERCENTILE_95,
    PERCENTILE_99,
    PERCENTILES,
};

/* sample_quantile_occurring(), or NaN when there are fewer values than it needs: 1 for the median, 50 for the
 * 90th percentile, 100 for the 95th, 1,000 for the 99th. */
double sample_percentile(const double *sorted, size_t count, enum percentile percentile);

#define SAMPLE_NO_RANK SIZE_MAX

/* The rank, from 0, of the value that sample_percentile() gives; SAMPLE_NO_RANK where that is NaN. */
size_t sample_percentile_rank(size_t count, enum percentile percentile);

/* What is said of a sample in one line. All values NaN when count is 0. */
struct sample_summary {
    size_t count;   /* values present */
    size_t missing; /* values that were NaN */
    double min, median, mean, max;
    double mad;
};

/* Sorts `values` as sample_sort() does. */
struct sample_summary sample_summarise(double *values, size_t count);

#endif
