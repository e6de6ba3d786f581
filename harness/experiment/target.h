/* target: care for other people's machines. */
#ifndef HARNESS_EXPERIMENT_TARGET_H
#define HARNESS_EXPERIMENT_TARGET_H

#include <stdbool.h>

#include "buffer.h"
#include "failure.h"
#include "workload.h"

/* At most this many requests may go to other machines in one experiment without confirmation. */
#define TARGET_UNASKED 1000

/*
 * Appends the first server among the workload's URLs, `base_url` and `proxy` (each may be NULL) that is not
 * on this machine, and ends it with NUL; nothing if there is none. A name without an address counts as
 * another machine.
 */
void target_find_remote(
    const struct workload *workload, const char *base_url, const char *proxy, struct buffer *server);

#endif
