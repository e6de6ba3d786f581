/*
 * stats_coverage: how often does the interval of the ratio hold the true ratio?
 *
 * For every number of rounds from 6 to 40 and for 1, 3 and 11 comparisons, many experiments are
 * simulated whose true median ratio is known, with each kind of noise of stats_noise.h, and the share of
 * intervals that hold it is printed beside the level that interval_rank() promises.
 *
 * Exits 1 when a share is below nominal (1 - 0.05 / comparisons) by more than 3 standard errors of the
 * simulation, or when an interval is given or withheld wrongly. Optional arguments: repetitions, seed.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "interval.h"
#include "random.h"
#include "stats_noise.h"

#define FEWEST_ROUNDS 6
#define MOST_ROUNDS   40
#define TRUE_RATIO    1.3

/* The level that is promised. */
static double nominal_level(size_t comparisons)
{
    return (double)(1 - INTERVAL_ALPHA / (long double)comparisons);
}

static const size_t comparison_counts[] = {1, 3, 11};

#define COMPARISON_COUNTS (sizeof comparison_counts / sizeof *comparison_counts)

/* Adds to holds[c] the experiments whose interval, at comparison_counts[c], holds the true ratio. */
static void simulate(struct random *random, const struct noise *noise, size_t rounds, int repetitions,
    int holds[COMPARISON_COUNTS])
{
    double arm[MOST_ROUNDS];
    double reference[MOST_ROUNDS];
    double scratch[MOST_ROUNDS];

    for (int repetition = 0; repetition < repetitions; repetition++) {
        for (size_t round = 0; round < rounds; round++)
            noise->draw(random, TRUE_RATIO, &arm[round], &reference[round]);
        for (size_t c = 0; c < COMPARISON_COUNTS; c++) {
            struct ratio_interval ratio =
                interval_of_ratio(arm, reference, rounds, comparison_counts[c], scratch);
            holds[c] += interval_exists(&ratio) && ratio.low <= TRUE_RATIO && TRUE_RATIO <= ratio.high;
        }
    }
}

/* Prints one cell; is it as it must be? */
static int report(size_t rounds, size_t comparisons, int holds, int repetitions)
{
    double nominal = nominal_level(comparisons);
    double standard_error = sqrt(nominal * (1 - nominal) / repetitions);
    double coverage = (double)holds / repetitions;
    double level;

    if (interval_rank(rounds, comparisons, &level) == 0) {
        printf("        -         -");
        return holds == 0;
    }
    int right = coverage >= nominal - 3 * standard_error;
    printf("  %.5f  %.5f%s", level, coverage, right ? "" : "!");
    return right;
}

static int report_noise(struct random *random, const struct noise *noise, int repetitions)
{
    int wrong = 0;

    printf("\nnoise: %s\nrounds", noise->name);
    for (size_t c = 0; c < COMPARISON_COUNTS; c++)
        printf("  %2zu: level  coverage", comparison_counts[c]);
    printf("\n");
    for (size_t rounds = FEWEST_ROUNDS; rounds <= MOST_ROUNDS; rounds++) {
        int holds[COMPARISON_COUNTS] = {0};
        simulate(random, noise, rounds, repetitions, holds);
        printf("%6zu", rounds);
        for (size_t c = 0; c < COMPARISON_COUNTS; c++)
            wrong += !report(rounds, comparison_counts[c], holds[c], repetitions);
        printf("\n");
    }
    return wrong;
}

int main(int argc, char **argv)
{
    long repetitions = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;
    struct random random = {argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
    int wrong = 0;

    if (repetitions < 1 || repetitions > 10000000) {
        (void)fprintf(stderr, "usage: stats_coverage [REPETITIONS [SEED]]\n");
        return 2;
    }
    printf("%ld experiments a row; nominal:", repetitions);
    for (size_t c = 0; c < COMPARISON_COUNTS; c++)
        printf(" %.5f for %zu", nominal_level(comparison_counts[c]), comparison_counts[c]);
    printf("; tolerance: 3 standard errors of the simulation\n");
    for (size_t noise = 0; noise < NOISES; noise++)
        wrong += report_noise(&random, &noises[noise], (int)repetitions);
    printf(
        "\n%d of %zu below nominal\n", wrong, NOISES * COMPARISON_COUNTS * (MOST_ROUNDS - FEWEST_ROUNDS + 1));
    return wrong ? 1 : 0;
}
