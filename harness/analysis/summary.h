/*
 * summary: what an experiment found, decided here and nowhere else. Terminal, files and charts only present
 * it.
 *
 *     struct summary *summaries = summarise(&tally, &failure);        one for each arm
 *     if (summaries[arm].row.ranked && summaries[arm].shares_first) ...
 *
 * In a closed loop arms are ranked by their wall time. In an open loop the schedule sets the wall time, so
 * arms are ranked by the 90th percentile of each trial's request times. Both are compared in pairs by round.
 */
#ifndef HARNESS_ANALYSIS_SUMMARY_H
#define HARNESS_ANALYSIS_SUMMARY_H

#include "rows.h"
#include "tally.h"
#include "verdict.h"

/* Why an arm is not ranked: X(NAME, word, phrase). The first that applies counts. */
#define RANKINGS(X)                                                                                          \
    X(RANKED, NULL, NULL)                                                                                    \
    X(SENDS_NOTHING, "sends-nothing", "sends no requests")                                                   \
    X(NO_TRIALS, "no-trials", "no measured trial")                                                           \
    X(FAILED_REQUESTS, "failed-requests", "failed requests")                                                 \
    X(FAILED_TRIALS, "failed-trials", "trials that did not complete")                                        \
    X(OTHER_WORK, "other-work", "did other work than was asked for")                                         \
    X(SATURATED, "saturated", "could not keep up with the rate")                                             \
    X(TOO_FEW_REQUESTS, "too-few-requests", "fewer than 50 requests per trial, so no 90th percentile")

enum ranking {
#define X(NAME, word, phrase) RANKING_##NAME,
    RANKINGS(X)
#undef X
        RANKING_COUNT
};

const char *ranking_phrase(enum ranking ranking);

struct summary {
    struct summary_row row;
    char verdict_text[VERDICT_PHRASE_SIZE];
    char cpu_verdict_text[VERDICT_PHRASE_SIZE];
    enum verdict verdict; /* the row has the words */
    enum verdict cpu_verdict;
    char verdict_short[VERDICT_SHORT_SIZE];
    char cpu_verdict_short[VERDICT_SHORT_SIZE];
    size_t reference;     /* the arm that it is compared with; itself: none */
    size_t first_rounds;  /* rounds needed to name the first place; 0: there are enough */
    size_t rounds_needed; /* for an interval; 0: there is one, or nothing to compare with */
    size_t outliers;      /* trials whose wall time is flagged; they stay in every figure */
    bool has_slow_first_round;
    bool is_ranked_by_requests; /* by their 90th percentile; else by the wall time */
    const char *control_of;     /* the name of the arm that is the same as this one; NULL: none */
    double false_difference; /* the far end of a difference claimed between the two, as a fraction; 0: none */
    enum ranking ranking;
    bool shares_first;  /* it is ranked, and no ranked arm was shown to be faster */
    bool is_like_first; /* so do most arms, and between none of them a difference was found */
};

/*
 * An array of one summary for each arm, in their order, for the caller to free; NULL with a failure when
 * memory runs out. The rows' texts live as long as tally and array.
 */
struct summary *summarise(const struct tally *tally, struct failure *failure);

/* For the level of intervals. Each arm that sends is held against all others: against one for its verdict,
 * against all for the first place. */
size_t summary_comparisons(const struct tally *tally);

/* The figure that arms are ranked by, with its median in the row: median_s or request_p90_s. */
double summary_figure(const struct summary *summary);

/* How many arms are ranked, and how many of them share the first place. */
size_t summary_count_ranked(const struct summary *summaries, size_t count);
size_t summary_count_first(const struct summary *summaries, size_t count);

/* The smallest difference that would have been found in every comparison, as a fraction; NaN
 * when there is no interval. */
double summary_detectable(const struct summary *summaries, size_t count);

#endif
