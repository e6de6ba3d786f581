/*
 * workload_fuzz: any bytes are either refused with a place and a remedy, or become a table that is sound, and
 * that says the same after it was written as JSON and parsed again.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "workload.h"

#define PLACE "input"

/* A repeat count makes a million requests of a few bytes. They are parsed and checked; to go through each of
 * them takes this target's time for more than it would find. */
#define REQUESTS_MAX 65536

/* The table of `text`; false when it is refused. */
static bool workload_fuzz_parse(const char *text, size_t size, struct shared_memory *memory)
{
    struct failure failure = {.code = FAILURE_NONE};

    if (workload_parse(text, size, PLACE, memory, &failure) != 0) {
        FUZZ_CHECK(failure.code == FAILURE_USAGE, "%s", failure.message);
        FUZZ_CHECK(strncmp(failure.message, PLACE ":", strlen(PLACE) + 1) == 0, "%s", failure.message);
        FUZZ_CHECK(!memory->bytes, "there is a table all the same");
        for (const char *c = failure.message; *c; c++)
            FUZZ_CHECK((unsigned char)*c >= ' ' && *c != 0x7f, "control character in a message");
        return false;
    }
    FUZZ_CHECK(workload_check(memory->bytes, memory->size, &failure) == 0, "%s", failure.message);
    return true;
}

static void workload_fuzz_write(const struct workload *workload, struct buffer *json)
{
    struct failure failure = {.code = FAILURE_NONE};

    FUZZ_CHECK(workload_write_json(workload, json, &failure) == 0, "%s", failure.message);
}

static void workload_fuzz_compare_bodies(const struct workload *one, const struct workload *other)
{
    for (uint64_t i = 0; i < one->request_count; i++) {
        const struct workload_request *left = workload_request(one, i);
        const struct workload_request *right = workload_request(other, i);
        FUZZ_CHECK(left->body_size == right->body_size && (left->body == 0) == (right->body == 0),
            "body of request %llu", (unsigned long long)i);
        FUZZ_CHECK(left->body == 0 || memcmp(workload_text(one, left->body),
                                          workload_text(other, right->body), left->body_size) == 0,
            "body of request %llu", (unsigned long long)i);
        FUZZ_CHECK(
            left->header_count == right->header_count && left->expected_status == right->expected_status,
            "request %llu", (unsigned long long)i);
    }
}

/* Secrets are written as "REDACTED", so it is the second writing that must be the same as the first. */
static void workload_fuzz_round_trip(const struct workload *workload)
{
    struct shared_memory again = SHARED_MEMORY_NONE;
    struct buffer json = {0};
    struct buffer json_again = {0};

    workload_fuzz_write(workload, &json);
    FUZZ_CHECK(workload_fuzz_parse(json.bytes, json.size, &again), "refused what was written: %.*s",
        (int)json.size, json.bytes);
    const struct workload *other = again.bytes;
    FUZZ_CHECK(workload->batch_count == other->batch_count &&
                   workload->request_count == other->request_count &&
                   workload->path_count == other->path_count,
        "counts differ");
    workload_fuzz_compare_bodies(workload, other);
    workload_fuzz_write(other, &json_again);
    FUZZ_CHECK(json.size == json_again.size && memcmp(json.bytes, json_again.bytes, json.size) == 0,
        "%.*s\nbecame\n%.*s", (int)json.size, json.bytes, (int)json_again.size, json_again.bytes);
    buffer_release(&json_again);
    buffer_release(&json);
    shared_memory_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;

    if (workload_fuzz_parse((const char *)data, size, &memory) &&
        ((const struct workload *)memory.bytes)->request_count <= REQUESTS_MAX)
        workload_fuzz_round_trip(memory.bytes);
    shared_memory_release(&memory);
    return 0;
}
