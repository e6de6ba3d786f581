/*
 * experiment: every strategy, round after round, each time in a fresh order.
 *
 *     struct experiment_result result;
 *     if (experiment_run(&settings, &result, &failure) != 0) ...
 *     exit code from result.was_interrupted, result.failed_requests
 *     experiment_result_release(&result);
 *
 * Runs in one thread. While a trial runs, it sleeps.
 */
#ifndef HARNESS_EXPERIMENT_H
#define HARNESS_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "report.h"
#include "transfer.h"
#include "workload.h"

/* All borrowed. */
struct experiment_settings {
    const struct arm *arms;
    size_t arm_count;
    size_t warmup_rounds;
    size_t measured_rounds; /* at least 1 */
    uint64_t seed;
    const struct shared_memory *workload;
    struct workload_extent extent;
    struct transfer_settings transfer; /* base_url NULL: the embedded origin, if the workload has paths */
    const char *reference;             /* NULL: thread-pool, else the first */
    double threshold;                  /* a difference up to this fraction does not matter */
    uint64_t max_time_ms;              /* no round is begun that would not fit; 0: no limit */
    bool warm_connections;
    const char *client_cpus; /* NULL: placement.h chooses */
    const char *origin_cpus;
    const char *output;
    const char *const *command;
    bool force;
    enum records_kept records;
    bool quiet;
    bool trace;
    bool in_colour;
};

struct experiment_result {
    char *folder; /* of the results; NULL when none was made */
    uint64_t failed_requests;
    uint64_t failed_trials;
    uint64_t measured_trials; /* that ran to their end */
    bool was_interrupted;
};

/* 0 also when it was interrupted. On -1 the folder may be there all the same, with what was written before.
 */
int experiment_run(
    const struct experiment_settings *settings, struct experiment_result *result, struct failure *failure);

void experiment_result_release(struct experiment_result *result);

#endif
