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
    bool is_ranked;    /* it has trials and none of its requests failed */
    bool shares_first; /* no ranked arm was shown to be faster */
};

/*
 * An array of one summary for each arm, in their order, for the caller to free; NULL with a failure when
 * memory runs out. The rows' texts live as long as tally and array.
 */
struct summary *summarise(const struct tally *tally, struct failure *failure);

#endif
