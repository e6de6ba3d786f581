/* checks: what is sent when, and over which connections. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "play.h"

#define BATCHES_A_LANE 3
#define BATCH_SIZE     4

/* A scene of batches of distinct requests. */
static int play_distinct(
    struct contract *contract, const char *spec, bool no_reuse, play_judge *judge, struct failure *failure)
{
    struct buffer workload = {0};

    play_write_batches(&workload, play_batches(contract, spec, BATCHES_A_LANE) + 1, BATCH_SIZE);
    struct scene scene = {
        .spec = spec,
        .workload = workload.bytes,
        .base_url = contract->origin.base_url,
        .concurrency = contract->concurrency,
        .no_reuse = no_reuse,
    };
    int result = contract_play(contract, &scene, judge, failure);
    buffer_release(&workload);
    return result;
}

static int judge_complete(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    uint64_t served = atomic_load(&gauge->requests_served);

    if (play_expect_all(stage, OUTCOME_OK, failure) != 0)
        return -1;
    for (uint64_t r = 0; r < stage->extent.request_count; r++) {
        const struct record *record = records_at(stage->records, r);
        if (record->response_code != 200 || record->http_version != 11 || record->bytes_received == 0 ||
            record->starttransfer_us == 0 || record->started_ns < stage->records->clock_started_ns)
            return failure_set(failure, FAILURE_RUN, "the record of request %" PRIu64 " is incomplete", r);
    }
    if (served != stage->extent.request_count)
        return failure_set(failure, FAILURE_RUN, "the origin served %" PRIu64 " requests, not %" PRIu64,
            served, stage->extent.request_count);
    return 0;
}

int contract_makes_one_record_for_each_request(
    struct contract *contract, const char *spec, struct failure *failure)
{
    return play_distinct(contract, spec, false, judge_complete, failure);
}

/* An arrival, against the record of its request and of the one before it in the batch. Clocks are the same.
 */
static int judge_arrival(const struct stage *stage, const struct gauge_arrival *arrival, uint64_t index,
    uint64_t place, struct failure *failure)
{
    const struct record *record = records_at(stage->records, index);

    if (arrival->at_ns < record->started_ns || arrival->at_ns > record->finished_ns)
        return failure_set(
            failure, FAILURE_RUN, "%s was under way at a time that its record denies", arrival->target);
    if (place == 0)
        return 0;
    const struct record *before = records_at(stage->records, index - 1);
    if (arrival->at_ns < before->finished_ns || record->started_ns < before->finished_ns)
        return failure_set(
            failure, FAILURE_RUN, "%s was sent before the answer to the one before it", arrival->target);
    return 0;
}

static int judge_order(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    uint64_t arrived[1024] = {0}; /* of each batch */
    uint64_t count = atomic_load(&gauge->arrival_count);

    if (judge_complete(stage, gauge, failure) != 0)
        return -1;
    if (count != stage->extent.request_count || count > gauge->arrival_capacity ||
        stage->extent.batch_count > sizeof arrived / sizeof arrived[0])
        return failure_set(failure, FAILURE_RUN, "%" PRIu64 " requests arrived", count);
    for (uint64_t i = 0; i < count; i++) {
        const struct gauge_arrival *arrival = &gauge->arrivals[i];
        uint64_t batch = 0;
        uint64_t place = 0;
        if (sscanf(arrival->target, "/anything/b%" SCNu64 "/r%" SCNu64, &batch, &place) != 2 ||
            batch >= stage->extent.batch_count)
            return failure_set(failure, FAILURE_RUN, "'%s' arrived", arrival->target);
        if (place != arrived[batch]++)
            return failure_set(failure, FAILURE_RUN, "%s came out of order", arrival->target);
        if (judge_arrival(stage, arrival, batch * BATCH_SIZE + place, place, failure) != 0)
            return -1;
    }
    return 0;
}

int contract_sends_a_batch_in_order_each_after_the_answer_before(
    struct contract *contract, const char *spec, struct failure *failure)
{
    return play_distinct(contract, spec, false, judge_order, failure);
}

static int judge_cap(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    uint64_t most = atomic_load(&gauge->max_in_flight);

    if (most < stage->lane_count)
        return failure_set(failure, FAILURE_RUN,
            "the origin saw at most %" PRIu64 " requests at once, with work for %zu lanes", most,
            stage->lane_count);
    return judge_complete(stage, gauge, failure);
}

/* With requests that are under way for so long. */
static int play_cap(struct contract *contract, const char *spec, double delay_s, struct failure *failure)
{
    struct buffer workload = {0};
    struct scene scene = {
        .spec = spec, .base_url = contract->origin.base_url, .concurrency = contract->concurrency};

    for (size_t batch = play_batches(contract, spec, 2) + 1; batch > 0; batch--)
        buffer_printf(&workload, "/delay/%.2f\n", delay_s);
    buffer_append(&workload, "", 1);
    scene.workload = workload.bytes;
    int result = contract_play(contract, &scene, judge_cap, failure);
    buffer_release(&workload);
    return result;
}

/* Where it takes long to start a thread, on a busy machine and with a sanitizer, the first request would be
 * over before the last lane has begun. */
int contract_reaches_the_cap_and_keeps_to_it(
    struct contract *contract, const char *spec, struct failure *failure)
{
    static const double delays_s[] = {0.15, 0.6, 2.4};
    int result = -1;

    for (size_t i = 0; result != 0 && i < sizeof delays_s / sizeof delays_s[0]; i++)
        result = play_cap(contract, spec, delays_s[i], failure);
    return result;
}

/* The client's count of connections must be the origin's. */
static int judge_connections(
    const struct stage *stage, const struct gauge *gauge, uint64_t most, struct failure *failure)
{
    uint64_t accepted = atomic_load(&gauge->connections_accepted);
    uint64_t opened = 0;

    for (uint64_t r = 0; r < stage->extent.request_count; r++)
        opened += records_at(stage->records, r)->connections_opened;
    if (accepted > most || accepted == 0)
        return failure_set(failure, FAILURE_RUN,
            "%" PRIu64 " connections were opened, where at most %" PRIu64 " should be", accepted, most);
    if (opened != accepted)
        return failure_set(failure, FAILURE_RUN,
            "the origin saw %" PRIu64 " connections, the records have %" PRIu64, accepted, opened);
    return judge_complete(stage, gauge, failure);
}

static int judge_reuse(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    return judge_connections(stage, gauge, stage->lane_count, failure);
}

/* A fresh handle for each batch is what the option asks for: then each batch has a connection of its own. */
static int judge_reuse_within_batches(
    const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    uint64_t accepted = atomic_load(&gauge->connections_accepted);

    if (accepted != stage->extent.batch_count)
        return failure_set(failure, FAILURE_RUN, "%" PRIu64 " connections for %" PRIu64 " batches", accepted,
            stage->extent.batch_count);
    return judge_connections(stage, gauge, accepted, failure);
}

int contract_reuses_connections(struct contract *contract, const char *spec, struct failure *failure)
{
    bool is_fresh = strstr(spec, ":handles=fresh") != NULL;

    return play_distinct(contract, spec, false, is_fresh ? judge_reuse_within_batches : judge_reuse, failure);
}

static int judge_no_reuse(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    uint64_t accepted = atomic_load(&gauge->connections_accepted);

    if (accepted != stage->extent.request_count)
        return failure_set(failure, FAILURE_RUN, "%" PRIu64 " connections for %" PRIu64 " requests", accepted,
            stage->extent.request_count);
    return judge_connections(stage, gauge, accepted, failure);
}

int contract_connects_anew_for_each_request_without_reuse(
    struct contract *contract, const char *spec, struct failure *failure)
{
    return play_distinct(contract, spec, true, judge_no_reuse, failure);
}
