/*
 * stats_power: is the smallest detectable difference what it says it is?
 *
 * For several numbers of rounds and comparisons, with each kind of noise of stats_noise.h:
 *
 *     typical   the median of detectable_difference() over many simulated experiments
 *     80%       four in five of these experiments say something between these two
 *     found     the share of other experiments, whose true difference is just the typical one, whose
 *               interval excludes 1; should be DETECTABLE_POWER
 *
 * Exits 1 when a share for 20 or more rounds is further than 0.1 from DETECTABLE_POWER. Optional arguments:
 * repetitions, seed.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "detectable.h"
#include "interval.h"
#include "quantile.h"
#include "random.h"
#include "stats_noise.h"

#define MOST_ROUNDS   40
#define LEAST_CHECKED 20
#define TOLERANCE     0.1

static const size_t round_counts[] = {10, 15, 20, 30, MOST_ROUNDS};
static const size_t comparison_counts[] = {1, 3, 11};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static struct ratio_interval simulate(
    struct random *random, const struct noise *noise, double ratio, size_t rounds, size_t comparisons)
{
    double arm[MOST_ROUNDS];
    double reference[MOST_ROUNDS];
    double scratch[MOST_ROUNDS];

    for (size_t round = 0; round < rounds; round++)
        noise->draw(random, ratio, &arm[round], &reference[round]);
    return interval_of_ratio(arm, reference, rounds, comparisons, scratch);
}

/* Prints a line; is it as it must be? `differences` has room for `repetitions`. */
static int report(struct random *random, const struct noise *noise, size_t rounds, size_t comparisons,
    double *differences, size_t repetitions)
{
    size_t found = 0;

    for (size_t repetition = 0; repetition < repetitions; repetition++) {
        struct ratio_interval ratio = simulate(random, noise, 1, rounds, comparisons);
        differences[repetition] = detectable_difference(&ratio);
    }
    size_t count = sample_sort(differences, repetitions);
    double typical = sample_median(differences, count);
    for (size_t repetition = 0; repetition < repetitions; repetition++)
        found += simulate(random, noise, 1 + typical, rounds, comparisons).low > 1;
    double share = (double)found / (double)repetitions;
    int right = rounds < LEAST_CHECKED || fabs(share - DETECTABLE_POWER) <= TOLERANCE;
    printf("%-7s %6zu %11zu %9.4f  %.4f to %-8.4f %6.3f%s\n", noise->name, rounds, comparisons, typical,
        sample_quantile(differences, count, 0.1), sample_quantile(differences, count, 0.9), share,
        right ? "" : "!");
    return right;
}

static int report_all(struct random *random, double *differences, size_t repetitions)
{
    int wrong = 0;

    printf("noise   rounds comparisons   typical  80%%                 found\n");
    for (size_t noise = 0; noise < NOISES; noise++)
        for (size_t r = 0; r < COUNT_OF(round_counts); r++)
            for (size_t c = 0; c < COUNT_OF(comparison_counts); c++)
                wrong += !report(
                    random, &noises[noise], round_counts[r], comparison_counts[c], differences, repetitions);
    return wrong;
}

int main(int argc, char **argv)
{
    long repetitions = argc > 1 ? strtol(argv[1], NULL, 10) : 4000;
    struct random random = {argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
    double *differences = NULL;

    if (repetitions >= 1 && repetitions <= 10000000)
        differences = malloc((size_t)repetitions * sizeof *differences);
    if (!differences) {
        (void)fprintf(stderr, "usage: stats_power [REPETITIONS [SEED]]\n");
        return 2;
    }
    int wrong = report_all(&random, differences, (size_t)repetitions);
    free(differences);
    return wrong ? 1 : 0;
}
