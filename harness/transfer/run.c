#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* A redirect may lead to https from anywhere. */
static bool run_may_use_tls(const struct run *run)
{
    bool may = run->settings->follow_redirects ||
               (run->settings->proxy && strncmp(run->settings->proxy, "http:", 5) != 0);

    for (size_t i = 0; !may && i < run->prepared.count; i++)
        may = strncasecmp(run->prepared.items[i].url, "https:", 6) == 0;
    return may;
}

static int run_make_schedule(struct run *run, struct failure *failure)
{
    if (run->settings->schedule.rate <= 0)
        return 0;
    run->due_ns = schedule_make(&run->settings->schedule, run->extent.batch_count);
    return run->due_ns
               ? 0
               : failure_set(failure, FAILURE_RUN, "out of memory for the schedule; lower --requests");
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
    if (run_make_schedule(run, failure) == 0 &&
        prepared_requests_init(&run->prepared, settings, workload, failure) == 0) {
        run->addresses = resolve_names(&run->prepared);
        run->trust = run_may_use_tls(run) ? trust_create(settings) : NULL;
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
    free(run->due_ns);
    trust_destroy(run->trust);
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
    self->has_whole_head = false;
    handle_set_request(self->handle, self->request);
    self->record->started_ns = clock_monotonic_ns();
}

/* False when there is no batch left. */
static bool run_claim(struct run *run, struct lane *self)
{
    uint64_t batch = atomic_fetch_add_explicit(&run->next_batch, 1, memory_order_relaxed);
    uint64_t clock_started_ns = run->records->clock_started_ns;

    if (batch >= run->extent.batch_count)
        return false;
    self->index = workload_first_index(run->workload, batch);
    self->requests_left = workload_batch(run->workload, batch % run->workload->batch_count)->request_count;
    /* Before the clock starts, in a warm-up pass, nothing is due at any moment. */
    self->due_ns = run->due_ns && clock_started_ns != 0 ? clock_started_ns + run->due_ns[batch] : 0;
    return true;
}

enum take run_take(struct run *run, size_t lane)
{
    struct lane *self = &run->lanes[lane];

    if (!self->has_batch && !run_claim(run, self))
        return TAKE_DONE;
    self->has_batch = self->due_ns != 0 && clock_monotonic_ns() < self->due_ns;
    if (self->has_batch)
        return TAKE_NOT_BEFORE;
    run_ready(run, lane);
    self->record->intended_ns = self->due_ns;
    return TAKE_READY;
}

uint64_t run_due_ns(const struct run *run, size_t lane)
{
    return run->lanes[lane].due_ns;
}

enum take run_take_when_due(struct run *run, size_t lane)
{
    enum take take = TAKE_DONE;

    while ((take = run_take(run, lane)) == TAKE_NOT_BEFORE) {
        uint64_t due_ns = run_due_ns(run, lane);
        const struct timespec due = {
            .tv_sec = (time_t)(due_ns / NS_PER_S), .tv_nsec = (long)(due_ns % NS_PER_S)};
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    return take;
}

/* libcurl quotes a proxy that it can't use, with its password. */
static void run_hide_proxy(char error[CURL_ERROR_SIZE])
{
    static const char start[] = "Unsupported proxy";
    char *quote = strchr(error, '\'');

    if (quote && strncmp(error, start, strlen(start)) == 0)
        (void)snprintf(quote, (size_t)(error + CURL_ERROR_SIZE - quote), "'REDACTED'");
}

static void run_keep_error(struct run *run, struct lane *lane, CURLcode result)
{
    run_hide_proxy(lane->error);
    const char *text = lane->error[0] ? lane->error : curl_easy_strerror(result);

    if (result == CURLE_OK && !lane->has_whole_head)
        text = "closed before the end of the headers";
    if (result != CURLE_OK || !lane->has_whole_head)
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
    enum outcome outcome = outcome_of_transfer(self, result, run->expects_no_answers);
    if (outcome != OUTCOME_OK) {
        run_keep_error(run, self, result);
        run_skip_rest(run, self);
    }
    if (self->record->retries > 0)
        handle_forget_retries(run, lane);
    record_settle(self->record, outcome);
    if (outcome != OUTCOME_OK || self->requests_left == 1)
        return false;
    self->index++;
    self->requests_left--;
    run_ready(run, lane);
    /* In an open loop it was due when the one before it was answered. */
    self->record->intended_ns = self->due_ns != 0 ? self->record->started_ns : 0;
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
