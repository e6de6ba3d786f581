#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chosen_columns.h"
#include "clock.h"
#include "column_json.h"
#include "evidence.h"
#include "experiment_json.h"
#include "finding_file.h"
#include "folder.h"
#include "markdown.h"
#include "summary.h"
#include "tally.h"
#include "terminal.h"
#include "trace.h"
#include "urls.h"
#include "utf8.h"
#include "warnings.h"

struct report {
    const struct plan *plan;
    struct folder folder;
    int trials; /* files, or -1 */
    int requests;
    struct tally tally;
    struct buffer csv;
    struct buffer shared;      /* the cells that all requests of a trial have in common */
    struct buffer shown_urls;  /* the URLs that may not be shown as they are, as they may; NUL after each */
    const char **shown_url_of; /* [request of the table] */
    uint64_t failed_requests;
    uint64_t failed_trials;
    uint64_t started_utc_ns;
    int print_error; /* errno of the last text; 0: it was printed */
};

#define WORKLOAD_FILE   "workload.json"
#define EXPERIMENT_FILE "experiment.json"

/* What harness-plot writes: the charts of plot/charts.py, in each format, the report, and the trace of
 * plot/trace_events.py. */
#define CHART(name) name ".png", name ".svg", name ".pdf"
#define REPORT_CHARTS                                                                                        \
    CHART("total-time"), CHART("ratios"), CHART("request-times"), CHART("heat-map"), CHART("timeline"),      \
        CHART("in-flight"), CHART("open-loop"), CHART("cost"), CHART("scaling"), CHART("stability"),         \
        REPORT_PAGE_FILE, "trace.json"

/* The files of this folder that are ours, the charts of harness-plot with them. --force removes all of them:
 * an old summary or chart next to new trials would mislead. */
static int report_open_folder(struct report *report, struct failure *failure)
{
    const char *const names[] = {table_trials.file, table_requests.file, table_urls.file, table_summary.file,
        WORKLOAD_FILE, EXPERIMENT_FILE, FINDING_FILE, MARKDOWN_FILE, REPORT_CHARTS, NULL};

    return folder_open(
        &report->folder, report->plan->settings->output, names, report->plan->settings->force, failure);
}

static int report_start_file(
    struct report *report, const struct table *table, int *file, struct failure *failure)
{
    *file = folder_create_file(&report->folder, table->file, failure);
    if (*file < 0)
        return -1;
    table_write_header(table, &report->csv);
    return folder_append(&report->folder, *file, table->file, &report->csv, failure);
}

/* Stands for a URL that may be shown as it is: the workload has its text already. */
#define SHOWN_AS_IS SIZE_MAX

/* Where the URL begins among those shown. */
static size_t report_show_url(struct report *report, const char *url)
{
    struct buffer *shown = &report->shown_urls;
    size_t offset = shown->size;

    workload_show_url(url, shown);
    buffer_append(shown, "", 1);
    if (shown->out_of_memory || strcmp(shown->bytes + offset, url) != 0)
        return offset;
    shown->size = offset;
    return SHOWN_AS_IS;
}

/* A copy's are those of the batch before it. */
static void report_show_batch(struct report *report, uint64_t b, size_t *offsets)
{
    const struct workload *workload = report->plan->workload;
    const struct workload_batch *batch = workload_batch(workload, b);
    bool is_copy = workload_batch_is_copy(workload, b);

    for (uint64_t i = batch->first_request; i < batch->first_request + batch->request_count; i++) {
        const char *url = workload_text(workload, workload_request(workload, i)->url);
        offsets[i] = is_copy ? offsets[i - batch->request_count] : report_show_url(report, url);
    }
}

/* Texts that must not move are remembered by offset first. */
static int report_show_urls(struct report *report, struct failure *failure)
{
    const struct workload *workload = report->plan->workload;
    size_t count = (size_t)workload->request_count;
    size_t *offsets = calloc(count, sizeof *offsets);

    report->shown_url_of = calloc(count, sizeof *report->shown_url_of);
    for (uint64_t b = 0; offsets && b < workload->batch_count; b++)
        report_show_batch(report, b, offsets);
    bool has_memory = offsets && report->shown_url_of && !report->shown_urls.out_of_memory;
    for (size_t i = 0; has_memory && i < count; i++)
        report->shown_url_of[i] = offsets[i] == SHOWN_AS_IS
                                      ? workload_text(workload, workload_request(workload, i)->url)
                                      : report->shown_urls.bytes + offsets[i];
    free(offsets);
    return has_memory ? 0 : failure_set(failure, FAILURE_RUN, "out of memory for the URLs of the workload");
}

static int report_take_json(void *part, struct buffer *json, struct failure *failure)
{
    return folder_part_append(part, json, failure);
}

static int report_write_workload(struct report *report, struct failure *failure)
{
    struct folder_part part;
    const struct workload_taker taker = {report_take_json, &part};

    if (folder_part_begin(&part, &report->folder, WORKLOAD_FILE, failure) != 0)
        return -1;
    int result = workload_write_json_parts(report->plan->workload, &report->csv, &taker, failure);
    buffer_release(&report->csv); /* one batch may have been large */
    return folder_part_end(&part, result, failure);
}

static int report_write_urls(struct report *report, struct failure *failure)
{
    struct folder_part part;

    if (folder_part_begin(&part, &report->folder, table_urls.file, failure) != 0)
        return -1;
    int result = urls_write(&report->tally, report->shown_url_of, &part, &report->csv, failure);
    return folder_part_end(&part, result, failure);
}

static int report_write_experiment(struct report *report, const struct summary *summaries,
    const struct warnings *warnings, bool is_complete, struct failure *failure)
{
    struct experiment_end end = {
        .started_utc_ns = report->started_utc_ns,
        .finished_utc_ns = summaries ? clock_utc_ns() : 0,
        .is_complete = is_complete,
        .failed_requests = report->failed_requests,
        .failed_trials = report->failed_trials,
        .summaries = summaries,
        .warnings = warnings,
    };

    if (experiment_write_json(report->plan, &end, &report->csv, failure) != 0)
        return -1;
    return folder_write_file(&report->folder, EXPERIMENT_FILE, &report->csv, failure);
}

static int report_write_markdown(struct report *report, const struct summary *summaries,
    const struct warnings *warnings, struct failure *failure)
{
    markdown_describe(report->plan, summaries, warnings, &report->csv);
    return folder_write_file(&report->folder, MARKDOWN_FILE, &report->csv, failure);
}

struct report *report_create(const struct plan *plan, struct failure *failure)
{
    struct report *report = calloc(1, sizeof *report);

    if (!report) {
        failure_set(failure, FAILURE_RUN, "out of memory");
        return NULL;
    }
    *report = (struct report){.plan = plan, .folder = FOLDER_NONE, .trials = -1, .requests = -1};
    report->started_utc_ns = clock_utc_ns();
    if (tally_init(&report->tally, plan, failure) == 0 && report_show_urls(report, failure) == 0 &&
        report_open_folder(report, failure) == 0 &&
        report_start_file(report, &table_trials, &report->trials, failure) == 0 &&
        report_start_file(report, &table_requests, &report->requests, failure) == 0 &&
        report_write_workload(report, failure) == 0 &&
        report_write_experiment(report, NULL, NULL, false, failure) == 0)
        return report;
    report_destroy(report);
    return NULL;
}

/* A moment since the trial's clock started; missing when either is unknown. */
static uint64_t report_since_start(const struct records *records, uint64_t at_ns)
{
    bool is_known = records->clock_started_ns != 0 && at_ns >= records->clock_started_ns;

    return is_known ? at_ns - records->clock_started_ns : MISSING_COUNT;
}

static uint64_t report_known(uint64_t value)
{
    return value == 0 ? MISSING_COUNT : value;
}

/* A count of handshakes, which may not have been counted. */
static uint64_t report_handshakes(uint32_t count)
{
    return count == RECORD_UNKNOWN ? MISSING_COUNT : count;
}

/* A request that was not sent has no times. */
static void report_fill_times(struct request_row *row, const struct trial_row *trial,
    const struct records *records, const struct record *record)
{
    uint64_t lane = record->lane;

    row->lane = lane < trial->settings->concurrency ? lane + 1 : MISSING_COUNT;
    row->started_ns = report_since_start(records, record->started_ns);
    row->finished_ns = report_since_start(records, record->finished_ns);
    row->intended_ns =
        record->intended_ns == 0 ? MISSING_COUNT : report_since_start(records, record->intended_ns);
    row->duration_ns = record_duration_ns(record);
    row->service_ns = record->finished_ns - record->started_ns;
    row->first_byte_ns = record->starttransfer_us == 0 || row->started_ns == MISSING_COUNT
                             ? MISSING_COUNT
                             : row->started_ns + record->starttransfer_us * NS_PER_US;
    row->namelookup_us = report_known(record->namelookup_us);
    row->connect_us = report_known(record->connect_us);
    row->appconnect_us = report_known(record->appconnect_us);
    row->pretransfer_us = report_known(record->pretransfer_us);
    row->starttransfer_us = report_known(record->starttransfer_us);
    row->response_code = report_known(record->response_code);
    row->http_version = http_version_word(record->http_version);
    row->connections_opened = trial->is_of_guest ? MISSING_COUNT : record->connections_opened;
    row->handshakes_full = report_handshakes(record->handshakes_full);
    row->handshakes_resumed = report_handshakes(record->handshakes_resumed);
    row->retries = trial->is_of_guest ? MISSING_COUNT : record->retries;
    row->bytes_received = record->bytes_received;
    row->curl_code =
        record->curl_code < 0 || trial->is_of_guest ? MISSING_COUNT : (uint64_t)record->curl_code;
}

/* Of a request that was not sent: nothing is known. */
static const struct request_row report_unsent = {
    .lane = MISSING_COUNT,
    .intended_ns = MISSING_COUNT,
    .started_ns = MISSING_COUNT,
    .first_byte_ns = MISSING_COUNT,
    .finished_ns = MISSING_COUNT,
    .duration_ns = MISSING_COUNT,
    .service_ns = MISSING_COUNT,
    .namelookup_us = MISSING_COUNT,
    .connect_us = MISSING_COUNT,
    .appconnect_us = MISSING_COUNT,
    .pretransfer_us = MISSING_COUNT,
    .starttransfer_us = MISSING_COUNT,
    .response_code = MISSING_COUNT,
    .connections_opened = MISSING_COUNT,
    .handshakes_full = MISSING_COUNT,
    .handshakes_resumed = MISSING_COUNT,
    .retries = MISSING_COUNT,
    .bytes_received = MISSING_COUNT,
    .curl_code = MISSING_COUNT,
};

static void report_write_request(struct report *report, const struct trial_row *trial,
    const struct records *records, uint64_t batch, uint64_t place)
{
    const struct workload *workload = report->plan->workload;
    uint64_t index = workload_first_index(workload, batch) + place;
    uint64_t of_table = index % workload->request_count;
    const struct record *record = &records->slots[index];
    enum outcome outcome = record_outcome(record);
    struct request_row row = report_unsent;
    char error[RECORD_ERROR_SIZE];

    row.batch = batch + 1;
    row.batch_name = workload_text(workload, workload_batch(workload, batch % workload->batch_count)->name);
    row.request = place + 1;
    row.method = workload_text(workload, workload_request(workload, of_table)->method);
    row.url = report->shown_url_of[of_table];
    row.outcome = outcome_word(outcome);
    if (outcome == OUTCOME_OK || outcome_is_failure(outcome)) {
        if (record_has_times(record))
            report_fill_times(&row, trial, records, record);
        row.error = record_error(records, record, error);
    }
    buffer_append(&report->csv, report->shared.bytes, report->shared.size);
    table_write_rest(&table_requests, &row, &report->csv);
    report->csv.out_of_memory = report->csv.out_of_memory || report->shared.out_of_memory;
}

static void report_share(struct report *report, const struct trial_row *trial)
{
    const struct request_row row = {
        .trial = trial->trial,
        .round = trial->round,
        .warmup = trial->warmup,
        .arm = trial->arm,
        .strategy = trial->strategy,
        .settings = trial->settings,
    };

    buffer_clear(&report->shared);
    table_write_shared(&table_requests, &row, &report->shared);
}

static bool report_has_failed(
    const struct report *report, const struct records *records, uint64_t batch, uint64_t place)
{
    uint64_t index = workload_first_index(report->plan->workload, batch) + place;

    return outcome_is_failure(record_outcome(&records->slots[index])) != 0;
}

static int report_write_requests(struct report *report, const struct trial_row *trial,
    const struct records *records, struct failure *failure)
{
    const struct workload *workload = report->plan->workload;
    bool is_first_measured = trial->round == report->plan->settings->warmup + 1;
    bool is_whole = report->plan->settings->records != RECORDS_SAMPLE || is_first_measured;

    if (report->plan->settings->records == RECORDS_NONE)
        return 0;
    report_share(report, trial);
    for (uint64_t batch = 0; batch < report->plan->extent.batch_count; batch++) {
        uint64_t size = workload_batch(workload, batch % workload->batch_count)->request_count;
        for (uint64_t place = 0; place < size; place++)
            if (is_whole || report_has_failed(report, records, batch, place))
                report_write_request(report, trial, records, batch, place);
        bool is_last = batch + 1 == report->plan->extent.batch_count;
        if ((is_last || report->csv.size > FOLDER_CHUNK_BYTES) &&
            folder_append(&report->folder, report->requests, table_requests.file, &report->csv, failure) != 0)
            return -1;
    }
    return 0;
}

int report_add_trial(struct report *report, size_t arm, size_t round, struct trial_row *row,
    struct records *records, struct failure *failure)
{
    const struct plan *plan = report->plan;

    if (tally_count_records(row, records, failure) != 0 ||
        report_write_requests(report, row, records, failure) != 0)
        return -1;
    if (plan->arms[arm].sends_nothing)
        row->requests_per_s = NAN;
    /* After its requests: a trial that has a row has all of them. */
    table_write_row(&table_trials, row, &report->csv);
    if (folder_append(&report->folder, report->trials, table_trials.file, &report->csv, failure) != 0)
        return -1;
    tally_add_elsewhere(&report->tally, row);
    report->failed_requests += row->failed;
    report->failed_trials += !row->is_ok;
    if (round >= plan->settings->warmup && !row->is_cut_short) /* then its round is not finished either */
        tally_add(&report->tally, arm, round - (size_t)plan->settings->warmup, row, records);
    else
        tally_add_unmeasured(&report->tally, arm, row, records);
    if (plan->settings->trace && round == plan->settings->warmup)
        return trace_print(plan, row, records, report->shown_url_of, failure);
    return 0;
}

static int report_write_summary(
    struct report *report, const struct summary *summaries, struct failure *failure)
{
    table_write_header(&table_summary, &report->csv);
    for (size_t arm = 0; arm < report->plan->arm_count; arm++)
        table_write_row(&table_summary, &summaries[arm].row, &report->csv);
    return folder_write_file(&report->folder, table_summary.file, &report->csv, failure);
}

static void report_print(struct report *report, const struct buffer *text)
{
    FILE *out = report->plan->out;

    if (text->out_of_memory) { /* a part would look like all of it */
        report->print_error = ENOMEM;
        return;
    }
    bool is_printed = fwrite(text->bytes, 1, text->size, out) == text->size && fflush(out) == 0;
    report->print_error = is_printed ? 0 : errno;
}

void report_warn(FILE *err, const char *finding, const char *advice)
{
    (void)fprintf(err, "warning: %s; %s\n", finding, advice);
}

/* An array of a row for each arm. */
static void report_describe_json(
    const struct report *report, const struct summary *summaries, struct buffer *text)
{
    const char *columns = report->plan->settings->columns;
    json_t *rows = json_array();
    bool is_whole = rows != NULL;

    for (size_t arm = 0; is_whole && arm < report->plan->arm_count; arm++)
        is_whole = json_array_append_new(
                       rows, columns ? chosen_columns_to_json(&table_summary, columns, &summaries[arm].row)
                                     : table_row_to_json(&table_summary, &summaries[arm].row)) == 0;
    char *dump = is_whole ? json_dumps(rows, JSON_INDENT(2) | JSON_REAL_PRECISION(7)) : NULL;
    json_decref(rows);
    buffer_append_text(text, dump ? dump : "");
    buffer_append_text(text, "\n");
    text->out_of_memory = text->out_of_memory || !dump;
    free(dump);
}

static void report_describe_csv(
    const struct report *report, const struct summary *summaries, struct buffer *text)
{
    const char *columns = report->plan->settings->columns;

    if (columns)
        chosen_columns_write_header(columns, text);
    else
        table_write_header(&table_summary, text);
    for (size_t arm = 0; arm < report->plan->arm_count; arm++)
        if (columns)
            chosen_columns_write_row(&table_summary, columns, &summaries[arm].row, text);
        else
            table_write_row(&table_summary, &summaries[arm].row, text);
}

static void report_add_folder(const struct report *report, struct buffer *text)
{
    buffer_append_text(text, "results: ");
    size_t start = text->size;
    buffer_append_text(text, report->folder.path);
    text->size = start + utf8_tidy(text->bytes + start, text->size - start);
    buffer_append_text(text, "\n");
}

/* What goes to standard output: in a form for other programs, that alone. */
static void report_describe(const struct report *report, const struct summary *summaries,
    const struct warnings *warnings, struct buffer *text)
{
    const struct settings *settings = report->plan->settings;

    if (settings->json) {
        report_describe_json(report, summaries, text);
    } else if (settings->csv) {
        report_describe_csv(report, summaries, text);
    } else if (settings->markdown) {
        markdown_describe(report->plan, summaries, warnings, text);
    } else {
        terminal_describe(report->plan, summaries, text);
        buffer_append_text(text, "\n");
        report_add_folder(report, text);
    }
}

int report_finish(struct report *report, bool is_complete, struct evidence *evidence, struct failure *failure)
{
    struct warnings warnings = {0};

    if (!is_complete)
        tally_drop_unfinished_round(&report->tally);
    struct summary *summaries = summarise(&report->tally, failure);
    struct buffer text = {0};
    int result = summaries ? 0 : -1;

    if (result == 0 && evidence)
        result = evidence_take(evidence, report->plan, &report->tally, summaries, failure);
    if (result == 0)
        warnings_collect(&warnings, report->plan, &report->tally, summaries, is_complete);
    if (result == 0)
        result = report_write_summary(report, summaries, failure);
    if (result == 0)
        result = report_write_urls(report, failure);
    if (result == 0)
        result = report_write_markdown(report, summaries, &warnings, failure);
    if (result == 0)
        result = report_write_experiment(report, summaries, &warnings, is_complete, failure);
    if (result == 0) {
        report_describe(report, summaries, &warnings, &text);
        report_print(report, &text);
    }
    bool is_heard = !ferror(report->plan->out); /* a closed pipe ends quietly */
    for (size_t i = 0; result == 0 && is_heard && i < warnings.count; i++)
        if (!warnings.items[i].is_told)
            report_warn(report->plan->err, warnings.items[i].finding, warnings.items[i].advice);
    buffer_release(&text);
    warnings_release(&warnings);
    free(summaries);
    return result;
}

const char *report_folder(const struct report *report)
{
    return report->folder.path;
}

int report_print_error(const struct report *report)
{
    return report->print_error;
}

int report_hold_folder(const struct report *report)
{
    return folder_hold(&report->folder);
}

uint64_t report_failed_requests(const struct report *report)
{
    return report->failed_requests;
}

uint64_t report_failed_trials(const struct report *report)
{
    return report->failed_trials;
}

uint64_t report_measured_trials(const struct report *report)
{
    uint64_t trials = 0;

    for (size_t arm = 0; arm < report->plan->arm_count; arm++)
        trials += report->tally.of_arms[arm].counts.trials;
    return trials;
}

struct report_memory report_memory(
    const struct workload *workload, struct workload_extent extent, size_t arm_count, size_t rounds)
{
    double urls = (double)workload->request_count;
    double pointers = urls * (double)sizeof(char *);

    return (struct report_memory){
        /* of URLs that may be shown as they are, the pointers are all */
        .lasting =
            tally_memory_bytes(extent.request_count, arm_count, rounds) + pointers + 2.0 * FOLDER_CHUNK_BYTES,
        .starting = urls * (double)sizeof(size_t) + workload_json_memory_bytes(workload),
        .counting = tally_counting_bytes(extent.request_count),
        .finishing =
            urls_memory_bytes(workload->request_count) + (double)arm_count * (double)sizeof(struct summary),
    };
}

void report_destroy(struct report *report)
{
    if (!report)
        return;
    if (report->trials >= 0)
        (void)close(report->trials);
    if (report->requests >= 0)
        (void)close(report->requests);
    folder_release(&report->folder);
    tally_release(&report->tally);
    buffer_release(&report->csv);
    buffer_release(&report->shared);
    buffer_release(&report->shown_urls);
    free(report->shown_url_of);
    free(report);
}
