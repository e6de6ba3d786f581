#include "play.h"

#include <inttypes.h>
#include <poll.h>

#include "clock.h"

#define PLAY_PATIENCE_NS (10 * NS_PER_S)

void play_pause_ms(int milliseconds)
{
    (void)poll(NULL, 0, milliseconds);
}

bool play_becomes(const _Atomic uint64_t *count, uint64_t wanted)
{
    uint64_t limit_ns = clock_monotonic_ns() + PLAY_PATIENCE_NS;

    while (atomic_load(count) != wanted && clock_monotonic_ns() < limit_ns)
        play_pause_ms(1);
    return atomic_load(count) == wanted;
}

int play_begin(struct contract *contract, struct failure *failure)
{
    if (!play_becomes(&contract->origin.gauge->connections_open, 0) ||
        !play_becomes(&contract->origin.gauge->requests_in_flight, 0))
        return failure_set(failure, FAILURE_RUN, "the origin is not quiet before the check");
    gauge_reset(contract->origin.gauge);
    return 0;
}

int play_end(struct contract *contract, struct failure *failure)
{
    if (!play_becomes(&contract->origin.gauge->connections_open, 0))
        return failure_set(failure, FAILURE_RUN, "%" PRIu64 " connections are still open after release",
            atomic_load(&contract->origin.gauge->connections_open));
    return 0;
}

static int play_judge_records(const struct stage *stage, struct failure *failure)
{
    for (uint64_t r = 0; r < stage->extent.request_count; r++) {
        const struct record *record = records_at(stage->records, r);
        if (record_outcome(record) == OUTCOME_NOT_RUN)
            return failure_set(failure, FAILURE_RUN, "request %" PRIu64 " has no record", r);
        if (record->lane >= stage->lane_count)
            return failure_set(failure, FAILURE_RUN, "request %" PRIu64 " was on lane %u of %zu", r,
                record->lane, stage->lane_count);
        if (record->finished_ns < record->started_ns)
            return failure_set(failure, FAILURE_RUN, "request %" PRIu64 " finished before it started", r);
    }
    for (uint64_t r = 0; r < STAGE_SPARE_RECORDS; r++) {
        const struct record *record = records_at(stage->records, stage->extent.request_count + r);
        if (record_outcome(record) != OUTCOME_NOT_RUN || record->started_ns != 0)
            return failure_set(failure, FAILURE_RUN, "a record beyond the last request was written");
    }
    return 0;
}

static int play_judge_nothing_sent(
    const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    if (atomic_load(&gauge->connections_accepted) != 0 || atomic_load(&gauge->requests_served) != 0)
        return failure_set(failure, FAILURE_RUN, "it is to send nothing, and sent something");
    return play_expect_all(stage, OUTCOME_OK, failure);
}

int play_judge_stage(
    const struct stage *stage, const struct gauge *gauge, play_judge *judge, struct failure *failure)
{
    uint64_t most = atomic_load(&gauge->max_in_flight);

    if (play_judge_records(stage, failure) != 0)
        return -1;
    if (most > stage->lane_count)
        return failure_set(failure, FAILURE_RUN,
            "the origin saw %" PRIu64 " requests at once, with %zu lanes", most, stage->lane_count);
    return (stage_sends_nothing(stage) ? play_judge_nothing_sent : judge)(stage, gauge, failure);
}

int contract_play(
    struct contract *contract, const struct scene *scene, play_judge *judge, struct failure *failure)
{
    struct stage stage;

    if (play_begin(contract, failure) != 0)
        return -1;
    int result = stage_play(&stage, scene, failure);
    if (result == 0)
        result = play_judge_stage(&stage, contract->origin.gauge, judge, failure);
    stage_close(&stage);
    return result == 0 ? play_end(contract, failure) : -1;
}

void play_write_batches(struct buffer *json, size_t batch_count, size_t request_count)
{
    for (size_t batch = 0; batch < batch_count; batch++) {
        buffer_append_text(json, batch == 0 ? "[" : ",\n ");
        for (size_t request = 0; request < request_count; request++)
            buffer_printf(json, "%s\"/anything/b%zu/r%zu\"", request == 0 ? "[" : ", ", batch, request);
        buffer_append_text(json, "]");
    }
    buffer_append(json, "]", 2);
}

size_t play_batches(const struct contract *contract, const char *spec, size_t times)
{
    const struct strategy *strategy = NULL;
    struct strategy_values values;
    struct failure failure;

    bool is_known = strategy_parse(spec, &strategy, &values, &failure) == 0;
    bool has_one_lane = is_known && (strategy->flags & STRATEGY_ONE_LANE) != 0;
    return times * (has_one_lane ? 1 : contract->concurrency);
}

uint64_t play_place(const struct stage *stage, uint64_t request, uint64_t *batch)
{
    *batch = 0;
    while (*batch + 1 < stage->extent.batch_count &&
           workload_first_index(stage->workload, *batch + 1) <= request)
        ++*batch;
    return request - workload_first_index(stage->workload, *batch);
}

int play_expect(const struct stage *stage, uint64_t request, enum outcome outcome, struct failure *failure)
{
    const struct record *record = records_at(stage->records, request);
    char text[RECORD_ERROR_SIZE];
    const char *error = record_error(stage->records, record, text);
    uint64_t batch = 0;
    uint64_t place = play_place(stage, request, &batch);

    if (record_outcome(record) == outcome)
        return 0;
    return failure_set(failure, FAILURE_RUN,
        "request %" PRIu64 " of batch %" PRIu64 ": '%s' (status %u%s%s), not '%s'", place, batch,
        outcome_word(record_outcome(record)), record->response_code, error ? ", " : "", error ? error : "",
        outcome_word(outcome));
}

int play_expect_all(const struct stage *stage, enum outcome outcome, struct failure *failure)
{
    for (uint64_t r = 0; r < stage->extent.request_count; r++)
        if (play_expect(stage, r, outcome, failure) != 0)
            return -1;
    return 0;
}
