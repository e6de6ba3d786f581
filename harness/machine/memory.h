/* memory: the resident set of a trial, from /proc (Linux). */
#ifndef HARNESS_MACHINE_MEMORY_H
#define HARNESS_MACHINE_MEMORY_H

#include <stdint.h>

/*
 * Resets the high-water mark of this process's resident set and returns it, in KiB; UINT64_MAX when the
 * system does not allow it. ru_maxrss is no use here: it survives fork and exec, so the child of a large
 * parent starts with the parent's.
 */
uint64_t memory_reset_peak_kib(void);

/*
 * The current high-water mark, in KiB, plus the memory that belongs only to this process's living children:
 * pages that they share with it are counted once. UINT64_MAX when it can't be read.
 */
uint64_t memory_peak_kib(void);

#endif
