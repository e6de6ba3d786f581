#include "first_place.h"

#include <math.h>

#include "binomial.h"

static long double first_place_alpha(size_t arm_count)
{
    return FIRST_PLACE_ALPHA / (long double)(arm_count > 1 ? arm_count - 1 : 1);
}

/* Slower in all of n rounds by chance alone has probability 2^-n. */
size_t first_place_rounds_needed(size_t arm_count)
{
    long double alpha = first_place_alpha(arm_count);
    long double chance = 1;
    size_t rounds = 0;

    for (; arm_count > 1 && chance > alpha; rounds++)
        chance /= 2;
    return rounds;
}

/*
 * In how many of `used` rounds an arm may have been the faster one and still be shown to be slower, plus one;
 * 0 when it can't be shown.
 */
static size_t first_place_tolerance(size_t used, long double alpha)
{
    struct binomial coins = binomial_start(used);
    size_t tolerance = 0;

    while (coins.tail <= alpha) {
        tolerance = coins.k + 1;
        binomial_advance(&coins);
    }
    return tolerance;
}

/* Rounds in which the two took equally long count for the arm. */
static bool first_place_is_slower(const double *arm, const double *other, size_t rounds, long double alpha)
{
    size_t used = 0;
    size_t not_slower = 0;

    for (size_t round = 0; round < rounds; round++) {
        if (isnan(arm[round]) || isnan(other[round]))
            continue;
        used++;
        not_slower += arm[round] <= other[round];
    }
    return not_slower < first_place_tolerance(used, alpha);
}

static bool first_place_is_beaten(const double *const *figures, size_t arm_count, size_t arm, size_t rounds)
{
    long double alpha = first_place_alpha(arm_count);

    for (size_t other = 0; other < arm_count; other++)
        if (other != arm && first_place_is_slower(figures[arm], figures[other], rounds, alpha))
            return true;
    return false;
}

void first_place(const double *const *figures, size_t arm_count, size_t rounds, bool *first)
{
    size_t first_count = 0;

    for (size_t arm = 0; arm < arm_count; arm++) {
        first[arm] = !first_place_is_beaten(figures, arm_count, arm, rounds);
        first_count += first[arm];
    }
    for (size_t arm = 0; arm < arm_count && first_count == 0; arm++)
        first[arm] = true;
}
