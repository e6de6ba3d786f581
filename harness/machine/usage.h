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
 * getrusage(RUSAGE_CHILDREN) is no use here: it counts children only after they were waited for, and then
 * their whole lives. So every living child is read at both moments, from /proc (Linux). What can't be read
 * counts as not used.
 */
#ifndef HARNESS_MACHINE_USAGE_H
#define HARNESS_MACHINE_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct usage {
    uint64_t user_ns;
    uint64_t sys_ns;
    uint64_t voluntary_switches; /* of this process, and of the main threads of its children */
    uint64_t involuntary_switches;
    uint64_t minor_faults;
};

/* This process with all its threads, ended ones too; takes about a microsecond. */
void usage_add_self(struct usage *usage);

/* Another process, seen from outside. */
void usage_add_process(pid_t pid, struct usage *usage);

/* All living descendants of the process. Takes about 10 us per thread and per child. */
void usage_add_children(pid_t pid, struct usage *usage);

struct usage usage_between(const struct usage *before, const struct usage *after);

/* Calls `visit` for each descendant of the process, in no particular order, without the process itself.
 */
void usage_visit_children(pid_t pid, void (*visit)(pid_t child, void *context), void *context);

#endif
