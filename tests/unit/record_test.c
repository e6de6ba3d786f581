#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

static char text_kept[RECORD_ERROR_SIZE]; /* each test has a process of its own */

static struct records *records_of(struct shared_memory *memory, uint64_t request_count)
{
    struct failure failure = {.code = FAILURE_NONE};

    *memory = SHARED_MEMORY_NONE;
    cr_assert_eq(records_create(memory, request_count, &failure), 0, "%s", failure.message);
    return memory->bytes;
}

Test(record, is_not_run_until_it_is_settled)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 3);

    cr_expect_eq(records->request_count, 3);
    cr_expect_eq(records->clock_started_ns, 0);
    for (uint64_t i = 0; i < 3; i++)
        cr_expect_eq(record_outcome(records_at(records, i)), OUTCOME_NOT_RUN);
    record_settle(records_at(records, 1), OUTCOME_TIMED_OUT);
    cr_expect_eq(record_outcome(records_at(records, 0)), OUTCOME_NOT_RUN);
    cr_expect_eq(record_outcome(records_at(records, 1)), OUTCOME_TIMED_OUT);
    cr_expect_eq(record_outcome(records_at(records, 2)), OUTCOME_NOT_RUN);
    shared_memory_release(&memory);
}

Test(record, is_seen_by_whoever_maps_the_same_pages)
{
    struct shared_memory memory;
    struct shared_memory other = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};
    struct records *records = records_of(&memory, 2);

    cr_assert_eq(shared_memory_map(&other, memory.fd, false, &failure), 0, "%s", failure.message);
    cr_assert_eq(records_check(other.bytes, other.size, &failure), 0, "%s", failure.message);
    records_at(records, 1)->response_code = 200;
    record_settle(records_at(records, 1), OUTCOME_OK);
    cr_expect_eq(record_outcome(records_at(other.bytes, 1)), OUTCOME_OK);
    cr_expect_eq(records_at(other.bytes, 1)->response_code, 200);
    other.fd = -1; /* memory's */
    shared_memory_release(&other);
    shared_memory_release(&memory);
}

Test(record, of_a_request_that_does_not_fit_is_refused)
{
    struct shared_memory memory = SHARED_MEMORY_NONE;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(records_create(&memory, UINT64_MAX / 2, &failure), -1);
    cr_expect_eq(failure.code, FAILURE_USAGE);
    cr_expect_not_null(strstr(failure.message, "9223372036854775807 requests"), "%s", failure.message);
    cr_expect_null(memory.bytes);
}

Test(records, are_refused_when_the_memory_is_smaller_than_they_claim)
{
    struct shared_memory memory;
    struct failure failure = {.code = FAILURE_NONE};
    struct records *records = records_of(&memory, 4);
    size_t exact = sizeof *records + 4 * sizeof(struct record);

    cr_expect_eq(records_check(records, exact, &failure), 0);
    cr_expect_eq(records_check(records, exact - 1, &failure), -1);
    cr_expect_eq(failure.code, FAILURE_RUN);
    cr_expect_eq(records_check(records, sizeof *records - 1, &failure), -1);
    cr_expect_eq(records_check(records, 0, &failure), -1);
    records->request_count = UINT64_C(1) << 40;
    cr_expect_eq(records_check(records, memory.size, &failure), -1);
    records->request_count = UINT64_MAX; /* whose size overflows */
    cr_expect_eq(records_check(records, memory.size, &failure), -1);
    shared_memory_release(&memory);
}

Test(records, are_refused_in_the_form_of_another_program)
{
    struct shared_memory memory;
    struct failure failure = {.code = FAILURE_NONE};
    struct records *records = records_of(&memory, 4);

    records->magic++;
    cr_expect_eq(records_check(records, memory.size, &failure), -1);
    cr_expect_not_null(strstr(failure.message, "holds something else"), "%s", failure.message);
    records->magic--;
    records->version++;
    cr_expect_eq(records_check(records, memory.size, &failure), -1);
    cr_expect_not_null(strstr(failure.message, "have version 3, not 2"), "%s", failure.message);
    records->version--;
    records->record_size = 64;
    cr_expect_eq(records_check(records, memory.size, &failure), -1);
    cr_expect_not_null(strstr(failure.message, "a record has 64 bytes"), "%s", failure.message);
    shared_memory_release(&memory);
}

Test(records, are_as_new_when_cleared)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 5);

    records->clock_started_ns = 7;
    for (uint64_t i = 0; i < 5; i++) {
        records_at(records, i)->finished_ns = 9;
        records_at(records, i)->risky_retries = (uint8_t)i;
        record_set_error(records, records_at(records, i), "refused");
        record_settle(records_at(records, i), OUTCOME_CONNECT_FAILED);
    }
    records_clear(records);
    cr_expect_eq(records->request_count, 5);
    cr_expect_eq(records->clock_started_ns, 0);
    for (uint64_t i = 0; i < 5; i++) {
        cr_expect_eq(record_outcome(records_at(records, i)), OUTCOME_NOT_RUN);
        cr_expect_eq(records_at(records, i)->finished_ns, 0);
        cr_expect_eq(records_at(records, i)->risky_retries, i, "what was done stays done");
        cr_expect_null(record_error(records, records_at(records, i), text_kept));
    }
    record_set_error(records, records_at(records, 4), "again");
    cr_expect_str_eq(record_error(records, records_at(records, 4), text_kept), "again");
    shared_memory_release(&memory);
}

Test(record_error, keeps_the_first_texts_and_says_nothing_beyond)
{
    struct shared_memory memory;
    const uint64_t count = RECORD_ERROR_COUNT + 10;
    struct records *records = records_of(&memory, count);
    char text[32];

    for (uint64_t i = 0; i < count; i++) {
        (void)snprintf(text, sizeof text, "error %u", (unsigned)i);
        record_set_error(records, records_at(records, i), text);
    }
    cr_expect_str_eq(record_error(records, records_at(records, 0), text_kept), "error 0");
    cr_expect_str_eq(
        record_error(records, records_at(records, RECORD_ERROR_COUNT - 1), text_kept), "error 999");
    for (uint64_t i = RECORD_ERROR_COUNT; i < count; i++)
        cr_expect_null(record_error(records, records_at(records, i), text_kept));
    shared_memory_release(&memory);
}

Test(record_error, is_cut_when_it_is_too_long)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 2);
    char text[2 * RECORD_ERROR_SIZE];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    record_set_error(records, records_at(records, 0), text);
    record_set_error(records, records_at(records, 1), "next");
    cr_expect_eq(strlen(record_error(records, records_at(records, 0), text_kept)), RECORD_ERROR_SIZE - 1);
    cr_expect_str_eq(record_error(records, records_at(records, 1), text_kept), "next");
    shared_memory_release(&memory);
}

Test(record_error, of_a_number_from_another_process_is_not_trusted)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 1);

    records_at(records, 0)->error = RECORD_ERROR_COUNT + 1;
    cr_expect_null(record_error(records, records_at(records, 0), text_kept));
    records_at(records, 0)->error = UINT32_MAX;
    cr_expect_null(record_error(records, records_at(records, 0), text_kept));
    shared_memory_release(&memory);
}

Test(record_error, that_was_read_stays_whatever_the_trial_writes_next)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 1);

    record_set_error(records, records_at(records, 0), "refused");
    const char *error = record_error(records, records_at(records, 0), text_kept);
    memset(records->errors[0], 'x', RECORD_ERROR_SIZE);
    cr_expect_str_eq(error, "refused");
    shared_memory_release(&memory);
}

Test(outcome, has_a_word_of_its_own)
{
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        cr_assert_not_null(outcome_word((enum outcome)i));
        for (int other = 0; other < i; other++)
            cr_expect_str_neq(outcome_word((enum outcome)i), outcome_word((enum outcome)other));
    }
    cr_expect_str_eq(outcome_word(OUTCOME_COUNT), "unknown");
}

Test(outcome, is_a_failure_only_when_the_request_was_sent_and_went_wrong)
{
    cr_expect_not(outcome_is_failure(OUTCOME_OK));
    cr_expect_not(outcome_is_failure(OUTCOME_SKIPPED));
    cr_expect_not(outcome_is_failure(OUTCOME_NOT_RUN));
    for (int i = OUTCOME_UNEXPECTED_STATUS; i < OUTCOME_COUNT; i++)
        cr_expect(outcome_is_failure((enum outcome)i), "%s", outcome_word((enum outcome)i));
}

Test(record_error, is_none_when_its_text_does_not_end)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 1);

    record_set_error(records, records_at(records, 0), "refused");
    memset(records->errors[0], 'x', RECORD_ERROR_SIZE);
    cr_expect_null(record_error(records, records_at(records, 0), text_kept));
    shared_memory_release(&memory);
}

Test(outcome, is_a_failure_when_it_is_none_of_them)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 2);

    atomic_store(&records_at(records, 0)->outcome, OUTCOME_COUNT);
    atomic_store(&records_at(records, 1)->outcome, UINT32_MAX);
    for (uint64_t i = 0; i < 2; i++) {
        cr_expect_eq(record_outcome(records_at(records, i)), OUTCOME_OTHER_FAILURE);
        cr_expect(outcome_is_failure(record_outcome(records_at(records, i))));
    }
    shared_memory_release(&memory);
}

Test(records, keep_their_size_whatever_a_trial_does_with_them)
{
    struct shared_memory memory;
    struct shared_memory other;
    struct failure failure = {.code = FAILURE_NONE};
    struct records *records = records_of(&memory, 4);

    cr_assert_eq(shared_memory_map(&other, dup(memory.fd), true, &failure), 0, "%s", failure.message);
    cr_expect_eq(ftruncate(other.fd, 0), -1);
    cr_expect_eq(ftruncate(other.fd, (off_t)memory.size * 2), -1);
    record_settle(records_at(other.bytes, 3), OUTCOME_OK);
    cr_expect_eq(record_outcome(records_at(records, 3)), OUTCOME_OK);
    shared_memory_release(&other);
    shared_memory_release(&memory);
}
