/*
 * batches_file: the batches of a workload as a file for programs in other languages, which need no parser of
 * workloads: what libcurl would be told, with all URLs and headers resolved.
 *
 * A line of JSON for each batch, a list of its requests:
 *
 *     [{"method":"GET","url":"http://...","headers":[["Name","value"]],"body":null,"expect":null}]
 *
 * "body" is a text or null, "expect" the status that counts as a success, or null for anything below 400.
 */
#ifndef HARNESS_TRANSFER_BATCHES_FILE_H
#define HARNESS_TRANSFER_BATCHES_FILE_H

#include "failure.h"
#include "settings.h"
#include "workload.h"

/* A descriptor of a file in memory, to be read from its start, for the caller to close; -1 with a
 * FAILURE_RUN. */
int batches_file_make(
    const struct settings *settings, const struct workload *workload, struct failure *failure);

/* The same with the moments at which batches are due in an open loop, a line of nanoseconds since the clock's
 * start for each. */
int batches_file_make_due(
    const struct settings *settings, struct workload_extent extent, struct failure *failure);

#endif
