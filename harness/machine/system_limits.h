/*
 * system_limits: checks that the system allows what an experiment needs, before the first request.
 *
 * A failed check returns -1 with the number needed, the number available, and the command that raises it.
 * What can't be found out is not a reason to refuse.
 */
#ifndef HARNESS_MACHINE_SYSTEM_LIMITS_H
#define HARNESS_MACHINE_SYSTEM_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "arms.h"
#include "failure.h"

/* Raises the soft limit on open files as far as it goes, for this process and its children: the trials, and
 * the embedded origin if there is to be one. */
int limits_check_files(const struct arms *arms, bool has_origin, struct failure *failure);

/* For threads and processes: RLIMIT_NPROC, the control group's pids.max, the kernel's threads-max. */
int limits_check_threads(const struct arms *arms, struct failure *failure);

/* What an experiment needs besides what it has, in bytes. */
struct limits_memory {
    double lasting; /* from its start to its end */
    double trial;   /* besides, while a trial runs, but for its lanes */
    double between; /* besides, before, between and after the trials */
};

/* All of that, and the lanes of the arm that needs most. */
int limits_check_memory(
    const struct arms *arms, uint64_t requests, const struct limits_memory *needed, struct failure *failure);

/* Local ports for the connections of one trial to the server that gets most of its requests: `requests`, of
 * an extent with `batches`. */
int limits_check_ports(const struct arms *arms, uint64_t requests, uint64_t batches, struct failure *failure);

#endif
