/* summary: an arm's row of summary.csv, from the tally. */
#ifndef HARNESS_REPORT_SUMMARY_H
#define HARNESS_REPORT_SUMMARY_H

#include "tables.h"
#include "tally.h"
#include "verdict.h"

struct summary {
    struct summary_row row;
    char verdict[VERDICT_PHRASE_SIZE];
    char cpu_verdict[VERDICT_PHRASE_SIZE];
    size_t reference;     /* the arm that it is compared with; itself: none */
    size_t ranking_needs; /* rounds for the first place to be told; 0: there are enough */
    size_t rounds_needed; /* for an interval; 0: there is one, or nothing to compare with */
    size_t outliers;      /* trials whose wall time is flagged; they stay in every figure */
    bool has_slow_first_round;
    const char *control_of;  /* the label of the arm that is the same as this one; NULL: none */
    double false_difference; /* the far end of a difference claimed between the two, as a fraction; 0: none */
    bool is_ranked;          /* it has trials and none of its requests failed */
    bool shares_first;       /* no ranked arm was shown to be faster */
};

/*
 * An array of one summary for each arm, in their order, for the caller to free; NULL with a failure when
 * memory runs out. The rows' texts live as long as tally and array.
 */
struct summary *summarise(const struct tally *tally, struct failure *failure);

/* The smallest difference in wall time that would have been found in every comparison, as a fraction; NaN
 * when there is no interval. */
double summary_detectable(const struct summary *summaries, size_t count);

#endif
