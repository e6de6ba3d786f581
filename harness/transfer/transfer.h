/*
 * transfer: makes and ends the lanes, for whoever conducts a trial. Strategies see lanes.h only.
 *
 *     struct lanes *lanes = lanes_create(&settings, workload, extent, records, &failure);
 *     ... strategy->prepare, run, release ...
 *     lanes_destroy(lanes);
 *
 * Call curl_global_init once, and ignore SIGPIPE, before the first lanes and before any thread.
 */
#ifndef HARNESS_TRANSFER_H
#define HARNESS_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "lanes.h"
#include "record.h"
#include "schedule.h"
#include "workload.h"

/* As the proxy: libcurl's own rules for http_proxy, https_proxy, all_proxy and no_proxy. */
#define TRANSFER_PROXY_OF_ENVIRONMENT "environment"

/* What all requests of a trial share. The texts belong to the caller and must outlive the lanes. */
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
 * prepares every request, makes the lanes' handles. Workload and records must outlive the lanes.
 */
struct lanes *lanes_create(const struct transfer_settings *settings, const struct workload *workload,
    struct workload_extent extent, struct records *records, size_t lane_count, struct failure *failure);

void lanes_destroy(struct lanes *lanes);

/* Nothing is sent by these lanes: an answer's status is not judged, because there is no answer. */
void lanes_expect_no_answers(struct lanes *lanes);

/* Every batch is there to be taken anew: between two calls of a strategy's run. The records are the caller's
 * to clear. */
void lanes_rewind(struct lanes *lanes);

/* The most threads at once since the lanes were made, the one that made it included. */
size_t lanes_peak_threads(const struct lanes *lanes);

#endif
