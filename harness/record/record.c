#include "record.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

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

static size_t records_size(uint64_t request_count)
{
    return sizeof(struct records) + (size_t)request_count * sizeof(struct record);
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
    memset((void *)records->slots, 0, (size_t)records->request_count * sizeof(struct record));
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

const char *record_error(const struct records *records, const struct record *record)
{
    uint32_t error = record->error;

    if (error < 1 || error > RECORD_ERROR_COUNT)
        return NULL;
    const char *text = records->errors[error - 1];
    return memchr(text, '\0', RECORD_ERROR_SIZE) ? text : NULL;
}
