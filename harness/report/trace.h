/* trace: one trial request by request, to show how a strategy works. */
#ifndef HARNESS_REPORT_TRACE_H
#define HARNESS_REPORT_TRACE_H

#include "report.h"

/*
 * Prints on plan->out each request in the order in which they ended, with its times, its batch (3.2: the
 * second request of the third batch) and status; each batch of several, as it ends; the total; and the
 * statuses, nested by batch: [[200, 200], [200]], or flat when every batch is of one. Times count from the
 * start of the clock.
 */
int trace_print(const struct plan *plan, const struct trial_row *row, const struct records *records,
    const char *const *shown_url_of, struct failure *failure);

#endif
