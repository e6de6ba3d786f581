/*
 * stats_noise: simulated times of an arm and its reference, with the noise that timings have.
 *
 * The median of arm / reference is exactly the ratio that was asked for, with every kind:
 *
 *     both     both arms have the same noise, lognormal, and each round is a heavy spike with
 *              probability 10%, whatever its noise: ratios are symmetric, with heavy tails both ways
 *     skewed   the reference is steady; the arm has lognormal noise whose upper 10% are heavy spikes:
 *              ratios are skewed
 */
#ifndef HARNESS_STATS_NOISE_H
#define HARNESS_STATS_NOISE_H

#include <math.h>

#include "random.h"

#define NOISE_DEVIATION 0.05 /* standard deviation of the logarithm */
#define NOISE_SPIKES    0.1
#define NOISE_SPIKE_Z   1.2815515655446004 /* a standard normal variable is above it with probability 10% */

/* Box and Muller, Annals of Mathematical Statistics 29, 1958. */
static double noise_normal(struct random *random)
{
    double radius = sqrt(-2 * log(1 - random_unit(random)));

    return radius * cos(2 * acos(-1) * random_unit(random));
}

static double noise_spike(struct random *random)
{
    return 1.5 + 3.5 * random_unit(random);
}

static void noise_both(struct random *random, double ratio, double *arm, double *reference)
{
    *arm = ratio * exp(NOISE_DEVIATION * noise_normal(random));
    *reference = exp(NOISE_DEVIATION * noise_normal(random));
    if (random_unit(random) < NOISE_SPIKES)
        *arm *= noise_spike(random);
    if (random_unit(random) < NOISE_SPIKES)
        *reference *= noise_spike(random);
}

static void noise_skewed(struct random *random, double ratio, double *arm, double *reference)
{
    double z = noise_normal(random);

    *arm = ratio * exp(NOISE_DEVIATION * z) * (z > NOISE_SPIKE_Z ? noise_spike(random) : 1);
    *reference = 1;
}

static const struct noise {
    const char *name;
    void (*draw)(struct random *random, double ratio, double *arm, double *reference);
} noises[] = {
    {"both", noise_both},
    {"skewed", noise_skewed},
};

#define NOISES (sizeof noises / sizeof *noises)

#endif
