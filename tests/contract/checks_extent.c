/* checks: how much of the workload is run, how often, and what exactly is sent. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "listener.h"
#include "play.h"

/* Batches of different sizes, so that an index computed wrongly hits the wrong request. */
#define UNEVEN                                                                                               \
    "[[\"/anything/0\"], [\"/anything/1\", \"/anything/2\", \"/anything/3\"], [\"/anything/4\", "            \
    "\"/anything/5\"]]"
#define UNEVEN_REQUESTS 6

/* Runs of one strategy between prepare and release. */
#define PASSES UINT64_C(3)

static int judge_nothing(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    (void)stage;
    if (atomic_load(&gauge->connections_accepted) != 0 || atomic_load(&gauge->arrival_count) != 0)
        return failure_set(failure, FAILURE_RUN, "something was sent");
    return 0;
}

int contract_finishes_at_once_when_there_is_nothing_to_do(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct scene scene = {
        .spec = spec,
        .workload = "/delay/5\n",
        .base_url = contract->origin.base_url,
        .concurrency = contract->concurrency,
        .is_empty = true,
    };

    return contract_play(contract, &scene, judge_nothing, failure);
}

/* Each request of the extent arrived, as often as the extent has it. */
static int judge_repetitions(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    uint64_t wanted[UNEVEN_REQUESTS] = {0};
    uint64_t count = atomic_load(&gauge->arrival_count);

    for (uint64_t r = 0; r < stage->extent.request_count; r++)
        wanted[r % UNEVEN_REQUESTS]++;
    if (count != stage->extent.request_count)
        return failure_set(failure, FAILURE_RUN, "%" PRIu64 " requests arrived, not %" PRIu64, count,
            stage->extent.request_count);
    for (uint64_t i = 0; i < count; i++) {
        unsigned request = UNEVEN_REQUESTS;
        if (sscanf(gauge->arrivals[i].target, "/anything/%u", &request) != 1 || request >= UNEVEN_REQUESTS ||
            wanted[request]-- == 0)
            return failure_set(
                failure, FAILURE_RUN, "'%s' arrived once too often", gauge->arrivals[i].target);
    }
    return play_expect_all(stage, OUTCOME_OK, failure);
}

int contract_repeats_the_workload_or_runs_a_part_of_it(
    struct contract *contract, const char *spec, struct failure *failure)
{
    const uint64_t requests[] = {1, 2, 4, UNEVEN_REQUESTS + 1, 10 * UNEVEN_REQUESTS - 1};

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct scene scene = {
            .spec = spec,
            .workload = UNEVEN,
            .base_url = contract->origin.base_url,
            .concurrency = contract->concurrency,
            .requests = requests[i],
        };
        if (contract_play(contract, &scene, judge_repetitions, failure) != 0)
            return -1;
    }
    return 0;
}

/* The workload three times over, by one prepared strategy; each pass is judged. */
static int play_again(
    struct contract *contract, const struct scene *scene, struct stage *stage, struct failure *failure)
{
    int result = stage_open(stage, scene, failure);

    if (result == 0)
        result = stage_prepare(stage, failure);
    for (uint64_t pass = 0; result == 0 && pass < PASSES; pass++) {
        atomic_store(&contract->origin.gauge->arrival_count, 0); /* connections go on being counted */
        stage_rewind(stage);
        result = stage_run(stage, failure);
        if (result == 0)
            result = play_judge_stage(stage, contract->origin.gauge, judge_repetitions, failure);
    }
    return result;
}

/* Connections that were kept serve the next pass: "warm" is a promise too. A fresh handle keeps none. */
static int judge_kept_connections(
    const struct stage *stage, const struct gauge *gauge, const char *spec, struct failure *failure)
{
    bool is_fresh = strstr(spec, ":handles=fresh") != NULL;
    uint64_t accepted = atomic_load(&gauge->connections_accepted);
    uint64_t most = is_fresh ? PASSES * stage->extent.batch_count : stage->lane_count;

    if (accepted > most)
        return failure_set(failure, FAILURE_RUN,
            "%" PRIu64 " connections were opened in %" PRIu64 " passes, where at most %" PRIu64 " should be",
            accepted, PASSES, most);
    return 0;
}

int contract_runs_again_when_rewound_on_the_same_connections(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};
    struct scene scene = {
        .spec = spec,
        .workload = UNEVEN,
        .base_url = contract->origin.base_url,
        .concurrency = contract->concurrency,
        .requests = UINT64_C(5) * UNEVEN_REQUESTS,
    };

    if (play_begin(contract, failure) != 0)
        return -1;
    int result = play_again(contract, &scene, &stage, failure);
    if (result == 0)
        result = judge_kept_connections(&stage, contract->origin.gauge, spec, failure);
    stage_close(&stage);
    return result == 0 ? play_end(contract, failure) : -1;
}

/* What is to be sent, and how it must look on the wire. Each follows all others on one handle. */
static const struct {
    const char *json;
    const char *first_line;
    const char *header; /* a part of the headers; NULL: none to look for */
    const char *body;
} wire[] = {
    {"{\"url\": \"/get\"}", "GET /get HTTP/1.1\r\n", NULL, ""},
    {"{\"method\": \"POST\", \"url\": \"/post\", \"body\": \"first\", \"headers\": {\"X-Own\": \"one\"}}",
        "POST /post HTTP/1.1\r\n", "\r\nX-Own: one\r\n", "first"},
    {"{\"method\": \"HEAD\", \"url\": \"/head\"}", "HEAD /head HTTP/1.1\r\n", NULL, ""},
    {"{\"method\": \"PUT\", \"url\": \"/put\", \"body\": {\"a\": 1}, \"headers\": {\"X-Common\": \"mine\"}}",
        "PUT /put HTTP/1.1\r\n", "\r\nX-Common: mine\r\n", "{\"a\":1}"},
    {"{\"method\": \"DELETE\", \"url\": \"/delete\"}", "DELETE /delete HTTP/1.1\r\n", NULL, ""},
    {"{\"method\": \"POST\", \"url\": \"/empty\"}", "POST /empty HTTP/1.1\r\n", "\r\nContent-Length: 0\r\n",
        ""},
    {"{\"method\": \"PUT\", \"url\": \"/empty\"}", "PUT /empty HTTP/1.1\r\n", "\r\nContent-Length: 0\r\n",
        ""},
    {"{\"method\": \"PATCH\", \"url\": \"/patch\", \"body\": \"last\"}", "PATCH /patch HTTP/1.1\r\n", NULL,
        "last"},
    {"{\"method\": \"GET\", \"url\": \"/get?with=body\", \"body\": \"why\"}",
        "GET /get?with=body HTTP/1.1\r\n", NULL, "why"},
};
#define WIRE_COUNT (sizeof wire / sizeof wire[0])

/* Every request once after every other: the pairs (i, j), one batch each. */
static void wire_write_workload(struct buffer *json)
{
    for (size_t i = 0; i < WIRE_COUNT * WIRE_COUNT; i++)
        buffer_printf(
            json, "%s[%s, %s]", i == 0 ? "[" : ", ", wire[i / WIRE_COUNT].json, wire[i % WIRE_COUNT].json);
    buffer_append(json, "]", 2);
}

static int wire_judge_request(const char *request, size_t which, struct failure *failure)
{
    const char *body = strstr(request, "\r\n\r\n") + 4;
    bool has_own = strstr(request, "X-Own:") != NULL;
    bool has_common = strstr(request, "\r\nX-Common: ours\r\n") != NULL;
    bool has_content_type = strstr(request, "\r\nContent-Type:") != NULL;
    const char *header = wire[which].header;

    if (strncmp(request, wire[which].first_line, strlen(wire[which].first_line)) != 0 ||
        strcmp(body, wire[which].body) != 0 || (header && !strstr(request, header)) ||
        has_own != (strstr(wire[which].json, "X-Own") != NULL) ||
        has_common == (strstr(wire[which].json, "X-Common") != NULL) || has_content_type != (body[0] != '\0'))
        return failure_set(failure, FAILURE_RUN, "%s was sent as '%s'", wire[which].json, request);
    return 0;
}

static int wire_judge(const struct stage *stage, const struct listener *listener, struct failure *failure)
{
    size_t count = listener_request_count(listener);
    size_t wanted = stage_sends_nothing(stage) ? 0 : 2 * WIRE_COUNT * WIRE_COUNT;

    if (play_expect_all(stage, OUTCOME_OK, failure) != 0)
        return -1;
    if (count != wanted)
        return failure_set(failure, FAILURE_RUN, "%zu requests arrived, not %zu", count, wanted);
    for (size_t i = 0; i < count; i++) {
        size_t pair = i / 2;
        size_t which = i % 2 == 0 ? pair / WIRE_COUNT : pair % WIRE_COUNT;
        if (wire_judge_request(listener_request(listener, i), which, failure) != 0)
            return -1;
    }
    return 0;
}

int contract_sends_methods_headers_and_bodies_as_they_are(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct listener *listener = listener_start(failure);
    struct buffer workload = {0};
    struct stage stage;

    (void)contract;
    if (!listener)
        return -1;
    wire_write_workload(&workload);
    struct scene scene = {
        .spec = spec,
        .workload = workload.bytes,
        .base_url = listener_base_url(listener),
        .concurrency = 1, /* so that they arrive in the order of the workload */
        .header = "X-Common: ours",
    };
    int result = stage_play(&stage, &scene, failure);
    listener_finish(listener);
    if (result == 0)
        result = wire_judge(&stage, listener, failure);
    stage_close(&stage);
    listener_destroy(listener);
    buffer_release(&workload);
    return result;
}
