#include "tally.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "clock.h"
#include "inflight.h"
#include "quantile.h"

static double *tally_make_numbers(size_t count)
{
    double *numbers = malloc((count ? count : 1) * sizeof *numbers);

    for (size_t i = 0; numbers && i < count; i++)
        numbers[i] = NAN;
    return numbers;
}

/* The arrays of doubles of an arm, all of them one a round. */
#define TALLY_SERIES(X)                                                                                      \
    X(wall_s)                                                                                                \
    X(fair_wall_s)                                                                                           \
    X(cpu_us)                                                                                                \
    X(fair_cpu_us)                                                                                           \
    X(fair_figure_s)                                                                                         \
    X(request_max_s)                                                                                         \
    X(request_p50_s)                                                                                         \
    X(request_p90_s)                                                                                         \
    X(request_p99_s)                                                                                         \
    X(requests_per_s)                                                                                        \
    X(voluntary_switches)                                                                                    \
    X(involuntary_switches)                                                                                  \
    X(peak_memory_kib)                                                                                       \
    X(peak_threads)                                                                                          \
    X(peak_processes)                                                                                        \
    X(http_version)                                                                                          \
    X(connections_opened)                                                                                    \
    X(handshakes_full)                                                                                       \
    X(handshakes_resumed)                                                                                    \
    X(max_backlog)                                                                                           \
    X(origin_share)

static int tally_arm_init(struct tally_arm *arm, size_t rounds, uint64_t request_count)
{
    size_t samples = rounds * (size_t)request_count;
    int missing = 0;

#define X(series) missing += (arm->series = tally_make_numbers(rounds)) == NULL;
    TALLY_SERIES(X)
#undef X
    /* calloc leaves untouched pages unbacked: an experiment cut short never pays for them. Zero is "not run".
     */
    arm->samples = calloc(samples ? samples : 1, sizeof *arm->samples);
    return missing > 0 || !arm->samples ? -1 : 0;
}

static void tally_arm_release(struct tally_arm *arm)
{
#define X(series) free(arm->series);
    TALLY_SERIES(X)
#undef X
    free(arm->samples);
}

double tally_memory_bytes(uint64_t requests, size_t arm_count, size_t rounds)
{
    double series = 0;

#define X(name) series++;
    TALLY_SERIES(X)
#undef X
    double of_round = (double)requests * (double)sizeof(struct tally_sample) + series * sizeof(double);
    double of_arm = (double)rounds * of_round + (double)sizeof(struct tally_arm);
    double scratch = (double)(requests > rounds ? requests : rounds);

    return (double)arm_count * of_arm + ((double)requests + scratch) * (double)sizeof(double);
}

/* The two lists of moments, and the copy of one of them that qsort sorts with. */
double tally_counting_bytes(uint64_t requests)
{
    return 3 * (double)requests * (double)sizeof(uint64_t);
}

void tally_add_elsewhere(struct tally *tally, const struct trial_row *row)
{
    if (row->elsewhere)
        elsewhere_add(&tally->elsewhere, row->elsewhere);
}

static uint64_t *tally_make_counts(uint64_t count)
{
    return calloc((size_t)count, sizeof(uint64_t));
}

static bool tally_has_memory(const struct tally_kept *kept)
{
    return kept->least_s && kept->older_version;
}

static void tally_kept_release(struct tally_kept *kept)
{
    free(kept->least_s);
    free(kept->older_version);
}

int tally_init(struct tally *tally, const struct plan *plan, struct failure *failure)
{
    size_t requests = (size_t)plan->extent.request_count;
    size_t arm_count = plan->arm_count;
    size_t rounds = (size_t)plan->settings->repeat;

    *tally = (struct tally){.arms = plan->arms,
        .arm_count = arm_count,
        .other_work = plan->other_work,
        .rounds = rounds,
        .settings = plan->settings,
        .is_open_loop = plan_is_open_loop(plan),
        .workload = plan->workload,
        .extent = plan->extent};
    tally->of_arms = calloc(arm_count, sizeof *tally->of_arms);
    tally->kept.least_s = tally_make_numbers(requests);
    tally->of_round.least_s = tally_make_numbers(requests);
    tally->scratch = tally_make_numbers(rounds > requests ? rounds : requests);
    tally->kept.older_version = tally_make_counts(plan->workload->request_count);
    tally->of_round.older_version = tally_make_counts(plan->workload->request_count);
    bool has_memory = tally->of_arms && tally->scratch && tally_has_memory(&tally->kept) &&
                      tally_has_memory(&tally->of_round);
    int result = has_memory ? 0 : -1;
    for (size_t arm = 0; result == 0 && arm < arm_count; arm++)
        result = tally_arm_init(&tally->of_arms[arm], rounds, plan->extent.request_count);
    if (result == 0)
        return 0;
    tally_release(tally);
    return failure_set(failure, FAILURE_RUN,
        "out of memory for %zu rounds of %zu requests with %zu strategies; lower --repeat or --requests",
        rounds, requests, arm_count);
}

void tally_release(struct tally *tally)
{
    for (size_t arm = 0; tally->of_arms && arm < tally->arm_count; arm++)
        tally_arm_release(&tally->of_arms[arm]);
    free(tally->of_arms);
    tally_kept_release(&tally->kept);
    tally_kept_release(&tally->of_round);
    free(tally->scratch);
    *tally = (struct tally){0};
}

static double tally_duration_s(const struct record *record)
{
    return (double)record_duration_ns(record) / (double)NS_PER_S;
}

static double tally_known(uint64_t count)
{
    return count == MISSING_COUNT ? NAN : (double)count;
}

/* The durations of the requests that succeeded, NaN for the others, into the scratch; and the samples. */
static void tally_add_samples(
    struct tally *tally, size_t arm, struct tally_sample *samples, const struct records *records)
{
    bool sends_nothing = tally->arms[arm].sends_nothing; /* then nothing took any time */

    for (uint64_t i = 0; i < tally->extent.request_count; i++) {
        const struct record *record = &records->slots[i];
        enum outcome outcome = record_outcome(record);
        tally->scratch[i] = outcome == OUTCOME_OK && !sends_nothing ? tally_duration_s(record) : NAN;
        samples[i] = (struct tally_sample){.duration_s = (float)tally->scratch[i],
            .status = record->response_code,
            .outcome = (uint8_t)outcome,
            .leads_elsewhere = record->leads_elsewhere};
    }
}

static void tally_keep_causes(const struct tally *tally, struct causes *causes, const struct records *records)
{
    char text[RECORD_ERROR_SIZE];

    for (uint64_t i = 0; i < tally->extent.request_count; i++) {
        const struct record *record = &records->slots[i];
        enum outcome outcome = record_outcome(record);
        if (outcome_is_failure(outcome))
            causes_add(causes, i % tally->workload->request_count, outcome, record->response_code,
                record_error(records, record, text));
    }
}

/* Answers that show that a server, or what is between, knows no HTTP/2. */
static void tally_keep_older_versions(struct tally *tally, size_t arm, const struct records *records)
{
    if (tally->arms[arm].settings.http != HTTP_2)
        return;
    for (uint64_t i = 0; i < tally->extent.request_count; i++) {
        uint8_t version = records->slots[i].http_version;
        if (version != HTTP_VERSION_NONE && version < HTTP_VERSION_2)
            tally->of_round.older_version[i % tally->workload->request_count]++;
    }
}

/* What a server may have done twice, it did, whatever becomes of the trial. */
static void tally_keep_risky(struct tally *tally, const struct records *records)
{
    for (uint64_t i = 0; i < tally->extent.request_count; i++) {
        uint64_t request = i % tally->workload->request_count;
        uint8_t risky_retries = records->slots[i].risky_retries;
        if (risky_retries > 0 && (tally->risky_retries == 0 || request < tally->first_risky))
            tally->first_risky = request;
        tally->risky_retries += risky_retries;
    }
}

static void tally_keep_incomplete(
    struct tally_incomplete *incomplete, size_t round, const struct trial_row *row)
{
    if (incomplete->count++ > 0)
        return;
    incomplete->first_round = round;
    (void)snprintf(incomplete->first_text, sizeof incomplete->first_text, "%s%s%s", row->status,
        row->message ? ", " : "", row->message ? row->message : "");
}

/* What each request took by itself: in an open loop its duration holds the wait for a free lane too. */
static void tally_keep_least(struct tally *tally, size_t arm, const struct records *records)
{
    bool sends_nothing = tally->arms[arm].sends_nothing;

    for (uint64_t i = 0; i < tally->extent.request_count; i++) {
        const struct record *record = &records->slots[i];
        bool counts = record_outcome(record) == OUTCOME_OK && !sends_nothing;
        tally->scratch[i] =
            counts ? (double)(record->finished_ns - record->started_ns) / (double)NS_PER_S : NAN;
    }
    bound_keep_least(tally->of_round.least_s, tally->scratch, (size_t)tally->extent.request_count);
}

/* Each arm has its trial in the last round that was begun. */
static bool tally_has_whole_rounds(const struct tally *tally)
{
    for (size_t arm = 0; arm < tally->arm_count; arm++)
        if (tally->of_arms[arm].counts.begun != tally->rounds_begun)
            return false;
    return true;
}

static void tally_forget_round(struct tally *tally)
{
    size_t table_size = (size_t)tally->workload->request_count;

    tally->of_round.causes = (struct causes){0};
    memset(tally->of_round.older_version, 0, table_size * sizeof *tally->of_round.older_version);
    for (uint64_t i = 0; i < tally->extent.request_count; i++)
        tally->of_round.least_s[i] = NAN;
}

/* Only now it is certain that the round counts. */
static void tally_keep_round(struct tally *tally)
{
    causes_join(&tally->kept.causes, &tally->of_round.causes);
    for (uint64_t i = 0; i < tally->workload->request_count; i++)
        tally->kept.older_version[i] += tally->of_round.older_version[i];
    bound_keep_least(tally->kept.least_s, tally->of_round.least_s, (size_t)tally->extent.request_count);
    tally_forget_round(tally);
}

/* Its connections were opened before the clock, to be used again. */
static bool tally_is_warm(const struct arm *arm)
{
    return arm->settings.start == START_WARM && !arm->settings.no_reuse;
}

/*
 * A request that failed or was sent again has left the client sooner than the origin, which may not have
 * noticed yet: only where there was none do the two have to agree.
 */
static bool tally_is_impossible(const struct trial_row *row)
{
    return row->origin_max_in_flight != MISSING_COUNT && row->failed == 0 && row->retries == 0 &&
           row->origin_max_in_flight > row->max_in_flight;
}

/* A participant does not tell; the origin does, if there is one. */
static uint64_t tally_openings(const struct trial_row *row)
{
    uint64_t opened = row->is_of_guest ? row->origin_connections : row->connections_opened;

    return opened == MISSING_COUNT ? 0 : opened;
}

static struct tally_counts tally_counts_of(const struct tally *tally, size_t arm, const struct trial_row *row)
{
    struct tally_counts counts = {.begun = 1, .failed_requests = row->failed};

    if (row->wall_ns == MISSING_COUNT)
        return counts;
    counts.trials = 1;
    counts.saturated_trials = row->saturated == TRUTH_YES;
    if (tally_is_warm(&tally->arms[arm]))
        counts.warm_openings = tally_openings(row);
    counts.impossible_trials = tally_is_impossible(row);
    return counts;
}

/* `times` is 1, or -1 to take them away again. */
static void tally_counts_add(struct tally_counts *sum, const struct tally_counts *counts, int times)
{
#define X(count) sum->count += times > 0 ? counts->count : 0 - counts->count;
    TALLY_COUNTS(X)
#undef X
}

/* Of a trial that ran to its end. Its durations are in the scratch. */
static void tally_add_series(struct tally *tally, size_t arm_index, size_t round, const struct trial_row *row)
{
    struct tally_arm *arm = &tally->of_arms[arm_index];
    size_t requests = (size_t)tally->extent.request_count;
    bool is_fair = row->failed == 0 && row->skipped == 0 && row->not_run == 0;

    size_t known = sample_sort(tally->scratch, requests);
    arm->wall_s[round] = (double)row->wall_ns / (double)NS_PER_S;
    arm->cpu_us[round] = row->cpu_us_per_request;
    arm->fair_wall_s[round] = is_fair ? arm->wall_s[round] : NAN;
    arm->fair_cpu_us[round] = is_fair ? arm->cpu_us[round] : NAN;
    arm->request_p50_s[round] = sample_percentile(tally->scratch, known, PERCENTILE_50);
    arm->request_p90_s[round] = sample_percentile(tally->scratch, known, PERCENTILE_90);
    arm->request_p99_s[round] = sample_percentile(tally->scratch, known, PERCENTILE_99);
    arm->request_max_s[round] = sample_max(tally->scratch, known);
    arm->fair_figure_s[round] =
        is_fair && tally->is_open_loop ? arm->request_p90_s[round] : arm->fair_wall_s[round];
    arm->requests_per_s[round] = row->requests_per_s;
    arm->voluntary_switches[round] = tally_known(row->voluntary_switches);
    arm->involuntary_switches[round] = tally_known(row->involuntary_switches);
    arm->peak_memory_kib[round] = tally_known(row->peak_memory_kib);
    arm->peak_threads[round] = tally_known(row->peak_threads);
    arm->peak_processes[round] = tally_known(row->peak_processes);
    arm->http_version[round] = row->answered;
    arm->connections_opened[round] = tally_known(row->connections_opened);
    arm->handshakes_full[round] = tally_known(row->handshakes_full);
    arm->handshakes_resumed[round] = tally_known(row->handshakes_resumed);
    arm->max_backlog[round] = tally_known(row->max_backlog);
    arm->origin_share[round] = tally_known(row->origin_cpu_ns) / (double)row->wall_ns;
}

void tally_add(struct tally *tally, size_t arm_index, size_t round, const struct trial_row *row,
    const struct records *records)
{
    struct tally_arm *arm = &tally->of_arms[arm_index];

    tally->rounds_begun = round + 1 > tally->rounds_begun ? round + 1 : tally->rounds_begun;
    arm->of_last = tally_counts_of(tally, arm_index, row);
    tally_counts_add(&arm->counts, &arm->of_last, 1);
    tally_keep_least(tally, arm_index, records);
    tally_keep_risky(tally, records);
    tally_keep_older_versions(tally, arm_index, records);
    if (row->failed > 0)
        tally_keep_causes(tally, &tally->of_round.causes, records);
    tally_add_samples(tally, arm_index, arm->samples + round * (size_t)tally->extent.request_count, records);
    if (row->wall_ns != MISSING_COUNT)
        tally_add_series(tally, arm_index, round, row);
    else
        tally_keep_incomplete(&arm->incomplete, round, row);
    if (tally_has_whole_rounds(tally))
        tally_keep_round(tally);
}

void tally_add_unmeasured(
    struct tally *tally, size_t arm, const struct trial_row *row, const struct records *records)
{
    tally_keep_risky(tally, records);
    if (row->is_cut_short)
        return;
    if (row->failed > 0)
        tally_keep_causes(tally, &tally->causes_in_warmup, records);
    if (row->wall_ns == MISSING_COUNT)
        tally_keep_incomplete(&tally->of_arms[arm].incomplete_in_warmup, 0, row);
}

static void tally_drop_round(struct tally *tally, struct tally_arm *arm, size_t round)
{
    size_t requests = (size_t)tally->extent.request_count;

    tally_counts_add(&arm->counts, &arm->of_last, -1);
    arm->incomplete.count -= arm->of_last.begun - arm->of_last.trials;
    if (arm->incomplete.first_round == round)
        arm->incomplete.first_text[0] = '\0';
#define X(series) arm->series[round] = NAN;
    TALLY_SERIES(X)
#undef X
    memset(arm->samples + round * requests, 0, requests * sizeof *arm->samples);
}

void tally_drop_unfinished_round(struct tally *tally)
{
    if (tally_has_whole_rounds(tally))
        return;
    tally_forget_round(tally);
    for (size_t arm = 0; arm < tally->arm_count; arm++)
        if (tally->of_arms[arm].counts.begun == tally->rounds_begun)
            tally_drop_round(tally, &tally->of_arms[arm], tally->rounds_begun - 1);
    tally->rounds_begun--;
}

/* Once something was not counted, the sum is missing. */
static uint64_t tally_add_known(uint64_t sum, uint32_t count)
{
    return sum == MISSING_COUNT || count == RECORD_UNKNOWN ? MISSING_COUNT : sum + count;
}

/* One record's share of a row. */
static void tally_count_record(struct trial_row *row, const struct record *record)
{
    enum outcome outcome = record_outcome(record);

    row->succeeded += outcome == OUTCOME_OK;
    row->failed += outcome_is_failure(outcome) != 0;
    row->skipped += outcome == OUTCOME_SKIPPED;
    row->not_run += outcome == OUTCOME_NOT_RUN;
    row->bytes_received += record->bytes_received;
    row->answered = http_version_join(row->answered, record->http_version);
    row->connections_opened += record->connections_opened;
    row->handshakes_full = tally_add_known(row->handshakes_full, record->handshakes_full);
    row->handshakes_resumed = tally_add_known(row->handshakes_resumed, record->handshakes_resumed);
    row->retries += record->retries;
}

/* Two lists of moments, to be held against each other. */
struct moments {
    uint64_t *from_ns;
    uint64_t *to_ns;
    size_t count;
};

static void tally_count_in_flight(
    struct trial_row *row, const struct records *records, struct moments *moments)
{
    bool has_wall = row->wall_ns != MISSING_COUNT;

    moments->count = 0;
    for (uint64_t i = 0; i < row->requests; i++) {
        enum outcome outcome = record_outcome(&records->slots[i]);
        if (!record_has_times(&records->slots[i]) || (outcome != OUTCOME_OK && !outcome_is_failure(outcome)))
            continue;
        moments->from_ns[moments->count] = records->slots[i].started_ns;
        moments->to_ns[moments->count++] = records->slots[i].finished_ns;
    }
    struct inflight inflight =
        inflight_count(moments->from_ns, moments->to_ns, moments->count, has_wall ? row->wall_ns : 0);
    row->max_in_flight = inflight.max;
    row->mean_in_flight = has_wall ? inflight.mean : NAN;
}

/* Below this share of the rate, a trial did not keep up. */
#define SATURATION_SHARE 0.98

/*
 * How an open loop went. The rate achieved is that of the starts: between the first batch's moment and the
 * last one's start, against the time that the schedule gave for it, so that the last answers' times do not
 * count. A trial in which no batch was still waiting when the next was due has kept up, however short the
 * schedule beside the time that it takes to wake up.
 */
static void tally_count_open_loop(
    struct trial_row *row, const struct records *records, struct moments *moments)
{
    uint64_t first_ns = UINT64_MAX;
    uint64_t last_due_ns = 0;
    uint64_t last_start_ns = 0;

    moments->count = 0;
    for (uint64_t i = 0; i < row->requests; i++) {
        const struct record *record = &records->slots[i];
        bool was_sent = record_outcome(record) == OUTCOME_OK || outcome_is_failure(record_outcome(record));
        if (!was_sent || record->intended_ns == 0 || record->intended_ns == record->started_ns)
            continue; /* within a batch a request is due when the one before it was answered */
        moments->from_ns[moments->count] = record->intended_ns;
        moments->to_ns[moments->count++] = record->started_ns;
        first_ns = record->intended_ns < first_ns ? record->intended_ns : first_ns;
        last_due_ns = record->intended_ns > last_due_ns ? record->intended_ns : last_due_ns;
        last_start_ns = record->started_ns > last_start_ns ? record->started_ns : last_start_ns;
    }
    if (moments->count < 2 || last_due_ns <= first_ns)
        return;
    double share = (double)(last_due_ns - first_ns) / (double)(last_start_ns - first_ns);
    row->achieved_per_s =
        (double)(moments->count - 1) * (double)NS_PER_S / (double)(last_start_ns - first_ns);
    row->max_backlog = inflight_count(moments->from_ns, moments->to_ns, moments->count, 0).max;
    row->saturated = truth_of(share < SATURATION_SHARE && row->max_backlog > 1);
}

static int tally_compare_moments(
    struct trial_row *row, const struct records *records, struct failure *failure)
{
    size_t size = (size_t)(row->requests + 1) * sizeof(uint64_t);
    struct moments moments = {.from_ns = malloc(size), .to_ns = malloc(size)};
    bool has_memory = moments.from_ns && moments.to_ns;

    row->achieved_per_s = NAN;
    row->saturated = TRUTH_MISSING;
    row->max_backlog = MISSING_COUNT;
    if (has_memory)
        tally_count_in_flight(row, records, &moments);
    if (has_memory && !isnan(row->rate_per_s))
        tally_count_open_loop(row, records, &moments);
    free(moments.from_ns);
    free(moments.to_ns);
    return has_memory ? 0
                      : failure_set(failure, FAILURE_RUN, "out of memory for %llu records",
                            (unsigned long long)row->requests);
}

int tally_count_records(struct trial_row *row, const struct records *records, struct failure *failure)
{
    row->succeeded = row->failed = row->skipped = row->not_run = 0;
    row->bytes_received = row->connections_opened = row->retries = 0;
    row->handshakes_full = row->handshakes_resumed = 0;
    row->answered = HTTP_VERSION_NONE;
    for (uint64_t i = 0; i < row->requests; i++)
        tally_count_record(row, &records->slots[i]);
    if (row->is_of_guest)
        row->connections_opened = row->retries = MISSING_COUNT;
    row->http_version = http_version_word(row->answered);
    bool has_wall = row->wall_ns != MISSING_COUNT && row->wall_ns > 0;
    uint64_t sent = row->succeeded + row->failed;
    bool has_cpu = row->user_ns != MISSING_COUNT && row->sys_ns != MISSING_COUNT && sent > 0;
    row->requests_per_s = has_wall ? (double)row->succeeded / ((double)row->wall_ns / (double)NS_PER_S) : NAN;
    row->cpu_us_per_request =
        has_cpu ? (double)(row->user_ns + row->sys_ns) / (double)NS_PER_US / (double)sent : NAN;
    return tally_compare_moments(row, records, failure);
}
