/* experiment_json: everything that is needed to repeat an experiment or to question it. */
#ifndef HARNESS_REPORT_EXPERIMENT_JSON_H
#define HARNESS_REPORT_EXPERIMENT_JSON_H

#include "buffer.h"
#include "report.h"
#include "summary.h"
#include "warnings.h"

/* How it went. */
struct experiment_end {
    uint64_t started_utc_ns;
    uint64_t finished_utc_ns; /* 0: it is not over */
    bool is_complete;         /* every planned trial was run */
    uint64_t failed_requests;
    uint64_t failed_trials;
    const struct summary *summaries; /* one for each arm; NULL: it is not over */
    const struct warnings *warnings; /* NULL: it is not over */
};

int experiment_write_json(
    const struct plan *plan, const struct experiment_end *end, struct buffer *text, struct failure *failure);

#endif
