#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
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
    cr_expect_not_null(strstr(failure.message, "have version 5, not 4"), "%s", failure.message);
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

Test(http_version, of_several_answers_is_theirs_or_mixed)
{
    static const struct {
        uint8_t one;
        uint8_t other;
        const char *word;
    } cases[] = {{0, 0, NULL}, {0, 20, "2"}, {11, 0, "1.1"}, {11, 11, "1.1"}, {11, 20, "mixed"},
        {HTTP_VERSION_MIXED, 20, "mixed"}, {HTTP_VERSION_MIXED, 0, "mixed"}, {30, 30, "3"}, {7, 7, NULL}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *word = http_version_word(http_version_join(cases[i].one, cases[i].other));
        if (cases[i].word)
            cr_expect_str_eq(word ? word : "none", cases[i].word);
        else
            cr_expect_null(word);
    }
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

static uint64_t named_requests(const struct elsewhere *elsewhere, const char *host)
{
    uint64_t requests = 0;

    for (size_t i = 0; i < ELSEWHERE_NAME_COUNT; i++)
        if (strcmp(elsewhere->names[i].text, host) == 0)
            requests += atomic_load(&elsewhere->names[i].requests);
    return requests;
}

Test(elsewhere, is_kept_when_the_records_are_cleared)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 1);

    elsewhere_count_redirected(&records->elsewhere, "other.example", 2);
    records_clear(records);
    elsewhere_count_redirected(&records->elsewhere, "OTHER.example", 1);
    elsewhere_count(&records->elsewhere, 4);
    cr_expect_eq(atomic_load(&records->elsewhere.requests), 7);
    cr_expect_eq(named_requests(&records->elsewhere, "other.example"), 3);
    shared_memory_release(&memory);
}

Test(elsewhere, counts_what_no_name_is_left_for)
{
    static struct elsewhere part;
    static struct elsewhere sum;
    char host[32];

    for (int i = 0; i < ELSEWHERE_NAME_COUNT + 10; i++) {
        (void)snprintf(host, sizeof host, "number%d.example", i);
        elsewhere_count_redirected(&part, host, 1);
    }
    elsewhere_add(&sum, &part);
    elsewhere_add(&sum, &part);
    cr_expect_eq(atomic_load(&sum.requests), UINT64_C(2) * (ELSEWHERE_NAME_COUNT + 10));
    cr_expect_eq(atomic_load(&sum.unnamed), 20);
    cr_expect_eq(named_requests(&sum, "number0.example"), 2);
}

/* Two lanes that meet a host at the same moment, and a trial that writes what it likes. */
Test(elsewhere, joins_names_that_are_the_same_and_trusts_none)
{
    static struct elsewhere part;
    static struct elsewhere sum;

    for (int i = 0; i < 2; i++) {
        (void)snprintf(part.names[i].text, sizeof part.names[i].text, "other.example");
        atomic_store(&part.names[i].requests, 5);
        atomic_store(&part.names[i].is_written, true);
    }
    memset(part.names[2].text, 'x', sizeof part.names[2].text);
    atomic_store(&part.names[2].requests, 1);
    atomic_store(&part.names[2].is_written, true);
    atomic_store(&part.names_claimed, UINT32_MAX);
    elsewhere_add(&sum, &part);
    cr_expect_eq(named_requests(&sum, "other.example"), 10);
    cr_expect_eq(atomic_load(&sum.names_claimed), 2);
    cr_expect_eq(strlen(sum.names[1].text), sizeof sum.names[1].text - 1);
}

/* A clock that starts at 2 s, within a span from 1 s to 4 s. */
static const struct records_span span_closed = {.from_ns = NS_PER_S, .to_ns = 4 * NS_PER_S};
static const struct records_span span_open = {
    .from_ns = NS_PER_S, .to_ns = 4 * NS_PER_S, .is_open_loop = true};

/* A request from 2.5 s to 3 s, which was due at 2.25 s if the loop is open. */
static struct record *record_fill(struct records *records, uint64_t request, const struct records_span *span)
{
    struct record *record = records_at(records, request);

    *record = (struct record){.intended_ns = span->is_open_loop ? 2250 * NS_PER_MS : 0,
        .started_ns = 2500 * NS_PER_MS,
        .finished_ns = 3 * NS_PER_S,
        .namelookup_us = 1,
        .connect_us = 20,
        .starttransfer_us = 500 * 1000,
        .bytes_received = 5,
        .response_code = 200};
    record_settle(record, OUTCOME_OK);
    return record;
}

static enum outcome outcome_after_check(
    struct records *records, const struct record *written, const struct records_span *span)
{
    memcpy((void *)records_at(records, 1), written, sizeof *written);
    records_check_times(records, 3, span);
    return record_outcome(records_at(records, 1));
}

Test(records_check_times, leaves_all_that_can_be)
{
    const struct records_span *const spans[] = {&span_closed, &span_open};
    struct shared_memory memory;
    struct records *records = records_of(&memory, 3);

    for (size_t i = 0; i < 2; i++) {
        const uint64_t due_ns = spans[i]->is_open_loop ? 2 * NS_PER_S : 0;
        records->clock_started_ns = 2 * NS_PER_S;
        struct record *typical = record_fill(records, 0, spans[i]);
        struct record *longest = record_fill(records, 1, spans[i]);
        struct record *shortest = record_fill(records, 2, spans[i]);
        longest->intended_ns = due_ns;
        longest->started_ns = 2 * NS_PER_S;
        longest->finished_ns = 4 * NS_PER_S;
        longest->starttransfer_us = 2010 * 1000; /* by a clock that is 0.5 % faster */
        record_settle(longest, OUTCOME_TIMED_OUT);
        shortest->intended_ns = due_ns ? 4 * NS_PER_S : 0; /* as within a batch: due when it starts */
        shortest->started_ns = shortest->finished_ns = 4 * NS_PER_S;
        shortest->connect_us = shortest->starttransfer_us = 0;
        records_check_times(records, 3, spans[i]);
        cr_expect_eq(records->clock_started_ns, 2 * NS_PER_S);
        cr_expect_eq(record_outcome(typical), OUTCOME_OK);
        cr_expect_eq(typical->finished_ns, 3 * NS_PER_S);
        cr_expect_eq(record_outcome(longest), OUTCOME_TIMED_OUT);
        cr_expect(record_has_times(longest));
        cr_expect_eq(record_outcome(shortest), OUTCOME_OK);
        cr_expect_eq(shortest->started_ns, 4 * NS_PER_S);
    }
    shared_memory_release(&memory);
}

Test(records_check_times, leaves_what_was_not_sent)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 3);

    records->clock_started_ns = 2 * NS_PER_S;
    records_at(records, 0)->started_ns = 2500 * NS_PER_MS; /* under way when the trial was stopped */
    record_settle(records_at(records, 1), OUTCOME_SKIPPED);
    records_check_times(records, 3, &span_closed);
    cr_expect_eq(record_outcome(records_at(records, 0)), OUTCOME_NOT_RUN);
    cr_expect_eq(record_outcome(records_at(records, 1)), OUTCOME_SKIPPED);
    cr_expect_eq(record_outcome(records_at(records, 2)), OUTCOME_NOT_RUN);
    shared_memory_release(&memory);
}

Test(records_check_times, believes_no_time_that_can_not_be)
{
    static const struct {
        size_t offset;
        uint64_t value;
        bool is_open_loop;
    } cases[] = {
        {offsetof(struct record, started_ns), 0, false},
        {offsetof(struct record, started_ns), 2 * NS_PER_S - 1, false}, /* before the clock */
        {offsetof(struct record, started_ns), 3 * NS_PER_S + 1, false}, /* after its end */
        {offsetof(struct record, started_ns), UINT64_MAX, false},
        {offsetof(struct record, finished_ns), 0, false},
        {offsetof(struct record, finished_ns), 4 * NS_PER_S + 1, false}, /* after the trial */
        {offsetof(struct record, finished_ns), UINT64_MAX, true},
        {offsetof(struct record, intended_ns), 2500 * NS_PER_MS, false}, /* nothing is due in a closed loop */
        {offsetof(struct record, intended_ns), 0, true},
        {offsetof(struct record, intended_ns), 2 * NS_PER_S - 1, true},
        {offsetof(struct record, intended_ns), 2500 * NS_PER_MS + 1, true}, /* sent before it was due */
        {offsetof(struct record, namelookup_us), UINT64_MAX, false},
        {offsetof(struct record, connect_us), UINT64_C(1) << 63, false},
        {offsetof(struct record, appconnect_us), 2100 * 1000, false}, /* the clock ran for 2 s */
        {offsetof(struct record, pretransfer_us), UINT64_MAX / NS_PER_US, true},
        {offsetof(struct record, starttransfer_us), UINT64_MAX / NS_PER_US + 2, false}, /* 1384 ns, cut off */
    };
    struct shared_memory memory;
    struct records *records = records_of(&memory, 3);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct records_span *span = cases[i].is_open_loop ? &span_open : &span_closed;
        struct record written = *record_fill(records, 1, span);
        records->clock_started_ns = 2 * NS_PER_S;
        (void)record_fill(records, 0, span);
        (void)record_fill(records, 2, span);
        memcpy((char *)&written + cases[i].offset, &cases[i].value, sizeof cases[i].value);
        cr_expect_eq(outcome_after_check(records, &written, span), OUTCOME_OTHER_FAILURE, "case %zu", i);
        const struct record *record = records_at(records, 1);
        cr_expect_not(record_has_times(record), "case %zu", i);
        cr_expect_eq(record->finished_ns, 0);
        cr_expect_eq(record->bytes_received, 0);
        cr_expect_eq(record->response_code, 0);
        cr_expect_str_eq(
            record_error(records, record, text_kept), "the trial wrote times that can't be right");
        cr_expect_eq(record_outcome(records_at(records, 0)), OUTCOME_OK, "case %zu", i);
        cr_expect_eq(record_outcome(records_at(records, 2)), OUTCOME_OK, "case %zu", i);
    }
    shared_memory_release(&memory);
}

Test(records_check_times, begins_where_the_span_does_when_the_clock_can_not_be_right)
{
    static const uint64_t wrong[] = {1, NS_PER_S - 1, 4 * NS_PER_S + 1, UINT64_MAX};
    struct shared_memory memory;
    struct records *records = records_of(&memory, 3);

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct record written = *record_fill(records, 1, &span_closed);
        records->clock_started_ns = wrong[i];
        cr_expect_eq(outcome_after_check(records, &written, &span_closed), OUTCOME_OK, "case %zu", i);
        cr_expect_eq(records->clock_started_ns, NS_PER_S);
    }
    shared_memory_release(&memory);
}

Test(records_check_times, reads_no_more_records_than_the_experiment_has)
{
    struct shared_memory memory;
    struct records *records = records_of(&memory, 2);

    records->clock_started_ns = 2 * NS_PER_S;
    records->request_count = UINT64_MAX; /* which the trial can write */
    record_settle(records_at(records, 1), OUTCOME_OK);
    records_check_times(records, 2, &span_closed);
    cr_expect_eq(record_outcome(records_at(records, 1)), OUTCOME_OTHER_FAILURE);
    shared_memory_release(&memory);
}

Test(records, that_were_taken_back_are_nobody_else_s)
{
    for (int is_mapped = 0; is_mapped < 2; is_mapped++) {
        struct shared_memory memory;
        struct shared_memory other = SHARED_MEMORY_NONE;
        struct failure failure = {.code = FAILURE_NONE};
        struct records *records = records_of(&memory, 3);
        int fd = dup(memory.fd);
        const off_t at = (off_t)((char *)records_at(records, 1) - (char *)records);
        const uint64_t wrong = UINT64_MAX;

        cr_assert_geq(fd, 0);
        if (is_mapped)
            cr_assert_eq(shared_memory_map(&other, dup(fd), true, &failure), 0, "%s", failure.message);
        records_at(records, 1)->intended_ns = 7;
        cr_assert_eq(shared_memory_take_back(&memory, &failure), 0, "%s", failure.message);
        records = memory.bytes;
        cr_expect_eq(records->request_count, 3);
        if (is_mapped)
            records_at(other.bytes, 1)->intended_ns = wrong;
        cr_expect_eq(pwrite(fd, &wrong, sizeof wrong, at) > 0, is_mapped);
        cr_expect_eq(records_at(records, 1)->intended_ns, 7, "mapped elsewhere: %d", is_mapped);
        records_at(records, 2)->intended_ns = 8;
        cr_expect_eq(records_at(records, 2)->intended_ns, 8);
        shared_memory_release(&other);
        shared_memory_release(&memory);
        (void)close(fd);
    }
}
