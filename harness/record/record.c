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
    for (uint64_t i = 0; i < records->request_count; i++) {
        struct record *record = &records->slots[i];
        uint8_t risky_retries = record->risky_retries;
        memset((void *)record, 0, sizeof *record);
        record->risky_retries = risky_retries;
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
