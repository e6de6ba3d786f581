/* measure: one trial between two looks at the origin, as a row of trials.csv. */
#ifndef HARNESS_EXPERIMENT_MEASURE_H
#define HARNESS_EXPERIMENT_MEASURE_H

#include "origin.h"
#include "report.h"
#include "trial.h"

struct measurement {
    const struct trial_task *task;
    struct origin *origin; /* NULL: somebody else's */
    int workload_fd;
    int records_fd;
    struct trial_watch watch;
    struct trial trial; /* how it went; its message is what the row shows */
};

/* Runs the trial and fills of `row` what its process and the origin told; the rest is the caller's. */
void measurement_take(struct measurement *measurement, struct trial_row *row);

#endif
