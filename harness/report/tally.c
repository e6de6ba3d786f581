#include "tally.h"

#include <math.h>
#include <stdlib.h>

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
    X(request_p50_s)                                                                                         \
    X(request_p90_s)                                                                                         \
    X(request_p99_s)                                                                                         \
    X(peak_memory_kib)                                                                                       \
    X(peak_threads)                                                                                          \
    X(connections_opened)                                                                                    \
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

int tally_init(struct tally *tally, const struct plan *plan, struct failure *failure)
{
    size_t requests = (size_t)plan->extent.request_count;
    size_t arm_count = plan->arm_count;
    size_t rounds = plan->measured_rounds;

    *tally = (struct tally){.arms = plan->arms,
        .arm_count = arm_count,
        .rounds = rounds,
        .reference = plan->reference,
        .threshold = plan->threshold,
        .workload = plan->workload,
        .extent = plan->extent};
    tally->of_arms = calloc(arm_count, sizeof *tally->of_arms);
    tally->least_s = tally_make_numbers(requests);
    tally->scratch = tally_make_numbers(rounds > requests ? rounds : requests);
    int result = tally->of_arms && tally->least_s && tally->scratch ? 0 : -1;
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
    free(tally->least_s);
    free(tally->scratch);
    *tally = (struct tally){0};
}

static double tally_duration_s(const struct record *record)
{
    return (double)(record->finished_ns - record->started_ns) / (double)NS_PER_S;
}

static double tally_known(uint64_t count)
{
    return count == MISSING_COUNT ? NAN : (double)count;
}

/* The durations of the requests that succeeded, NaN for the others, into the scratch; and the samples. */
static void tally_add_samples(
    struct tally *tally, struct tally_sample *samples, const struct records *records)
{
    for (uint64_t i = 0; i < tally->extent.request_count; i++) {
        const struct record *record = &records->slots[i];
        enum outcome outcome = record_outcome(record);
        tally->scratch[i] = outcome == OUTCOME_OK ? tally_duration_s(record) : NAN;
        samples[i] = (struct tally_sample){.duration_s = (float)tally->scratch[i],
            .status = record->response_code,
            .outcome = (uint16_t)outcome};
    }
}

void tally_add(struct tally *tally, size_t arm_index, size_t round, const struct run_row *row,
    const struct records *records)
{
    struct tally_arm *arm = &tally->of_arms[arm_index];
    size_t requests = (size_t)tally->extent.request_count;
    bool is_fair = row->failed == 0 && row->skipped == 0 && row->not_run == 0;

    tally->rounds_begun = round + 1 > tally->rounds_begun ? round + 1 : tally->rounds_begun;
    arm->failed_requests += row->failed;
    tally_add_samples(tally, arm->samples + round * requests, records);
    if (!tally->arms[arm_index].sends_nothing)
        bound_keep_least(tally->least_s, tally->scratch, requests);
    if (row->wall_ns == MISSING_COUNT)
        return;
    size_t known = tally->arms[arm_index].sends_nothing ? 0 : sample_sort(tally->scratch, requests);
    arm->runs++;
    arm->wall_s[round] = (double)row->wall_ns / (double)NS_PER_S;
    arm->cpu_us[round] = row->cpu_us_per_request;
    arm->fair_wall_s[round] = is_fair ? arm->wall_s[round] : NAN;
    arm->fair_cpu_us[round] = is_fair ? arm->cpu_us[round] : NAN;
    arm->request_p50_s[round] = sample_percentile(tally->scratch, known, PERCENTILE_50);
    arm->request_p90_s[round] = sample_percentile(tally->scratch, known, PERCENTILE_90);
    arm->request_p99_s[round] = sample_percentile(tally->scratch, known, PERCENTILE_99);
    arm->peak_memory_kib[round] = tally_known(row->peak_memory_kib);
    arm->peak_threads[round] = tally_known(row->peak_threads);
    arm->connections_opened[round] = tally_known(row->connections_opened);
    arm->origin_share[round] = tally_known(row->origin_cpu_ns) / (double)row->wall_ns;
    arm->impossible_runs +=
        row->origin_max_in_flight != MISSING_COUNT && row->origin_max_in_flight > row->max_in_flight;
}

/* One record's share of a row. */
static void tally_count_record(struct run_row *row, const struct record *record)
{
    enum outcome outcome = record_outcome(record);

    row->succeeded += outcome == OUTCOME_OK;
    row->failed += outcome_is_failure(outcome) != 0;
    row->skipped += outcome == OUTCOME_SKIPPED;
    row->not_run += outcome == OUTCOME_NOT_RUN;
    row->bytes_received += record->bytes_received;
    row->connections_opened += record->connections_opened;
    row->retries += record->retries;
}

static int tally_count_in_flight(struct run_row *row, const struct records *records, struct failure *failure)
{
    size_t sent = 0;
    uint64_t *started_ns = malloc((size_t)(row->requests + 1) * sizeof *started_ns);
    uint64_t *finished_ns = malloc((size_t)(row->requests + 1) * sizeof *finished_ns);
    int result = 0;

    for (uint64_t i = 0; started_ns && finished_ns && i < row->requests; i++) {
        enum outcome outcome = record_outcome(&records->slots[i]);
        if (outcome != OUTCOME_OK && !outcome_is_failure(outcome))
            continue;
        started_ns[sent] = records->slots[i].started_ns;
        finished_ns[sent++] = records->slots[i].finished_ns;
    }
    if (started_ns && finished_ns) {
        bool has_wall = row->wall_ns != MISSING_COUNT;
        struct inflight inflight = inflight_count(started_ns, finished_ns, sent, has_wall ? row->wall_ns : 0);
        row->max_in_flight = inflight.max;
        row->mean_in_flight = has_wall ? inflight.mean : NAN;
    } else {
        result = failure_set(
            failure, FAILURE_RUN, "out of memory for %llu records", (unsigned long long)row->requests);
    }
    free(started_ns);
    free(finished_ns);
    return result;
}

int tally_count_records(struct run_row *row, const struct records *records, struct failure *failure)
{
    row->succeeded = row->failed = row->skipped = row->not_run = 0;
    row->bytes_received = row->connections_opened = row->retries = 0;
    for (uint64_t i = 0; i < row->requests; i++)
        tally_count_record(row, &records->slots[i]);
    bool has_wall = row->wall_ns != MISSING_COUNT && row->wall_ns > 0;
    uint64_t sent = row->succeeded + row->failed;
    bool has_cpu = row->user_ns != MISSING_COUNT && row->sys_ns != MISSING_COUNT && sent > 0;
    row->requests_per_s = has_wall ? (double)row->succeeded / ((double)row->wall_ns / (double)NS_PER_S) : NAN;
    row->cpu_us_per_request =
        has_cpu ? (double)(row->user_ns + row->sys_ns) / (double)NS_PER_US / (double)sent : NAN;
    return tally_count_in_flight(row, records, failure);
}
