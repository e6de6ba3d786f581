/*
 * transfer: makes and ends the lanes, for the code that runs a trial. Strategies see only
 * <harness/strategy.h>.
 *
 *     struct lanes *lanes = lanes_create(&settings, workload, extent, records, &failure);
 *     ... strategy->prepare, run, release ...
 *     lanes_destroy(lanes);
 *
 * Call curl_global_init once, and ignore SIGPIPE, before the first lanes and before any thread.
 */
#ifndef HARNESS_TRANSFER_H
#define HARNESS_TRANSFER_H

#include <harness/strategy.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "record.h"
#include "settings.h"
#include "workload.h"

/*
 * Sets up everything that the timed part needs, so that it allocates nothing of ours: resolves the names,
 * prepares every request, makes the lanes' handles. Settings, workload and records must outlive the lanes.
 *
 * What lanes share (the cursor of batches, the stop flag, the count of threads) and the records lie in memory
 * that a process forked after this shares; a lane belongs to one process at a time.
 */
struct lanes *lanes_create(const struct settings *settings, const struct workload *workload,
    struct workload_extent extent, struct records *records, size_t lane_count, struct failure *failure);

void lanes_destroy(struct lanes *lanes);

/* About how much memory lanes_create takes to prepare the requests and the schedule, in bytes. What the lanes
 * themselves take says the strategy. */
double lanes_prepared_bytes(
    const struct settings *settings, const struct workload *workload, struct workload_extent extent);

/* These lanes send nothing: no answer's status is judged, because there is no answer. */
void lanes_expect_no_answers(struct lanes *lanes);

/* Makes every batch available again, between two calls of a strategy's run. The caller clears the records. */
void lanes_rewind(struct lanes *lanes);

/* Why the strategy can't go on (lanes_fail); NULL: it can. */
const struct failure *lanes_failure(const struct lanes *lanes);

/* The verbs, for plug-ins. */
extern const struct harness_host lanes_host;

/* The most threads at once since the lanes were made, of all processes, their main ones included. */
size_t lanes_peak_threads(const struct lanes *lanes);

/* The most processes at once, this one included. */
size_t lanes_peak_processes(const struct lanes *lanes);

#endif
