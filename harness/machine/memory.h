/* memory: the resident set of a trial, from /proc (Linux). */
#ifndef HARNESS_MACHINE_MEMORY_H
#define HARNESS_MACHINE_MEMORY_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Resets the high-water mark of this process's resident set and returns it, in KiB; UINT64_MAX when the
 * system does not allow it. ru_maxrss is no use here: it survives fork and exec, so the child of a large
 * parent starts with the parent's.
 */
uint64_t memory_reset_peak_kib(void);

/*
 * The high-water mark now, in KiB, and those of this process's living children, without the pages that they
 * share: with this process, which were counted here, or with each other. UINT64_MAX when it can't be read.
 */
uint64_t memory_peak_kib(void);

/*
 * The same of another process' living descendants, seen from outside: of the first one all, of the others
 * what they do not share. UINT64_MAX when none can be read.
 */
uint64_t memory_reset_peak_of_children_kib(pid_t pid);
uint64_t memory_peak_of_children_kib(pid_t pid);

/* From now on what this process frees goes back to the system at once, if it was large, so that an experiment
 * holds no more than it counts. For a process that measures nothing in itself: each large block is mapped
 * anew. */
void memory_give_back_at_once(void);

#endif
