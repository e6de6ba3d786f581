/*
 * transfer: makes and ends a run, for whoever conducts a trial. Strategies see run.h only.
 *
 *     struct run *run = run_create(&settings, workload, extent, records, &failure);
 *     ... strategy->prepare, run, release ...
 *     run_destroy(run);
 *
 * Call curl_global_init once, and ignore SIGPIPE, before the first run and before any thread.
 */
#ifndef HARNESS_TRANSFER_H
#define HARNESS_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "record.h"
#include "run.h"
#include "schedule.h"
#include "workload.h"

/* As the proxy: libcurl's own rules for http_proxy, https_proxy, all_proxy and no_proxy. */
#define TRANSFER_PROXY_OF_ENVIRONMENT "environment"

/* What all requests of a trial share. The texts belong to the caller and must outlive the run. */
struct transfer_settings {
    const char *base_url; /* what paths are resolved against; NULL when the workload has none */
    const char *proxy;    /* NULL: none; TRANSFER_PROXY_OF_ENVIRONMENT: what http_proxy and the like say */
    const char *ca_file;  /* trust these certificates only; NULL: the system's */
    const char *const
        *headers; /* "Name: value", for every request that does not bring its own of that name */
    size_t header_count;
    uint64_t timeout_ms;         /* for a whole request */
    uint64_t connect_timeout_ms; /* for its connection */
    struct schedule_settings schedule;
    bool reuse_connections; /* false: a new connection for each request */
    bool follow_redirects;
    bool insecure; /* do not verify certificates */
};

/*
 * Sets up everything that the timed part needs, so that it allocates nothing of ours: resolves the names,
 * prepares every request, makes the lanes' handles. Workload and records must outlive the run.
 */
struct run *run_create(const struct transfer_settings *settings, const struct workload *workload,
    struct workload_extent extent, struct records *records, size_t lane_count, struct failure *failure);

void run_destroy(struct run *run);

/* Nothing is sent in this run: an answer's status is not judged, because there is no answer. */
void run_expect_no_answers(struct run *run);

/* Every batch is there to be taken anew: between two calls of a strategy's run. The records are the caller's
 * to clear. */
void run_rewind(struct run *run);

/* The most threads at once since the run was made, the one that made it included. */
size_t run_peak_threads(const struct run *run);

#endif
