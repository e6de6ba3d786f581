/*
 * experiment: every strategy, round after round, each time in a fresh order.
 *
 *     struct experiment_result result;
 *     if (experiment_run(&task, &result, &failure) != 0) ...
 *     exit code from result.was_interrupted, result.failed_requests
 *     experiment_result_release(&result);
 *
 * Runs in one thread. While a trial runs, it sleeps.
 */
#ifndef HARNESS_EXPERIMENT_H
#define HARNESS_EXPERIMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "arms.h"
#include "failure.h"
#include "report.h"
#include "settings.h"
#include "workload.h"

struct evidence;

/* All borrowed. */
struct experiment_task {
    const struct settings
        *settings; /* with a seed; base_url NULL: the embedded origin, if the workload has paths */
    const struct arms *arms;
    const struct shared_memory *workload;
    struct workload_extent extent;
    const char *const *command; /* the command line, ended by NULL, as it may be shown */
    bool in_colour;
    struct evidence *evidence; /* gets what was found, for the caller to release; NULL: nobody asks */
};

struct experiment_result {
    char *folder;    /* of the results; NULL when none was made */
    int folder_hold; /* keeps it locked until the release, for the charts; 0 or -1: nothing does */
    int print_error; /* errno: why the table could not be printed; 0: it was */
    uint64_t failed_requests;
    uint64_t failed_trials;
    uint64_t measured_trials; /* that completed */
    bool was_interrupted;
};

/* How many processors will the trials have? */
int experiment_count_processors(const struct settings *settings, size_t *count, struct failure *failure);

/* Does the system allow what all arms need? */
int experiment_check_limits(const struct experiment_task *task, struct failure *failure);

/* 0 even if it was interrupted. After -1 the folder may still exist, with what was written so far.
 */
int experiment_run(
    const struct experiment_task *task, struct experiment_result *result, struct failure *failure);

void experiment_result_release(struct experiment_result *result);

#endif
