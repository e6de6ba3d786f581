/*
 * reach: is there anybody, before the first round.
 *
 *     struct reach_finding missing = {0};
 *     if (reach_servers(&task, &missing, &failure) != 0) ...      nobody answers: the experiment is hopeless
 *     reach_finding_release(&missing);
 */
#ifndef HARNESS_EXPERIMENT_REACH_H
#define HARNESS_EXPERIMENT_REACH_H

#include <stdbool.h>
#include <stdio.h>

#include "buffer.h"
#include "failure.h"
#include "settings.h"
#include "workload.h"

struct reach_task {
    const struct settings *settings;
    const struct workload *workload;
    const char *base_url; /* in the end; NULL: the workload has no paths */
    bool is_base_ours;    /* the embedded origin, which is known to be there and is not asked */
    int interrupt_fd;
    FILE *err; /* for the warnings */
};

/* The warning that was given; all zero: none. */
struct reach_finding {
    struct buffer text; /* ends in NUL; fit for a terminal */
    const char *advice; /* static; NULL: nothing in particular */
};

/*
 * Connects once to each server that the workload names, or to the proxy that stands before it, at most
 * WORKLOAD_SERVERS_MAX of them and all at once, and sends nothing. Waits for --connect-timeout, but not for
 * longer than a few seconds. A failure (FAILURE_RUN) when none can be reached, unless failures are to be
 * ignored (--ignore-failures); a warning when some can't, which is given and becomes `missing`. A proxy of
 * the environment that can't be used is refused (FAILURE_USAGE) as one that is given was (settings_check).
 */
int reach_servers(const struct reach_task *task, struct reach_finding *missing, struct failure *failure);

void reach_finding_release(struct reach_finding *missing);

#endif
