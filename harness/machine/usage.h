/*
 * usage: processor time, switches and page faults of a trial, which may be several processes.
 *
 *     struct usage before = {0}, after = {0};
 *     usage_add_children(getpid(), &before);
 *     usage_add_self(&before);
 *     ...
 *     usage_add_self(&after);
 *     usage_add_children(getpid(), &after);
 *     struct usage used = usage_between(&before, &after);
 *
 * getrusage(RUSAGE_CHILDREN) alone would not do: it counts children only once they were waited for, and then
 * their whole lives. So living children are read as well, from /proc (Linux), and the difference is exact for
 * those that were there all the time, that came, or that ended and were waited for in between. One that ended
 * without being waited for is lost.
 */
#ifndef HARNESS_MACHINE_USAGE_H
#define HARNESS_MACHINE_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct usage {
    uint64_t cpu_ns;  /* exact */
    uint64_t user_ns; /* these two as the kernel knows them, which of other processes samples the clock's */
    uint64_t sys_ns;  /* ticks: usage_between divides cpu_ns by them */
    uint64_t voluntary_switches; /* of this process, and of the living threads of its children */
    uint64_t involuntary_switches;
    uint64_t minor_faults;
};

/* This process with all its threads, ended ones too, and the children that it has waited for; takes about a
 * microsecond. */
void usage_add_self(struct usage *usage);

/* Another process, seen from outside, and the children that it has waited for. */
void usage_add_process(pid_t pid, struct usage *usage);

/* All living descendants of the process. Takes about 10 us per thread and per child. */
void usage_add_children(pid_t pid, struct usage *usage);

/* The difference, in which user_ns and sys_ns make up cpu_ns. */
struct usage usage_between(const struct usage *before, const struct usage *after);

/* How many processes and threads there are below the process now; threads with the main ones. */
void usage_count_children(pid_t pid, uint64_t *processes, uint64_t *threads);

#endif
