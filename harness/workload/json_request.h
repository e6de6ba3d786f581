/*
 * json_request: one request of a workload's JSON: an object, or a string that is its URL.
 */
#ifndef HARNESS_WORKLOAD_JSON_REQUEST_H
#define HARNESS_WORKLOAD_JSON_REQUEST_H

#include "buffer.h"
#include "builder.h"
#include "cursor.h"

struct json_reader {
    struct builder *builder;
    struct buffer headers; /* of the request that is being read; the memory is kept for the next one */
    struct buffer body;
    uint64_t repeat;       /* of the batch that is being read */
    const char *repeat_at; /* where that is said, or NULL */
};

/* Reads the request at the cursor and adds it to the batch that was begun. `into` is the struct json_reader.
 */
int json_read_request(struct cursor *cursor, void *into);

#endif
