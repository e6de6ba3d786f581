#include "builder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

/*
 * Most workloads say the same few methods, URLs and headers over and over. A small cache of recent texts,
 * where a newcomer takes the place of whoever has the same hash, finds those at a fixed cost in memory and
 * time.
 */
#define BUILDER_RECENT_COUNT 16384

struct builder_recent {
    uint64_t offset; /* 0: nothing here yet */
    uint64_t size;
};

void builder_init(struct builder *builder)
{
    *builder = (struct builder){0};
    builder->recent = calloc(BUILDER_RECENT_COUNT, sizeof *builder->recent);
    builder->texts.out_of_memory = !builder->recent;
}

void builder_release(struct builder *builder)
{
    buffer_release(&builder->texts);
    buffer_release(&builder->requests);
    buffer_release(&builder->batches);
    free(builder->recent);
    *builder = (struct builder){0};
}

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
static uint64_t builder_hash(const char *bytes, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash ^ (hash >> 32);
}

static const char *builder_kept(const struct builder *builder, uint64_t offset)
{
    return builder->texts.bytes + (offset - sizeof(struct workload));
}

uint64_t builder_text(struct builder *builder, const char *bytes, size_t size)
{
    if (builder->texts.out_of_memory)
        return 0;
    struct builder_recent *recent = &builder->recent[builder_hash(bytes, size) % BUILDER_RECENT_COUNT];
    if (recent->offset != 0 && recent->size == size &&
        memcmp(builder_kept(builder, recent->offset), bytes, size) == 0)
        return recent->offset;

    uint64_t offset = sizeof(struct workload) + builder->texts.size;
    buffer_append(&builder->texts, bytes, size);
    buffer_append(&builder->texts, "", 1);
    if (!builder->texts.out_of_memory)
        *recent = (struct builder_recent){offset, size};
    return offset;
}

void builder_begin_batch(struct builder *builder, uint64_t name)
{
    builder->batch = (struct workload_batch){.name = name, .first_request = builder->request_count};
    builder->path_count_before = builder->path_count;
}

void builder_add_request(struct builder *builder, const struct workload_request *request)
{
    buffer_append(&builder->requests, request, sizeof *request);
    builder->batch.request_count++;
    builder->request_count++;
    if (!builder->texts.out_of_memory && *builder_kept(builder, request->url) == '/')
        builder->path_count++;
}

static void builder_copy_batch(struct builder *builder, uint64_t copies)
{
    struct workload_batch batch = builder->batch;
    const size_t offset = (size_t)batch.first_request * sizeof(struct workload_request);
    const size_t size = (size_t)batch.request_count * sizeof(struct workload_request);

    /* As a whole, so that what is copied does not move. */
    if (!buffer_reserve(&builder->requests, size * copies) ||
        !buffer_reserve(&builder->batches, sizeof batch * copies))
        return;
    for (uint64_t i = 0; i < copies; i++) {
        batch.first_request += batch.request_count;
        buffer_append(&builder->requests, builder->requests.bytes + offset, size);
        buffer_append(&builder->batches, &batch, sizeof batch);
    }
    builder->request_count += batch.request_count * copies;
    builder->path_count += (builder->path_count - builder->path_count_before) * copies;
}

const char *builder_end_batch(struct builder *builder, uint64_t repeat)
{
    const uint64_t most = RULES_REPEATED_MAX;
    const uint64_t copies = repeat - 1;

    buffer_append(&builder->batches, &builder->batch, sizeof builder->batch);
    builder->has_repeats = builder->has_repeats || copies > 0;
    if (builder->has_repeats && (builder->request_count > most ||
                                    copies > (most - builder->request_count) / builder->batch.request_count))
        return "makes more than 1000000 requests, the most that a workload with repeat counts can have; "
               "lower a count, and repeat the whole workload with --requests";
    if (copies > 0)
        builder_copy_batch(builder, copies);
    return NULL;
}

int builder_finish(
    struct builder *builder, const char *name, struct shared_memory *memory, struct failure *failure)
{
    const struct buffer *texts = &builder->texts;
    struct workload table = {.magic = WORKLOAD_MAGIC, .name = builder->name};

    if (rules_name_problem(name, strlen(name)))
        name = "unnamed"; /* files may be called anything */
    if (table.name == 0)
        table.name = builder_text(builder, name, strlen(name));
    if (texts->out_of_memory || builder->requests.out_of_memory || builder->batches.out_of_memory)
        return failure_set(failure, FAILURE_RUN, "out of memory for the workload '%s'", name);

    table.batch_count = builder->batches.size / sizeof(struct workload_batch);
    table.request_count = builder->request_count;
    table.path_count = builder->path_count;
    assert(table.batch_count > 0 && table.request_count > 0);
    table.requests = (sizeof table + texts->size + 7) / 8 * 8;
    table.batches = table.requests + builder->requests.size;
    table.size = table.batches + builder->batches.size;
    if (shared_memory_create(memory, "workload", table.size, failure) != 0)
        return -1;
    char *bytes = memory->bytes;
    memcpy(bytes, &table, sizeof table);
    memcpy(bytes + sizeof table, texts->bytes, texts->size);
    memcpy(bytes + table.requests, builder->requests.bytes, builder->requests.size);
    memcpy(bytes + table.batches, builder->batches.bytes, builder->batches.size);
    if (shared_memory_freeze(memory, failure) == 0)
        return 0;
    shared_memory_release(memory);
    return -1;
}
