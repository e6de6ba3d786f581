/*
 * protocol: what a trial is told and what it answers, as lines of JSON.
 *
 * The keys of the settings, and what kind of value each has, stand in one table in protocol.c.
 */
#ifndef HARNESS_TRIAL_PROTOCOL_H
#define HARNESS_TRIAL_PROTOCOL_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "failure.h"
#include "transfer.h"
#include "workload.h"

struct trial_settings {
    const char *strategy; /* as strategy_parse reads it: name:key=value... */
    uint64_t concurrency;
    struct workload_extent extent;
    struct transfer_settings transfer;
    bool warm_connections; /* run the workload once, untimed, before READY */
};

/*
 * What a trial measures around its timed region: X(field, unit). Times in ns, memory in KiB; UINT64_MAX where
 * the system does not tell.
 */
#define TRIAL_COUNTERS(X)                                                                                    \
    X(wall_ns) /* by the trial's own clock, around the strategy's run */                                     \
    X(user_ns)                                                                                               \
    X(sys_ns)                                                                                                \
    X(voluntary_switches)                                                                                    \
    X(involuntary_switches)                                                                                  \
    X(minor_faults)                                                                                          \
    X(peak_memory_kib) /* growth of the resident set's high-water mark since just before prepare */          \
    X(peak_threads)    /* counted where threads are started, the main thread included */

struct trial_counters {
#define X(field) uint64_t field;
    TRIAL_COUNTERS(X)
#undef X
};

/* The settings as one line, newline included. */
int trial_settings_write(const struct trial_settings *settings, struct buffer *line, struct failure *failure);

/* The settings from one line. Their texts live in *document, which the caller gives back with json_decref,
 * and in *headers, to be freed. */
int trial_settings_read(const char *line, size_t size, struct trial_settings *settings, json_t **document,
    const char ***headers, struct failure *failure);

/* The moment of "GO NS", without its newline. */
int trial_go_read(const char *line, size_t size, uint64_t *at_ns, struct failure *failure);

/* {"state":"done", ...} as one line, and back. */
int trial_counters_write(const struct trial_counters *counters, struct buffer *line, struct failure *failure);
int trial_counters_read(const json_t *answer, struct trial_counters *counters, struct failure *failure);

#endif
