/*
 * stats_first_place: is the fastest arm among those that share the first place as often as promised?
 *
 * For several numbers of arms and rounds, all arms with the same kind of noise (stats_noise.h):
 *
 *     left out   the share of experiments in which the fastest arm does not share the first place, when all
 * are equally fast: the worst case; must not exceed PROMISE alone      when all are equally fast:
 * the share in which some arm is called fastest by itself found      when one arm is faster than all others
 * by 20 %: the share in which it is first by itself
 *
 * Exits 1 when `left out` exceeds PROMISE by more than three standard errors of the simulation.
 * Optional arguments: repetitions, seed.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "first_place.h"
#include "random.h"
#include "stats_noise.h"

#define PROMISE     (INTERVAL_ALPHA / 2)
#define MOST_ARMS   18
#define MOST_ROUNDS 20
#define ADVANTAGE   1.25 /* all others take so many times as long */

static const size_t arm_counts[] = {2, 4, 11, MOST_ARMS};
static const size_t round_counts[] = {10, MOST_ROUNDS};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* One experiment; arm 0 is the fastest. Does it share the first place? How many do? */
static size_t simulate(struct random *random, size_t arm_count, size_t rounds, double ratio, bool *is_first)
{
    static double times[MOST_ARMS][MOST_ROUNDS];
    const double *figures[MOST_ARMS] = {NULL};
    bool first[MOST_ARMS];
    bool scratch[MOST_ARMS];
    size_t first_count = 0;
    double unused = 0;

    for (size_t arm = 0; arm < arm_count; arm++) {
        for (size_t round = 0; round < rounds; round++)
            noise_both(random, arm == 0 ? 1 : ratio, &times[arm][round], &unused);
        figures[arm] = times[arm];
    }
    first_place(figures, arm_count, rounds, arm_count - 1, 0, first, scratch);
    for (size_t arm = 0; arm < arm_count; arm++)
        first_count += first[arm];
    *is_first = first[0];
    return first_count;
}

/* Prints a line; is it as it must be? */
static bool report(struct random *random, size_t arm_count, size_t rounds, int repetitions)
{
    double margin = 3 * sqrt((double)PROMISE / repetitions);
    int left_out = 0;
    int alone = 0;
    int found = 0;
    bool is_first = false;

    for (int repetition = 0; repetition < repetitions; repetition++) {
        alone += simulate(random, arm_count, rounds, 1, &is_first) == 1;
        left_out += !is_first;
        found += simulate(random, arm_count, rounds, ADVANTAGE, &is_first) == 1 && is_first;
    }
    double share = (double)left_out / repetitions;
    bool is_right = share <= (double)PROMISE + margin;
    printf("%4zu  %6zu  %8.4f  %6.4f  %6.4f%s\n", arm_count, rounds, share, (double)alone / repetitions,
        (double)found / repetitions, is_right ? "" : "  above the level");
    return is_right;
}

int main(int argc, char **argv)
{
    long repetitions = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;
    struct random random = {argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
    int wrong = 0;

    if (repetitions < 1 || repetitions > 10000000) {
        (void)fprintf(stderr, "usage: stats_first_place [REPETITIONS [SEED]]\n");
        return 2;
    }
    printf("arms  rounds  left out   alone   found\n");
    for (size_t arms = 0; arms < COUNT_OF(arm_counts); arms++)
        for (size_t rounds = 0; rounds < COUNT_OF(round_counts); rounds++)
            wrong += !report(&random, arm_counts[arms], round_counts[rounds], (int)repetitions);
    return wrong ? 1 : 0;
}
