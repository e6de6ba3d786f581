#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

static int run_make_lanes(struct run *run, size_t lane_count, struct failure *failure)
{
    run->lanes = aligned_alloc(alignof(struct lane), lane_count * sizeof *run->lanes);
    if (!run->lanes)
        return failure_set(
            failure, FAILURE_RUN, "out of memory for %zu lanes; lower --concurrency", lane_count);
    memset(run->lanes, 0, lane_count * sizeof *run->lanes);
    for (; run->lane_count < lane_count; run->lane_count++) {
        run->lanes[run->lane_count].handle = handle_create(run, run->lane_count, failure);
        if (!run->lanes[run->lane_count].handle)
            return -1;
    }
    return 0;
}

struct run *run_create(const struct transfer_settings *settings, const struct workload *workload,
    struct workload_extent extent, struct records *records, size_t lane_count, struct failure *failure)
{
    struct run *run = aligned_alloc(alignof(struct run), sizeof *run);

    if (!run) {
        failure_set(failure, FAILURE_RUN, "out of memory");
        return NULL;
    }
    memset(run, 0, sizeof *run);
    run->settings = settings;
    run->workload = workload;
    run->extent = extent;
    run->records = records;
    atomic_store(&run->threads, 1);
    atomic_store(&run->peak_threads, 1);
    if (prepared_requests_init(&run->prepared, settings, workload, failure) == 0) {
        run->addresses = resolve_names(&run->prepared);
        if (run_make_lanes(run, lane_count, failure) == 0)
            return run;
    }
    run_destroy(run);
    return NULL;
}

void run_destroy(struct run *run)
{
    if (!run)
        return;
    for (size_t lane = 0; lane < run->lane_count; lane++)
        curl_easy_cleanup(run->lanes[lane].handle);
    free(run->lanes);
    curl_slist_free_all(run->addresses);
    prepared_requests_release(&run->prepared);
    free(run);
}

void run_expect_no_answers(struct run *run)
{
    run->expects_no_answers = true;
}

void run_rewind(struct run *run)
{
    atomic_store(&run->next_batch, 0);
}

size_t run_lane_count(const struct run *run)
{
    return run->lane_count;
}

CURL *run_handle(const struct run *run, size_t lane)
{
    return run->lanes[lane].handle;
}

size_t run_lane(CURL *handle)
{
    char *lane = NULL;

    (void)curl_easy_getinfo(handle, CURLINFO_PRIVATE, &lane);
    return (size_t)(uintptr_t)lane;
}

/* Puts the request with the lane's index on its handle. The stamp comes last, just before the strategy sends
 * it. */
static void run_ready(struct run *run, size_t lane)
{
    struct lane *self = &run->lanes[lane];

    self->request = &run->prepared.items[self->index % run->workload->request_count];
    self->record = records_at(run->records, self->index);
    self->record->lane = (uint32_t)lane;
    self->error[0] = '\0';
    self->sent_count = 0;
    handle_set_request(self->handle, self->request);
    self->record->started_ns = clock_monotonic_ns();
}

enum take run_take(struct run *run, size_t lane)
{
    uint64_t batch = atomic_fetch_add_explicit(&run->next_batch, 1, memory_order_relaxed);

    if (batch >= run->extent.batch_count)
        return TAKE_DONE;
    run->lanes[lane].index = workload_first_index(run->workload, batch);
    run->lanes[lane].requests_left =
        workload_batch(run->workload, batch % run->workload->batch_count)->request_count;
    run_ready(run, lane);
    return TAKE_READY;
}

static void run_keep_error(struct run *run, struct lane *lane, CURLcode result)
{
    const char *text = lane->error[0] ? lane->error : curl_easy_strerror(result);

    if (result != CURLE_OK)
        record_set_error(run->records, lane->record, text);
}

static void run_skip_rest(struct run *run, const struct lane *lane)
{
    for (uint64_t after = 1; after < lane->requests_left; after++)
        record_settle(records_at(run->records, lane->index + after), OUTCOME_SKIPPED);
}

bool run_advance(struct run *run, size_t lane, CURLcode result)
{
    struct lane *self = &run->lanes[lane];

    self->record->finished_ns = clock_monotonic_ns();
    enum outcome outcome = verdict_of_transfer(self, result, run->expects_no_answers);
    if (outcome != OUTCOME_OK) {
        run_keep_error(run, self, result);
        run_skip_rest(run, self);
    }
    record_settle(self->record, outcome);
    if (outcome != OUTCOME_OK || self->requests_left == 1)
        return false;
    self->index++;
    self->requests_left--;
    run_ready(run, lane);
    return true;
}

int run_renew_handle(struct run *run, size_t lane, struct failure *failure)
{
    struct lane *self = &run->lanes[lane];

    CURL *fresh = handle_create(run, lane, failure);
    if (!fresh)
        return -1;
    curl_easy_cleanup(self->handle);
    self->handle = fresh;
    handle_set_request(fresh, self->request);
    return 0;
}

CURLM *run_make_multi(struct run *run, size_t lane_count, struct failure *failure)
{
    CURLM *multi = curl_multi_init();

    (void)run;
    if (!multi) {
        failure_set(failure, FAILURE_RUN, "libcurl can't make a multi handle: out of memory or descriptors");
        return NULL;
    }
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)(lane_count * CONNECTIONS_PER_LANE));
    return multi;
}
