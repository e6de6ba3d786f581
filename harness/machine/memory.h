/* memory: the resident set of a trial, from /proc (Linux). */
#ifndef HARNESS_MACHINE_MEMORY_H
#define HARNESS_MACHINE_MEMORY_H

#include <stdint.h>

/*
 * Resets the high-water mark of this process's resident set and returns it, in KiB; UINT64_MAX when the
 * system does not allow it. ru_maxrss would not do: it survives fork and exec, so that the child of a large
 * parent starts with the parent's.
 */
uint64_t memory_reset_peak_kib(void);

/*
 * The high-water mark now, in KiB, and what this process's living children have that is theirs alone: a page
 * that they share with it was counted here. UINT64_MAX when it can't be read.
 */
uint64_t memory_peak_kib(void);

#endif
