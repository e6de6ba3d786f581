/*
 * parse: the two languages in which workloads are written. Each function adds all batches of
 * `source` to `builder`, or fills `failure` with file, line, column, reason and remedy.
 */
#ifndef HARNESS_WORKLOAD_PARSE_H
#define HARNESS_WORKLOAD_PARSE_H

#include "builder.h"
#include "source.h"

/* One "[METHOD] URL [*N]" a line, comments after "#". */
int text_parse(const struct source *source, struct builder *builder, struct failure *failure);

int json_parse(const struct source *source, struct builder *builder, struct failure *failure);

/* workload_parse, with a name separate from the place. */
int workload_parse_named(
    struct source source, const char *name, struct shared_memory *memory, struct failure *failure);

#endif
