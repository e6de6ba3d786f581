/*
 * role: the child's side of a trial. In this order: map, resolve, make the lanes' handles, prepare, say
 * READY, wait for GO, start the clock, run, stop the clock, say DONE, count, say COUNTED, release. Between GO
 * and DONE nothing of this file does I/O.
 */
#include "role.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "builds.h"
#include "clock.h"
#include "instance.h"
#include "memory.h"
#include "protocol.h"
#include "usage.h"
#include "write_all.h"

enum { COMMANDS_FD = 0, WORKLOAD_FD = 3, RECORDS_FD = 4, ANSWERS_FD = 5 };

/* Everything that a trial holds, acquired and released in this order. */
struct role {
    json_t *document;
    struct settings settings;
    struct trial_task task;
    struct shared_memory workload;
    struct shared_memory records;
    struct instance instance;
    struct usage before; /* of the children, which wait for GO like this process */
    uint64_t baseline_kib;
};

/* What a plug-in prints must not come between the answers. */
static int role_keep_answers(struct failure *failure)
{
    return dup3(STDOUT_FILENO, ANSWERS_FD, O_CLOEXEC) >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0
               ? 0
               : failure_set_errno(failure, FAILURE_RUN, "can't keep the answers apart");
}

static int role_answer(const char *bytes, size_t size)
{
    return write_all(ANSWERS_FD, bytes, size); /* -1: nobody listens any more, so there is nobody to tell */
}

/* Takes over the document. */
static void role_answer_json(json_t *document)
{
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;

    json_decref(document);
    if (text && role_answer(text, strlen(text)) == 0)
        (void)role_answer("\n", 1);
    free(text);
}

static void role_answer_failed(const struct failure *failure)
{
    role_answer_json(
        json_pack("{s:s, s:s}", "state", trial_state_word(TRIAL_SAYS_FAILED), "message", failure->message));
}

/* What takes long, should it take too long: for the experiment's message. */
static void role_say_doing(const char *what)
{
    json_t *document = json_pack("{s:s, s:s}", "state", trial_state_word(TRIAL_SAYS_DOING), "what", what);

    role_answer_json(document);
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

static int role_read_task(struct role *role, struct failure *failure)
{
    struct buffer line = {0};

    int result = role_read_command(&line, failure);
    if (result == 0)
        result =
            trial_task_read(line.bytes, line.size, &role->task, &role->settings, &role->document, failure);
    buffer_release(&line);
    return result;
}

/* What another process wrote is checked before it is used. */
static int role_map(struct role *role, struct failure *failure)
{
    role_say_doing("reading the workload");
    if (shared_memory_map(&role->workload, WORKLOAD_FD, false, failure) != 0 ||
        workload_check(role->workload.bytes, role->workload.size, failure) != 0 ||
        shared_memory_map(&role->records, RECORDS_FD, true, failure) != 0 ||
        records_check(role->records.bytes, role->records.size, failure) != 0)
        return -1;
    const struct records *records = role->records.bytes;
    const struct workload *workload = role->workload.bytes;
    struct workload_extent extent = workload_extent(workload, role->task.extent.request_count);
    if (extent.batch_count != role->task.extent.batch_count ||
        extent.request_count != role->task.extent.request_count ||
        extent.request_count > records->request_count)
        return failure_set(failure, FAILURE_RUN, "the trial's extent does not fit its workload and records");
    shared_memory_fault_in(role->records.bytes, role->records.size, true);
    return 0;
}

static int role_prepare(struct role *role, struct failure *failure)
{
    const struct job job = {.plugin = role->task.plugin,
        .settings = &role->settings,
        .workload = role->workload.bytes,
        .extent = role->task.extent,
        .records = role->records.bytes};

    role_say_doing("looking up names and preparing requests");
    if (instance_make(&role->instance, role->task.strategy, &job, failure) != 0)
        return -1;
    role_say_doing("preparing the strategy");
    role->baseline_kib = memory_reset_peak_kib();
    if (instance_prepare(&role->instance, failure) != 0)
        return -1;
    if (role->settings.start == START_WARM) {
        role_say_doing("running the workload to warm up");
        if (instance_warm_up(&role->instance, failure) != 0)
            return -1;
    }
    usage_add_children(getpid(), &role->before);
    return 0;
}

/* What can wait until the experiment knows that the clock has stopped. */
static void role_count(const struct role *role, const struct usage *used, struct trial_counters *counters)
{
    uint64_t peak_kib = memory_peak_kib();
    bool is_known =
        role->baseline_kib != UINT64_MAX && peak_kib != UINT64_MAX && peak_kib >= role->baseline_kib;

    counters->user_ns = used->user_ns;
    counters->sys_ns = used->sys_ns;
    counters->voluntary_switches = used->voluntary_switches;
    counters->involuntary_switches = used->involuntary_switches;
    counters->minor_faults = used->minor_faults;
    counters->peak_memory_kib = is_known ? peak_kib - role->baseline_kib : UINT64_MAX;
    counters->peak_threads = lanes_peak_threads(role->instance.lanes);
    counters->peak_processes = lanes_peak_processes(role->instance.lanes);
}

static int role_say(enum trial_state state, struct failure *failure)
{
    char line[64];

    int size = snprintf(line, sizeof line, "{\"state\":\"%s\"}\n", trial_state_word(state));
    return role_answer(line, (size_t)size) == 0 ? 0
                                                : failure_set(failure, FAILURE_RUN, "the experiment ended");
}

/* If nobody hears it, no GO will come. */
static void role_say_ready(void)
{
    char name[128];
    char *file = build_own_file();

    build_write_own_name(name, sizeof name);
    role_answer_json(json_pack(
        "{s:s, s:s, s:s?}", "state", trial_state_word(TRIAL_SAYS_READY), "libcurl", name, "file", file));
    free(file);
}

/* The clock stops for the experiment when it reads "done"; so that is said first, and everything else later.
 */
static int role_measure(struct role *role, struct trial_counters *counters, struct failure *failure)
{
    const struct records *records = role->records.bytes;
    struct usage before = role->before;
    struct usage after = {0};

    usage_add_self(&before);
    int result = instance_run(&role->instance, failure);
    counters->wall_ns = clock_monotonic_ns() - records->clock_started_ns;
    usage_add_self(&after);
    if (result != 0 || role_say(TRIAL_SAYS_DONE, failure) != 0)
        return -1;
    usage_add_children(getpid(), &after);
    struct usage used = usage_between(&before, &after);
    role_count(role, &used, counters);
    return 0;
}

static int role_say_counted(const struct trial_counters *counters, struct failure *failure)
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
    struct buffer line = {0};
    uint64_t ready_ns = clock_monotonic_ns();
    uint64_t go_ns = 0;

    role_say_ready();
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

    if (role_read_task(role, failure) != 0 || role_map(role, failure) != 0 ||
        role_prepare(role, failure) != 0 || role_await_go(failure) != 0 ||
        role_measure(role, &counters, failure) != 0)
        return -1;
    return role_say_counted(&counters, failure);
}

static void role_release(struct role *role)
{
    instance_release(&role->instance);
    shared_memory_release(&role->records);
    shared_memory_release(&role->workload);
    settings_release(&role->settings);
    json_decref(role->document);
}

int trial_role(void)
{
    struct role role = {.workload = SHARED_MEMORY_NONE, .records = SHARED_MEMORY_NONE};
    struct failure failure = {0};

    /* The end of the commands says the same to a process that waits for one; this also ends one that works.
     */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGPIPE, SIG_IGN);
    if (role_keep_answers(&failure) != 0)
        return -1;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        failure_set(&failure, FAILURE_RUN, "libcurl can't be initialised");
        role_answer_failed(&failure);
        return -1;
    }
    int result = role_conduct(&role, &failure);
    if (result != 0)
        role_answer_failed(&failure);
    role_release(&role);
    curl_global_cleanup();
    return result;
}
