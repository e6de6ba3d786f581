/* target: care for machines that are not one's own. */
#ifndef HARNESS_EXPERIMENT_TARGET_H
#define HARNESS_EXPERIMENT_TARGET_H

#include <stdbool.h>

#include "buffer.h"
#include "failure.h"
#include "workload.h"

/* So many requests may go to other machines in one experiment without being confirmed. */
#define TARGET_UNASKED 1000

/*
 * Appends the first server among the workload's URLs, `base_url` and `proxy` (each may be NULL) that is not
 * on this machine, and ends it with NUL; nothing when there is none. A name that has no address counts as
 * another machine.
 */
void target_find_remote(
    const struct workload *workload, const char *base_url, const char *proxy, struct buffer *server);

#endif
