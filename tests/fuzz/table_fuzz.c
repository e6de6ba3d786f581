/*
 * table_fuzz: what workload_check lets through is safe to use, whoever wrote it.
 *
 * The input is a workload's text or JSON, a NUL, and patches: the table that the text becomes is damaged by
 * them. An input that begins like a table is taken as one. A table that passes is walked from end to end,
 * written as JSON, and run by lanes that send nothing. It lies in memory of exactly its size, so that
 * AddressSanitizer sees every step beyond.
 */
#include <netdb.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "transfer.h"
#include "workload.h"

#define LANES        3
#define REQUESTS_MAX 4096

/* Larger tables, which repeat counts make of a few bytes, would take seconds and show nothing more. */
#define TABLE_SIZE_MAX ((size_t)1 << 20)

/* Names come from the input: none of them may be looked up. Stands in for the C library's. */
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    (void)service;
    (void)hints;
    *found = NULL;
    return host[0] == '\0' ? EAI_FAIL : EAI_NONAME;
}

/* Overwrites `kind` % 9 bytes at `at` % size, or adds to the 64 bits there. */
struct patch {
    uint16_t at;
    uint8_t kind;
    uint8_t bytes[8];
} __attribute__((packed));

#define PATCH_ADD 255

static void table_fuzz_apply(const struct patch *patch, unsigned char *table, size_t size)
{
    uint64_t value;
    size_t at = patch->at % size;

    if (patch->kind == PATCH_ADD) {
        at = at / sizeof value * sizeof value;
        if (at + sizeof value > size)
            return;
        memcpy(&value, table + at, sizeof value);
        value += (uint64_t)(int64_t)(int8_t)patch->bytes[0];
        memcpy(table + at, &value, sizeof value);
        return;
    }
    size_t count = patch->kind % (sizeof patch->bytes + 1);
    memcpy(table + at, patch->bytes, count < size - at ? count : size - at);
}

static void *table_fuzz_copy(const void *bytes, size_t size)
{
    void *copy = malloc(size);

    FUZZ_CHECK(copy, "out of memory");
    memcpy(copy, bytes, size);
    return copy;
}

/* A table from the input, in memory of its own; NULL when its text is refused, or makes too large a one. */
static void *table_fuzz_make(const uint8_t *data, size_t size, size_t *table_size)
{
    const uint64_t magic = WORKLOAD_MAGIC;
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure;
    const uint8_t *nul = memchr(data, '\0', size);
    size_t text_size = nul ? (size_t)(nul - data) : size;

    *table_size = size;
    if (size >= sizeof magic && memcmp(data, &magic, sizeof magic) == 0)
        return table_fuzz_copy(data, size);
    if (workload_parse((const char *)data, text_size, "input", &memory, &failure) != 0)
        return NULL;
    *table_size = memory.size;
    unsigned char *table = memory.size > TABLE_SIZE_MAX ? NULL : table_fuzz_copy(memory.bytes, memory.size);
    shared_memory_release(&memory);
    for (size_t at = text_size + 1; table && at + sizeof(struct patch) <= size; at += sizeof(struct patch)) {
        struct patch patch;
        memcpy(&patch, data + at, sizeof patch);
        table_fuzz_apply(&patch, table, *table_size);
    }
    return table;
}

/* Every request is of one batch, and every text ends where it should. Returns a sum, so that nothing is left
 * out. */
static size_t table_fuzz_walk(const struct workload *workload)
{
    size_t sum = strlen(workload_text(workload, workload->name));
    uint64_t next = 0;
    uint64_t path_count = 0;

    for (uint64_t b = 0; b < workload->batch_count; b++) {
        const struct workload_batch *batch = workload_batch(workload, b);
        FUZZ_CHECK(
            batch->first_request == next && batch->request_count > 0, "batch %llu", (unsigned long long)b);
        FUZZ_CHECK(workload_first_index(workload, b) == next, "batch %llu", (unsigned long long)b);
        next += batch->request_count;
        sum += batch->name ? strlen(workload_text(workload, batch->name)) : 0;
    }
    FUZZ_CHECK(next == workload->request_count, "requests in no batch");
    for (uint64_t i = 0; i < workload->request_count; i++) {
        const struct workload_request *request = workload_request(workload, i);
        const char *header = workload_text(workload, request->headers);
        path_count += workload_text(workload, request->url)[0] == '/';
        sum +=
            strlen(workload_text(workload, request->method)) + strlen(workload_text(workload, request->url));
        for (uint32_t h = 0; h < request->header_count; h++, header += strlen(header) + 1)
            sum += strlen(header);
        if (request->body)
            FUZZ_CHECK(strlen(workload_text(workload, request->body)) == request->body_size, "body");
    }
    FUZZ_CHECK(path_count == workload->path_count, "paths");
    return sum;
}

static void table_fuzz_write(const struct workload *workload)
{
    struct buffer json = {0};
    struct failure failure;

    FUZZ_CHECK(workload_write_json(workload, &json, &failure) == 0, "%s", failure.message);
    buffer_release(&json);
}

/* As a trial does: lanes take batches in turn until there are none. */
static void table_fuzz_play(struct lanes *lanes)
{
    bool is_over = false;

    while (!is_over) {
        bool took[LANES] = {false};
        is_over = true;
        for (size_t lane = 0; lane < LANES; lane++)
            took[lane] = lanes_take(lanes, lane) == TAKE_READY;
        for (size_t lane = 0; lane < LANES; lane++) {
            is_over = is_over && !took[lane];
            while (took[lane] && lanes_advance(lanes, lane, CURLE_OK))
                continue;
        }
    }
}

static void table_fuzz_run(const struct workload *workload, uint64_t requests_at_least)
{
    static const char *headers[] = {"Accept: */*", "X-Common: 1"};
    const struct settings settings = {.base_url = "http://127.0.0.1:9/",
        .headers = {.items = headers, .count = 2},
        .timeout_ms = 1000,
        .connect_timeout_ms = 1000};
    struct failure failure = {.code = FAILURE_NONE};
    struct workload_extent extent = workload_extent(workload, requests_at_least);

    if (extent.request_count > REQUESTS_MAX)
        return;
    struct records *records =
        calloc(1, sizeof *records + (size_t)extent.request_count * sizeof records->slots[0]);
    FUZZ_CHECK(records, "out of memory");
    records->request_count = extent.request_count;
    struct lanes *lanes = lanes_create(&settings, workload, extent, records, LANES, &failure);
    FUZZ_CHECK(lanes, "%s", failure.message);
    lanes_expect_no_answers(lanes);
    table_fuzz_play(lanes);
    for (uint64_t i = 0; i < extent.request_count; i++)
        FUZZ_CHECK(
            record_outcome(records_at(records, i)) == OUTCOME_OK, "request %llu", (unsigned long long)i);
    lanes_destroy(lanes);
    free(records);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    FUZZ_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl can't be initialised");
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct failure failure = {.code = FAILURE_NONE};
    size_t table_size = 0;
    void *table = table_fuzz_make(data, size, &table_size);

    if (table && workload_check(table, table_size, &failure) == 0) {
        const struct workload *workload = table;
        FUZZ_CHECK(table_fuzz_walk(workload) > 0, "no texts");
        table_fuzz_write(workload);
        table_fuzz_run(workload, 0);
        table_fuzz_run(workload, 2 * workload->request_count + 1);
    } else if (table) {
        FUZZ_CHECK(failure.code == FAILURE_RUN && failure.message[0], "%s", failure.message);
    }
    free(table);
    return 0;
}
