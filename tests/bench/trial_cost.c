/*
 * trial_cost: what the harness itself costs beside the requests.
 *
 * A trial: starting its process, one request with the strategy that sends nothing, its end; against starting
 * and ending an empty program that is linked with the same libraries. One after the other in each
 * repetition, in turns which first, so that whatever else the machine does meets both.
 *
 * Between trials: clearing the records and writing down a trial of the default workload, with a row for each
 * request.
 *
 *     trial_cost EMPTY_PROGRAM [REPETITIONS]
 *
 * Build it as a release. Exits 1 when the median trial costs over TRIAL_LIMIT_MS more than the median empty
 * program, or the work between trials over BETWEEN_LIMIT_MS. This program is started again as each trial's
 * process.
 */
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"
#include "quantile.h"
#include "report.h"
#include "role.h"
#include "trial.h"
#include "workload.h"

#define TRIAL_LIMIT_MS   10
#define BETWEEN_LIMIT_MS 2
#define REPETITIONS      300
#define REPETITIONS_MAX  100000
#define PATIENCE_NS      (10 * NS_PER_S)

enum series {
    SERIES_START,
    SERIES_MEASURE,
    SERIES_END,
    SERIES_TRIAL,
    SERIES_EMPTY,
    SERIES_MORE,
    SERIES_COUNT
};

static const char *const series_names[SERIES_COUNT] = {
    [SERIES_START] = "  up to READY",
    [SERIES_MEASURE] = "  from GO to DONE",
    [SERIES_END] = "  up to the exit",
    [SERIES_TRIAL] = "a trial",
    [SERIES_EMPTY] = "an empty program with the same libraries",
    [SERIES_MORE] = "a trial, more than that, paired",
};

static double milliseconds_since(uint64_t start_ns)
{
    return (double)(clock_monotonic_ns() - start_ns) / (double)NS_PER_MS;
}

/* Prints the quartiles of the values and returns the median. Sorts them. */
static double print_line(const char *what, double *values_ms, size_t count)
{
    size_t known = sample_sort(values_ms, count);
    double median_ms = sample_median(values_ms, known);

    (void)printf("%-42s median %7.3f ms, half of them %7.3f to %7.3f ms\n", what, median_ms,
        sample_quantile(values_ms, known, 0.25), sample_quantile(values_ms, known, 0.75));
    return median_ms;
}

/* ---- the trial against the empty program ---- */

struct shared {
    struct shared_memory workload;
    struct shared_memory records;
    struct workload_extent extent;
};

#define SHARED_NONE ((struct shared){.workload = SHARED_MEMORY_NONE, .records = SHARED_MEMORY_NONE})

/* `loaded`: what came of loading the workload. */
static int shared_prepare(struct shared *shared, int loaded, struct failure *failure)
{
    if (loaded != 0)
        return -1;
    shared->extent = workload_extent(shared->workload.bytes, 0);
    return records_create(&shared->records, shared->extent.request_count, failure);
}

static void shared_release(struct shared *shared)
{
    shared_memory_release(&shared->records);
    shared_memory_release(&shared->workload);
}

static int time_trial(const struct shared *shared, double *series[SERIES_COUNT], size_t repetition)
{
    static const char *const arguments[] = {"harness", "trial", NULL};
    const struct settings settings = {
        .base_url = "http://127.0.0.1:1", .concurrency = 1, .timeout_ms = 1000, .connect_timeout_ms = 1000};
    const struct trial_task task = {.program = "/proc/self/exe",
        .arguments = arguments,
        .strategy = "no-op",
        .extent = shared->extent,
        .settings = &settings};
    const struct trial_watch watch = {.interrupt_fd = -1,
        .origin_fd = -1,
        .records = shared->records.bytes,
        .request_count = shared->extent.request_count,
        .patience_ns = PATIENCE_NS};
    struct trial trial;

    uint64_t start_ns = clock_monotonic_ns();
    trial_start(&trial, &task, shared->workload.fd, shared->records.fd, &watch);
    series[SERIES_START][repetition] = milliseconds_since(start_ns);
    uint64_t go_ns = clock_monotonic_ns();
    trial_measure(&trial, &watch);
    series[SERIES_MEASURE][repetition] = milliseconds_since(go_ns);
    uint64_t end_ns = clock_monotonic_ns();
    trial_end(&trial);
    series[SERIES_END][repetition] = milliseconds_since(end_ns);
    series[SERIES_TRIAL][repetition] = milliseconds_since(start_ns);
    if (trial.status == TRIAL_OK)
        return 0;
    (void)fprintf(stderr, "a trial ended as '%s': %s\n", trial_status_word(trial.status), trial.message);
    return -1;
}

static int time_empty(const char *program, double *series[SERIES_COUNT], size_t repetition)
{
    const char *const arguments[] = {"empty", NULL};
    int how = 0;

    uint64_t start_ns = clock_monotonic_ns();
    pid_t pid = process_spawn(&(struct process_start){.program = program, .arguments = arguments});
    int result = pid > 0 ? process_wait(pid, &how) : -1;
    series[SERIES_EMPTY][repetition] = milliseconds_since(start_ns);
    if (result == 0 && how == 0)
        return 0;
    (void)fprintf(stderr, "'%s' can't be run, or fails; name the program that does nothing\n", program);
    return -1;
}

static int time_pair(const char *program, const struct shared *shared, double *series[SERIES_COUNT], size_t i)
{
    int result = i % 2 == 0 ? time_empty(program, series, i) : 0;

    if (result == 0)
        result = time_trial(shared, series, i);
    if (result == 0 && i % 2 != 0)
        result = time_empty(program, series, i);
    series[SERIES_MORE][i] = series[SERIES_TRIAL][i] - series[SERIES_EMPTY][i];
    return result;
}

/* The difference of the medians in milliseconds; NaN, with the reason printed, when it can't be measured. */
static double compare_with_empty(const char *program, size_t repetitions)
{
    static const char *const urls[] = {"http://127.0.0.1:1/"};
    struct failure failure = {0};
    struct shared shared = SHARED_NONE;
    double *series[SERIES_COUNT];
    double *values_ms = calloc(SERIES_COUNT * repetitions, sizeof *values_ms);
    double medians_ms[SERIES_COUNT];

    int result = shared_prepare(&shared, workload_from_urls(urls, 1, &shared.workload, &failure), &failure);
    if (result != 0)
        (void)fprintf(stderr, "%s\n", failure.message);
    for (size_t i = 0; values_ms && i < SERIES_COUNT; i++)
        series[i] = values_ms + i * repetitions;
    for (size_t i = 0; values_ms && result == 0 && i < repetitions; i++)
        result = time_pair(program, &shared, series, i);
    for (size_t i = 0; values_ms && result == 0 && i < SERIES_COUNT; i++)
        medians_ms[i] = print_line(series_names[i], series[i], repetitions);
    double more_ms = values_ms && result == 0 ? medians_ms[SERIES_TRIAL] - medians_ms[SERIES_EMPTY] : NAN;
    free(values_ms);
    shared_release(&shared);
    return more_ms;
}

/* ---- the work between trials ---- */

/* Records as a trial leaves them. */
static void fill_records(struct records *records)
{
    records->clock_started_ns = clock_monotonic_ns();
    for (uint64_t i = 0; i < records->request_count; i++) {
        struct record *record = records_at(records, i);
        record->started_ns = records->clock_started_ns + i * NS_PER_MS;
        record->finished_ns = record->started_ns + 5 * NS_PER_MS;
        record->namelookup_us = record->connect_us = record->pretransfer_us = 300;
        record->starttransfer_us = 4900;
        record->bytes_received = 1000 + i;
        record->response_code = 200;
        record->http_version = 11;
        record_settle(record, OUTCOME_OK);
    }
}

static struct trial_row make_row(uint64_t number, uint64_t requests, const struct settings *settings)
{
    return (struct trial_row){
        .trial = number,
        .round = number,
        .position = 1,
        .arm = "thread-pool",
        .strategy = "thread-pool",
        .family = "threads",
        .workload = "default",
        .settings = settings,
        .rate_per_s = NAN,
        .requests = requests,
        .is_ok = true,
        .status = "ok",
        .wall_ns = 100 * NS_PER_MS,
        .user_ns = NS_PER_MS,
        .sys_ns = NS_PER_MS,
        .origin_cpu_ns = NS_PER_MS,
        .origin_max_in_flight = 5,
    };
}

static int time_between(struct report *report, const struct settings *settings, struct records *records,
    double *values_ms, size_t repetitions, struct failure *failure)
{
    for (size_t i = 0; i < repetitions; i++) {
        struct trial_row row = make_row(i + 1, records->request_count, settings);
        fill_records(records);
        uint64_t start_ns = clock_monotonic_ns();
        if (report_add_trial(report, 0, i, &row, records, failure) != 0)
            return -1;
        records_clear(records);
        values_ms[i] = milliseconds_since(start_ns);
    }
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

/* In milliseconds; NaN with a failure. */
static double measure_between(size_t repetitions, struct failure *failure)
{
    static const char *const command[] = {"trial_cost", NULL};
    static const struct arm arm = {.name = "thread-pool",
        .label = "thread-pool",
        .told = "thread-pool",
        .spec = "thread-pool",
        .family = "threads",
        .settings = {.concurrency = 16}};
    char folder[] = "/tmp/trial-cost-XXXXXX";
    double *values_ms = calloc(repetitions, sizeof *values_ms);
    size_t *order = calloc(repetitions, sizeof *order);
    struct report *report = NULL;
    struct shared shared = SHARED_NONE;
    double median_ms = NAN;

    int result =
        shared_prepare(&shared, workload_load("mixed", WORKLOADS_FOLDER, &shared.workload, failure), failure);
    const struct settings settings = {.output = folder,
        .concurrency = 16,
        .repeat = repetitions,
        .threshold = 0.02,
        .records = RECORDS_ALL};
    struct plan plan = {
        .settings = &settings,
        .command = command,
        .arms = &arm,
        .arm_count = 1,
        .order = order,
        .workload = shared.workload.bytes,
        .extent = shared.extent,
        .has_embedded_origin = true,
        .client_cpus = "any",
        .origin_cpus = "any",
        .out = stdout,
        .err = stderr,
    };
    if (!values_ms || !order || !mkdtemp(folder))
        result = failure_set_errno(failure, FAILURE_RUN, "no memory, or no folder can be made in /tmp");
    if (result == 0)
        report = report_create(&plan, failure);
    if (report)
        result = time_between(report, &settings, shared.records.bytes, values_ms, repetitions, failure);
    if (report && result == 0)
        median_ms = print_line("the work between trials", values_ms, repetitions);
    report_destroy(report);
    (void)nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    shared_release(&shared);
    free(order);
    free(values_ms);
    return median_ms;
}

static int judge(const char *what, double cost_ms, int limit_ms)
{
    bool is_within = cost_ms <= limit_ms;

    (void)printf("%s: %.3f ms, %s %d ms\n", what, cost_ms, is_within ? "within" : "OVER", limit_ms);
    return is_within ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct failure failure = {0};

    if (argc == 2 && strcmp(argv[1], "trial") == 0)
        return trial_role();
    unsigned long repetitions = argc > 2 ? strtoul(argv[2], NULL, 10) : REPETITIONS;
    if (argc < 2 || repetitions < 1 || repetitions > REPETITIONS_MAX) {
        (void)fprintf(stderr, "usage: trial_cost EMPTY_PROGRAM [REPETITIONS]\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    double more_ms = compare_with_empty(argv[1], repetitions);
    if (isnan(more_ms))
        return 2;
    double between_ms = measure_between(repetitions, &failure);
    if (isnan(between_ms)) {
        (void)fprintf(stderr, "%s\n", failure.message);
        return 2;
    }
    int exceeded = judge("a trial costs more than an empty program", more_ms, TRIAL_LIMIT_MS);
    exceeded |= judge("the work between trials", between_ms, BETWEEN_LIMIT_MS);
    return exceeded;
}
