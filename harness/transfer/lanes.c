#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

#include "clock.h"
#include "schedule.h"

/* Pages that are shared with whatever is forked from here on. */
static int lanes_share(struct lanes *lanes, struct failure *failure)
{
    void *pages =
        mmap(NULL, sizeof *lanes->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED)
        return failure_set_errno(failure, FAILURE_RUN, "can't share memory between the lanes");
    lanes->shared = pages;
    peak_add(&lanes->shared->threads);
    peak_add(&lanes->shared->processes);
    return 0;
}

/* A redirect may lead to https from anywhere. */
static bool lanes_may_use_tls(const struct lanes *lanes)
{
    bool may = lanes->settings->follow_redirects ||
               (lanes->settings->proxy && strncmp(lanes->settings->proxy, "http:", 5) != 0);

    for (size_t i = 0; !may && i < lanes->prepared.count; i++)
        may = strncasecmp(lanes->prepared.items[i].url, "https:", 6) == 0;
    return may;
}

static int lanes_make_lanes(struct lanes *lanes, size_t lane_count, struct failure *failure)
{
    bool may_use_tls = lanes_may_use_tls(lanes);
    lanes->trust = may_use_tls ? trust_create(lanes->settings) : NULL;
    const struct handshakes handshakes = {.trust = lanes->trust, .are_unknown = may_use_tls && !lanes->trust};

    lanes->items = aligned_alloc(alignof(struct lane), lane_count * sizeof *lanes->items);
    if (!lanes->items)
        return failure_set(
            failure, FAILURE_RUN, "out of memory for %zu lanes; lower --concurrency", lane_count);
    memset(lanes->items, 0, lane_count * sizeof *lanes->items);
    for (; lanes->count < lane_count; lanes->count++) {
        lanes->items[lanes->count].shared = lanes->shared;
        lanes->items[lanes->count].handshakes = handshakes;
        lanes->items[lanes->count].handle = handle_create(lanes, lanes->count, failure);
        if (!lanes->items[lanes->count].handle)
            return -1;
    }
    return 0;
}

static int lanes_make_schedule(struct lanes *lanes, struct failure *failure)
{
    if (lanes->settings->rate <= 0)
        return 0;
    lanes->due_ns = schedule_make(lanes->settings, lanes->extent.batch_count);
    return lanes->due_ns
               ? 0
               : failure_set(failure, FAILURE_RUN, "out of memory for the schedule; lower --requests");
}

struct lanes *lanes_create(const struct settings *settings, const struct workload *workload,
    struct workload_extent extent, struct records *records, size_t lane_count, struct failure *failure)
{
    struct lanes *lanes = aligned_alloc(alignof(struct lanes), sizeof *lanes);

    if (!lanes) {
        failure_set(failure, FAILURE_RUN, "out of memory");
        return NULL;
    }
    memset(lanes, 0, sizeof *lanes);
    lost_names_init(&lanes->lost);
    lanes->settings = settings;
    lanes->workload = workload;
    lanes->extent = extent;
    lanes->records = records;
    if (lanes_share(lanes, failure) == 0 && lanes_make_schedule(lanes, failure) == 0 &&
        prepared_requests_init(&lanes->prepared, settings, workload, failure) == 0) {
        lanes->names = names_look_up(&lanes->prepared, settings, failure);
        if (settings->proxy)
            elsewhere_watch_proxy(lanes);
        if (lanes->names && spread_prepare(lanes, failure) == 0 &&
            lanes_make_lanes(lanes, lane_count, failure) == 0)
            return lanes;
    }
    lanes_destroy(lanes);
    return NULL;
}

static void lanes_release_lane(struct lane *lane)
{
    curl_easy_cleanup(lane->handle);
    redirect_forget(lane);
}

double lanes_prepared_bytes(
    const struct settings *settings, const struct workload *workload, struct workload_extent extent)
{
    double schedule = settings->rate > 0 ? (double)extent.batch_count * (double)sizeof(uint64_t) : 0;

    return prepared_requests_bytes(settings, workload) + schedule;
}

void lanes_destroy(struct lanes *lanes)
{
    if (!lanes)
        return;
    for (size_t lane = 0; lane < lanes->count; lane++)
        lanes_release_lane(&lanes->items[lane]);
    free(lanes->items);
    free(lanes->due_ns);
    spread_release(lanes);
    trust_destroy(lanes->trust);
    names_destroy(lanes->names);
    lost_names_release(&lanes->lost);
    prepared_requests_release(&lanes->prepared);
    if (lanes->shared)
        (void)munmap(lanes->shared, sizeof *lanes->shared);
    free(lanes);
}

void lanes_expect_no_answers(struct lanes *lanes)
{
    lanes->expects_no_answers = true;
}

void lanes_rewind(struct lanes *lanes)
{
    atomic_store(&lanes->shared->next_batch, 0);
    atomic_store(&lanes->shared->is_stopped, false);
}

static bool lanes_may_say_why(struct lanes *lanes)
{
    atomic_store(&lanes->shared->is_stopped, true);
    return !atomic_exchange(&lanes->shared->failed.is_taken, true);
}

int lanes_fail(struct lanes *lanes, const char *format, ...)
{
    struct first_failure *failed = &lanes->shared->failed;
    va_list arguments;

    if (!lanes_may_say_why(lanes))
        return -1;
    va_start(arguments, format);
    (void)failure_set_list(&failed->failure, FAILURE_RUN, format, arguments);
    va_end(arguments);
    atomic_store(&failed->is_said, true);
    return -1;
}

int lanes_fail_errno(struct lanes *lanes, const char *format, ...)
{
    struct first_failure *failed = &lanes->shared->failed;
    va_list arguments;

    if (!lanes_may_say_why(lanes))
        return -1;
    va_start(arguments, format);
    (void)failure_set_errno_list(&failed->failure, FAILURE_RUN, format, arguments);
    va_end(arguments);
    atomic_store(&failed->is_said, true);
    return -1;
}

bool lanes_have_failed(const struct lanes *lanes)
{
    return atomic_load(&lanes->shared->failed.is_taken);
}

/* Of a process that died while it said why, nobody knows. */
const struct failure *lanes_failure(const struct lanes *lanes)
{
    static const struct failure unknown = {.code = FAILURE_RUN, .message = "the strategy can't go on"};
    const struct first_failure *failed = &lanes->shared->failed;

    if (!lanes_have_failed(lanes))
        return NULL;
    return atomic_load(&failed->is_said) ? &failed->failure : &unknown;
}

size_t lanes_count(const struct lanes *lanes)
{
    return lanes->count;
}

CURL *lanes_handle(const struct lanes *lanes, size_t lane)
{
    return lanes->items[lane].handle;
}

void lanes_prepare_blocking(const struct lanes *lanes, size_t lane)
{
    (void)curl_easy_perform(lanes->items[lane].handle); /* without a URL it comes no further than that */
}

size_t lane_of_handle(CURL *handle)
{
    char *lane = NULL;

    (void)curl_easy_getinfo(handle, CURLINFO_PRIVATE, &lane);
    return (size_t)(uintptr_t)lane;
}

/* Nothing has come of the transfer that is about to begin. */
static void lanes_clear_transfer(struct lane *lane)
{
    lane->error[0] = '\0';
    lane->sent_count = 0;
    lane->attempt.address_size = 0;
    lane->attempt.error = 0;
    lane->attempt.was_elsewhere = false;
    lane->has_answer = false;
    lane->has_whole_head = false;
    handshakes_forget(&lane->handshakes);
}

/* The next request has the whole time-out again. */
static void lanes_end_redirects(const struct lanes *lanes, struct lane *lane)
{
    redirect_forget(lane);
    (void)curl_easy_setopt(lane->handle, CURLOPT_TIMEOUT_MS, (long)lanes->settings->timeout_ms);
}

/* Puts the request with the lane's index on its handle. The stamp comes last, just before the strategy sends
 * it. */
static void lanes_ready(struct lanes *lanes, size_t lane)
{
    struct lane *self = &lanes->items[lane];

    self->request = &lanes->prepared.items[self->index % lanes->workload->request_count];
    self->record = records_at(lanes->records, self->index);
    self->record->lane = (uint32_t)lane;
    lanes_clear_transfer(self);
    if (self->redirect.count > 0)
        lanes_end_redirects(lanes, self);
    if (self->on_handle != self->request)
        handle_set_request(self, self->request);
    self->record->started_ns = clock_monotonic_ns();
}

/* False when there is no batch left. */
static bool lanes_claim(struct lanes *lanes, struct lane *self)
{
    uint64_t batch = atomic_fetch_add_explicit(&lanes->shared->next_batch, 1, memory_order_relaxed);
    uint64_t clock_started_ns = lanes->records->clock_started_ns;

    if (batch >= lanes->extent.batch_count)
        return false;
    self->index = workload_first_index(lanes->workload, batch);
    self->requests_left =
        workload_batch(lanes->workload, batch % lanes->workload->batch_count)->request_count;
    /* Before the clock starts, in a warm-up pass, nothing is due at any moment. */
    self->due_ns = lanes->due_ns && clock_started_ns != 0 ? clock_started_ns + lanes->due_ns[batch] : 0;
    return true;
}

enum take lanes_take(struct lanes *lanes, size_t lane)
{
    struct lane *self = &lanes->items[lane];

    if (atomic_load_explicit(&lanes->shared->is_stopped, memory_order_relaxed))
        self->has_batch = false;
    else if (!self->has_batch)
        self->has_batch = lanes_claim(lanes, self);
    if (!self->has_batch)
        return TAKE_DONE;
    self->has_batch = self->due_ns != 0 && clock_monotonic_ns() < self->due_ns;
    if (self->has_batch)
        return TAKE_NOT_BEFORE;
    lanes_ready(lanes, lane);
    self->record->intended_ns = self->due_ns;
    return TAKE_READY;
}

uint64_t lanes_due_ns(const struct lanes *lanes, size_t lane)
{
    return lanes->items[lane].due_ns;
}

enum take lanes_take_when_due(struct lanes *lanes, size_t lane)
{
    enum take take = TAKE_DONE;

    while ((take = lanes_take(lanes, lane)) == TAKE_NOT_BEFORE)
        clock_sleep_until(lanes_due_ns(lanes, lane));
    return take;
}

/* libcurl quotes a proxy that it can't use, with its password. */
static void lanes_hide_proxy(char error[CURL_ERROR_SIZE])
{
    static const char start[] = "Unsupported proxy";
    char *quote = strchr(error, '\'');

    if (quote && strncmp(error, start, strlen(start)) == 0)
        (void)snprintf(quote, (size_t)(error + CURL_ERROR_SIZE - quote), "'REDACTED'");
}

/* libcurl says that it could not connect, and not why. */
static void lanes_add_system_error(struct lane *lane)
{
    int error = attempt_error(lane);
    size_t length = strlen(lane->error);

    if (error != 0 && length > 0)
        (void)snprintf(lane->error + length, sizeof lane->error - length, ": %s", strerror(error));
}

static void lanes_keep_error(struct lanes *lanes, struct lane *lane, CURLcode result)
{
    lanes_hide_proxy(lane->error);
    const char *text = lane->error[0] ? lane->error : curl_easy_strerror(result);

    if (result == CURLE_OK && !lane->has_whole_head)
        text = "closed before the end of the headers";
    if (result == CURLE_COULDNT_CONNECT)
        lanes_add_system_error(lane);
    if (result != CURLE_OK || !lane->has_whole_head)
        record_set_error(lanes->records, lane->record, text);
}

static void lanes_skip_rest(struct lanes *lanes, const struct lane *lane)
{
    for (uint64_t after = 1; after < lane->requests_left; after++)
        record_settle(records_at(lanes->records, lane->index + after), OUTCOME_SKIPPED);
}

/* One look-up in vain is enough, and would be repeated on the clock. Not of the kind are those that libcurl
 * could not begin, for want of a thread. */
static void lanes_note_lost_name(struct lanes *lanes, const struct lane *lane, CURLcode result)
{
    static const char start[] = "Could not resolve host";
    const struct redirect *redirect = &lane->redirect;

    if (result == CURLE_COULDNT_RESOLVE_HOST && redirect->count > 0 && !redirect->request.no_address &&
        strncmp(lane->error, start, strlen(start)) == 0)
        lost_names_add(&lanes->lost, redirect->host, lane->error);
}

static const char *lanes_why_lost(struct lanes *lanes, const struct redirect *redirect)
{
    const char *why = names_problem(lanes->names, redirect->request.url);

    return why ? why : lost_names_find(&lanes->lost, redirect->host);
}

/* The same request is sent again, to where its answer points. */
static void lanes_go_on(struct lanes *lanes, size_t lane)
{
    struct lane *self = &lanes->items[lane];

    if (self->sent_count > 1)
        handle_forget_retries(lanes, lane);
    lanes_clear_transfer(self);
    self->redirect.request.no_address = lanes_why_lost(lanes, &self->redirect);
    redirect_set_request(self);
}

/* What to say of a transfer that handle.c let fail because the name has no address: the same, whatever the
 * version of libcurl calls it. */
static CURLcode lanes_result(struct lane *lane, CURLcode result)
{
    const char *no_address = lane_request(lane)->no_address;

    if (!no_address || result == CURLE_OK)
        return result;
    (void)snprintf(lane->error, sizeof lane->error, "%s", no_address);
    return result == CURLE_COULDNT_RESOLVE_PROXY ? result : CURLE_COULDNT_RESOLVE_HOST;
}

bool lanes_advance(struct lanes *lanes, size_t lane, CURLcode result)
{
    struct lane *self = &lanes->items[lane];

    self->record->finished_ns = clock_monotonic_ns();
    result = lanes_result(self, result);
    lanes_note_lost_name(lanes, self, result);
    enum outcome outcome = outcome_of_transfer(self, result, lanes->expects_no_answers);
    if (!lanes->expects_no_answers)
        elsewhere_note(lanes, self);
    bool leads_elsewhere = redirect_is_due(self, result);
    self->record->leads_elsewhere = leads_elsewhere && !lanes->settings->follow_redirects;
    if (leads_elsewhere && lanes->settings->follow_redirects) {
        result = redirect_turn(self, lanes->settings->timeout_ms);
        if (result == CURLE_OK) {
            lanes_go_on(lanes, lane);
            return true;
        }
        outcome = outcome_of_refusal(self, result);
    }
    if (outcome != OUTCOME_OK) {
        lanes_keep_error(lanes, self, result);
        lanes_skip_rest(lanes, self);
    }
    if (self->record->retries > 0)
        handle_forget_retries(lanes, lane);
    record_settle(self->record, outcome);
    if (outcome != OUTCOME_OK || self->requests_left == 1)
        return false;
    self->index++;
    self->requests_left--;
    lanes_ready(lanes, lane);
    /* In an open loop it was due when the one before it was answered. */
    self->record->intended_ns = self->due_ns != 0 ? self->record->started_ns : 0;
    return true;
}

int lanes_renew_handle(struct lanes *lanes, size_t lane)
{
    struct lane *self = &lanes->items[lane];
    struct failure failure;

    CURL *fresh = handle_create(lanes, lane, &failure);
    if (!fresh)
        return lanes_fail(lanes, "%s", failure.message);
    curl_easy_cleanup(self->handle);
    self->handle = fresh;
    if (self->request)
        handle_set_request(self, self->request);
    return 0;
}

CURLM *lanes_make_multi(struct lanes *lanes)
{
    CURLM *multi = curl_multi_init();

    if (!multi) {
        (void)lanes_fail(lanes, "libcurl can't make a multi handle: out of memory or descriptors");
        return NULL;
    }
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT_MAX);
    http_set_up_multi(lanes->settings, multi);
    return multi;
}
