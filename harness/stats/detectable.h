/*
 * detectable: how small a difference could this experiment have found?
 *
 *     double difference = detectable_difference(&ratio);      0.034: 3.4%
 *
 * Without it, finding no difference says little: perhaps the rounds were just too few or too noisy.
 */
#ifndef HARNESS_DETECTABLE_H
#define HARNESS_DETECTABLE_H

#include "interval.h"

/* The usual power in planning experiments (Cohen, "Statistical Power Analysis", 2nd ed. 1988). */
#define DETECTABLE_POWER 0.8

/*
 * The smallest true difference, as a fraction, for which an experiment with as many rounds and as much
 * noise as this one would have an interval that excludes 1 with probability DETECTABLE_POWER:
 *
 *     d = exp(h (1 + z_power / z_level)) - 1,    h = (log high - log low) / 2
 *
 * Derivation: the median of n log ratios is about normal, with a standard error that is estimated from
 * the interval itself as h / z_level, where z_level is the normal quantile of (1 + level) / 2 and level the
 * level achieved (McKean and Schrader, Communications in Statistics B 13, 1984). Moving all log ratios by d
 * moves the interval by d. It excludes 0 with probability p when d = (z_level + z_p) standard errors, the
 * textbook's formula of power (Lehmann, "Nonparametrics", 1975). The same d counts for
 * "slower by" and, as a ratio's inverse, for "faster by"; the former is the larger figure and is given.
 *
 * It is an estimate itself. Simulated with skewed noise and 10% of heavy spikes (tests/bench/stats_power.c),
 * a difference of the size it typically gives is found in 73% to 80% of the experiments with 20 or more
 * rounds, and four in five estimates lie between 0.65 and 1.65 times the typical one (1 or 3 comparisons).
 * With fewer rounds, or 11 comparisons, spikes can make it many times as large. NaN when there is no
 * interval. 0 when low equals high.
 */
double detectable_difference(const struct ratio_interval *interval);

#endif
