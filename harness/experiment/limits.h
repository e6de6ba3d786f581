/* limits: what the system allows a process, checked before the first request. */
#ifndef HARNESS_EXPERIMENT_LIMITS_H
#define HARNESS_EXPERIMENT_LIMITS_H

#include <stdint.h>

#include "failure.h"

/*
 * Raises the soft limit on open files to what `concurrency` lanes need, for this process and its children. -1
 * when the hard limit is too low, with the number needed and the command that raises it.
 */
int limits_raise_open_files(uint64_t concurrency, struct failure *failure);

#endif
