/*
 * process: starts a program and waits for its end, or watches for it.
 *
 *     pid_t pid = process_spawn(&(struct process_start){
 *         .program = "/bin/date",
 *         .arguments = (const char *const[]){"date", "--utc", NULL},
 *         .descriptors = (const struct process_descriptor[]){{pipe_end, STDOUT_FILENO}},
 *         .descriptor_count = 1,
 *     });
 *     if (pid < 0)
 *         return failure_set_errno(failure, FAILURE_RUN, "can't run '/bin/date'");
 *     ...
 *     process_wait(pid, &how);
 *
 * Several threads may start programs at once: no child inherits descriptors meant for another, as long as all
 * descriptors are closed on exec.
 */
#ifndef HARNESS_PROCESS_H
#define HARNESS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* This program itself, whatever has become of its file. */
#define PROCESS_OWN_PROGRAM "/proc/self/exe"

/* The most that can be handed to a child. */
#define PROCESS_DESCRIPTORS_MAX 16

/* What is `from` here is `to` there, and not closed on exec; the two may be the same number. */
struct process_descriptor {
    int from;
    int to;
};

/* All of it remains the caller's, and need last only until process_spawn returns. */
struct process_start {
    const char *program;          /* a path, or a name to be found in PATH */
    const char *const *arguments; /* from the name on by which the program knows itself; NULL ends them */
    const struct process_descriptor *descriptors; /* no two with the same `to`; the order does not matter */
    size_t descriptor_count;                      /* PROCESS_DESCRIPTORS_MAX at most */
    char *const *environment; /* "NAME=VALUE", and NULL at the end; NULL: the caller's own */
    const char *folder;       /* that it starts in; NULL: the caller's own */
    /* It leads its own process group, so Ctrl-C in a terminal does not reach it, and starts with no signal
     * blocked. Else its group and its blocked signals are the caller's. */
    bool leads_group;
    /* It ignores no signal. Else it ignores those that the caller does. */
    bool has_default_signals;
};

/*
 * The child's process id, or -1 with errno: ENOENT when there is no such program, EACCES when it can't be
 * executed, EMFILE when no descriptor is free. The child inherits the descriptors that are
 * named, and those that are not closed on exec, such as 0, 1 and 2.
 */
pid_t process_spawn(const struct process_start *start);

/*
 * Waits for a child to end, even if signals arrive. `how` is as waitpid(2) tells it: see WIFEXITED and
 * WIFSIGNALED. -1 with errno, and `how` 0, when there is no such child, as when SIGCHLD is ignored.
 */
int process_wait(pid_t pid, int *how);

/*
 * A descriptor that is readable once the process has ended (a pidfd, pidfd_open(2)), or -1 with errno. It is
 * closed on exec, and the caller's to close.
 */
int process_open(pid_t pid);

#endif
