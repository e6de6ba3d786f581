/*
 * builder: collects batches, requests and texts, then lays the workload's table out in shared memory.
 *
 *     struct builder builder;
 *     builder_init(&builder);
 *     builder_begin_batch(&builder, 0);
 *     builder_add_request(&builder, &request);
 *     problem = builder_end_batch(&builder, 1);
 *     result = builder_finish(&builder, "hello", memory, failure);
 *     builder_release(&builder);
 *
 * Texts come first in the table, so that their offsets are final as soon as they are added. Running out of
 * memory is remembered, and told by builder_finish.
 */
#ifndef HARNESS_WORKLOAD_BUILDER_H
#define HARNESS_WORKLOAD_BUILDER_H

#include <stdbool.h>

#include "buffer.h"
#include "failure.h"
#include "shared_memory.h"
#include "workload.h"

struct builder {
    struct buffer texts;
    struct buffer requests;      /* struct workload_request each */
    struct buffer batches;       /* struct workload_batch each */
    struct workload_batch batch; /* the one that was begun */
    uint64_t request_count;
    uint64_t path_count;
    uint64_t path_count_before; /* the batch that was begun */
    bool has_repeats;           /* some batch has a repeat count above 1 */
    uint64_t name;              /* the workload's own name, or 0 */
    struct builder_recent *recent;
};

void builder_init(struct builder *builder);
void builder_release(struct builder *builder);

/* Keeps `bytes` and a NUL; returns their offset in the table. Recently added bytes are not kept twice. */
uint64_t builder_text(struct builder *builder, const char *bytes, size_t size);

/* `name` is an offset, or 0. */
void builder_begin_batch(struct builder *builder, uint64_t name);
void builder_add_request(struct builder *builder, const struct workload_request *request);

/* The batch occurs `repeat` times (at least 1) in a row; the copies share its texts. NULL when all is well,
 * else reason and remedy, to be written after what is too much: with repeat counts there are at most
 * RULES_REPEATED_MAX requests. Nothing is copied then. */
const char *builder_end_batch(struct builder *builder, uint64_t repeat);

/* `name` is taken unless builder->name was set. There must be at least one request, and no batch under way.
 */
int builder_finish(
    struct builder *builder, const char *name, struct shared_memory *memory, struct failure *failure);

#endif
