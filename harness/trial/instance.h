/*
 * instance: one strategy at work in this process, step by step as a trial takes it: its options' values, its
 * lanes, and its state.
 *
 *     struct instance instance = {0};
 *     instance_make(&instance, "thread-pool", &job, &failure);
 *     instance_prepare(&instance, &failure);
 *     ... the clock starts ...
 *     instance_run(&instance, &failure);
 *     instance_release(&instance);                                    always, whatever failed
 */
#ifndef HARNESS_TRIAL_INSTANCE_H
#define HARNESS_TRIAL_INSTANCE_H

#include <stdbool.h>

#include "failure.h"
#include "plugin.h"
#include "registry.h"
#include "transfer.h"

/* What to do. Borrowed. */
struct job {
    const char *plugin; /* the file of the plug-in that has the strategy; NULL: this program has it */
    const struct settings *settings; /* `concurrency` lanes, or one if the strategy can have no more */
    const struct workload *workload;
    struct workload_extent extent;
    struct records *records;
};

struct instance {
    const struct strategy *strategy;
    struct plugin_library plugin; /* if it is one */
    struct strategy_values values;
    struct records *records;
    struct lanes *lanes;
    void *state;
    bool is_prepared; /* prepare was called, so release must be */
};

/* Up to what comes before prepare: loads the plug-in, if there is one, parses `spec`, makes the lanes,
 * allocates the state. */
int instance_make(
    struct instance *instance, const char *spec, const struct job *job, struct failure *failure);

int instance_prepare(struct instance *instance, struct failure *failure);

/* Starts the clock of the records, and runs until every request has its record. */
int instance_run(struct instance *instance, struct failure *failure);

/* Runs the whole workload once without a clock, to warm up connections, TLS sessions and caches; everything
 * else is then as before. */
int instance_warm_up(struct instance *instance, struct failure *failure);

/* As after prepare: for another run. */
void instance_rewind(struct instance *instance);

/* The strategy's release, and the end of the lanes. */
void instance_release(struct instance *instance);

#endif
