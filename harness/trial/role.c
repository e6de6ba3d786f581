/*
 * role: the child's side of a trial. In this order: map, resolve, make the lanes' handles, prepare, say
 * READY, wait for GO, start the clock, run, stop the clock, count, say DONE, release. Between GO and DONE
 * nothing of this file does I/O.
 */
#include "role.h"
#include "trial.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "memory.h"
#include "strategy.h"
#include "write_all.h"

enum { COMMANDS_FD = 0, ANSWERS_FD = 1, WORKLOAD_FD = 3, RECORDS_FD = 4 };

/* Everything that a trial holds, acquired and released in this order. */
struct role {
    json_t *settings_document;
    const char **headers;
    struct trial_settings settings;
    struct shared_memory workload;
    struct shared_memory records;
    const struct strategy *strategy;
    struct strategy_values values;
    struct lanes *lanes;
    void *state;
    bool is_prepared; /* prepare was called, so release must be */
    uint64_t baseline_kib;
};

static int role_answer(const char *bytes, size_t size)
{
    return write_all(ANSWERS_FD, bytes, size); /* -1: nobody listens any more, so there is nobody to tell */
}

static int role_answer_failed(const struct failure *failure)
{
    json_t *document = json_pack("{s:s, s:s}", "state", "failed", "message", failure->message);
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;

    json_decref(document);
    if (text && role_answer(text, strlen(text)) == 0)
        (void)role_answer("\n", 1);
    free(text);
    return 1;
}

/* One command up to its newline, which is cut off. Commands are few and short: byte by byte will do. */
static int role_read_command(struct buffer *line, struct failure *failure)
{
    char byte = 0;

    buffer_clear(line);
    for (;;) {
        ssize_t got = read(COMMANDS_FD, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return failure_set(failure, FAILURE_RUN, "the experiment ended");
        if (byte == '\n')
            break;
        buffer_append(line, &byte, 1);
    }
    if (line->out_of_memory)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    return 0;
}

static int role_read_settings(struct role *role, struct failure *failure)
{
    struct buffer line = {0};

    int result = role_read_command(&line, failure);
    if (result == 0)
        result = trial_settings_read(
            line.bytes, line.size, &role->settings, &role->settings_document, &role->headers, failure);
    buffer_release(&line);
    return result == 0 ? strategy_parse(role->settings.strategy, &role->strategy, &role->values, failure)
                       : -1;
}

/* What another process wrote is checked before it is used. */
static int role_map(struct role *role, struct failure *failure)
{
    if (shared_memory_map(&role->workload, WORKLOAD_FD, false, failure) != 0 ||
        workload_check(role->workload.bytes, role->workload.size, failure) != 0 ||
        shared_memory_map(&role->records, RECORDS_FD, true, failure) != 0 ||
        records_check(role->records.bytes, role->records.size, failure) != 0)
        return -1;
    const struct records *records = role->records.bytes;
    const struct workload *workload = role->workload.bytes;
    struct workload_extent extent = workload_extent(workload, role->settings.extent.request_count);
    if (extent.batch_count != role->settings.extent.batch_count ||
        extent.request_count != role->settings.extent.request_count ||
        extent.request_count > records->request_count)
        return failure_set(failure, FAILURE_RUN, "the trial's extent does not fit its workload and records");
    shared_memory_fault_in(&role->records, true);
    return 0;
}

/* Connections, TLS sessions and caches as they are after the workload has run once; then all is as before. */
static int role_warm_up(struct role *role, struct failure *failure)
{
    if (role->strategy->run(role->lanes, role->state, failure) != 0)
        return -1;
    lanes_rewind(role->lanes);
    records_clear(role->records.bytes);
    return 0;
}

static int role_prepare(struct role *role, struct failure *failure)
{
    bool has_one_lane = (role->strategy->flags & STRATEGY_ONE_LANE) != 0;
    size_t lane_count = has_one_lane ? 1 : (size_t)role->settings.concurrency;

    role->lanes = lanes_create(&role->settings.transfer, role->workload.bytes, role->settings.extent,
        role->records.bytes, lane_count, failure);
    role->state = calloc(1, role->strategy->state_size + 1);
    if (!role->lanes)
        return -1;
    if (!role->state)
        return failure_set(failure, FAILURE_RUN, "out of memory for the state of '%s'", role->strategy->name);
    if ((role->strategy->flags & STRATEGY_SENDS_NOTHING) != 0)
        lanes_expect_no_answers(role->lanes);
    role->baseline_kib = memory_reset_peak_kib();
    role->is_prepared = true;
    if (role->strategy->prepare &&
        role->strategy->prepare(role->lanes, role->state, &role->values, failure) != 0)
        return -1;
    return role->settings.warm_connections ? role_warm_up(role, failure) : 0;
}

static uint64_t role_time_ns(struct timeval time)
{
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_usec * NS_PER_US;
}

static void role_count(const struct role *role, const struct rusage *before, const struct rusage *after,
    struct trial_counters *counters)
{
    uint64_t peak_kib = memory_peak_kib();
    bool is_known =
        role->baseline_kib != UINT64_MAX && peak_kib != UINT64_MAX && peak_kib >= role->baseline_kib;

    counters->user_ns = role_time_ns(after->ru_utime) - role_time_ns(before->ru_utime);
    counters->sys_ns = role_time_ns(after->ru_stime) - role_time_ns(before->ru_stime);
    counters->voluntary_switches = (uint64_t)(after->ru_nvcsw - before->ru_nvcsw);
    counters->involuntary_switches = (uint64_t)(after->ru_nivcsw - before->ru_nivcsw);
    counters->minor_faults = (uint64_t)(after->ru_minflt - before->ru_minflt);
    counters->peak_memory_kib = is_known ? peak_kib - role->baseline_kib : UINT64_MAX;
    counters->peak_threads = lanes_peak_threads(role->lanes);
}

static int role_measure(struct role *role, struct trial_counters *counters, struct failure *failure)
{
    struct records *records = role->records.bytes;
    struct rusage before;
    struct rusage after;

    (void)getrusage(RUSAGE_SELF, &before);
    records->clock_started_ns = clock_monotonic_ns();
    int result = role->strategy->run(role->lanes, role->state, failure);
    counters->wall_ns = clock_monotonic_ns() - records->clock_started_ns;
    (void)getrusage(RUSAGE_SELF, &after);
    role_count(role, &before, &after, counters);
    return result;
}

static int role_say_done(const struct trial_counters *counters, struct failure *failure)
{
    struct buffer line = {0};

    int result = trial_counters_write(counters, &line, failure);
    if (result == 0)
        result = role_answer(line.bytes, line.size);
    buffer_release(&line);
    return result;
}

/* Says READY and waits for GO, whose moment lies between, unless the two clocks are not the same. */
static int role_await_go(struct failure *failure)
{
    static const char ready[] = "{\"state\":\"ready\"}\n";
    struct buffer line = {0};
    uint64_t ready_ns = clock_monotonic_ns();
    uint64_t go_ns = 0;

    if (role_answer(ready, strlen(ready)) != 0)
        return failure_set(failure, FAILURE_RUN, "the experiment ended");
    int result = role_read_command(&line, failure);
    if (result == 0)
        result = trial_go_read(line.bytes, line.size, &go_ns, failure);
    buffer_release(&line);
    if (result == 0 && (go_ns < ready_ns || go_ns > clock_monotonic_ns()))
        return failure_set(failure, FAILURE_RUN, "the trial's clock is not the experiment's");
    return result;
}

static int role_conduct(struct role *role, struct failure *failure)
{
    struct trial_counters counters;

    if (role_read_settings(role, failure) != 0 || role_map(role, failure) != 0 ||
        role_prepare(role, failure) != 0 || role_await_go(failure) != 0 ||
        role_measure(role, &counters, failure) != 0)
        return -1;
    return role_say_done(&counters, failure);
}

static void role_release(struct role *role)
{
    if (role->is_prepared && role->strategy->release)
        role->strategy->release(role->lanes, role->state);
    free(role->state);
    lanes_destroy(role->lanes);
    shared_memory_release(&role->records);
    shared_memory_release(&role->workload);
    free(role->headers);
    json_decref(role->settings_document);
}

int trial_role(void)
{
    struct role role = {.workload = SHARED_MEMORY_NONE, .records = SHARED_MEMORY_NONE};
    struct failure failure = {0};

    /* The end of the commands says the same to a process that waits for one; this also ends one that works.
     */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGPIPE, SIG_IGN);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        failure_set(&failure, FAILURE_RUN, "libcurl can't be initialised");
        return role_answer_failed(&failure);
    }
    int result = role_conduct(&role, &failure);
    if (result != 0)
        (void)role_answer_failed(&failure);
    role_release(&role);
    curl_global_cleanup();
    return result == 0 ? 0 : 1;
}
