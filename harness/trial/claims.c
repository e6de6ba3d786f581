#include "claims.h"
#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "record.h"
#include "schedule.h"

/* How long the records may take, and each of them besides. */
#define PATIENCE_OF_RECORDS_NS (30 * NS_PER_S)
#define PATIENCE_OF_RECORD_NS  (100 * NS_PER_US)

/* A record as the program says it. */
struct claim {
    uint64_t batch;
    uint64_t place; /* in the batch */
    uint64_t lane;
    uint64_t started_ns; /* these three since "go" */
    uint64_t first_ns;   /* 0: there was none */
    uint64_t finished_ns;
    uint64_t status; /* 0: there was none */
    uint64_t bytes;
    const char *error; /* NULL: none; borrowed */
};

/* Whole numbers, also as a language without any has them: 12.0. */
static bool claim_read_number(const json_t *value, uint64_t *number)
{
    double real = json_number_value(value);

    if (!json_is_number(value) || !(real >= 0 && real < 9e18))
        return false;
    *number = json_is_integer(value) ? (uint64_t)json_integer_value(value) : (uint64_t)real;
    return true;
}

static bool claim_read_optional(const json_t *value, uint64_t *number)
{
    *number = 0;
    return json_is_null(value) || claim_read_number(value, number);
}

static bool claim_read(const json_t *line, struct claim *claim)
{
    const json_t *error = json_array_get(line, 8);

    claim->error = json_string_value(error);
    return json_array_size(line) == 9 && claim_read_number(json_array_get(line, 0), &claim->batch) &&
           claim_read_number(json_array_get(line, 1), &claim->place) &&
           claim_read_number(json_array_get(line, 2), &claim->lane) &&
           claim_read_number(json_array_get(line, 3), &claim->started_ns) &&
           claim_read_optional(json_array_get(line, 4), &claim->first_ns) &&
           claim_read_number(json_array_get(line, 5), &claim->finished_ns) &&
           claim_read_optional(json_array_get(line, 6), &claim->status) &&
           claim_read_optional(json_array_get(line, 7), &claim->bytes) &&
           (json_is_null(error) || claim->error);
}

static uint64_t guest_batch_size(const struct trial_guest *guest, uint64_t batch)
{
    return workload_batch(guest->workload, batch % guest->workload->batch_count)->request_count;
}

/* What can't be, whatever the program did. NULL: nothing. */
static const char *claim_problem(const struct trial_guest *guest, const struct claim *claim, uint64_t wall_ns)
{
    if (claim->batch >= guest->extent.batch_count || claim->place >= guest_batch_size(guest, claim->batch))
        return "a request that there is not";
    if (claim->lane >= guest->settings->concurrency)
        return "a lane beyond the concurrency";
    if (claim->started_ns > claim->finished_ns || claim->finished_ns > wall_ns)
        return "times that can't be right";
    if (claim->first_ns != 0 && (claim->first_ns < claim->started_ns || claim->first_ns > claim->finished_ns))
        return "a first byte that came before the start or after the end";
    if (claim->status > 999)
        return "a status that there is not";
    if (claim->status == 0 && !claim->error)
        return "neither a status nor an error";
    return NULL;
}

/* The word that the error begins with. */
static enum outcome claim_outcome_of_error(const char *error)
{
    size_t length = strcspn(error, ":");

    for (unsigned int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
        const char *word = outcome_word((enum outcome)outcome);
        if (outcome_is_failure((enum outcome)outcome) && strlen(word) == length &&
            strncmp(word, error, length) == 0)
            return (enum outcome)outcome;
    }
    return OUTCOME_OTHER_FAILURE;
}

static enum outcome claim_outcome(const struct trial_guest *guest, const struct claim *claim, uint64_t index)
{
    uint32_t expected =
        workload_request(guest->workload, index % guest->workload->request_count)->expected_status;

    if (claim->error)
        return claim_outcome_of_error(claim->error);
    return (expected == 0 ? claim->status < 400 : claim->status == expected) ? OUTCOME_OK
                                                                             : OUTCOME_UNEXPECTED_STATUS;
}

/* Within a batch a request is due when the one before it has ended. */
static uint64_t claim_due_ns(const struct claim *claim, const uint64_t *due_ns)
{
    return due_ns && claim->place == 0 ? due_ns[claim->batch] : claim->started_ns;
}

/* Clients put URLs into their messages, so that what is a secret in one would be written down. */
static void claim_keep_error(const struct trial *trial, struct record *record, const char *error)
{
    const struct trial_guest *guest = trial->guest;
    char word[RECORD_ERROR_SIZE];
    bool is_shown = !workload_has_secrets(guest->workload);

    (void)snprintf(word, sizeof word, "%.*s", is_shown ? (int)sizeof word : (int)strcspn(error, ":"), error);
    record_set_error(guest->records, record, word);
}

static void claim_keep(
    const struct trial *trial, const struct claim *claim, const uint64_t *due_ns, uint64_t index)
{
    struct records *records = trial->guest->records;
    struct record *record = records_at(records, index);

    record->intended_ns = due_ns ? trial->go_ns + claim_due_ns(claim, due_ns) : 0;
    record->started_ns = trial->go_ns + claim->started_ns;
    record->finished_ns = trial->go_ns + claim->finished_ns;
    record->starttransfer_us = claim->first_ns ? (claim->first_ns - claim->started_ns) / NS_PER_US : 0;
    record->bytes_received = claim->bytes;
    record->lane = (uint32_t)claim->lane;
    record->handshakes_full = record->handshakes_resumed = RECORD_UNKNOWN;
    record->response_code = (uint16_t)claim->status;
    if (claim->error)
        claim_keep_error(trial, record, claim->error);
    record_settle(record, claim_outcome(trial->guest, claim, index));
}

static void claims_take(struct trial *trial, const json_t *line, const uint64_t *due_ns)
{
    struct claim claim;
    uint64_t wall_ns = trial->wall_ns;

    if (!claim_read(line, &claim)) {
        trial_set_status(trial, TRIAL_FAILED, "a record of it can't be understood; see docs/participants.md");
        return;
    }
    const char *problem = claim_problem(trial->guest, &claim, wall_ns);
    if (problem) {
        trial_set_status(trial, TRIAL_FAILED, "its record of request %llu of batch %llu has %s",
            (unsigned long long)claim.place, (unsigned long long)claim.batch, problem);
        return;
    }
    if (claim.started_ns < claim_due_ns(&claim, due_ns)) {
        trial_set_status(
            trial, TRIAL_FAILED, "it started batch %llu before it was due", (unsigned long long)claim.batch);
        return;
    }
    uint64_t index = workload_first_index(trial->guest->workload, claim.batch) + claim.place;
    if (record_outcome(records_at(trial->guest->records, index)) != OUTCOME_NOT_RUN)
        trial_set_status(trial, TRIAL_FAILED, "it has two records of request %llu of batch %llu",
            (unsigned long long)claim.place, (unsigned long long)claim.batch);
    else
        claim_keep(trial, &claim, due_ns, index);
}

static void claims_take_all(struct trial *trial, const struct trial_watch *watch, const uint64_t *due_ns)
{
    static const char lacking[] = "it did not say what became of all requests";
    uint64_t patience_ns =
        PATIENCE_OF_RECORDS_NS + trial->guest->extent.request_count * PATIENCE_OF_RECORD_NS;
    uint64_t deadline_ns = clock_monotonic_ns() + patience_ns;
    bool has_ended = false;

    while (trial->status == TRIAL_OK && !has_ended) {
        uint64_t now_ns = clock_monotonic_ns();
        if (now_ns >= deadline_ns) {
            trial_set_status(
                trial, TRIAL_HUNG, "%s for %.0f s", lacking, (double)patience_ns / (double)NS_PER_S);
            return;
        }
        json_t *line = trial_read_line(trial, watch, deadline_ns - now_ns, lacking);
        const char *state = json_string_value(json_object_get(line, "state"));
        const char *message = json_string_value(json_object_get(line, "message"));
        has_ended = state && strcmp(state, "end") == 0;
        if (state && strcmp(state, "failed") == 0)
            trial_set_status(
                trial, TRIAL_FAILED, "%s", message ? message : "it failed, and does not say why");
        if (!has_ended && trial->status == TRIAL_OK)
            claims_take(trial, line, due_ns);
        json_decref(line);
    }
}

/* Requests that were not sent, because one before them failed. What is left has no record though it should:
 * that the program says nothing of it is told. */
static void claims_settle_batch(struct trial *trial, uint64_t batch)
{
    uint64_t first = workload_first_index(trial->guest->workload, batch);
    uint64_t before_ns = 0; /* when the request before this one ended */
    bool has_failed = false;

    for (uint64_t i = 0; i < guest_batch_size(trial->guest, batch); i++) {
        struct record *record = records_at(trial->guest->records, first + i);
        enum outcome outcome = record_outcome(record);
        if (outcome == OUTCOME_NOT_RUN && has_failed)
            record_settle(record, OUTCOME_SKIPPED);
        else if (outcome == OUTCOME_NOT_RUN)
            trial_set_status(trial, TRIAL_FAILED, "it has no record of request %llu of batch %llu",
                (unsigned long long)i, (unsigned long long)batch);
        else if (has_failed)
            trial_set_status(trial, TRIAL_FAILED,
                "it sent request %llu of batch %llu, though one before it had failed", (unsigned long long)i,
                (unsigned long long)batch);
        else if (record->started_ns < before_ns)
            trial_set_status(trial, TRIAL_FAILED,
                "it started request %llu of batch %llu before the one before it had ended",
                (unsigned long long)i, (unsigned long long)batch);
        before_ns = record->finished_ns;
        has_failed = has_failed || outcome_is_failure(outcome);
    }
}

void claims_read(struct trial *trial, const struct trial_watch *watch)
{
    const struct trial_guest *guest = trial->guest;
    uint64_t *due_ns =
        guest->settings->rate > 0 ? schedule_make(guest->settings, guest->extent.batch_count) : NULL;

    guest->records->clock_started_ns = trial->go_ns;
    if (guest->settings->rate > 0 && !due_ns)
        trial_set_status(trial, TRIAL_FAILED, "out of memory for the schedule");
    claims_take_all(trial, watch, due_ns);
    for (uint64_t batch = 0; trial->status == TRIAL_OK && batch < guest->extent.batch_count; batch++)
        claims_settle_batch(trial, batch);
    free(due_ns);
}
