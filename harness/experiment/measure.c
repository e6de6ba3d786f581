#include "measure.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "witness.h"

/* How long the last trial's connections may take to be seen closed. Loopback needs well under a millisecond.
 */
#define QUIET_LIMIT_NS (2 * NS_PER_S)
#define QUIET_STEP_US  100

/* What one trial leaves behind must not land in the next. */
static void measure_await_origin(const struct origin *origin)
{
    uint64_t deadline_ns = clock_monotonic_ns() + QUIET_LIMIT_NS;

    while (atomic_load(&origin->gauge->connections_open) > 0 && clock_monotonic_ns() < deadline_ns)
        (void)usleep(QUIET_STEP_US);
}

void measurement_await_quiet(const struct measurement *measurement)
{
    if (measurement->origin)
        measure_await_origin(measurement->origin);
    ports_wait_for(measurement->ports_wait, measurement->arm);
}

/* Connections of a warm pass that are kept need no ports again. */
static void measure_await_ports_of_warm_pass(const struct measurement *measurement)
{
    const struct arm *arm = measurement->arm;

    if (measurement->trial.status == TRIAL_OK && arm->settings.start == START_WARM &&
        ports_wait_expects_new_connections(measurement->ports_wait, arm))
        ports_wait_for(measurement->ports_wait, arm);
}

static void measure_fill_counters(struct trial_row *row, const struct trial *trial)
{
    const struct trial_counters *counters = &trial->counters;
    bool is_known = trial->status == TRIAL_OK;

    row->libcurl = trial->libcurl[0] ? trial->libcurl : NULL;
    row->client = trial->client[0] ? trial->client : NULL;
    row->is_of_guest = trial->guest != NULL;
    row->started_utc_ns = trial->started_utc_ns;
    row->is_ok = is_known;
    row->is_cut_short = trial->status == TRIAL_INTERRUPTED || trial->status == TRIAL_ORIGIN_LOST;
    row->status = trial_status_word(trial->status);
    row->message = is_known ? NULL : trial->message;
    row->wall_ns = is_known ? trial->wall_ns : MISSING_COUNT;
    row->inner_wall_ns = is_known ? counters->wall_ns : MISSING_COUNT;
    row->user_ns = is_known ? counters->user_ns : MISSING_COUNT;
    row->sys_ns = is_known ? counters->sys_ns : MISSING_COUNT;
    row->voluntary_switches = is_known ? counters->voluntary_switches : MISSING_COUNT;
    row->involuntary_switches = is_known ? counters->involuntary_switches : MISSING_COUNT;
    row->minor_faults = is_known ? counters->minor_faults : MISSING_COUNT;
    row->peak_memory_kib = is_known ? counters->peak_memory_kib : MISSING_COUNT;
    row->peak_threads = is_known ? counters->peak_threads : MISSING_COUNT;
    row->peak_processes = is_known ? counters->peak_processes : MISSING_COUNT;
}

/* Also of a trial that did not end well. A program of another kind may not count it. */
static void measure_fill_elsewhere(struct measurement *measurement, struct trial_row *row)
{
    bool is_counted = measurement->task->counts_itself && measurement->watch.records;

    if (is_counted)
        elsewhere_add(&measurement->elsewhere, &measurement->watch.records->elsewhere);
    row->sent_elsewhere = is_counted ? atomic_load(&measurement->elsewhere.requests) : MISSING_COUNT;
    row->elsewhere = &measurement->elsewhere;
}

/* What the embedded origin saw; missing without one. `before_ns` of its CPU time is that at the start. */
static void measure_fill_origin(struct trial_row *row, struct origin *origin, uint64_t before_ns)
{
    const struct gauge *gauge = origin ? origin->gauge : NULL;
    uint64_t after_ns = origin ? origin_cpu_ns(origin) : UINT64_MAX;
    bool is_known = before_ns != UINT64_MAX && after_ns != UINT64_MAX;

    row->origin_cpu_ns = is_known ? after_ns - before_ns : MISSING_COUNT;
    row->origin_max_in_flight = gauge ? atomic_load(&gauge->max_in_flight) : MISSING_COUNT;
    row->origin_connections = gauge ? atomic_load(&gauge->connections_accepted) : MISSING_COUNT;
    row->origin_streams = gauge ? atomic_load(&gauge->streams_opened) : MISSING_COUNT;
    row->origin_handshakes_full = gauge ? atomic_load(&gauge->handshakes_full) : MISSING_COUNT;
    row->origin_handshakes_resumed = gauge ? atomic_load(&gauge->handshakes_resumed) : MISSING_COUNT;
}

/* What a cold start has ahead of it must not be done before the clock runs. */
static void measure_check_start(struct measurement *measurement)
{
    struct trial *trial = &measurement->trial;
    const struct gauge *gauge = measurement->origin ? measurement->origin->gauge : NULL;

    if (!arm_is_guest(measurement->arm) || trial->status != TRIAL_OK || !gauge ||
        measurement->task->settings->start == START_WARM)
        return;
    if (gauge->connections_accepted > 0) {
        trial->status = TRIAL_FAILED;
        (void)snprintf(trial->message, sizeof trial->message,
            "it opened %llu connections before it was told to go",
            (unsigned long long)gauge->connections_accepted);
    }
}

/* A strategy says that it is done when every request has its record. Of a participant's, claims.c sees to
 * that. */
static void measure_check_complete(struct measurement *measurement)
{
    const struct trial_watch *watch = &measurement->watch;
    struct trial *trial = &measurement->trial;
    unsigned long long not_run = 0;

    if (trial->status != TRIAL_OK || !watch->records)
        return;
    for (uint64_t i = 0; i < watch->request_count; i++)
        not_run += record_outcome(&watch->records->slots[i]) == OUTCOME_NOT_RUN;
    if (not_run == 0)
        return;
    trial->status = TRIAL_FAILED;
    (void)snprintf(trial->message, sizeof trial->message,
        "it said that it was done, and had not run %llu of %llu requests", not_run,
        (unsigned long long)watch->request_count);
}

/* What a guest claims must be what the origin saw, if it saw all of it. */
static void measure_hold_against_origin(struct measurement *measurement)
{
    struct trial *trial = &measurement->trial;

    if (!arm_is_guest(measurement->arm) || measurement->arm->sends_nothing || trial->status != TRIAL_OK ||
        !measurement->watch.served)
        return;
    if (witness_contradicts(measurement->origin->gauge, trial, measurement->task, measurement->watch.records,
            trial->message, sizeof trial->message))
        trial->status = TRIAL_FAILED;
}

void measurement_take(struct measurement *measurement, struct trial_row *row)
{
    struct trial *trial = &measurement->trial;
    struct origin *origin = measurement->origin;
    uint64_t before_ns = UINT64_MAX;

    if (origin)
        gauge_reset(origin->gauge);
    trial_start(
        trial, measurement->task, measurement->workload_fd, measurement->records_fd, &measurement->watch);
    measure_await_ports_of_warm_pass(measurement);
    measure_check_start(measurement);
    if (origin) {
        gauge_reset(origin->gauge);
        before_ns = origin_cpu_ns(origin);
    }
    trial_measure(trial, &measurement->watch);
    measure_fill_origin(row, origin, before_ns);
    trial_end(trial);
    measure_check_complete(measurement);
    measure_hold_against_origin(measurement);
    measure_fill_counters(row, trial);
    measure_fill_elsewhere(measurement, row);
}
