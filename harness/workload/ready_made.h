/*
 * ready_made: the folder of workloads that come with the program: NAME.txt and NAME.json.
 */
#ifndef HARNESS_WORKLOAD_READY_MADE_H
#define HARNESS_WORKLOAD_READY_MADE_H

#include <stdbool.h>

#include "buffer.h"
#include "failure.h"
#include "suggest.h"

/* Is there a workload `name`? Then `path` becomes its file's, with a NUL. */
bool ready_made_find(const char *folder, const char *name, struct buffer *path);

/* Appends all names to `names`, sorted, `separator` between them. */
int ready_made_names(
    const char *folder, const char *separator, struct buffer *names, struct failure *failure);

/* Offers all names. The nearest one lives in `name`, an empty buffer. */
void ready_made_suggest(const char *folder, struct suggestion *suggestion, struct buffer *name);

#endif
