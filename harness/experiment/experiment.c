#include "experiment.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builds.h"
#include "clock.h"
#include "forecast.h"
#include "guests.h"
#include "http.h"
#include "interrupt.h"
#include "measure.h"
#include "memory.h"
#include "messages.h"
#include "metadata.h"
#include "origin.h"
#include "placement.h"
#include "ports.h"
#include "ports_wait.h"
#include "process.h"
#include "progress.h"
#include "reach.h"
#include "schedule.h"
#include "server.h"
#include "system_limits.h"
#include "transfer.h"
#include "trial.h"
#include "trust.h"

/* Beyond a request's own time-out, before a trial counts as hung. */
#define PATIENCE_MARGIN_NS (5 * NS_PER_S)

/* Everything that an experiment holds, acquired and released in this order. */
struct experiment {
    const struct experiment_task *task;
    const struct settings *settings;
    struct interrupt interrupt;
    struct placement placement;
    char client_cpus[PLACEMENT_TEXT_SIZE];
    char origin_cpus[PLACEMENT_TEXT_SIZE];
    struct origin origin; /* pid 0: not ours */
    int origin_fd;        /* its pidfd, or -1 */
    const char *base_url; /* in the end; NULL: the workload has no paths */
    struct reach_finding missing;
    struct shared_memory records;
    struct messages messages; /* of trials on builds of libcurl, of participants and of plug-ins */
    struct guests guests;
    bool asks_for_faults; /* a request has a path of the embedded origin's faults */
    size_t *order;
    struct plan plan;
    struct report *report;
    struct progress progress;
    struct forecast forecast;
    struct ports_wait ports_wait;
    bool is_complete;
};

_Static_assert(ORIGIN_ADDRESSES_MAX == SERVER_ADDRESSES_MAX, "the origin listens on what can be asked for");

/* The embedded one, for the workload's paths. */
static bool experiment_needs_origin(const struct experiment_task *task)
{
    const struct workload *workload = task->workload->bytes;

    return !task->settings->base_url && workload->path_count > 0;
}

static int experiment_start_origin(struct experiment *experiment, struct failure *failure)
{
    const struct workload *workload = experiment->task->workload->bytes;

    const struct origin_options options = {
        .tls = experiment->settings->tls, .addresses = experiment->settings->origin_addresses};

    experiment->base_url = experiment->settings->base_url;
    if (options.tls && workload->path_count == 0)
        return failure_set(failure, FAILURE_USAGE,
            "--tls is about the embedded origin, and the workload has no paths, which go there; drop it");
    if (options.addresses > 1 && workload->path_count == 0)
        return failure_set(failure, FAILURE_USAGE,
            "--origin-addresses is about the embedded origin, and the workload has no paths, which go there; "
            "drop it");
    if (!experiment_needs_origin(experiment->task))
        return 0;
    if (origin_start(&experiment->origin, &options, failure) != 0)
        return -1;
    if (options.tls &&
        trust_append_known(experiment->origin.authority_fd, experiment->settings->ca_file, failure) != 0)
        return -1;
    experiment->base_url = experiment->origin.base_url;
    if (placement_of_origin(&experiment->placement, experiment->origin.pid, failure) != 0)
        return -1;
    experiment->origin_fd = process_open(experiment->origin.pid);
    if (experiment->origin_fd < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't watch the origin's process");
    return 0;
}

static int experiment_open_report(struct experiment *experiment, struct failure *failure)
{
    const struct experiment_task *task = experiment->task;

    experiment->plan = (struct plan){
        .settings = task->settings,
        .command = task->command,
        .arms = task->arms->items,
        .arm_count = task->arms->count,
        .order = experiment->order,
        .workload = task->workload->bytes,
        .extent = task->extent,
        .base_url = experiment->base_url,
        .has_embedded_origin = experiment->origin.pid != 0,
        .cpus_missing = experiment->placement.is_short,
        .busy_at_start = metadata_busy_share(),
        .other_work = (const char *const *)experiment->guests.other_work,
        .unreached = experiment->missing.text.bytes,
        .unreached_advice = experiment->missing.advice,
        .is_placed = experiment->placement.is_client_set || experiment->placement.is_origin_set,
        .client_cpus = experiment->client_cpus,
        .origin_cpus = experiment->origin_cpus,
        .out = stdout,
        .err = stderr,
        .in_colour = task->in_colour,
    };
    experiment->report = report_create(&experiment->plan, failure);
    return experiment->report ? 0 : -1;
}

/* The experiment's process, the trial's and the origin's, with nothing to do. */
#define PROCESSES_BYTES (8.0 * 1024 * 1024)

/* In place of the embedded origin's URL, which is not known before it starts. */
#define LIKELY_BASE_URL "http://127.0.0.1:65535"

/* Everything that grows with the experiment: each part is counted where it is taken. The records are there
 * while a trial runs and while it is counted; of what is taken for a time, the most at once counts. What the
 * workload takes is taken already. */
static struct limits_memory experiment_memory(const struct experiment_task *task)
{
    const struct workload *workload = task->workload->bytes;
    struct settings settings = *task->settings;
    struct report_memory report =
        report_memory(workload, task->extent, task->arms->count, (size_t)settings.repeat);
    double records = records_memory_bytes(task->extent.request_count);

    settings.base_url = settings.base_url ? settings.base_url : LIKELY_BASE_URL;
    return (struct limits_memory){
        .lasting = report.lasting + PROCESSES_BYTES +
                   (double)plan_rounds(&settings) * (double)task->arms->count * (double)sizeof(size_t),
        .trial = records + lanes_prepared_bytes(&settings, workload, task->extent),
        .between = fmax(report.starting, fmax(records + report.counting, report.finishing)),
    };
}

int experiment_check_limits(const struct experiment_task *task, struct failure *failure)
{
    uint64_t requests = task->extent.request_count;
    struct limits_memory memory = experiment_memory(task);

    if (limits_check_files(task->arms, experiment_needs_origin(task), failure) != 0 ||
        limits_check_threads(task->arms, failure) != 0 ||
        limits_check_memory(task->arms, requests, &memory, failure) != 0)
        return -1;
    return limits_check_ports(task->arms, ports_requests(task->settings, task->workload->bytes, task->extent),
        task->extent.batch_count, failure);
}

int experiment_count_processors(const struct settings *settings, size_t *count, struct failure *failure)
{
    struct placement placement;

    if (placement_choose(&placement, settings->client_cpus, settings->origin_cpus, failure) != 0)
        return -1;
    *count = placement_count_client(&placement);
    return 0;
}

/* The origin is placed when it is started, and the trials take after this process. */
static int experiment_choose_placement(struct experiment *experiment, struct failure *failure)
{
    const struct settings *settings = experiment->settings;
    struct placement *placement = &experiment->placement;

    if (placement_choose(placement, settings->client_cpus, settings->origin_cpus, failure) != 0)
        return -1;
    placement_write(&placement->client, placement->is_client_set, experiment->client_cpus);
    placement_write(&placement->origin, placement->is_origin_set, experiment->origin_cpus);
    return 0;
}

/* Not for strategies that send nothing. */
static int experiment_reach_servers(struct experiment *experiment, struct failure *failure)
{
    const struct arms *arms = experiment->task->arms;
    const struct reach_task task = {.settings = experiment->settings,
        .workload = experiment->task->workload->bytes,
        .base_url = experiment->base_url,
        .is_base_ours = experiment->origin.pid != 0,
        .interrupt_fd = experiment->interrupt.fd,
        .err = stderr};

    for (size_t arm = 0; arm < arms->count; arm++)
        if (!arms->items[arm].sends_nothing)
            return reach_servers(&task, &experiment->missing, failure);
    return 0;
}

static int experiment_receive_guests(struct experiment *experiment, struct failure *failure)
{
    const struct guests_place place = {.base_url = experiment->base_url,
        .interrupt_fd = experiment->interrupt.fd,
        .messages_fd = experiment->messages.fd};

    return guests_receive(&experiment->guests, experiment->task, &place, failure);
}

static bool experiment_asks_for_faults(const struct workload *workload)
{
    static const char faults[] = "/fault/";

    for (uint64_t i = 0; i < workload->request_count; i++)
        if (strncmp(workload_text(workload, workload_request(workload, i)->url), faults, strlen(faults)) == 0)
            return true;
    return false;
}

static int experiment_prepare(struct experiment *experiment, struct failure *failure)
{
    const struct settings *settings = experiment->settings;
    const struct experiment_task *task = experiment->task;

    if (experiment_check_limits(task, failure) != 0 ||
        interrupt_watch(&experiment->interrupt, failure) != 0 ||
        experiment_choose_placement(experiment, failure) != 0 ||
        experiment_start_origin(experiment, failure) != 0 ||
        experiment_reach_servers(experiment, failure) != 0 ||
        placement_of_trials(&experiment->placement, failure) != 0 ||
        records_create(&experiment->records, task->extent.request_count, failure) != 0 ||
        messages_open(&experiment->messages, failure) != 0)
        return -1;
    experiment->asks_for_faults = experiment_asks_for_faults(task->workload->bytes);
    if (experiment_receive_guests(experiment, failure) != 0)
        return -1;
    experiment->order = plan_draw_order(settings, task->arms->count, failure);
    if (!experiment->order || experiment_open_report(experiment, failure) != 0)
        return -1;
    progress_start(&experiment->progress, settings->quiet);
    if (forecast_init(&experiment->forecast, &experiment->plan, failure) != 0)
        return -1;
    ports_wait_init(
        &experiment->ports_wait, &experiment->plan, experiment->interrupt.fd, &experiment->progress);
    return 0;
}

static void experiment_release(struct experiment *experiment)
{
    forecast_release(&experiment->forecast);
    report_destroy(experiment->report);
    reach_finding_release(&experiment->missing);
    free(experiment->order);
    guests_release(&experiment->guests);
    messages_close(&experiment->messages);
    shared_memory_release(&experiment->records);
    if (experiment->origin_fd >= 0)
        (void)close(experiment->origin_fd);
    origin_stop(&experiment->origin);
    placement_undo(&experiment->placement);
    interrupt_end(&experiment->interrupt);
}

/* Nothing writes into these but the trial they are made for: an earlier one that lives on has its own. */
static int experiment_renew_records(struct experiment *experiment, struct failure *failure)
{
    shared_memory_release(&experiment->records);
    return records_create(&experiment->records, experiment->task->extent.request_count, failure);
}

/* What is known of trial number `trial`, from 0, before it runs. */
static struct trial_row experiment_row(
    const struct experiment_task *task, size_t trial, const struct arm *arm)
{
    const struct settings *settings = &arm->settings;
    const struct workload *workload = task->workload->bytes;
    size_t round = trial / task->arms->count;

    return (struct trial_row){
        .trial = trial + 1,
        .round = round + 1,
        .position = trial % task->arms->count + 1,
        .warmup = (round < settings->warmup),
        .arm = arm->name,
        .strategy = arm->label,
        .family = arm->family,
        .workload = workload_text(workload, workload->name),
        .settings = settings,
        .rate_per_s = (settings->rate > 0) ? settings->rate : NAN,
        .arrivals = plan_arrivals(settings),
        .requests = task->extent.request_count,
    };
}

/* Not when nobody reads the output any longer: the files are still wanted. */
static bool experiment_is_interrupted(struct experiment *experiment)
{
    return interrupt_has_come(&experiment->interrupt);
}

/* What a trial wrote is held against what is known of it, when nobody can write it any longer. What a warm-up
 * pass left does not belong to it. */
static int experiment_check_records(
    struct experiment *experiment, const struct measurement *measurement, struct failure *failure)
{
    const struct trial *trial = &measurement->trial;
    bool is_done = trial->status == TRIAL_OK;
    const struct records_span span = {.from_ns = trial->go_ns,
        .to_ns = is_done ? trial->go_ns + trial->wall_ns : clock_monotonic_ns(),
        .is_open_loop = measurement->task->settings->rate > 0};

    if (shared_memory_take_back(&experiment->records, failure) != 0)
        return -1;
    struct records *records = experiment->records.bytes;
    if (trial->go_ns == 0 || records->clock_started_ns == 0)
        return experiment_renew_records(experiment, failure);
    records_check_times(records, measurement->watch.request_count, &span);
    return 0;
}

/* Those that a trial opened, and those for which it had no port. */
static uint64_t experiment_connections(const struct trial_row *row, const struct records *records)
{
    uint64_t count = row->connections_opened;

    for (uint64_t i = 0; i < row->requests; i++)
        count += record_outcome(&records->slots[i]) == OUTCOME_NO_PORT;
    return count;
}

/* What goes for every trial of this arm. */
static struct settings experiment_settings(const struct experiment *experiment, const struct arm *arm)
{
    struct settings settings = arm->settings;

    settings.base_url = experiment->base_url;
    if (settings.tls)
        settings.ca_file = experiment->origin.authority;
    return settings;
}

/* Does the embedded origin see all that a contestant does? It does not count what a fault answers. */
static bool experiment_is_seen(const struct experiment *experiment)
{
    const struct workload *workload = experiment->task->workload->bytes;

    return experiment->origin.pid != 0 && workload->path_count == workload->request_count &&
           !experiment->asks_for_faults;
}

/* Does the gauge count the workload's requests, each once? */
static bool experiment_counts_requests(const struct experiment *experiment)
{
    return experiment_is_seen(experiment) && !experiment->settings->follow_redirects &&
           experiment->settings->start == START_COLD;
}

/* For how long no request may end. What a participant has done is not seen before it says so, unless its
 * requests go to the embedded origin: elsewhere it has the time in which its lanes could wait for one
 * time-out after the other. */
static uint64_t experiment_patience_ns(
    const struct experiment *experiment, const struct arm *arm, const struct settings *settings)
{
    uint64_t requests = experiment->task->extent.request_count;
    bool is_seen = !arm->participant || experiment_is_seen(experiment);
    uint64_t times = is_seen ? 1 : requests / settings->concurrency + 1;

    return times * settings->timeout_ms * NS_PER_MS + PATIENCE_MARGIN_NS + schedule_longest_gap_ns(settings);
}

/* As many answers as the origin may have to give: with redirects, and once more before a warm start. */
static uint64_t experiment_answers(const struct experiment *experiment, const struct settings *settings)
{
    uint64_t turns = settings->follow_redirects ? 1 + REDIRECTS_MAX : 1;
    uint64_t passes = settings->start == START_WARM ? 2 : 1;

    return experiment->task->extent.request_count * turns * passes;
}

/* Of a trial that has not begun. */
static struct measurement experiment_measurement(
    struct experiment *experiment, const struct arm *arm, const struct trial_task *task)
{
    return (struct measurement){
        .task = task,
        .arm = arm,
        .ports_wait = &experiment->ports_wait,
        .origin = experiment->origin.pid != 0 ? &experiment->origin : NULL,
        .workload_fd = experiment->task->workload->fd,
        .records_fd = experiment->records.fd,
        .watch = {.interrupt_fd = experiment->interrupt.fd,
            .origin_fd = experiment->origin_fd,
            .served = arm_is_guest(arm) && experiment_is_seen(experiment)
                          ? &experiment->origin.gauge->requests_served
                          : NULL,
            .served_most = experiment_answers(experiment, task->settings),
            .records = experiment->records.bytes,
            .request_count = experiment->task->extent.request_count,
            .patience_ns = experiment_patience_ns(experiment, arm, task->settings)},
    };
}

/* A trial that its user looks on at. */
struct experiment_view {
    const struct progress *progress;
    struct progress_trial trial;
    uint64_t begun_ns;
    const struct gauge *gauge; /* NULL: nobody counts */
};

static void experiment_tick(void *context)
{
    struct experiment_view *view = context;

    view->trial.elapsed_s = (double)(clock_monotonic_ns() - view->begun_ns) / (double)NS_PER_S;
    view->trial.served = view->gauge ? atomic_load(&view->gauge->requests_served) : UINT64_MAX;
    progress_show(view->progress, &view->trial);
}

/* Takes the trial at `position` of `round`, both from 0, into the row; false when the user wants to stop
 * before it begins. */
static bool experiment_measure(struct experiment *experiment, size_t round, size_t position,
    struct measurement *measurement, struct trial_row *row)
{
    size_t place = round * experiment->task->arms->count + position;
    size_t arm = experiment->order[place];
    uint64_t begun_ns = clock_monotonic_ns();

    measurement_await_quiet(measurement);
    if (experiment_is_interrupted(experiment))
        return false;
    struct experiment_view view = {
        .progress = &experiment->progress,
        .trial = {.round = round + 1,
            .rounds = plan_rounds(experiment->settings),
            .label = row->arm,
            .expected_s = forecast_trial_s(&experiment->forecast, arm),
            .left_s = forecast_left_s(&experiment->forecast, place),
            .requests = experiment->task->extent.request_count},
        .begun_ns = begun_ns,
        .gauge = experiment_counts_requests(experiment) ? experiment->origin.gauge : NULL,
    };
    progress_show(&experiment->progress, &view.trial);
    measurement->watch.tick = experiment->progress.is_shown ? experiment_tick : NULL;
    measurement->watch.tick_context = &view;
    measurement_take(measurement, row);
    forecast_learn(&experiment->forecast, arm, (double)(clock_monotonic_ns() - begun_ns) / (double)NS_PER_S);
    return true;
}

/* Runs the trial at `position` of `round`, both from 0, and writes it down; none when the user wants to stop
 * before it begins. */
static int experiment_run_trial(struct experiment *experiment, size_t round, size_t position,
    enum trial_status *status, struct failure *failure)
{
    const struct experiment_task *task = experiment->task;
    size_t place = round * task->arms->count + position;
    size_t arm = experiment->order[place];
    const struct arm *chosen = &task->arms->items[arm];
    const struct settings settings = experiment_settings(experiment, chosen);
    if (experiment_renew_records(experiment, failure) != 0)
        return -1;
    const struct trial_guest guest =
        guests_task(&experiment->guests, chosen, &settings, experiment->records.bytes);
    struct trial_task trial_task = trial_task_own(chosen->told, chosen->plugin, task->extent, &settings);
    if (chosen->participant) {
        trial_task.guest = &guest;
        trial_task.counts_itself = false;
    }
    if (chosen->build) {
        trial_task.environment = chosen->build->environment;
        trial_task.libcurl = chosen->build->file;
    }
    if (chosen->build || arm_is_guest(chosen))
        trial_task.messages = &experiment->messages.fd;
    messages_clear(&experiment->messages);
    struct measurement measurement = experiment_measurement(experiment, chosen, &trial_task);
    struct trial_row row = experiment_row(task, place, chosen);
    if (!experiment_measure(experiment, round, position, &measurement, &row))
        return 0;
    *status = measurement.trial.status;
    if (*status != TRIAL_OK && *status != TRIAL_INTERRUPTED) {
        progress_end(&experiment->progress);
        messages_show(&experiment->messages, chosen->name, stderr);
    }
    if (experiment_check_records(experiment, &measurement, failure) != 0 ||
        report_add_trial(experiment->report, arm, round, &row, experiment->records.bytes, failure) != 0)
        return -1;
    if (!chosen->participant) /* which does not tell */
        ports_wait_learn(
            &experiment->ports_wait, chosen, experiment_connections(&row, experiment->records.bytes));
    return 0;
}

static int experiment_run_round(struct experiment *experiment, size_t round, struct failure *failure)
{
    enum trial_status status = TRIAL_OK;

    for (size_t position = 0; position < experiment->task->arms->count; position++) {
        if (experiment_is_interrupted(experiment))
            return 0;
        if (experiment_run_trial(experiment, round, position, &status, failure) != 0)
            return -1;
        if (status == TRIAL_ORIGIN_LOST)
            return failure_set(failure, FAILURE_RUN,
                "the embedded origin ended during round %zu; the results so far are kept", round + 1);
    }
    return 0;
}

/* All rounds, or up to the one in which the user wants to stop, or after which the time is up. */
static int experiment_run_rounds(struct experiment *experiment, struct failure *failure)
{
    const struct settings *settings = experiment->settings;
    uint64_t limit_ns = settings->max_time_ms * NS_PER_MS;
    uint64_t started_ns = clock_monotonic_ns();
    uint64_t longest_ns = 0;

    forecast_tell(&experiment->forecast, 0, &experiment->progress);
    for (size_t round = 0; round < plan_rounds(settings); round++) {
        uint64_t begun_ns = clock_monotonic_ns();
        if (limit_ns > 0 && round > 0 && begun_ns - started_ns + longest_ns > limit_ns)
            return 0;
        if (experiment_run_round(experiment, round, failure) != 0)
            return -1;
        if (!experiment_is_interrupted(experiment))
            forecast_tell(&experiment->forecast, round + 1, &experiment->progress);
        uint64_t took_ns = clock_monotonic_ns() - begun_ns;
        longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
    }
    experiment->is_complete = !experiment_is_interrupted(experiment);
    return 0;
}

/* The summary is written also of what was done before something went wrong; the first failure is the one to
 * tell. */
static int experiment_finish(struct experiment *experiment, int result, struct failure *failure)
{
    struct failure later;

    progress_end(&experiment->progress);
    shared_memory_release(&experiment->records); /* which no trial needs any more */
    if (report_finish(experiment->report, experiment->is_complete, experiment->task->evidence,
            result == 0 ? failure : &later) != 0)
        result = -1;
    return result;
}

static void experiment_fill_result(struct experiment *experiment, struct experiment_result *result)
{
    result->folder = strdup(report_folder(experiment->report)); /* NULL when out of memory: then no charts */
    result->folder_hold = report_hold_folder(experiment->report);
    result->print_error = report_print_error(experiment->report);
    result->failed_requests = report_failed_requests(experiment->report);
    result->failed_trials = report_failed_trials(experiment->report);
    result->measured_trials = report_measured_trials(experiment->report);
    result->was_interrupted = !experiment->is_complete && experiment_is_interrupted(experiment);
}

int experiment_run(
    const struct experiment_task *task, struct experiment_result *result, struct failure *failure)
{
    struct experiment experiment = {.task = task,
        .settings = task->settings,
        .interrupt = {.fd = -1},
        .origin_fd = -1,
        .records = SHARED_MEMORY_NONE,
        .messages = MESSAGES_NONE,
        .guests = GUESTS_NONE};

    *result = (struct experiment_result){0};
    memory_give_back_at_once();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that is too large is told as an error of writing */
    int outcome = experiment_prepare(&experiment, failure);
    if (outcome == 0) {
        outcome = experiment_run_rounds(&experiment, failure);
        outcome = experiment_finish(&experiment, outcome, failure);
        experiment_fill_result(&experiment, result);
    }
    experiment_release(&experiment);
    return outcome;
}

void experiment_result_release(struct experiment_result *result)
{
    if (result->folder_hold > 0)
        (void)close(result->folder_hold);
    free(result->folder);
    *result = (struct experiment_result){0};
}
