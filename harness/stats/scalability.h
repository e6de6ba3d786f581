/*
 * scalability: how throughput grows with concurrency, as the Universal Scalability Law has it (Gunther,
 * "Guerrilla Capacity Planning", 2007, chapter 4):
 *
 *     X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
 *
 *     struct scalability fit = scalability_fit(concurrency, throughput, count);
 *     if (scalability_exists(&fit))
 *         printf("%.0f\n", scalability_at(&fit, 64));
 *
 * lambda is the throughput of one lane, sigma what lanes wait for each other (contention), kappa what they do
 * to each other (coherency): with kappa above 0 throughput falls again from sqrt((1 - sigma) / kappa) on.
 *
 * Fitted is N / X = a + b (N - 1) + c N (N - 1), which is linear, with a = 1 / lambda, b = a sigma, c = a
 * kappa: least squares of the relative deviations, with b and c at least 0 (the best of the fits in which
 * those that would be negative are 0). Relative, because throughputs of different levels lie far apart and
 * each is known to about the same share of itself. No state, no memory of its own.
 */
#ifndef HARNESS_SCALABILITY_H
#define HARNESS_SCALABILITY_H

#include <stdbool.h>
#include <stddef.h>

/* One more than it has parameters: with fewer there would be nothing left over to show that it does not fit.
 */
#define SCALABILITY_LEVELS_MIN 4

struct scalability {
    double lambda; /* requests per second; NaN: there is no fit */
    double sigma;  /* at least 0 */
    double kappa;  /* at least 0 */
};

/* Of `count` levels, each with its concurrency, at least 1, and throughput, above 0; a level counts when both
 * are such numbers. No fit with fewer different ones than SCALABILITY_LEVELS_MIN. */
struct scalability scalability_fit(const double *concurrency, const double *throughput, size_t count);

bool scalability_exists(const struct scalability *fit);

/* The throughput that the law has at this concurrency; NaN without a fit. */
double scalability_at(const struct scalability *fit, double concurrency);

/* The concurrency at which the law has most, at least 1; NaN without a fit, and where it has more with each
 * lane. */
double scalability_peak(const struct scalability *fit);

/* How far a law may be off at a level that it was fitted to, and still describe it. */
#define SCALABILITY_OFF_MOST 0.2

/* Is it off by no more at any of these levels? False without a fit. Arguments as above. */
bool scalability_describes(
    const struct scalability *fit, const double *concurrency, const double *throughput, size_t count);

#endif
