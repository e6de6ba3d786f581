/*
 * placement: which processors the trials and the origin may use.
 *
 *     struct placement placement;
 *     placement_choose(&placement, client_list, origin_list, &failure);      lists may be NULL
 *     placement_of_origin(&placement, origin.pid); placement_of_trials(&placement);
 *     ...
 *     placement_undo(&placement);
 *
 * Client and origin on one machine compete for its processors, so from PLACEMENT_APART_FROM processors on
 * they are kept apart unless the user says otherwise: the origin, a single loop, gets the last one.
 */
#ifndef HARNESS_MACHINE_PLACEMENT_H
#define HARNESS_MACHINE_PLACEMENT_H

#include <sched.h>
#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"

#define PLACEMENT_APART_FROM 4

struct placement {
    cpu_set_t usable; /* by this process, before it was placed */
    cpu_set_t client;
    cpu_set_t origin;
    bool is_client_set; /* false: wherever the system puts it */
    bool is_origin_set;
    bool is_moved; /* this process was placed */
    bool is_short; /* more processors were asked for than may be used */
};

/* Lists such as "0-2,5". Processors that this process may not use are left out. */
int placement_choose(
    struct placement *placement, const char *client_list, const char *origin_list, struct failure *failure);

/* For the embedded origin, started before. */
int placement_of_origin(const struct placement *placement, pid_t origin, struct failure *failure);

/* For this process, and so for the trials that it will start. */
int placement_of_trials(struct placement *placement, struct failure *failure);

/* Where this process was before: what it does next, another experiment perhaps, has all processors again. */
void placement_undo(struct placement *placement);

/* How many processors the trials may use. */
size_t placement_count_client(const struct placement *placement);

#define PLACEMENT_TEXT_SIZE 128

/* A set as such a list, or "any" when it is not set. Cut when longer. */
void placement_write(const cpu_set_t *set, bool is_set, char text[PLACEMENT_TEXT_SIZE]);

#endif
