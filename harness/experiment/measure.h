/* measure: one trial between two looks at the origin, as a row of trials.csv. */
#ifndef HARNESS_EXPERIMENT_MEASURE_H
#define HARNESS_EXPERIMENT_MEASURE_H

#include "origin.h"
#include "ports_wait.h"
#include "report.h"
#include "trial.h"

struct measurement {
    const struct trial_task *task;
    const struct arm *arm;
    struct ports_wait *ports_wait;
    struct origin *origin; /* NULL: not ours */
    int workload_fd;
    int records_fd;
    struct trial_watch watch;
    struct trial trial;         /* how it went; the row shows its message */
    struct elsewhere elsewhere; /* what it sent to other machines; the row shows it */
};

/* Waits until what earlier trials left behind can't get into this one: connections that the origin has not
 * seen closed, ports that are still taken. */
void measurement_await_quiet(const struct measurement *measurement);

/* Runs the trial and fills in those members of `row` that come from its process and from the origin; the
 * caller fills in the rest. */
void measurement_take(struct measurement *measurement, struct trial_row *row);

#endif
