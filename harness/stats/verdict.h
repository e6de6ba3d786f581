/*
 * verdict: the words in which a comparison is reported.
 *
 *     enum verdict verdict = verdict_of(&ratio, 0.02);
 *     char phrase[VERDICT_PHRASE_SIZE];
 *     verdict_phrase(verdict, VERDICT_WALL_TIME, &ratio, 0.02, phrase, sizeof phrase);
 *
 * It says what the interval shows. How large a difference must be to matter is fixed beforehand, as the
 * threshold (for equivalence: Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987). That no
 * difference was detected never becomes "the same".
 */
#ifndef HARNESS_VERDICT_H
#define HARNESS_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "interval.h"

/*
 * Exactly one of these holds for an interval [low, high] and the band [1 - threshold, 1 + threshold]. Ends of
 * the band belong to it. An interval inside the band is equivalent even where it excludes 1: there is a
 * difference then, and it does not matter.
 */
#define VERDICTS(X)                                                                                          \
    X(NO_INTERVAL, "no-interval")       /* too few rounds */                                                 \
    X(FASTER, "faster")                 /* below the band */                                                 \
    X(SLOWER, "slower")                 /* above the band */                                                 \
    X(PERHAPS_FASTER, "perhaps-faster") /* excludes 1, holds the band's lower end and less */                \
    X(PERHAPS_SLOWER, "perhaps-slower") /* excludes 1, holds the band's upper end and more */                \
    X(EQUIVALENT, "equivalent")         /* inside the band */                                                \
    X(NO_DIFFERENCE, "no-difference")   /* holds 1 and reaches beyond the band: none detected */

enum verdict {
#define X(NAME, word) VERDICT_##NAME,
    VERDICTS(X)
#undef X
        VERDICT_COUNT
};

/* The verdict as one word, for files. "faster" and "slower" stand for less and more of any figure. */
const char *verdict_word(enum verdict verdict);

/* What the ratio is a ratio of, for the choice of words. */
enum verdict_figure {
    VERDICT_WALL_TIME,    /* "faster", "slower", "times as long" */
    VERDICT_CPU_TIME,     /* "less CPU", "more CPU", "times the CPU" */
    VERDICT_REQUEST_TIME, /* "shorter", "longer", "times as long" */
    VERDICT_MEMORY,       /* "less memory", "more memory", "times the memory" */
};

/* `threshold` is a fraction, at least 0. */
enum verdict verdict_of(const struct ratio_interval *interval, double threshold);

/* Is a difference claimed? In an A/A control that is a false alarm. */
bool verdict_claims_difference(enum verdict verdict);

#define VERDICT_PHRASE_SIZE 80

/*
 * Writes the phrase, ending in NUL, for example:
 *
 *     faster by 12.1 to 18.4 %
 *     slower, perhaps by less than 2 % (0.4 to 3.1 %)
 *     10.9 to 12.1 times as long
 *     equivalent within 2 %
 *     no difference detected (could be -1.2 % to +3.4 %)
 *     no interval: 6 rounds are needed, 4 can be compared
 *
 * Percentages are of the reference's time, so "faster by 50 %" takes half of it. Twice the time or more is
 * given as a multiple. A range whose ends read the same is one number. A text longer than `size` is cut;
 * VERDICT_PHRASE_SIZE is enough.
 */
void verdict_phrase(enum verdict verdict, enum verdict_figure figure, const struct ratio_interval *interval,
    double threshold, char *phrase, size_t size);

#define VERDICT_SHORT_SIZE 48

/*
 * The same for a cell of a table whose head says what the ratio is a ratio of, for example:
 *
 *     12.1 to 18.4 % less
 *     perhaps 0.4 to 3.1 % more
 *     10.9 to 12.1 times
 *     equivalent within 2 %
 *     undecided, -1.2 to +3.4 %
 *     -
 */
void verdict_short(
    enum verdict verdict, const struct ratio_interval *interval, double threshold, char *phrase, size_t size);

/* Who is compared with whom, and by what: as a noun that follows "takes less". */
struct verdict_pair {
    const char *one;
    const char *other;
    const char *noun;
};

/*
 * The same as a sentence without a full stop, ending in NUL, for example:
 *
 *     epoll takes 12.1 to 18.4 % less CPU time than poll
 *     poll takes 10.9 to 12.1 times the CPU time of epoll
 *     epoll takes less CPU time than poll, perhaps by less than 2 % (0.4 to 3.1 %)
 *     epoll and poll are equivalent within 2 % by CPU time
 *     no difference in CPU time was detected between epoll and poll (could be -1.2 % to +3.4 %)
 *     whether epoll and poll differ in CPU time can't be told: 6 rounds are needed, 4 can be compared
 */
void verdict_sentence(enum verdict verdict, const struct verdict_pair *pair,
    const struct ratio_interval *interval, double threshold, char *sentence, size_t size);

#endif
