/*
 * command_one: one experiment of a command, from its settings to its charts: what command.c and named_run.c
 * share.
 *
 *     struct experiment_result result;
 *     command_one(&task, &end, &result, &failure);
 *     experiment_result_release(&result);
 */
#ifndef HARNESS_CLI_COMMAND_ONE_H
#define HARNESS_CLI_COMMAND_ONE_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "evidence.h"
#include "experiment.h"
#include "failure.h"
#include "options.h"

/* All borrowed. */
struct command_task {
    const struct options *options; /* for URLs, and the command line as it may be shown */
    int argc;
    const struct settings *settings; /* with a seed */
    const char *workload_json; /* in place of the settings' workload, unless URLs are given; NULL: that one */
    const char *workload_name; /* of that JSON */
    struct evidence *evidence; /* gets what was found, for the caller to release; NULL: nobody asks */
};

/* A seed that is short enough to be typed again. */
uint64_t command_new_seed(void);

/* Is text for a person in colour? */
bool command_is_in_colour(void);

/* Whoever closed the pipe has seen enough; that is not a failure. `error` is the errno of what could not be
 * printed before, or 0; `rest` says what there is nevertheless. */
int command_flush(int error, const char *rest, struct failure *failure);

/* Does the system allow this experiment? Nothing is sent, and nothing is written. */
int command_check_limits(const struct command_task *task, struct failure *failure);

/* Release the result also when this fails. */
int command_one(const struct command_task *task, enum command_end *end, struct experiment_result *result,
    struct failure *failure);

#endif
