#include "record.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "utf8.h"

static const char *const words[OUTCOME_COUNT] = {
#define X(NAME, word, meaning) [OUTCOME_##NAME] = (word),
    OUTCOMES(X)
#undef X
};

const char *outcome_word(enum outcome outcome)
{
    return (unsigned int)outcome < OUTCOME_COUNT ? words[outcome] : "unknown";
}

static const char advice_on_descriptors[] =
    "raise the limit on open files with 'ulimit -n', the system's with 'sysctl -w fs.file-max', or lower "
    "--concurrency";

const char *outcome_advice(enum outcome outcome)
{
    static const char *const advice[OUTCOME_COUNT] = {
        [OUTCOME_RESOLVE_FAILED] = "check the host's name",
        [OUTCOME_CONNECT_FAILED] = "start the server, or check host and port",
        [OUTCOME_NO_DESCRIPTOR] = advice_on_descriptors,
        [OUTCOME_TIMED_OUT] = "raise --timeout or --connect-timeout, or ask for less at once",
        [OUTCOME_TLS_FAILED] = "trust the server's certificate with --cacert, or check host and port",
        [OUTCOME_CONNECTION_LOST] =
            "see the server's log; it may allow fewer connections, or streams (--streams), at once",
        [OUTCOME_BAD_RESPONSE] = "check scheme, port and --http: the server does not speak that HTTP there",
        [OUTCOME_TOO_MANY_REDIRECTS] = "the server redirects in a circle: check the URL",
    };

    return advice[outcome];
}

enum outcome outcome_of_connecting(int error)
{
    switch (error) {
    case EADDRNOTAVAIL:
        return OUTCOME_NO_PORT;
    case EMFILE:
    case ENFILE:
        return OUTCOME_NO_DESCRIPTOR;
    default:
        return OUTCOME_CONNECT_FAILED;
    }
}

const char *http_version_word(uint8_t version)
{
    switch (version) {
#define X(NAME, number, word)                                                                                \
    case number:                                                                                             \
        return word;
        HTTP_VERSIONS(X)
#undef X
    default:
        return NULL;
    }
}

int outcome_is_failure(enum outcome outcome)
{
    return outcome != OUTCOME_OK && outcome != OUTCOME_SKIPPED && outcome != OUTCOME_NOT_RUN;
}

_Static_assert(sizeof(struct record) == 128, "the documents and tests/bench name this size");

static size_t records_size(uint64_t request_count)
{
    return sizeof(struct records) + (size_t)request_count * sizeof(struct record);
}

double records_memory_bytes(uint64_t request_count)
{
    return (double)sizeof(struct records) + (double)request_count * (double)sizeof(struct record);
}

int records_create(struct shared_memory *memory, uint64_t request_count, struct failure *failure)
{
    if (request_count > (SIZE_MAX / 2) / sizeof(struct record))
        return failure_set(failure, FAILURE_USAGE,
            "%llu requests are more than can be recorded; ask for fewer", (unsigned long long)request_count);
    if (shared_memory_create(memory, "harness records", records_size(request_count), failure) != 0)
        return -1;
    struct records *records = memory->bytes;
    records->magic = RECORDS_MAGIC;
    records->version = RECORDS_VERSION;
    records->record_size = sizeof(struct record);
    records->request_count = request_count;
    return 0;
}

void records_fault_in(const struct records *records)
{
    /* Reading is enough to map what may be written, and maps many pages at once. */
    shared_memory_fault_in(records, records_size(records->request_count), false);
}

int records_check(const void *bytes, size_t size, struct failure *failure)
{
    const struct records *records = bytes;

    if (size < sizeof *records)
        return failure_set(failure, FAILURE_RUN, "the shared memory for records is too small");
    if (records->magic != RECORDS_MAGIC)
        return failure_set(failure, FAILURE_RUN, "the shared memory for records holds something else");
    if (records->version != RECORDS_VERSION)
        return failure_set(failure, FAILURE_RUN,
            "the records have version %u, not %u; trial and experiment must come from the same build",
            (unsigned int)records->version, (unsigned int)RECORDS_VERSION);
    if (records->record_size != sizeof(struct record))
        return failure_set(failure, FAILURE_RUN,
            "a record has %u bytes, not %zu; trial and experiment must come from the same build",
            (unsigned int)records->record_size, sizeof(struct record));
    if (records->request_count > (size - sizeof *records) / sizeof(struct record))
        return failure_set(failure, FAILURE_RUN, "the shared memory for records is too small");
    return 0;
}

void records_clear(struct records *records)
{
    records->clock_started_ns = 0;
    memset(records->errors, 0, sizeof records->errors);
    atomic_store(&records->errors_claimed, 0);
    for (uint64_t i = 0; i < records->request_count; i++) {
        struct record *record = &records->slots[i];
        uint8_t risky_retries = record->risky_retries;
        memset((void *)record, 0, sizeof *record);
        record->risky_retries = risky_retries;
    }
}

/* libcurl's clock may be another one, which nobody adjusts: it gains or loses well under 1 %. */
static uint64_t record_longest_phase_us(const struct records_span *span)
{
    uint64_t span_us = (span->to_ns - span->from_ns) / NS_PER_US;

    return span_us + span_us / 100 + 1000;
}

static bool record_phases_fit(const struct record *record, uint64_t longest_us)
{
    return record->namelookup_us <= longest_us && record->connect_us <= longest_us &&
           record->appconnect_us <= longest_us && record->pretransfer_us <= longest_us &&
           record->starttransfer_us <= longest_us;
}

static bool record_times_fit(const struct record *record, const struct records_span *span)
{
    bool has_due_time = record->intended_ns != 0;
    uint64_t first_ns = has_due_time ? record->intended_ns : record->started_ns;

    return has_due_time == span->is_open_loop && span->from_ns <= first_ns &&
           first_ns <= record->started_ns && record->started_ns <= record->finished_ns &&
           record->finished_ns <= span->to_ns && record_phases_fit(record, record_longest_phase_us(span));
}

static void record_disbelieve(struct records *records, struct record *record)
{
    memset((void *)record, 0, sizeof *record);
    record->lane = UINT32_MAX;
    record->curl_code = -1;
    record_set_error(records, record, "the trial wrote times that can't be right");
    record_settle(record, OUTCOME_OTHER_FAILURE);
}

void records_check_times(struct records *records, uint64_t request_count, const struct records_span *span)
{
    uint64_t started_ns = records->clock_started_ns;

    if (started_ns < span->from_ns || started_ns > span->to_ns)
        records->clock_started_ns = started_ns = span->from_ns;
    const struct records_span of_clock = {
        .from_ns = started_ns, .to_ns = span->to_ns, .is_open_loop = span->is_open_loop};
    for (uint64_t i = 0; i < request_count; i++) {
        struct record *record = &records->slots[i];
        enum outcome outcome = record_outcome(record);
        bool was_sent = outcome == OUTCOME_OK || outcome_is_failure(outcome);
        if (was_sent && !record_times_fit(record, &of_clock))
            record_disbelieve(records, record);
    }
}

void record_set_error(struct records *records, struct record *record, const char *text)
{
    uint32_t error = atomic_fetch_add(&records->errors_claimed, 1);

    if (error >= RECORD_ERROR_COUNT)
        return;
    (void)snprintf(records->errors[error], RECORD_ERROR_SIZE, "%s", text);
    utf8_tidy_text(records->errors[error]);
    record->error = error + 1;
}

/* Read once: the trial may write it at any time, and the compiler must not read again what was checked. */
static uint32_t record_error_number(const struct record *record)
{
    return *(const volatile uint32_t *)&record->error;
}

const char *record_error(
    const struct records *records, const struct record *record, char text[RECORD_ERROR_SIZE])
{
    uint32_t error = record_error_number(record);

    if (error < 1 || error > RECORD_ERROR_COUNT)
        return NULL;
    memcpy(text, records->errors[error - 1], RECORD_ERROR_SIZE);
    return memchr(text, '\0', RECORD_ERROR_SIZE) ? text : NULL;
}
