/*
 * leftovers: processes that a program of somebody else's leaves behind, also those that have left its process
 * group.
 *
 *     struct leftovers leftovers;
 *     leftovers_watch(&leftovers);                   before the program is started
 *     leftovers_end(&leftovers);                     when it has been waited for
 *
 * One program at a time: what has become a child of this process in between is the program's.
 */
#ifndef HARNESS_LEFTOVERS_H
#define HARNESS_LEFTOVERS_H

#include <stddef.h>
#include <sys/types.h>

/* More than this program has at any time. */
#define LEFTOVERS_KNOWN_MAX 16

struct leftovers {
    pid_t known[LEFTOVERS_KNOWN_MAX]; /* that were there before */
    size_t known_count;
};

/* From now on this process adopts what its descendants leave behind (PR_SET_CHILD_SUBREAPER). */
void leftovers_watch(struct leftovers *leftovers);

/* Kills whatever is below this process and was not before, and waits for it. */
void leftovers_end(const struct leftovers *leftovers);

#endif
