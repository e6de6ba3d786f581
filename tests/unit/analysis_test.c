/* What is made of an experiment's figures: verdicts, ranks, bounds and warnings, from rounds made up here. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "defects.h"
#include "evidence.h"
#include "finding.h"
#include "summary.h"
#include "tally.h"
#include "warnings.h"

#define ARMS_MAX   16
#define ROUNDS_MAX 40

/* Two batches: one of two requests, and one by itself. */
static const char two_batches[] =
    "{\"batches\": [[{\"url\": \"/a\"}, {\"url\": \"/b\"}], [{\"url\": \"/c\"}]]}";

/* An experiment that nobody ran. */
struct study {
    struct shared_memory workload;
    struct shared_memory records;
    struct settings settings;
    struct arm arms[ARMS_MAX];
    struct plan plan;
    struct tally tally;
    struct summary *summaries;
    struct warnings warnings;
};

static struct arm make_arm(const char *label, uint64_t concurrency)
{
    return (struct arm){.name = label,
        .label = label,
        .told = label,
        .spec = label,
        .identity = label,
        .family = "threads",
        .settings = {.concurrency = concurrency}};
}

static void study_init(struct study *study, const char *workload, size_t rounds)
{
    struct failure failure = {.code = FAILURE_NONE};

    *study = (struct study){.workload = SHARED_MEMORY_NONE, .records = SHARED_MEMORY_NONE};
    int result = workload_parse(workload, strlen(workload), "made-up", &study->workload, &failure);
    cr_assert_eq(result, 0, "%s", failure.message);
    study->settings = (struct settings){.repeat = rounds, .threshold = 0.02};
    study->plan = (struct plan){
        .settings = &study->settings,
        .arms = study->arms,
        .workload = study->workload.bytes,
        .extent = workload_extent(study->workload.bytes, 0),
        .busy_at_start = NAN,
    };
    result = records_create(&study->records, study->plan.extent.request_count, &failure);
    cr_assert_eq(result, 0, "%s", failure.message);
}

static void study_add_arm(struct study *study, struct arm arm)
{
    study->arms[study->plan.arm_count++] = arm;
}

/* Once all arms are there. */
static void study_begin(struct study *study)
{
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(tally_init(&study->tally, &study->plan, &failure), 0, "%s", failure.message);
}

static void study_release(struct study *study)
{
    warnings_release(&study->warnings);
    free(study->summaries);
    tally_release(&study->tally);
    shared_memory_release(&study->records);
    shared_memory_release(&study->workload);
}

/* Requests that start together, 1 ms after the clock, and take so long each. */
static struct records *fill_records(struct study *study, const double *durations_s)
{
    struct records *records = study->records.bytes;

    records_clear(records);
    records->clock_started_ns = NS_PER_S;
    for (uint64_t i = 0; i < records->request_count; i++) {
        struct record *record = records_at(records, i);
        record->started_ns = NS_PER_S + NS_PER_MS;
        record->finished_ns = record->started_ns + (uint64_t)llround(durations_s[i] * (double)NS_PER_S);
        record->response_code = 200;
        record->risky_retries = 0;
        record_settle(record, OUTCOME_OK);
    }
    return records;
}

static struct trial_row make_row(const struct study *study, double wall_s, double cpu_s)
{
    return (struct trial_row){
        .status = "ok",
        .requests = study->plan.extent.request_count,
        .wall_ns = (uint64_t)llround(wall_s * (double)NS_PER_S),
        .user_ns = (uint64_t)llround(cpu_s * (double)NS_PER_S),
        .rate_per_s = NAN,
        .origin_cpu_ns = MISSING_COUNT,
        .origin_max_in_flight = MISSING_COUNT,
        .peak_memory_kib = 100,
        .peak_threads = 1,
    };
}

static void study_count_and_add(
    struct study *study, size_t arm, size_t round, struct trial_row *row, const struct records *records)
{
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(tally_count_records(row, records, &failure), 0, "%s", failure.message);
    tally_add(&study->tally, arm, round, row, records);
}

static const double brief_s[] = {1e-3, 1e-3, 1e-3};

static void add_trial(struct study *study, size_t arm, size_t round, double wall_s, double cpu_s)
{
    struct trial_row row = make_row(study, wall_s, cpu_s);

    study_count_and_add(study, arm, round, &row, fill_records(study, brief_s));
}

/* The first request failed, and so the second was skipped; or the third, by itself. */
static void add_failed_trial(struct study *study, size_t arm, size_t round, double wall_s, uint64_t failed)
{
    struct trial_row row = make_row(study, wall_s, wall_s);
    struct records *records = fill_records(study, brief_s);

    record_settle(records_at(records, failed), OUTCOME_CONNECTION_LOST);
    if (failed == 0)
        record_settle(records_at(records, 1), OUTCOME_SKIPPED);
    study_count_and_add(study, arm, round, &row, records);
}

static const struct summary *study_end(struct study *study)
{
    struct failure failure = {.code = FAILURE_NONE};

    study->summaries = summarise(&study->tally, &failure);
    cr_assert_not_null(study->summaries, "%s", failure.message);
    warnings_collect(&study->warnings, &study->plan, &study->tally, study->summaries, true);
    return study->summaries;
}

static const char *find_warning(const struct study *study, enum warning_code code)
{
    for (size_t i = 0; i < study->warnings.count; i++)
        if (study->warnings.items[i].code == code)
            return study->warnings.items[i].finding;
    return NULL;
}

static void expect_warning(const struct study *study, enum warning_code code, const char *words)
{
    const char *finding = find_warning(study, code);

    cr_assert_not_null(finding, "no warning '%s'", warning_word(code));
    cr_expect_not_null(strstr(finding, words), "'%s' lacks '%s'", finding, words);
}

static void expect_no_warning(const struct study *study, enum warning_code code)
{
    cr_expect_null(find_warning(study, code), "%s: %s", warning_word(code), find_warning(study, code));
}

/* Seconds around `middle_s` by up to +- spread, in an order that favours nobody. */
static double wobble(double middle_s, double spread, size_t round)
{
    static const double steps[] = {0.1, -0.7, 0.9, -0.2, 0.5, -1.0, 0.3, -0.4, 0.8, -0.6, 0.0, 0.6};

    return middle_s * (1 + spread * steps[round % (sizeof steps / sizeof steps[0])]);
}

/* A study of thread-pool, which takes about 0.1 s, and curl-multi, which takes `ratio` times as long and 2 -
 * ratio times the CPU time, both within +- spread. */
static void study_two(struct study *study, size_t rounds, double ratio, double spread, double threshold)
{
    study_init(study, two_batches, rounds);
    study->settings.threshold = threshold;
    study_add_arm(study, make_arm("thread-pool", 16));
    study_add_arm(study, make_arm("curl-multi", 16));
    study_begin(study);
    for (size_t round = 0; round < rounds; round++) {
        double pool_s = wobble(0.1, 0.01, round + 5);
        double cpu_s = wobble(0.01 * (2 - ratio), spread, round);
        add_trial(study, 0, round, pool_s, 0.01);
        add_trial(study, 1, round, wobble(pool_s * ratio, spread, round), cpu_s);
    }
    study_end(study);
}

static void expect_verdicts(
    double ratio, double spread, double threshold, const char *verdict, const char *cpu_verdict)
{
    struct study study;

    study_two(&study, 12, ratio, spread, threshold);
    const struct summary_row *row = &study.summaries[1].row;
    cr_expect_eq(
        strncmp(row->verdict_text, verdict, strlen(verdict)), 0, "%s, not %s", row->verdict_text, verdict);
    cr_expect_eq(strncmp(row->cpu_verdict_text, cpu_verdict, strlen(cpu_verdict)), 0, "%s, not %s",
        row->cpu_verdict_text, cpu_verdict);
    study_release(&study);
}

/* ---- verdicts ---- */

Test(verdicts, follow_from_the_rounds_for_wall_time_and_for_cpu_time)
{
    expect_verdicts(0.8, 0.01, 0.02, "faster by 1", "more CPU by 1");
    expect_verdicts(1.5, 0.01, 0.02, "slower by 4", "less CPU by 4");
    expect_verdicts(
        1.02, 0.008, 0.02, "slower, perhaps by less than 2 %", "less CPU, perhaps by less than 2 %");
    expect_verdicts(
        0.98, 0.008, 0.02, "faster, perhaps by less than 2 %", "more CPU, perhaps by less than 2 %");
    expect_verdicts(1.0, 0.005, 0.02, "equivalent within 2 %", "equivalent within 2 %");
    expect_verdicts(
        1.0, 0.2, 0.02, "no difference detected (could be -1", "no difference detected (could be -1");
}

Test(verdicts, follow_the_threshold)
{
    expect_verdicts(1.1, 0.005, 0.02, "slower by 9", "less CPU by 9");
    expect_verdicts(
        1.1, 0.005, 0.1, "slower, perhaps by less than 10 %", "less CPU, perhaps by less than 10 %");
    expect_verdicts(1.1, 0.005, 0.2, "equivalent within 20 %", "equivalent within 20 %");
}

Test(verdicts, pair_by_round_so_that_what_troubles_both_counts_for_nothing)
{
    struct study study;

    study_init(&study, two_batches, 8);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_add_arm(&study, make_arm("curl-multi", 16));
    study_begin(&study);
    for (size_t round = 0; round < 8; round++) {
        double trouble_s = 0.1 * (1 + (double)round * (double)round);
        add_trial(&study, 0, round, trouble_s, 0.01);
        add_trial(&study, 1, round, trouble_s * 1.05, 0.01);
    }
    const struct summary *summaries = study_end(&study);
    cr_expect_float_eq(summaries[1].row.ratio, 1.05, 1e-6);
    cr_expect_float_eq(summaries[1].row.ratio_low, 1.05, 1e-6);
    cr_expect_float_eq(summaries[1].row.ratio_high, 1.05, 1e-6);
    cr_expect_not(summaries[1].shares_first);
    study_release(&study);
}

Test(verdicts, need_more_rounds_the_more_arms_are_compared)
{
    struct study study;

    study_init(&study, two_batches, 8);
    study_add_arm(&study, make_arm("thread-pool", 16));
    for (size_t arm = 1; arm < 12; arm++)
        study_add_arm(&study, make_arm("curl-multi", 16 + arm));
    study_begin(&study);
    for (size_t round = 0; round < 8; round++)
        for (size_t arm = 0; arm < 12; arm++)
            add_trial(&study, arm, round, wobble(0.1, 0.01, round + arm), 0.01);
    const struct summary *summaries = study_end(&study);
    cr_expect_str_eq(summaries[1].row.verdict_text, "no interval: 9 rounds are needed, 8 can be compared");
    cr_expect(isnan(summaries[1].row.ratio_low));
    cr_expect_not(isnan(summaries[1].row.ratio));
    expect_warning(&study, WARNING_TOO_FEW_ROUNDS, "8 can be compared, every comparison needs 9");
    study_release(&study);
}

Test(verdicts, of_six_rounds_have_an_interval_and_of_five_have_none)
{
    struct study study;

    study_two(&study, 6, 0.5, 0.01, 0.02);
    cr_expect_eq(strncmp(study.summaries[1].row.verdict_text, "faster by", 9), 0);
    cr_expect_not(isnan(summary_detectable(study.summaries, 2)));
    expect_no_warning(&study, WARNING_TOO_FEW_ROUNDS);
    study_release(&study);
    study_two(&study, 5, 0.5, 0.01, 0.02);
    cr_expect_str_eq(
        study.summaries[1].row.verdict_text, "no interval: 6 rounds are needed, 5 can be compared");
    cr_expect(isnan(summary_detectable(study.summaries, 2)));
    cr_expect_eq(study.summaries[1].row.rounds_missing, 1);
    cr_expect_eq(
        study.summaries[1].row.first_rounds_missing, 1, "the first place needs no fewer than a verdict");
    cr_expect_eq(study.summaries[1].row.shares_first, TRUTH_MISSING);
    expect_warning(&study, WARNING_TOO_FEW_ROUNDS, "5 can be compared, every comparison needs 6");
    study_release(&study);
}

Test(verdicts, state_a_smaller_detectable_difference_the_less_noise_there_is)
{
    double steady = 0;
    struct study study;

    study_two(&study, 12, 1, 0.01, 0.02);
    steady = study.summaries[1].row.detectable;
    cr_expect_gt(steady, 0);
    cr_expect(isnan(study.summaries[0].row.detectable), "the reference is compared with nothing");
    cr_expect_float_eq(summary_detectable(study.summaries, 2), steady, 1e-12);
    study_release(&study);
    study_two(&study, 12, 1, 0.1, 0.02);
    cr_expect_gt(study.summaries[1].row.detectable, 5 * steady);
    study_release(&study);
}

/* ---- ranks ---- */

Test(ranks, of_too_few_rounds_are_not_told)
{
    struct study study;

    study_two(&study, 4, 0.5, 0.01, 0.02);
    cr_expect_eq(study.summaries[0].row.first_rounds_missing, 2);
    cr_expect_eq(study.summaries[0].row.shares_first, TRUTH_MISSING);
    cr_expect_eq(study.summaries[1].row.shares_first, TRUTH_MISSING);
    cr_expect_eq(study.summaries[1].row.rank, 1);
    study_release(&study);
}

/* `factors`: how long each arm takes, compared with the first. */
static void expect_first_place(const double *factors, size_t arms, const char *word)
{
    struct study study;

    study_init(&study, two_batches, 12);
    study_add_arm(&study, make_arm("thread-pool", 16));
    for (size_t arm = 1; arm < arms; arm++)
        study_add_arm(&study, make_arm(arm == 1 ? "curl-multi" : "sequential", 16));
    study_begin(&study);
    for (size_t round = 0; round < 12; round++)
        for (size_t arm = 0; arm < arms; arm++)
            add_trial(&study, arm, round, wobble(0.1, 0.005, round) * factors[arm], 0.01);
    const struct summary *summaries = study_end(&study);
    for (size_t arm = 0; arm < arms; arm++)
        if (summaries[arm].row.shares_first == TRUTH_YES)
            cr_expect_str_eq(summaries[arm].row.first_place, word);
        else
            cr_expect_null(summaries[arm].row.first_place);
    cr_expect_eq(summaries[0].is_like_first, strcmp(word, "no-difference") == 0);
    study_release(&study);
}

Test(ranks, say_what_those_in_the_first_place_are)
{
    expect_first_place((const double[]){1, 1.3}, 2, "fastest");
    expect_first_place((const double[]){1, 1, 1.3}, 3, "no-difference");
    expect_first_place((const double[]){1, 1.3, 1.3}, 3, "fastest");
}

Test(ranks, find_no_difference_only_where_none_was_found)
{
    struct study study;

    study_init(&study, two_batches, 12);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_add_arm(&study, make_arm("curl-multi", 16));
    study_begin(&study);
    for (size_t round = 0; round < 12; round++) { /* slower, and perhaps by less than what matters */
        add_trial(&study, 0, round, 0.1, 0.01);
        add_trial(&study, 1, round, 0.1 * (round % 2 == 0 ? 1.01 : 1.03), 0.01);
    }
    const struct summary *summaries = study_end(&study);
    cr_expect_str_eq(summaries[1].row.verdict, "perhaps-slower");
    cr_expect_eq(summaries[1].row.shares_first, TRUTH_YES);
    cr_expect_str_eq(summaries[1].row.first_place, "among-the-fastest");
    cr_expect_not(summaries[1].is_like_first);
    study_release(&study);
}

/* It ended well once, and was fast then. */
Test(ranks, leave_out_an_arm_that_crashed_in_most_of_its_rounds)
{
    struct study study;

    study_init(&study, two_batches, 8);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_add_arm(&study, make_arm("curl-multi", 16));
    study_begin(&study);
    for (size_t round = 0; round < 8; round++) {
        struct trial_row crashed = make_row(&study, 0.01, 0.01);
        crashed.wall_ns = round == 3 ? crashed.wall_ns : MISSING_COUNT;
        crashed.status = round == 3 ? "ok" : "crashed";
        add_trial(&study, 0, round, 0.1, 0.01);
        study_count_and_add(&study, 1, round, &crashed, fill_records(&study, brief_s));
    }
    const struct summary *summaries = study_end(&study);
    cr_expect_eq(summaries[1].ranking, RANKING_FAILED_TRIALS);
    cr_expect_str_eq(summaries[1].row.not_ranked_because, "failed-trials");
    cr_expect_eq(summaries[1].row.rank, MISSING_COUNT);
    cr_expect_eq(summaries[0].row.rank, 1);
    cr_expect_not(summaries[1].shares_first);
    study_release(&study);
}

/* A batch that breaks off early is done soon. */
Test(ranks, and_efficiency_are_of_trials_without_failures)
{
    struct study study;

    study_init(&study, two_batches, 6);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_begin(&study);
    for (size_t round = 0; round < 6; round++) {
        if (round < 4)
            add_failed_trial(&study, 0, round, 0.0001, 0);
        else
            add_trial(&study, 0, round, 0.01, 0.01);
    }
    const struct summary *summaries = study_end(&study);
    cr_expect_eq(summaries[0].ranking, RANKING_FAILED_REQUESTS);
    cr_expect_float_eq(
        summaries[0].row.efficiency, 0.2, 0.01, "2 ms of 10 ms, not %g", summaries[0].row.efficiency);
    study_release(&study);
}

/* ---- references ---- */

/* Each arm takes as many times 0.1 s as its number, from 1. */
static void fill_by_number(struct study *study)
{
    study_begin(study);
    for (size_t round = 0; round < study->settings.repeat; round++)
        for (size_t arm = 0; arm < study->plan.arm_count; arm++)
            add_trial(study, arm, round, 0.1 * (double)(arm + 1), 0.01);
    study_end(study);
}

static void study_levels(struct study *study, const char *reference)
{
    study_init(study, two_batches, 6);
    study->settings.reference = reference;
    study_add_arm(study, make_arm("sequential", 1));
    study_add_arm(study, make_arm("curl-multi", 4));
    study_add_arm(study, make_arm("curl-multi", 16));
    study_add_arm(study, make_arm("thread-pool", 4));
    study_add_arm(study, make_arm("thread-pool", 16));
    fill_by_number(study);
}

static void expect_reference(const struct study *study, size_t arm, size_t reference)
{
    const struct summary_row *row = &study->summaries[arm].row;

    cr_assert_not_null(row->reference, "%zu is compared with nothing", arm);
    cr_expect_str_eq(row->reference, study->arms[reference].name);
    cr_expect_float_eq(row->ratio, (double)(arm + 1) / (double)(reference + 1), 1e-6,
        "%zu is not compared with %zu: %g", arm, reference, row->ratio);
}

Test(references, are_the_pool_at_the_same_concurrency)
{
    struct study study;

    study_levels(&study, NULL);
    expect_reference(&study, 1, 3);
    expect_reference(&study, 2, 4);
    expect_reference(&study, 0, 3);
    cr_expect_null(study.summaries[3].row.reference);
    cr_expect_null(study.summaries[4].row.reference);
    study_release(&study);
}

Test(references, are_what_the_user_names)
{
    struct study study;

    study_levels(&study, "curl-multi");
    expect_reference(&study, 0, 1);
    expect_reference(&study, 3, 1);
    expect_reference(&study, 4, 2);
    cr_expect_null(study.summaries[1].row.reference);
    study_release(&study);
}

Test(references, are_the_first_that_sends_when_there_is_no_pool)
{
    struct study study;

    study_init(&study, two_batches, 6);
    study_add_arm(&study, make_arm("no-op", 1));
    study.arms[0].sends_nothing = true;
    study_add_arm(&study, make_arm("curl-multi", 16));
    study_add_arm(&study, make_arm("sequential", 1));
    fill_by_number(&study);
    expect_reference(&study, 2, 1);
    cr_expect_null(study.summaries[0].row.verdict, "nothing is compared with what sends nothing");
    cr_expect_not(study.summaries[0].row.ranked);
    cr_expect_not(study.summaries[0].shares_first);
    cr_expect(isnan(study.summaries[0].row.efficiency));
    study_release(&study);
}

/* ---- failures ---- */

Test(failures, leave_their_round_out_and_keep_the_arm_from_being_ranked)
{
    struct study study;

    study_init(&study, two_batches, 8);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_add_arm(&study, make_arm("curl-multi", 16));
    study_begin(&study);
    for (size_t round = 0; round < 8; round++) {
        add_trial(&study, 0, round, wobble(0.1, 0.01, round), 0.01);
        if (round < 2)
            add_failed_trial(&study, 1, round, 0.001, 0);
        else
            add_trial(&study, 1, round, wobble(0.05, 0.01, round + 1), 0.005);
    }
    const struct summary *summaries = study_end(&study);
    cr_expect_eq(summaries[1].row.failed_requests, 2);
    cr_expect_eq(summaries[1].row.trials, 8);
    cr_expect_not(summaries[1].row.ranked);
    cr_expect_not(summaries[1].shares_first);
    cr_expect(summaries[0].shares_first);
    cr_expect_gt(summaries[1].row.ratio_low, 0.4, "the rounds with failures count");
    cr_expect_eq(strncmp(summaries[1].row.verdict_text, "faster by", 9), 0, "%s", summaries[1].row.verdict);
    expect_warning(&study, WARNING_FAILED_REQUESTS, "GET /a failed 2 times, of 2 failures in total");
    expect_no_warning(&study, WARNING_FAILED_TRIALS);
    study_release(&study);
}

Test(failures, can_leave_too_few_rounds_to_compare)
{
    struct study study;

    study_init(&study, two_batches, 8);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_add_arm(&study, make_arm("curl-multi", 16));
    study_begin(&study);
    for (size_t round = 0; round < 8; round++) {
        add_trial(&study, 0, round, 0.1, 0.01);
        if (round % 3 == 0)
            add_failed_trial(&study, 1, round, 0.1, 2);
        else
            add_trial(&study, 1, round, 0.05, 0.01);
    }
    const struct summary *summaries = study_end(&study);
    cr_expect_str_eq(summaries[1].row.verdict_text, "no interval: 6 rounds are needed, 5 can be compared");
    expect_warning(&study, WARNING_FAILED_REQUESTS, "GET /c failed 3 times");
    study_release(&study);
}

/* A trial in which the request `again` was repeated, `risky` times with a method that is not idempotent. */
static void add_trial_sent_again(struct study *study, size_t round, uint64_t again, uint8_t risky)
{
    struct trial_row row = make_row(study, 0.1, 0.1);
    struct records *records = fill_records(study, brief_s);

    records_at(records, again)->retries = 2;
    records_at(records, again)->risky_retries = risky;
    study_count_and_add(study, 0, round, &row, records);
}

static void study_sent_again(struct study *study)
{
    study_init(study, "/a\nPOST http://user:word@h/b\nPOST /c\n", 2);
    study_add_arm(study, make_arm("thread-pool", 16));
    study_begin(study);
}

Test(warnings, name_requests_sent_again_that_can_be_carried_out_twice)
{
    struct study study;

    study_sent_again(&study);
    add_trial_sent_again(&study, 0, 2, 2);
    add_trial_sent_again(&study, 1, 1, 1);
    study_end(&study);
    expect_warning(&study, WARNING_SENT_AGAIN,
        "3 requests that the server may have carried out were sent again; "
        "the first is POST http://REDACTED@h/b");
    study_release(&study);
    study_sent_again(&study);
    add_trial_sent_again(&study, 0, 1, 0);
    study_end(&study);
    expect_no_warning(&study, WARNING_SENT_AGAIN);
    study_release(&study);
}

/* What a server did, it did, whatever the trial is good for. */
Test(warnings, name_requests_sent_again_in_warm_up_rounds_and_in_dropped_ones)
{
    for (int is_dropped = 0; is_dropped < 2; is_dropped++) {
        struct study study;
        study_sent_again(&study);
        study_add_arm(&study, make_arm("curl-multi", 16));
        tally_release(&study.tally);
        study_begin(&study);
        struct trial_row row = make_row(&study, 0.1, 0.1);
        struct records *records = fill_records(&study, brief_s);
        records_at(records, 2)->risky_retries = 1;
        if (is_dropped)
            tally_add(&study.tally, 0, 0, &row, records);
        else
            tally_add_unmeasured(&study.tally, 0, &row, records);
        tally_drop_unfinished_round(&study.tally);
        study_end(&study);
        expect_warning(&study, WARNING_SENT_AGAIN,
            "1 request that the server may have carried out was sent again; the first is POST /c");
        study_release(&study);
    }
}

Test(failures, of_trials_are_missing_values_and_a_warning)
{
    struct study study;

    study_init(&study, two_batches, 7);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_add_arm(&study, make_arm("curl-multi", 16));
    study_begin(&study);
    for (size_t round = 0; round < 7; round++) {
        struct trial_row row = make_row(&study, 0.1, 0.01);
        add_trial(&study, 0, round, 0.1, 0.01);
        if (round == 3) {
            row.wall_ns = row.user_ns = MISSING_COUNT;
            row.status = "killed";
            row.message = "it was killed";
            records_clear(study.records.bytes);
            study_count_and_add(&study, 1, round, &row, study.records.bytes);
        } else
            add_trial(&study, 1, round, 0.2, 0.01);
    }
    const struct summary *summaries = study_end(&study);
    cr_expect_eq(summaries[1].row.trials, 6);
    cr_expect_float_eq(summaries[1].row.min_s, 0.2, 1e-9, "a missing time counts as 0");
    cr_expect_float_eq(summaries[1].row.ratio_low, 2, 1e-9);
    expect_warning(
        &study, WARNING_FAILED_TRIALS, "1 of 7 trials of curl-multi did not complete: killed, it was killed");
    study_release(&study);
}

/* ---- bounds ---- */

Test(lower_bound, is_made_of_each_request_s_least_duration_in_any_trial)
{
    static const double slow_first_s[] = {0.030, 0.020, 0.010};
    static const double slow_last_s[] = {0.010, 0.040, 0.030};
    struct study study;

    study_init(&study, two_batches, 1);
    study_add_arm(&study, make_arm("sequential", 1));
    study_add_arm(&study, make_arm("thread-pool", 2));
    study_begin(&study);
    struct trial_row row = make_row(&study, 0.080, 0.01);
    study_count_and_add(&study, 0, 0, &row, fill_records(&study, slow_first_s));
    row = make_row(&study, 0.060, 0.01);
    study_count_and_add(&study, 1, 0, &row, fill_records(&study, slow_last_s));
    const struct summary *summaries = study_end(&study);
    cr_expect_float_eq(summaries[0].row.lower_bound_s, 0.040, 1e-9, "one by one: the sum");
    cr_expect_float_eq(summaries[0].row.efficiency, 0.5, 1e-6);
    cr_expect_float_eq(summaries[1].row.lower_bound_s, 0.030, 1e-9, "two at once: the longest batch");
    cr_expect_float_eq(summaries[1].row.efficiency, 0.5, 1e-6);
    study_release(&study);
}

Test(lower_bound, takes_no_account_of_failed_requests)
{
    static const double durations_s[] = {0.030, 0.020, 0.010};
    static const double cut_short_s[] = {0.001, 0.020, 0.010};
    struct study study;

    study_init(&study, two_batches, 2);
    study_add_arm(&study, make_arm("sequential", 1));
    study_begin(&study);
    struct trial_row row = make_row(&study, 0.060, 0.01);
    study_count_and_add(&study, 0, 0, &row, fill_records(&study, durations_s));
    row = make_row(&study, 0.060, 0.01);
    struct records *records = fill_records(&study, cut_short_s);
    record_settle(records_at(records, 0), OUTCOME_TIMED_OUT);
    study_count_and_add(&study, 0, 1, &row, records);
    const struct summary *summaries = study_end(&study);
    cr_expect_float_eq(summaries[0].row.lower_bound_s, 0.060, 1e-9);
    study_release(&study);
}

/* ---- warnings ---- */

Test(warnings, of_failed_requests_name_cause_and_remedy)
{
    static const struct {
        enum outcome outcome;
        uint16_t status;
        const char *finding;
        const char *advice;
        bool is_answer; /* libcurl has nothing to say */
    } expected[] = {
        {OUTCOME_CONNECT_FAILED, 0, "GET /a failed 1 time, of 1 failure in total: could not connect (why)",
            "start the server", false},
        {OUTCOME_NO_PORT, 0, ": no free port (why)", "net.ipv4.ip_local_port_range", false},
        {OUTCOME_NO_DESCRIPTOR, 0, ": no free descriptor (why)", "ulimit -n", false},
        {OUTCOME_TIMED_OUT, 0, ": timed out (why)", "--timeout", false},
        {OUTCOME_CONNECTION_LOST, 0, ": connection lost (why)", "or streams (--streams)", false},
        {OUTCOME_BAD_RESPONSE, 0, ": bad response (why)", "--http", false},
        {OUTCOME_UNEXPECTED_STATUS, 401, ": status 401", "credentials", true},
        {OUTCOME_UNEXPECTED_STATUS, 407, ": status 407", "the proxy's credentials", true},
        {OUTCOME_UNEXPECTED_STATUS, 302, ": status 302", "--location", true},
        {OUTCOME_UNEXPECTED_STATUS, 404, ": status 404", "expected_status", true},
        {OUTCOME_UNEXPECTED_STATUS, 407, ": status 407 of the proxy", "the proxy's credentials", false},
        {OUTCOME_UNEXPECTED_STATUS, 403, ": status 403 of the proxy", "does not let requests through", false},
        {OUTCOME_OTHER_FAILURE, 0, ": other failure (why)", "urls.csv", false},
    };

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct study study;
        study_init(&study, two_batches, 1);
        study_add_arm(&study, make_arm("thread-pool", 16));
        study_begin(&study);
        struct trial_row row = make_row(&study, 0.1, 0.01);
        struct records *records = fill_records(&study, brief_s);
        records->slots[0].response_code = expected[i].status;
        if (!expected[i].is_answer)
            record_set_error(records, &records->slots[0], "why");
        record_settle(&records->slots[0], expected[i].outcome);
        study_count_and_add(&study, 0, 0, &row, records);
        study_end(&study);
        cr_assert_gt(study.warnings.count, 0);
        cr_expect_not_null(strstr(study.warnings.items[0].finding, expected[i].finding), "%s",
            study.warnings.items[0].finding);
        cr_expect_not_null(
            strstr(study.warnings.items[0].advice, expected[i].advice), "%s", study.warnings.items[0].advice);
        study_release(&study);
    }
}

/* A study of one arm and one round, in which request i of the workload failed with outcomes[i], saying "why
 * i". */
static void study_failures(struct study *study, const char *workload, const enum outcome *outcomes,
    const uint16_t *statuses, bool in_warmup)
{
    double durations_s[16];
    char text[32];

    study_init(study, workload, 1);
    study_add_arm(study, make_arm("thread-pool", 16));
    study_begin(study);
    struct trial_row row = make_row(study, 0.1, 0.01);
    for (uint64_t i = 0; i < row.requests; i++)
        durations_s[i] = 1e-3;
    struct records *records = fill_records(study, durations_s);
    for (uint64_t i = 0; i < row.requests; i++) {
        (void)snprintf(text, sizeof text, "why %u", (unsigned)i);
        if (outcomes[i] != OUTCOME_OK)
            record_set_error(records, &records->slots[i], text);
        records->slots[i].response_code = statuses[i];
        record_settle(&records->slots[i], outcomes[i]);
    }
    struct failure failure = {.code = FAILURE_NONE};
    cr_assert_eq(tally_count_records(&row, records, &failure), 0);
    if (in_warmup)
        tally_add_unmeasured(&study->tally, 0, &row, records);
    if (in_warmup)
        add_trial(study, 0, 0, 0.1, 0.01);
    else
        tally_add(&study->tally, 0, 0, &row, records);
    study_end(study);
}

static size_t count_warnings(const struct study *study, enum warning_code code, const char *words)
{
    size_t count = 0;

    for (size_t i = 0; i < study->warnings.count; i++)
        count += study->warnings.items[i].code == code && strstr(study->warnings.items[i].finding, words);
    return count;
}

Test(warnings, of_failed_requests_name_the_cause_of_each_and_not_of_another)
{
    static const enum outcome outcomes[] = {OUTCOME_CONNECT_FAILED, OUTCOME_CONNECT_FAILED, OUTCOME_OK};
    static const uint16_t statuses[] = {0, 0, 200};
    struct study study;

    study_failures(&study, "http://one/\nhttp://two/\n/c\n", outcomes, statuses, false);
    cr_expect_eq(
        count_warnings(&study, WARNING_FAILED_REQUESTS, "http://one/ failed 1 time, of 2 failures"), 1);
    cr_expect_eq(count_warnings(&study, WARNING_FAILED_REQUESTS, "could not connect (why 0)"), 1);
    cr_expect_eq(count_warnings(&study, WARNING_FAILED_REQUESTS, "could not connect (why 1)"), 1);
    study_release(&study);
}

Test(warnings, of_failed_requests_name_every_cause_however_many_requests_come_first)
{
    static const enum outcome outcomes[] = {OUTCOME_UNEXPECTED_STATUS, OUTCOME_UNEXPECTED_STATUS,
        OUTCOME_UNEXPECTED_STATUS, OUTCOME_UNEXPECTED_STATUS, OUTCOME_CONNECT_FAILED, OUTCOME_RESOLVE_FAILED};
    static const uint16_t statuses[] = {401, 404, 503, 404, 0, 0};
    struct study study;

    study_failures(&study, "/0\n/1\n/2\n/3\n/4\n/5\n", outcomes, statuses, false);
    cr_expect_eq(count_warnings(&study, WARNING_FAILED_REQUESTS, ""), 5);
    cr_expect_eq(count_warnings(&study, WARNING_FAILED_REQUESTS, "/3"), 0, "its cause has been named");
    cr_expect_eq(count_warnings(&study, WARNING_FAILED_REQUESTS, "/4 failed"), 1);
    cr_expect_eq(count_warnings(&study, WARNING_FAILED_REQUESTS, "could not resolve (why 5)"), 1);
    study_release(&study);
}

Test(warnings, of_failed_requests_are_not_endless)
{
    enum outcome outcomes[16];
    uint16_t statuses[16];
    struct study study;

    for (size_t i = 0; i < 15; i++) {
        outcomes[i] = OUTCOME_UNEXPECTED_STATUS;
        statuses[i] = (uint16_t)(400 + i);
    }
    outcomes[15] = OUTCOME_TIMED_OUT;
    statuses[15] = 0;
    study_failures(&study, "/ *15\n/last\n", outcomes, statuses, false);
    cr_expect_eq(count_warnings(&study, WARNING_FAILED_REQUESTS, ": status 4"), CAUSES_STATUSES);
    cr_expect_eq(count_warnings(&study, WARNING_FAILED_REQUESTS, "failures with other statuses, too"), 1);
    cr_expect_eq(count_warnings(&study, WARNING_FAILED_REQUESTS, "/last failed 1 time"), 1);
    study_release(&study);
}

Test(warnings, tell_of_failures_in_warm_up_rounds)
{
    static const enum outcome outcomes[] = {OUTCOME_UNEXPECTED_STATUS, OUTCOME_OK, OUTCOME_OK};
    static const uint16_t statuses[] = {500, 200, 200};
    struct study study;

    study_failures(&study, "/a\n/b\n/c\n", outcomes, statuses, true);
    expect_no_warning(&study, WARNING_FAILED_REQUESTS);
    expect_warning(&study, WARNING_FAILED_IN_WARMUP,
        "GET /a failed 1 time in warm-up rounds, of 1 failure in total: status 500");
    cr_expect_eq(study.summaries[0].row.failed_requests, 0);
    study_release(&study);
}

Test(warnings, tell_of_trials_that_failed_in_warm_up_rounds)
{
    struct study study;

    study_init(&study, two_batches, 1);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_begin(&study);
    struct trial_row row = make_row(&study, 0.1, 0.01);
    row.wall_ns = MISSING_COUNT;
    row.status = "failed";
    row.message = "out of threads";
    tally_add_unmeasured(&study.tally, 0, &row, fill_records(&study, brief_s));
    row.is_cut_short = true;
    tally_add_unmeasured(&study.tally, 0, &row, study.records.bytes);
    add_trial(&study, 0, 0, 0.1, 0.01);
    study_end(&study);
    expect_warning(&study, WARNING_FAILED_TRIALS,
        "1 trial of thread-pool in warm-up rounds did not complete: failed, out of threads");
    study_release(&study);
}

/* The first request of each workload was answered with 302 and a Location. */
static void study_led_elsewhere(struct study *study, const char *workload)
{
    study_init(study, workload, 1);
    study_add_arm(study, make_arm("thread-pool", 16));
    study_begin(study);
    struct trial_row row = make_row(study, 0.1, 0.01);
    struct records *records = fill_records(study, brief_s);
    records->slots[1].response_code = 302;
    records->slots[1].leads_elsewhere = true;
    study_count_and_add(study, 0, 0, &row, records);
    study_end(study);
}

Test(warnings, tell_of_redirects_that_were_not_followed_unless_they_are_expected)
{
    struct study study;

    study_led_elsewhere(&study, two_batches);
    expect_warning(&study, WARNING_LEADS_ELSEWHERE,
        "1 answer points to another URL, which was not requested; the first is status 302 to GET /b");
    study_release(&study);
    study_led_elsewhere(
        &study, "{\"batches\": [[\"/a\", {\"url\": \"/b\", \"expected_status\": 302}, \"/c\"]]}");
    expect_no_warning(&study, WARNING_LEADS_ELSEWHERE);
    study_release(&study);
}

Test(causes, that_are_joined_are_counted_exactly)
{
    static const uint64_t rounds[2][5] = {{9, 8, 7, 9, 7}, {3, 9, 8, 7, 7}};
    struct causes all = {0};

    for (size_t round = 0; round < 2; round++) {
        struct causes causes = {0};
        for (size_t i = 0; i < 5; i++)
            causes_add(&causes, rounds[round][i], OUTCOME_TIMED_OUT, 0, round == 0 ? NULL : "late");
        causes_join(&all, &causes);
    }
    const struct cause_kind *kind = causes_find(&all, OUTCOME_TIMED_OUT, 0);
    cr_assert_not_null(kind);
    cr_assert_eq(kind->request_count, 3);
    cr_expect_eq(kind->requests[0].request, 3);
    cr_expect_eq(kind->requests[0].count, 1);
    cr_expect_eq(kind->requests[1].request, 7);
    cr_expect_eq(kind->requests[1].count, 4);
    cr_expect_eq(kind->requests[2].request, 8);
    cr_expect_eq(kind->requests[2].count, 2);
    cr_expect_str_eq(kind->requests[2].text, "late");
    cr_expect_eq(all.count, 10);
}

/* An experiment with a strategy of each kind, all at this concurrency. */
static void study_kinds(struct study *study, uint64_t concurrency)
{
    static const char *const names[] = {"thread-pool", "poll", "epoll"};

    study_init(study, two_batches, 7);
    for (size_t arm = 0; arm < 3; arm++) {
        study_add_arm(study, make_arm(names[arm], concurrency));
        study->arms[arm].loop_lanes = arm > 0 ? concurrency : 0;
        study->arms[arm].uses_socket_action = arm > 1;
        study->arms[arm].streams = 1;
    }
    study->plan.has_embedded_origin = true;
    study->plan.base_url = "http://127.0.0.1:1";
}

static void study_ask_for_http2(struct study *study, size_t streams)
{
    for (size_t arm = 0; arm < study->plan.arm_count; arm++) {
        study->arms[arm].settings.http = HTTP_2;
        study->arms[arm].streams = streams;
    }
    study->plan.base_url = "https://127.0.0.1:1";
}

/* The sources of those that apply, and the arms of each: "curl issue 1 epoll; " */
static void expect_defects(const struct study *study, unsigned int version, const char *expected)
{
    struct buffer found = {0};

    for (const struct defect *defect = defects; defect->effect; defect++) {
        size_t before = found.size;
        for (size_t arm = 0; arm < study->plan.arm_count; arm++)
            if (defect_touches(defect, version, &study->plan, arm))
                buffer_printf(&found, " %s", study->arms[arm].name);
        cr_expect_eq(defect_applies(defect, version, &study->plan), found.size > before);
        if (found.size > before)
            buffer_printf(&found, " %s;", strrchr(defect->source, ' ') + 1);
    }
    buffer_append(&found, "", 1);
    cr_expect_str_eq(found.bytes, expected, "%06x: '%s'", version, found.bytes);
    buffer_release(&found);
}

Test(defects, are_those_of_the_version)
{
    struct study study;

    study_kinds(&study, 16);
    expect_defects(&study, 0x075700, " poll epoll 22763;"); /* 10146 is about TLS */
    expect_defects(&study, 0x075801, " poll epoll 22763;");
    expect_defects(&study, 0x080901, " poll epoll 22763;");
    expect_defects(&study, 0x080a00, " poll epoll 14898; epoll 15627; poll epoll 22763;");
    expect_defects(&study, 0x080a01, " epoll 15627; poll epoll 22763;");
    expect_defects(&study, 0x080b01, " poll epoll 22763;");
    expect_defects(&study, 0x080e01, " poll epoll 22763;");
    expect_defects(&study, 0x081600, " poll epoll 22763;");
    expect_defects(&study, 0x081700, "");
    study.plan.base_url = "https://127.0.0.1:1";
    expect_defects(&study, 0x075700, " epoll 10146; poll epoll 22763;");
    study_release(&study);
}

Test(defects, of_loops_do_not_touch_one_lane_and_who_sends_nothing)
{
    struct study study;

    study_kinds(&study, 1);
    expect_defects(&study, 0x075801, "");
    study_release(&study);
    study_kinds(&study, 16);
    study.arms[1].sends_nothing = true;
    expect_defects(&study, 0x080a00, " epoll 14898; epoll 15627; epoll 22763;");
    study_release(&study);
}

Test(defects, of_shared_connections_need_more_lanes_than_share_one)
{
    struct study study;

    study_kinds(&study, 16);
    study_ask_for_http2(&study, 16);
    expect_defects(&study, 0x075801, " poll epoll 22763;");
    study_ask_for_http2(&study, 8);
    expect_defects(&study, 0x075801, " poll epoll 10456; poll epoll 22763;");
    expect_defects(&study, 0x080000, " poll epoll 22763;");
    expect_defects(&study, 0x080e00, " poll epoll 18017; poll epoll 22763;");
    expect_defects(&study, 0x080f00, " poll epoll 18017; poll epoll 22763;");
    expect_defects(&study, 0x081000, " poll epoll 22763;");
    study_release(&study);
}

Test(defects, of_many_lanes_are_about_those_of_one_multi_handle)
{
    struct study study;

    study_kinds(&study, 16);
    study_ask_for_http2(&study, 8);
    study.arms[2].loop_lanes = 8;
    expect_defects(&study, 0x075801, " poll 10456; poll epoll 22763;");
    study.arms[2].loop_lanes = 1;
    expect_defects(&study, 0x075801, " poll 10456; poll 22763;");
    study_release(&study);
}

Test(defects, of_http_2_depend_on_the_server_and_on_what_it_is_compared_with)
{
    struct study study;

    study_kinds(&study, 16);
    study_ask_for_http2(&study, 100);
    study.plan.has_embedded_origin = false;
    expect_defects(&study, 0x081700, " thread-pool poll epoll reuse;");
    study.plan.has_embedded_origin = true;
    study.arms[0].settings.http = HTTP_1_1;
    expect_defects(&study, 0x081700, " poll epoll 13416;");
    expect_defects(&study, 0x080600, " poll epoll 22763;");
    study_release(&study);
}

Test(defects, of_name_look_ups_need_redirects)
{
    struct study study;

    study_kinds(&study, 16);
    expect_defects(&study, 0x081400, " poll epoll 22763;");
    study.arms[2].settings.follow_redirects = true;
    expect_defects(&study, 0x081400, " epoll 21547; poll epoll 22763;");
    expect_defects(&study, 0x081500, " poll epoll 22763;");
    study_release(&study);
}

/* Seven rounds of a second, in which each arm took so much CPU time. */
static void study_kinds_at_work(struct study *study, double cpu_s)
{
    study_kinds(study, 16);
    study_begin(study);
    for (size_t round = 0; round < 7; round++)
        for (size_t arm = 0; arm < 3; arm++)
            add_trial(study, arm, round, 1, cpu_s);
    study_end(study);
}

/* Holds for a libcurl up to 8.22, as Debian 12 and 13 have it. */
Test(warnings, name_a_defect_of_libcurl_where_it_shows)
{
    struct study study;

    if (defect_libcurl_version() > 0x081600)
        cr_skip_test("this libcurl is free of it");
    study_kinds_at_work(&study, 0.1);
    expect_no_warning(&study, WARNING_LIBCURL_DEFECT);
    study_release(&study);
    study_kinds_at_work(&study, 0.5);
    expect_warning(
        &study, WARNING_LIBCURL_DEFECT, "touches poll, epoll: a request may be answered before the next");
    study_release(&study);
}

/* Of time and CPU time a question gets the verdict that summary.csv has, also where the two contradict each
 * other. */
Test(finding, agrees_with_the_summary)
{
    struct question question = {
        .arm = {.strategy = "curl-multi"}, .reference = {.strategy = "thread-pool"}, .by = EVIDENCE_CPU};
    struct failure failure = {.code = FAILURE_NONE};
    struct evidence evidence = {.part = NULL};
    struct comparisons by_cpu = {0};
    struct comparisons by_time = {0};
    struct study study;

    study_two(&study, 12, 0.8, 0.002, 0.02);
    const struct summary_row *row = &study.summaries[1].row;
    cr_assert_eq(evidence_take(&evidence, &study.plan, &study.tally, study.summaries, &failure), 0);
    cr_assert_eq(finding_compare(&question, &evidence, 1, &by_cpu, &failure), 0);
    question.by = EVIDENCE_TOTAL;
    cr_assert_eq(finding_compare(&question, &evidence, 1, &by_time, &failure), 0);
    cr_assert(by_cpu.count == 1 && by_time.count == 1);
    cr_expect_str_eq(verdict_word(by_cpu.items[0].verdict), row->cpu_verdict);
    cr_expect_float_eq(by_cpu.items[0].interval.low, row->cpu_ratio_low, 1e-12);
    cr_expect_float_eq(by_cpu.items[0].interval.high, row->cpu_ratio_high, 1e-12);
    cr_expect_str_eq(verdict_word(by_time.items[0].verdict), row->verdict);
    cr_expect_float_eq(by_time.items[0].interval.low, row->ratio_low, 1e-12);
    cr_expect_str_neq(row->verdict, row->cpu_verdict);
    for (size_t arm = 0; arm < evidence.arm_count; arm++)
        cr_expect_eq(evidence.arms[arm].origin_bound, warnings_origin_bound(&study.summaries[arm].row));
    comparisons_release(&by_cpu);
    comparisons_release(&by_time);
    evidence_release(&evidence);
    study_release(&study);
}

Test(warnings, have_words_of_their_own)
{
    for (int code = 0; code <= WARNING_LIBCURL_DEFECT; code++) {
        for (int other = 0; other < code; other++)
            cr_expect_str_neq(warning_word((enum warning_code)code), warning_word((enum warning_code)other));
    }
}

/* One arm with the wall times given, in seconds. */
static void study_series(struct study *study, const double *wall_s, size_t rounds)
{
    study_init(study, two_batches, rounds);
    study_add_arm(study, make_arm("thread-pool", 16));
    study_begin(study);
    for (size_t round = 0; round < rounds; round++)
        add_trial(study, 0, round, wall_s[round], 0.01);
    study_end(study);
}

Test(warnings, name_outliers_which_stay_in_every_figure)
{
    static const double wall_s[] = {0.100, 0.101, 0.099, 0.900, 0.102, 0.098, 0.100};
    struct study study;

    study_series(&study, wall_s, 7);
    cr_expect_float_eq(study.summaries[0].row.max_s, 0.9, 1e-9);
    cr_expect_gt(study.summaries[0].row.mean_s, 0.2);
    cr_expect_eq(study.summaries[0].row.trials, 7);
    expect_warning(&study, WARNING_OUTLIERS, "1 of 7 trials of thread-pool");
    expect_no_warning(&study, WARNING_SLOW_FIRST_ROUND);
    study_release(&study);
}

Test(warnings, name_a_slow_first_round)
{
    static const double wall_s[] = {0.500, 0.101, 0.099, 0.100, 0.102, 0.098, 0.100};
    struct study study;

    study_series(&study, wall_s, 7);
    expect_warning(&study, WARNING_SLOW_FIRST_ROUND, "the first round of thread-pool");
    study_release(&study);
}

Test(warnings, have_nothing_against_ordinary_noise)
{
    static const double wall_s[] = {0.110, 0.101, 0.099, 0.104, 0.102, 0.098, 0.120};
    struct study study;

    study_series(&study, wall_s, 7);
    for (int code = 0; code <= WARNING_LIBCURL_DEFECT; code++)
        switch (code) {
        case WARNING_GOVERNOR:
        case WARNING_DEBUG_BUILD:
        case WARNING_LIBCURL_DEFECT:
        case WARNING_FILES_TIGHT:
            break; /* of the machine */
        default:
            expect_no_warning(&study, (enum warning_code)code);
        }
    study_release(&study);
}

/* A pool and its control, which takes `ratio` times as long. */
static void study_control(struct study *study, double ratio, double spread)
{
    study_init(study, two_batches, 12);
    study_add_arm(study, make_arm("thread-pool", 16));
    study_add_arm(study, make_arm("thread-pool", 16));
    study->arms[1].label = study->arms[1].name = "thread-pool#2";
    study_add_arm(study, make_arm("curl-multi", 16));
    study_begin(study);
    for (size_t round = 0; round < 12; round++) {
        add_trial(study, 0, round, 0.1, 0.01);
        add_trial(study, 1, round, wobble(0.1 * ratio, spread, round), 0.01);
        add_trial(study, 2, round, 0.05, 0.01);
    }
    study_end(study);
}

Test(controls, that_differ_say_that_the_machine_is_too_noisy)
{
    struct study study;

    study_control(&study, 1.03, 0.01);
    cr_expect_str_eq(study.summaries[1].control_of, "thread-pool");
    cr_expect_null(study.summaries[2].control_of);
    expect_warning(&study, WARNING_NOISY_CONTROL,
        "thread-pool and thread-pool#2 are the same but differ: this machine is too noisy to trust "
        "differences below 3.");
    study_release(&study);
}

Test(controls, that_do_not_differ_say_nothing)
{
    struct study study;

    study_control(&study, 1, 0.05);
    cr_expect_str_eq(study.summaries[1].control_of, "thread-pool");
    expect_no_warning(&study, WARNING_NOISY_CONTROL);
    study_release(&study);
}

Test(controls, are_of_the_same_concurrency)
{
    struct study study;

    study_init(&study, two_batches, 6);
    study_add_arm(&study, make_arm("thread-pool", 4));
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_begin(&study);
    for (size_t round = 0; round < 6; round++) {
        add_trial(&study, 0, round, 0.1, 0.01);
        add_trial(&study, 1, round, 0.05, 0.01);
    }
    const struct summary *summaries = study_end(&study);
    cr_expect_null(summaries[1].control_of);
    expect_no_warning(&study, WARNING_NOISY_CONTROL);
    study_release(&study);
}

static void study_origin_share(struct study *study, double share)
{
    study_init(study, two_batches, 3);
    study_add_arm(study, make_arm("thread-pool", 16));
    study_begin(study);
    for (size_t round = 0; round < 3; round++) {
        struct trial_row row = make_row(study, 0.1, 0.01);
        row.origin_cpu_ns = (uint64_t)(share * 0.1 * (double)NS_PER_S);
        study_count_and_add(study, 0, round, &row, fill_records(study, brief_s));
    }
    study_end(study);
}

Test(warnings, say_when_the_origin_is_the_limit)
{
    struct study study;

    study_origin_share(&study, 0.85);
    cr_expect_float_eq(study.summaries[0].row.origin_share, 0.85, 1e-6);
    expect_warning(&study, WARNING_ORIGIN_BOUND, "85 % of a processor while thread-pool ran");
    study_release(&study);
    study_origin_share(&study, 0.75);
    expect_no_warning(&study, WARNING_ORIGIN_BOUND);
    study_release(&study);
}

/* A trial of three requests at once, of which the first is `outcome`; the origin saw four. */
static void study_left_early(struct study *study, enum outcome outcome, uint8_t retries)
{
    study_init(study, two_batches, 1);
    study_add_arm(study, make_arm("thread-pool", 16));
    study_begin(study);
    struct trial_row row = make_row(study, 0.1, 0.01);
    row.origin_max_in_flight = 4;
    struct records *records = fill_records(study, brief_s);
    records->slots[0].retries = retries;
    record_settle(&records->slots[0], outcome);
    study_count_and_add(study, 0, 0, &row, records);
    study_end(study);
}

Test(warnings, do_not_blame_the_records_where_a_client_left_before_the_origin_noticed)
{
    struct study study;

    study_left_early(&study, OUTCOME_TIMED_OUT, 0);
    expect_no_warning(&study, WARNING_IN_FLIGHT_DISAGREES);
    study_release(&study);
    study_left_early(&study, OUTCOME_OK, 1);
    expect_no_warning(&study, WARNING_IN_FLIGHT_DISAGREES);
    study_release(&study);
    study_left_early(&study, OUTCOME_OK, 0);
    expect_warning(&study, WARNING_IN_FLIGHT_DISAGREES, "in 1 trial of thread-pool");
    study_release(&study);
}

Test(rounds, that_were_cut_short_leave_nothing_behind)
{
    struct study study;

    study_init(&study, two_batches, 3);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_add_arm(&study, make_arm("curl-multi", 16));
    study.arms[0].settings.start = START_WARM;
    study_begin(&study);
    add_trial(&study, 0, 0, 0.1, 0.01);
    add_trial(&study, 1, 0, 0.1, 0.01);
    const struct tally_counts before = study.tally.of_arms[0].counts;
    struct trial_row row = make_row(&study, 0.1, 0.01);
    row.origin_max_in_flight = 4;
    struct records *records = fill_records(&study, brief_s);
    records->slots[0].connections_opened = 1;
    study_count_and_add(&study, 0, 1, &row, records);
    cr_expect_eq(study.tally.of_arms[0].counts.impossible_trials, 1);
    cr_expect_eq(study.tally.of_arms[0].counts.warm_openings, before.warm_openings + 1);
    tally_drop_unfinished_round(&study.tally);
    cr_expect_arr_eq(&study.tally.of_arms[0].counts, &before, sizeof before);
    cr_expect_eq(study.tally.rounds_begun, 1);
    study_end(&study);
    study_release(&study);
}

/* One trial, whose answers have these versions of HTTP; what was asked for is HTTP/2. */
static void study_versions(struct study *study, const uint8_t versions[3])
{
    study_init(study,
        "{\"batches\": [[{\"url\": \"/a\"}, {\"url\": \"https://u:secret@127.0.0.1:7/b\"}], "
        "[{\"url\": \"/c\"}]]}",
        1);
    study->plan.base_url = "https://127.0.0.1:8443/api";
    study_add_arm(study, make_arm("curl-multi", 16));
    study->arms[0].settings.http = HTTP_2;
    study_begin(study);
    struct records *records = fill_records(study, brief_s);
    for (size_t i = 0; i < 3; i++) {
        records->slots[i].http_version = versions[i];
        records->slots[i].handshakes_full = 2;
        records->slots[i].handshakes_resumed = i == 1 ? 5 : 0;
    }
    struct trial_row row = make_row(study, 0.1, 0.01);
    study_count_and_add(study, 0, 0, &row, records);
    cr_expect_eq(row.handshakes_full, 6);
    cr_expect_eq(row.handshakes_resumed, 5);
    study_end(study);
    cr_expect_float_eq(study->summaries[0].row.handshakes_full, 6, 0);
    cr_expect_float_eq(study->summaries[0].row.handshakes_resumed, 5, 0);
}

Test(warnings, name_the_server_that_answers_in_an_older_version)
{
    struct study study;

    study_versions(&study, (const uint8_t[]){11, 20, 11});
    cr_expect_str_eq(study.summaries[0].row.http_version, "mixed");
    const char *finding = find_warning(&study, WARNING_OLDER_HTTP);
    cr_assert_not_null(finding);
    cr_expect_str_eq(
        finding, "2 answers of https://127.0.0.1:8443 were of HTTP/1, although HTTP/2 was asked for");
    study_release(&study);

    study_versions(&study, (const uint8_t[]){0, 11, 11});
    cr_expect_str_eq(study.summaries[0].row.http_version, "1.1");
    finding = find_warning(&study, WARNING_OLDER_HTTP);
    cr_assert_not_null(finding);
    cr_expect_not_null(strstr(finding, "2 answers of https://"), "%s", finding);
    cr_expect_not_null(strstr(finding, "127.0.0.1:7 and others were"), "%s", finding);
    cr_expect_null(strstr(finding, "secret"), "%s", finding);
    study_release(&study);
}

Test(warnings, say_nothing_where_all_answers_are_of_the_version_asked_for)
{
    struct study study;

    study_versions(&study, (const uint8_t[]){20, 20, 0});
    cr_expect_str_eq(study.summaries[0].row.http_version, "2");
    cr_expect_null(find_warning(&study, WARNING_OLDER_HTTP));
    study_release(&study);
}

Test(handshakes, that_nobody_counted_are_missing)
{
    struct study study;
    struct failure failure = {.code = FAILURE_NONE};

    study_init(&study, two_batches, 1);
    study_add_arm(&study, make_arm("curl-multi", 16));
    study_begin(&study);
    struct records *records = fill_records(&study, brief_s);
    records->slots[1].handshakes_full = records->slots[1].handshakes_resumed = RECORD_UNKNOWN;
    struct trial_row row = make_row(&study, 0.1, 0.01);
    cr_assert_eq(tally_count_records(&row, records, &failure), 0);
    cr_expect_eq(row.handshakes_full, MISSING_COUNT);
    cr_expect_eq(row.handshakes_resumed, MISSING_COUNT);
    study_release(&study);
}

/* The first round takes 30 ms; the second one is dropped after an arm that was done at once, and failed. */
Test(rounds, that_were_cut_short_change_neither_the_lower_bound_nor_the_causes)
{
    static const double slow_s[] = {0.010, 0.010, 0.010};
    struct study study;

    study_init(&study, two_batches, 3);
    study_add_arm(&study, make_arm("sequential", 1));
    study_add_arm(&study, make_arm("curl-multi", 1));
    study_begin(&study);
    struct trial_row row = make_row(&study, 0.030, 0.01);
    for (size_t arm = 0; arm < 2; arm++)
        study_count_and_add(&study, arm, 0, &row, fill_records(&study, slow_s));
    struct records *records = fill_records(&study, brief_s);
    record_set_error(records, &records->slots[2], "of the dropped round");
    record_settle(&records->slots[2], OUTCOME_TIMED_OUT);
    row.wall_ns = MISSING_COUNT;
    row.status = "hung";
    study_count_and_add(&study, 0, 1, &row, records);
    tally_drop_unfinished_round(&study.tally);
    const struct summary *summaries = study_end(&study);
    cr_expect_float_eq(summaries[0].row.lower_bound_s, 0.030, 1e-9, "%g", summaries[0].row.lower_bound_s);
    cr_expect_float_eq(summaries[0].row.efficiency, 1, 1e-6);
    expect_no_warning(&study, WARNING_FAILED_REQUESTS);
    expect_no_warning(&study, WARNING_FAILED_TRIALS);
    study_release(&study);
}

static void study_in_flight(struct study *study, uint64_t seen_by_origin)
{
    study_init(study, two_batches, 1);
    study_add_arm(study, make_arm("thread-pool", 16));
    study_begin(study);
    struct trial_row row = make_row(study, 0.1, 0.01);
    row.origin_max_in_flight = seen_by_origin;
    study_count_and_add(study, 0, 0, &row, fill_records(study, brief_s));
    cr_assert_eq(row.max_in_flight, 3);
    study_end(study);
}

Test(warnings, say_when_the_origin_saw_more_in_flight_than_the_client_had)
{
    struct study study;

    study_in_flight(&study, 4);
    expect_warning(&study, WARNING_IN_FLIGHT_DISAGREES, "in 1 trial of thread-pool");
    study_release(&study);
    study_in_flight(&study, 3);
    expect_no_warning(&study, WARNING_IN_FLIGHT_DISAGREES);
    study_release(&study);
    study_in_flight(&study, MISSING_COUNT);
    expect_no_warning(&study, WARNING_IN_FLIGHT_DISAGREES);
    study_release(&study);
}

Test(warnings, are_of_the_machine_and_of_what_was_asked_too)
{
    struct study study;

    study_init(&study, two_batches, 1);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study.arms[0].files = UINT64_C(1) << 40;
    study.plan.busy_at_start = 0.9;
    study.plan.cpus_missing = true;
    study.arms[0].settings.no_reuse = true;
    study_begin(&study);
    add_trial(&study, 0, 0, 0.1, 0.01);
    study.plan.extent.request_count = UINT64_C(1) << 20;
    study_end(&study);
    study.plan.extent.request_count = 3;
    expect_warning(&study, WARNING_OTHER_LOAD, "other programs used 90 %");
    expect_warning(&study, WARNING_CPUS_MISSING, "more processors were asked for");
    expect_warning(&study, WARNING_PORTS_TIGHT, "a trial opens up to 1048576 connections to one server");
    study_release(&study);
}

/* ---- open loops ---- */

/* A workload of so many batches of one. */
static void study_open_loop(struct study *study, double rate, int arrivals)
{
    struct buffer text = {0};

    for (int i = 0; i < arrivals; i++)
        buffer_append_text(&text, "/get\n");
    buffer_append(&text, "", 1);
    study_init(study, text.bytes, 1);
    buffer_release(&text);
    study->settings.rate = rate;
    study_add_arm(study, make_arm("thread-pool", 16));
    study_begin(study);
}

/* Batches that are due at the rate, and start `late_ms` late, the last one most and the first one in time. */
static struct trial_row add_late_trial(struct study *study, double rate, double late_ms)
{
    struct records *records = study->records.bytes;
    struct trial_row row = make_row(study, 1, 0.01);

    row.rate_per_s = rate;
    records_clear(records);
    records->clock_started_ns = NS_PER_S;
    for (uint64_t i = 0; i < records->request_count; i++) {
        struct record *record = records_at(records, i);
        double share = (double)i / (double)(records->request_count - 1);
        record->intended_ns = NS_PER_S + (uint64_t)((double)i / rate * (double)NS_PER_S);
        record->started_ns = record->intended_ns + 1 + (uint64_t)(late_ms * share * (double)NS_PER_MS);
        record->finished_ns = record->started_ns + NS_PER_MS;
        record_settle(record, OUTCOME_OK);
    }
    study_count_and_add(study, 0, 0, &row, records);
    study_end(study);
    return row;
}

Test(open_loop, is_saturated_below_98_percent_of_the_rate)
{
    struct study study;

    study_open_loop(&study, 100, 100);
    struct trial_row row = add_late_trial(&study, 100, 30); /* 0.99 s become 1.02 s: 97 % */
    cr_expect_eq(row.saturated, TRUTH_YES);
    cr_expect_float_eq(row.achieved_per_s, 100 * 0.99 / 1.02, 0.01);
    cr_expect_eq(row.max_backlog, 3, "%llu", (unsigned long long)row.max_backlog);
    cr_expect_eq(study.summaries[0].row.saturated, TRUTH_YES);
    expect_warning(&study, WARNING_SATURATED, "thread-pool started batches at less than 98 % of the rate");
    study_release(&study);
}

Test(open_loop, is_not_saturated_above_98_percent_of_the_rate)
{
    struct study study;

    study_open_loop(&study, 100, 100);
    struct trial_row row = add_late_trial(&study, 100, 15);
    cr_expect_eq(row.saturated, TRUTH_NO);
    cr_expect_eq(study.summaries[0].row.saturated, TRUTH_NO);
    expect_no_warning(&study, WARNING_SATURATED);
    study_release(&study);
}

Test(open_loop, is_not_saturated_when_a_short_schedule_ends_with_a_late_wake_up)
{
    struct study study;

    study_open_loop(&study, 1000, 5);
    struct trial_row row = add_late_trial(&study, 1000, 0.9); /* 4 ms become 4.9 ms */
    cr_expect_eq(row.max_backlog, 1);
    cr_expect_eq(row.saturated, TRUTH_NO);
    study_release(&study);
    study_open_loop(&study, 1000, 5);
    row = add_late_trial(&study, 1000, 2.5);
    cr_expect_gt(row.max_backlog, 1);
    cr_expect_eq(row.saturated, TRUTH_YES);
    study_release(&study);
}

Test(open_loop, counts_durations_from_the_intended_start_and_the_bound_from_the_real_one)
{
    struct study study;

    study_open_loop(&study, 100, 100);
    add_late_trial(&study, 100, 500);
    const struct summary_row *row = &study.summaries[0].row;
    cr_expect_float_eq(row->request_p50_s, 0.249, 0.003);
    cr_expect(isnan(row->efficiency), "the schedule decides on the total time, not the strategy");
    cr_expect_lt(row->lower_bound_s, 0.5, "waiting for a free lane is no work: %g", row->lower_bound_s);
    study_release(&study);
}

/* Both end with the schedule; what differs is how long the slowest tenth of the requests waits. */
Test(open_loop, ranks_by_each_trials_p90_and_leaves_saturated_arms_out)
{
    struct study study;

    study_init(&study, "/a\n", 8);
    study.settings.rate = 100;
    study.plan.extent = workload_extent(study.workload.bytes, 60);
    shared_memory_release(&study.records);
    struct failure failure = {.code = FAILURE_NONE};
    cr_assert_eq(records_create(&study.records, 60, &failure), 0, "%s", failure.message);
    study_add_arm(&study, make_arm("thread-pool", 16));
    study_add_arm(&study, make_arm("curl-multi", 16));
    study_add_arm(&study, make_arm("sequential", 1));
    study_begin(&study);
    for (size_t round = 0; round < 8; round++)
        for (size_t arm = 0; arm < 3; arm++) {
            struct trial_row row = make_row(&study, 0.6, 0.01);
            struct records *records = study.records.bytes;
            double wait_ms = arm == 2 ? 900 : 5 + 5 * (double)arm;
            row.rate_per_s = 100;
            records_clear(records);
            records->clock_started_ns = NS_PER_S;
            for (uint64_t i = 0; i < 60; i++) {
                struct record *record = records_at(records, i);
                uint64_t late_ns = (uint64_t)(wait_ms * (double)i / 60 * (double)NS_PER_MS) + 1;
                record->intended_ns = NS_PER_S + i * 10 * NS_PER_MS;
                record->started_ns = record->intended_ns + late_ns;
                record->finished_ns = record->started_ns + NS_PER_MS;
                record_settle(record, OUTCOME_OK);
            }
            study_count_and_add(&study, arm, round, &row, records);
        }
    const struct summary *summaries = study_end(&study);
    cr_expect_str_eq(summaries[0].row.ranked_by, "request_p90_s");
    cr_expect_float_eq(summary_figure(&summaries[0]), 0.0054, 0.0001, "the 54th of 60");
    cr_expect_eq(summaries[0].row.rank, 1);
    cr_expect_eq(summaries[1].row.rank, 2);
    cr_expect(summaries[0].shares_first && !summaries[1].shares_first);
    cr_expect_eq(summaries[2].ranking, RANKING_SATURATED);
    cr_expect_gt(summaries[1].row.ratio_low, 1.5);
    study_release(&study);
}

Test(closed_loop, has_no_rate_to_be_saturated_by)
{
    struct study study;

    study_two(&study, 6, 1, 0.01, 0.02);
    cr_expect_eq(study.summaries[0].row.saturated, TRUTH_MISSING);
    expect_no_warning(&study, WARNING_SATURATED);
    study_release(&study);
}
