/* checks: what a request that fails means for its batch, and for the others. */
#include <inttypes.h>
#include <unistd.h>

#include "listener.h"
#include "play.h"

/* The first request of each batch has this outcome, and the rest was never sent. */
static int judge_batches_failed(const struct stage *stage, enum outcome outcome, struct failure *failure)
{
    for (uint64_t r = 0; r < stage->extent.request_count; r++) {
        const struct record *record = records_at(stage->records, r);
        char text[RECORD_ERROR_SIZE];
        uint64_t batch = 0;
        bool is_first = play_place(stage, r, &batch) == 0;
        if (play_expect(stage, r, is_first ? outcome : OUTCOME_SKIPPED, failure) != 0)
            return -1;
        if (is_first && !record_error(stage->records, record, text))
            return failure_set(failure, FAILURE_RUN, "the record of request %" PRIu64 " has no error", r);
        if (!is_first && (record->started_ns != 0 || record->finished_ns != 0))
            return failure_set(failure, FAILURE_RUN, "request %" PRIu64 " was skipped, and has times", r);
    }
    return 0;
}

static int judge_dead(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    (void)gauge;
    return judge_batches_failed(stage, OUTCOME_CONNECT_FAILED, failure);
}

int contract_records_a_dead_server(struct contract *contract, const char *spec, struct failure *failure)
{
    struct buffer workload = {0};
    char base_url[64];
    int fd = -1;

    if (listener_reserve_dead_port(&fd, base_url, sizeof base_url, failure) != 0)
        return -1;
    play_write_batches(&workload, play_batches(contract, spec, 2) + 1, 3);
    struct scene scene = {
        .spec = spec,
        .workload = workload.bytes,
        .base_url = base_url,
        .concurrency = contract->concurrency,
    };
    int result = contract_play(contract, &scene, judge_dead, failure);
    buffer_release(&workload);
    (void)close(fd);
    return result;
}

static int judge_nameless(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    if (atomic_load(&gauge->requests_served) != 0)
        return failure_set(failure, FAILURE_RUN, "a request was sent somewhere");
    return judge_batches_failed(stage, OUTCOME_RESOLVE_FAILED, failure);
}

int contract_records_a_name_without_an_address(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct buffer workload = {0};

    play_write_batches(&workload, play_batches(contract, spec, 2) + 1, 3);
    struct scene scene = {
        .spec = spec,
        .workload = workload.bytes,
        .base_url = "http://no-such-host.invalid",
        .concurrency = contract->concurrency,
    };
    int result = contract_play(contract, &scene, judge_nameless, failure);
    buffer_release(&workload);
    return result;
}

static const struct {
    const char *json;
    enum outcome outcome;
} answers[] = {
    {"[{\"url\": \"/status/200\"}", OUTCOME_OK},
    {"{\"url\": \"/status/500\"}", OUTCOME_UNEXPECTED_STATUS},
    {"{\"url\": \"/anything/never\"}]", OUTCOME_SKIPPED},
    {"[{\"url\": \"/status/500\", \"expected_status\": 500}", OUTCOME_OK},
    {"{\"url\": \"/status/302\"}", OUTCOME_OK},
    {"{\"url\": \"/anything\"}]", OUTCOME_OK},
    {"[{\"url\": \"/status/204\", \"expected_status\": 200}", OUTCOME_UNEXPECTED_STATUS},
    {"{\"url\": \"/anything/never\"}", OUTCOME_SKIPPED},
    {"{\"url\": \"/anything/never\"}]", OUTCOME_SKIPPED},
    {"[{\"url\": \"/status/404\"}]", OUTCOME_UNEXPECTED_STATUS},
};
#define ANSWER_COUNT (sizeof answers / sizeof answers[0])

static int judge_statuses(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    uint64_t sent = 0;

    for (uint64_t r = 0; r < stage->extent.request_count; r++) {
        enum outcome outcome = answers[r % ANSWER_COUNT].outcome;
        if (play_expect(stage, r, outcome, failure) != 0)
            return -1;
        if (outcome != OUTCOME_SKIPPED && records_at(stage->records, r)->response_code == 0)
            return failure_set(failure, FAILURE_RUN, "request %" PRIu64 " has no status", r);
        sent += outcome != OUTCOME_SKIPPED;
    }
    if (atomic_load(&gauge->requests_served) != sent)
        return failure_set(failure, FAILURE_RUN, "%" PRIu64 " requests were served, not %" PRIu64,
            atomic_load(&gauge->requests_served), sent);
    return 0;
}

int contract_records_an_unexpected_status(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct buffer workload = {0};

    for (size_t i = 0; i < ANSWER_COUNT; i++)
        buffer_printf(&workload, "%s%s", i == 0 ? "[" : ", ", answers[i].json);
    buffer_append(&workload, "]", 2);
    struct scene scene = {
        .spec = spec,
        .workload = workload.bytes,
        .base_url = contract->origin.base_url,
        .concurrency = contract->concurrency,
        .requests = play_batches(contract, spec, ANSWER_COUNT),
    };
    int result = contract_play(contract, &scene, judge_statuses, failure);
    buffer_release(&workload);
    return result;
}

static int judge_late(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    (void)gauge;
    return judge_batches_failed(stage, OUTCOME_TIMED_OUT, failure);
}

int contract_records_a_time_out(struct contract *contract, const char *spec, struct failure *failure)
{
    struct scene scene = {
        .spec = spec,
        .workload =
            "[[\"/delay/9\", \"/anything/never\"], [\"/delay/9\"], [\"/delay/9\", \"/anything/never\"]]",
        .base_url = contract->origin.base_url,
        .concurrency = contract->concurrency,
        .timeout_ms = 100,
    };

    return contract_play(contract, &scene, judge_late, failure);
}

/* Seen by the server, before release: who watches a connection must let go of it too. */
int contract_closes_connections_that_it_gave_up(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};
    const struct scene scene = {
        .spec = spec,
        .workload = "/fault/stall *3\n",
        .base_url = contract->origin.base_url,
        .concurrency = contract->concurrency,
        .timeout_ms = 100,
    };

    int result = play_begin(contract, failure);
    if (result == 0)
        result = stage_open(&stage, &scene, failure);
    if (result == 0)
        result = stage_prepare(&stage, failure);
    if (result == 0)
        result = stage_run(&stage, failure);
    if (result == 0 && !play_becomes(&contract->origin.gauge->connections_open, 0))
        result =
            failure_set(failure, FAILURE_RUN, "the origin still has connections whose requests timed out");
    stage_close(&stage);
    return result == 0 ? play_end(contract, failure) : -1;
}

/* libcurl does so when the server closed a kept connection, and has to see that it was. */
int contract_sends_again_what_was_lost_with_a_kept_connection(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct listener *listener = listener_start(failure);
    struct stage stage;

    (void)contract;
    if (!listener)
        return -1;
    listener_reset_on_second(listener);
    const struct scene scene = {
        .spec = spec,
        .workload = "/get *8\n",
        .base_url = listener_base_url(listener),
        .concurrency = 1,
    };
    int result = stage_play(&stage, &scene, failure);
    listener_finish(listener);
    if (result == 0)
        result = play_expect_all(&stage, OUTCOME_OK, failure);
    stage_close(&stage);
    listener_destroy(listener);
    return result;
}
