/* children: the processes below a process (Linux: /proc/PID/task/TID/children). */
#ifndef HARNESS_CHILDREN_H
#define HARNESS_CHILDREN_H

#include <sys/types.h>

/* Calls `visit` for each descendant of the process, in no particular order, without the process itself. */
void children_visit(pid_t pid, void (*visit)(pid_t child, void *context), void *context);

#endif
