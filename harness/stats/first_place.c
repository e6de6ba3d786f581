#include "first_place.h"

#include <math.h>

/* The experiment's figures, and the rank that an interval has for so many rounds: nearly all pairs have as
 * many. */
struct contest {
    const double *const *figures;
    size_t arm_count;
    size_t rounds;
    size_t comparisons;
    double threshold;
    size_t ranked_rounds; /* that `rank` is for */
    size_t rank;
};

static size_t contest_rank(struct contest *contest, size_t used)
{
    if (contest->ranked_rounds != used)
        contest->rank = interval_rank(used, contest->comparisons, NULL);
    contest->ranked_rounds = used;
    return contest->rank;
}

/* The upper end of the interval of other / arm is its rank-th greatest ratio: is it below the band? */
static bool contest_is_slower(struct contest *contest, size_t arm, size_t other)
{
    const double *slow = contest->figures[arm];
    const double *fast = contest->figures[other];
    size_t used = 0;
    size_t not_slower = 0;

    for (size_t round = 0; round < contest->rounds; round++) {
        if (isnan(slow[round]) || isnan(fast[round]))
            continue;
        used++;
        not_slower += !(fast[round] / slow[round] < 1 - contest->threshold);
    }
    return not_slower < contest_rank(contest, used);
}

/* By any arm, or by any of those in `by`. */
static bool contest_is_beaten(struct contest *contest, size_t arm, const bool *by)
{
    for (size_t other = 0; other < contest->arm_count; other++)
        if (other != arm && (!by || by[other]) && contest_is_slower(contest, arm, other))
            return true;
    return false;
}

void first_place(const double *const *figures, size_t arm_count, size_t rounds, size_t comparisons,
    double threshold, bool *first, bool *scratch)
{
    bool *unbeaten = scratch;
    struct contest contest = {.figures = figures,
        .arm_count = arm_count,
        .rounds = rounds,
        .comparisons = comparisons,
        .threshold = threshold};

    for (size_t arm = 0; arm < arm_count; arm++)
        unbeaten[arm] = !contest_is_beaten(&contest, arm, NULL);
    /* And those beaten only by arms that are beaten themselves: all of them, where each is beaten by another.
     */
    for (size_t arm = 0; arm < arm_count; arm++)
        first[arm] = unbeaten[arm] || !contest_is_beaten(&contest, arm, unbeaten);
}
