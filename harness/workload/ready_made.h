/*
 * ready_made: the folder of workloads that come with the program: NAME.txt and NAME.json.
 */
#ifndef HARNESS_WORKLOAD_READY_MADE_H
#define HARNESS_WORKLOAD_READY_MADE_H

#include <stdbool.h>

#include "buffer.h"
#include "failure.h"

/* Is there a workload `name`? Then `path` becomes its file's, with a NUL. */
bool ready_made_find(const char *folder, const char *name, struct buffer *path);

/* Appends all names to `names`, sorted, `separator` between them. */
int ready_made_names(
    const char *folder, const char *separator, struct buffer *names, struct failure *failure);

/* Calls `visit` with each name, sorted, and the description of its workload, "" if it has none. */
typedef void ready_made_visitor(const char *name, const char *description, void *context);
int ready_made_visit(const char *folder, ready_made_visitor *visit, void *context, struct failure *failure);

/* Sets the failure for a name that is none of theirs: `meant` is a remark in a sentence, such as "; did you
 * mean 'mixed'?", and `names` are all. */
typedef void ready_made_refusal(
    const char *name, const char *folder, const char *meant, const char *names, struct failure *failure);

/* Lets `say` tell what there is instead. -1. */
int ready_made_refuse(const char *folder, const char *name, ready_made_refusal *say, struct failure *failure);

#endif
