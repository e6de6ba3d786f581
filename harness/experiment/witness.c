#include "witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batches_file.h"
#include "clock.h"
#include "origin.h"
#include "record.h"
#include "utf8.h"

/* The batches of the check, and how many are run: some twice. All of them have three requests. */
#define BATCHES        8
#define BATCHES_TO_RUN 10
#define BATCH_SIZE     3
#define LANES          4

/* The batch whose second request is answered with 500, so that the third is not to be sent. */
#define FAILING_BATCH 5

/* Requests of the others: the first takes a while, so that batches overlap; the second brings this many
 * bytes. */
#define DELAY_S     "0.02"
#define DELAY_NS    (20 * NS_PER_MS)
#define BYTES       1000
#define PATIENCE_NS (10 * NS_PER_S)

/* Findings beyond these say nothing new. */
#define FINDINGS_MAX 5

static const char body_format[] = "body of %u, \303\274nique";
static const char value_format[] = "value of %u";

/* Everything that one check holds. */
struct witness_stage {
    struct witness *witness;
    struct settings settings;
    struct shared_memory workload;
    struct shared_memory records;
    struct origin origin;
    struct trial trial;
    struct trial_guest guest;
    size_t findings;
    bool has_bodies;  /* the contestant can send them */
    bool has_headers; /* the same */
};

static void witness_say(struct witness_stage *stage, char *text)
{
    utf8_tidy_text(text);
    if (stage->findings++ < FINDINGS_MAX)
        buffer_printf(&stage->witness->text, "%s\n", text);
}

#define WITNESS_SAY(stage, ...)                                                                              \
    do {                                                                                                     \
        char text_[1024];                                                                                    \
        (void)snprintf(text_, sizeof text_, __VA_ARGS__);                                                    \
        witness_say((stage), text_);                                                                         \
    } while (0)

static bool witness_brings_body(const struct witness_stage *stage, unsigned int batch)
{
    return stage->has_bodies && batch % 2 == 0;
}

/* Of the second requests; the others are to come without that header. */
static bool witness_brings_header(const struct witness_stage *stage, unsigned int batch, unsigned int place)
{
    return stage->has_headers && batch % 2 == 1 && place == 1;
}

/* The request's target, without what makes it unique; the third of a batch may bring a body. */
static void witness_write_target(
    const struct witness_stage *stage, unsigned int batch, unsigned int place, char *target, size_t size)
{
    const char *path = "/delay/" DELAY_S;
    char bytes[32];

    (void)snprintf(bytes, sizeof bytes, "/bytes/%d", BYTES);
    if (place == 1)
        path = batch == FAILING_BATCH ? "/status/500" : bytes;
    if (place == 2)
        path = witness_brings_body(stage, batch) ? "/post" : "/get";
    (void)snprintf(target, size, "%s?batch=%u&request=%u", path, batch, place);
}

static json_t *witness_request(const struct witness_stage *stage, unsigned int batch, unsigned int place)
{
    char target[GAUGE_TARGET_SIZE];
    char value[GAUGE_VALUE_SIZE];
    char body[GAUGE_BODY_SIZE];

    witness_write_target(stage, batch, place, target, sizeof target);
    (void)snprintf(value, sizeof value, value_format, batch);
    if (witness_brings_header(stage, batch, place))
        return json_pack("{s:s, s:{s:s}}", "url", target, "headers", GAUGE_HEADER, value);
    if (place != 2 || !witness_brings_body(stage, batch))
        return json_string(target);
    (void)snprintf(body, sizeof body, body_format, batch);
    return json_pack("{s:s, s:s, s:s}", "method", "POST", "url", target, "body", body);
}

static char *witness_workload(const struct witness_stage *stage)
{
    json_t *batches = json_array();

    for (unsigned int batch = 0; batch < BATCHES; batch++) {
        json_t *requests = json_array();
        for (unsigned int place = 0; place < BATCH_SIZE; place++)
            (void)json_array_append_new(requests, witness_request(stage, batch, place));
        (void)json_array_append_new(batches, json_pack("{s:o}", "requests", requests));
    }
    json_t *document = json_pack("{s:o}", "batches", batches);
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    json_decref(document);
    return text;
}

static int witness_make_workload(struct witness_stage *stage, struct failure *failure)
{
    char *text = witness_workload(stage);
    int result = text ? workload_parse(text, strlen(text), "check", &stage->workload, failure)
                      : failure_set(failure, FAILURE_RUN, "out of memory for a check");

    free(text);
    return result;
}

static int witness_prepare(struct witness_stage *stage, struct failure *failure)
{
    const struct origin_options options = {.arrival_capacity = (uint64_t)2 * BATCHES_TO_RUN * BATCH_SIZE};

    if (settings_init(&stage->settings, failure) != 0 || witness_make_workload(stage, failure) != 0 ||
        origin_start(&stage->origin, &options, failure) != 0)
        return -1;
    stage->settings.base_url = stage->origin.base_url;
    stage->settings.concurrency = stage->witness->has_one_lane ? 1 : LANES;
    stage->guest = (struct trial_guest){.participant = stage->witness->participant,
        .due_fd = -1,
        .workload = stage->workload.bytes,
        .extent = workload_extent(stage->workload.bytes, (uint64_t)BATCHES_TO_RUN * BATCH_SIZE),
        .settings = &stage->settings};
    if (records_create(&stage->records, stage->guest.extent.request_count, failure) != 0)
        return -1;
    stage->guest.records = stage->records.bytes;
    stage->guest.batches_fd = batches_file_make(&stage->settings, stage->workload.bytes, failure);
    return stage->guest.batches_fd >= 0 ? 0 : -1;
}

static void witness_release(struct witness_stage *stage)
{
    stage->settings.base_url = NULL; /* the origin's */
    if (stage->guest.batches_fd > 0)
        (void)close(stage->guest.batches_fd);
    origin_stop(&stage->origin);
    shared_memory_release(&stage->records);
    shared_memory_release(&stage->workload);
    settings_release(&stage->settings);
}

static struct trial_task witness_task(const struct witness_stage *stage)
{
    const struct witness *witness = stage->witness;
    struct trial_task task =
        trial_task_own(witness->strategy, witness->plugin, stage->guest.extent, &stage->settings);

    task.guest = witness->participant ? &stage->guest : NULL;
    task.messages = &witness->messages_fd;
    if (witness->build) {
        task.environment = witness->build->environment;
        task.libcurl = witness->build->file;
    }
    return task;
}

static void witness_hold_trial(struct witness_stage *stage)
{
    const struct trial_task task = witness_task(stage);
    const struct trial_watch watch = {.interrupt_fd = stage->witness->interrupt_fd,
        .origin_fd = -1,
        .records = stage->guest.records,
        .request_count = stage->guest.extent.request_count,
        .served = &stage->origin.gauge->requests_served,
        .served_most = stage->guest.extent.request_count,
        .patience_ns = PATIENCE_NS};

    trial_start(&stage->trial, &task, stage->workload.fd, stage->records.fd, &watch);
    uint64_t early = atomic_load(&stage->origin.gauge->arrival_count);
    if (stage->trial.status == TRIAL_OK && early > 0)
        WITNESS_SAY(stage, "it sent %llu requests before it was told to go", (unsigned long long)early);
    uint64_t opened = atomic_load(&stage->origin.gauge->connections_accepted);
    if (stage->trial.status == TRIAL_OK && opened > 0)
        WITNESS_SAY(stage, "it opened %llu connections before it was told to go", (unsigned long long)opened);
    gauge_reset(stage->origin.gauge);
    trial_measure(&stage->trial, &watch);
    trial_end(&stage->trial);
    (void)snprintf(stage->witness->client, sizeof stage->witness->client, "%s", stage->trial.client);
    if (stage->trial.status != TRIAL_OK && stage->trial.status != TRIAL_INTERRUPTED)
        WITNESS_SAY(stage, "its trial did not complete: %s", stage->trial.message);
}

/* ---- what arrived ---- */

/* A request of the check, and what the origin and the participant say of it. */
struct witness_request {
    char target[GAUGE_TARGET_SIZE];
    unsigned int batch; /* of the workload */
    unsigned int place;
    const struct record *record;         /* NULL: there is none to hold it against */
    const struct gauge_arrival *arrival; /* NULL: it did not arrive */
};

/* The arrival of that target, the `nth` from 0; NULL: there is none. */
static const struct gauge_arrival *witness_find(
    const struct gauge *gauge, const char *target, unsigned int nth)
{
    for (uint64_t i = 0; i < gauge->arrival_count && i < gauge->arrival_capacity; i++)
        if (strcmp(gauge->arrivals[i].target, target) == 0 && nth-- == 0)
            return &gauge->arrivals[i];
    return NULL;
}

static void witness_compare_header(struct witness_stage *stage, const struct witness_request *request)
{
    char value[GAUGE_VALUE_SIZE] = "";

    if (witness_brings_header(stage, request->batch, request->place))
        (void)snprintf(value, sizeof value, value_format, request->batch);
    if (strcmp(request->arrival->value, value) != 0)
        WITNESS_SAY(stage, "%s came with the header '" GAUGE_HEADER ": %.20s', not '%s'", request->target,
            request->arrival->value, value);
}

static void witness_compare_body(struct witness_stage *stage, const struct witness_request *request)
{
    bool has_body = request->place == 2 && witness_brings_body(stage, request->batch);
    const char *method = has_body ? "POST" : "GET";
    char body[GAUGE_BODY_SIZE] = "";

    if (has_body)
        (void)snprintf(body, sizeof body, body_format, request->batch);
    if (strcmp(request->arrival->method, method) != 0)
        WITNESS_SAY(stage, "%s came as %s, not as %s", request->target, request->arrival->method, method);
    if (strcmp(request->arrival->body, body) != 0 || request->arrival->body_size != strlen(body))
        WITNESS_SAY(stage, "%s came with another body: %llu bytes that begin with '%.20s', not '%s'",
            request->target, (unsigned long long)request->arrival->body_size, request->arrival->body, body);
}

static void witness_compare_record(struct witness_stage *stage, const struct witness_request *request)
{
    const struct record *record = request->record;
    bool is_failing = request->batch == FAILING_BATCH && request->place == 1;
    unsigned int status = is_failing ? 500 : 200;

    if (record->response_code != status)
        WITNESS_SAY(stage, "%s was answered with %u, and its record has %u", request->target, status,
            (unsigned int)record->response_code);
    if (request->place == 1 && !is_failing && record->bytes_received != BYTES)
        WITNESS_SAY(stage, "%s was answered with %d bytes, and its record has %llu", request->target, BYTES,
            (unsigned long long)record->bytes_received);
    if (request->arrival->at_ns < record->started_ns || request->arrival->at_ns > record->finished_ns)
        WITNESS_SAY(stage,
            "%s arrived at another time than its record says: %.3f ms after \"go\", not between %.3f and "
            "%.3f",
            request->target, (double)(int64_t)(request->arrival->at_ns - stage->trial.go_ns) / NS_PER_MS,
            (double)(record->started_ns - stage->trial.go_ns) / NS_PER_MS,
            (double)(record->finished_ns - stage->trial.go_ns) / NS_PER_MS);
}

/* Is it, by the rules, not sent? */
static bool witness_is_skipped(const struct witness_request *request)
{
    return request->batch == FAILING_BATCH && request->place == 2;
}

/* Of a batch that is run twice, nobody knows which of its records belongs to which arrival. */
static bool witness_has_one_record(unsigned int batch)
{
    return batch < BATCHES && batch >= BATCHES_TO_RUN - BATCHES;
}

/* `before`: the arrival of the request before it in its batch; NULL: it is the first. */
static void witness_compare(
    struct witness_stage *stage, const struct witness_request *request, const struct gauge_arrival *before)
{
    uint64_t answering_ns = request->place == 1 ? DELAY_NS : 0; /* which the one before it took */

    if (before && request->arrival->at_ns < before->at_ns + answering_ns)
        WITNESS_SAY(
            stage, "%s arrived before the request before it in its batch was answered", request->target);
    witness_compare_header(stage, request);
    witness_compare_body(stage, request);
    if (request->record)
        witness_compare_record(stage, request);
}

/* A batch of the extent: what is sent once more comes as often in all. */
static void witness_check_batch(struct witness_stage *stage, unsigned int batch)
{
    bool has_records = stage->trial.status == TRIAL_OK && witness_has_one_record(batch);
    const struct record *records = &stage->guest.records->slots[(size_t)batch * BATCH_SIZE];
    const struct gauge_arrival *before = NULL;

    for (unsigned int place = 0; place < BATCH_SIZE; place++) {
        struct witness_request request = {
            .batch = batch % BATCHES, .place = place, .record = has_records ? &records[place] : NULL};
        witness_write_target(stage, request.batch, place, request.target, sizeof request.target);
        request.arrival = witness_find(stage->origin.gauge, request.target, batch / BATCHES);
        if (witness_is_skipped(&request) && request.arrival)
            WITNESS_SAY(
                stage, "it sent %s, though the request before it in its batch had failed", request.target);
        else if (!witness_is_skipped(&request) && !request.arrival)
            WITNESS_SAY(
                stage, "%s did not arrive%s", request.target, batch / BATCHES ? " a second time" : "");
        else if (request.arrival)
            witness_compare(stage, &request, before);
        before = request.arrival ? request.arrival : before;
    }
}

static void witness_check_counts(struct witness_stage *stage)
{
    const struct gauge *gauge = stage->origin.gauge;
    uint64_t expected = (uint64_t)BATCHES_TO_RUN * BATCH_SIZE - 1; /* the one that is not to be sent */
    uint64_t lanes = stage->settings.concurrency;

    if (gauge->arrival_count > expected)
        WITNESS_SAY(stage, "%llu requests arrived, not %llu", (unsigned long long)gauge->arrival_count,
            (unsigned long long)expected);
    if (gauge->max_in_flight > lanes)
        WITNESS_SAY(stage, "%llu requests were under way at once, with a concurrency of %llu",
            (unsigned long long)gauge->max_in_flight, (unsigned long long)lanes);
    if (lanes > 1 && gauge->max_in_flight < 2)
        WITNESS_SAY(stage,
            "no two requests were under way at once, with a concurrency of %llu; a client that sends one at "
            "a time has %s",
            (unsigned long long)lanes,
            stage->witness->participant ? "\"lanes\": 1 in its manifest" : "the flag STRATEGY_ONE_LANE");
    if (gauge->connections_accepted > lanes)
        WITNESS_SAY(stage, "it opened %llu connections, with %llu lanes that are to reuse theirs",
            (unsigned long long)gauge->connections_accepted, (unsigned long long)lanes);
}

/* All of the demands? libcurl can. */
static bool witness_can(const struct participant *participant, unsigned int demands)
{
    return !participant || (participant->can & demands) == demands;
}

int witness_check(struct witness *witness, struct failure *failure)
{
    struct witness_stage stage = {.witness = witness,
        .workload = SHARED_MEMORY_NONE,
        .records = SHARED_MEMORY_NONE,
        .has_bodies = witness_can(witness->participant, 1U << DEMAND_BODIES | 1U << DEMAND_METHODS),
        .has_headers = witness_can(witness->participant, 1U << DEMAND_HEADERS)};
    int result = witness_prepare(&stage, failure);

    if (result == 0) {
        witness->requests = stage.guest.extent.request_count;
        witness_hold_trial(&stage);
        witness->was_interrupted = stage.trial.status == TRIAL_INTERRUPTED;
        if (stage.trial.go_ns != 0 && !witness->was_interrupted) {
            for (unsigned int batch = 0; batch < BATCHES_TO_RUN; batch++)
                witness_check_batch(&stage, batch);
            witness_check_counts(&stage);
        }
    }
    witness_release(&stage);
    if (result == 0 && witness->text.out_of_memory)
        return failure_set(failure, FAILURE_RUN, "out of memory for what '%s' did", witness->name);
    return result;
}

/* What the records of a trial say. */
struct witness_claims {
    uint64_t sent;
    uint64_t answered;  /* to the end: the origin counts no other */
    uint64_t cut_short; /* the origin may still be at them when the next one comes */
};

static struct witness_claims witness_count(const struct records *records, uint64_t count)
{
    struct witness_claims claims = {0};

    for (uint64_t i = 0; i < count; i++) {
        enum outcome outcome = record_outcome(&records->slots[i]);
        claims.sent += outcome == OUTCOME_OK || outcome_is_failure(outcome);
        claims.answered += outcome == OUTCOME_OK || outcome == OUTCOME_UNEXPECTED_STATUS;
        claims.cut_short += outcome_is_failure(outcome) && outcome != OUTCOME_UNEXPECTED_STATUS;
    }
    return claims;
}

bool witness_contradicts(const struct gauge *gauge, const struct trial *trial, const struct trial_task *task,
    const struct records *records, char *text, size_t size)
{
    const struct settings *settings = task->settings;
    struct witness_claims claims = witness_count(records, task->extent.request_count);
    unsigned long long sent = claims.sent;
    unsigned long long opened = gauge->connections_accepted;

    if (claims.answered > trial->served)
        (void)snprintf(text, size, "it claims %llu answers, and the origin had given %llu when it was done",
            (unsigned long long)claims.answered, (unsigned long long)trial->served);
    else if (gauge->requests_served > claims.sent && !settings->follow_redirects)
        (void)snprintf(text, size, "it has records of %llu requests, and the origin answered %llu", sent,
            (unsigned long long)gauge->requests_served);
    else if (claims.cut_short == 0 && gauge->max_in_flight > settings->concurrency)
        (void)snprintf(text, size, "it had %llu requests under way at once, with a concurrency of %llu",
            (unsigned long long)gauge->max_in_flight, (unsigned long long)settings->concurrency);
    else if (settings->no_reuse && opened < claims.answered)
        (void)snprintf(text, size, "it opened %llu connections for %llu requests, which are not to reuse any",
            opened, sent);
    else
        return false;
    return true;
}
