/* checks: threads, processes, descriptors, memory, and what happens when there are no more of them. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "play.h"
#include "system.h"

#define PATIENCE_NS (10 * NS_PER_S)

/* The first call that does not fail any more is not far beyond what a small scene needs. */
#define CALLS_MAX 2000

/* Of each lane; and changes of what an epoll watches: a handful for each connection. */
#define BUSY_REQUESTS       200
#define REQUESTS_FOR_CHANGE 16

struct holdings {
    size_t descriptors;
    size_t tasks;
    size_t threads;
    size_t processes;
};

static struct holdings holdings_read(void)
{
    return (struct holdings){
        .descriptors = system_count_entries("/proc/self/fd"),
        .tasks = system_count_entries("/proc/self/task"),
        .threads = system_threads(),
        .processes = system_processes(),
    };
}

/* A thread that was joined may be listed for a moment longer. */
static int holdings_expect(const struct holdings *before, const char *when, struct failure *failure)
{
    uint64_t limit_ns = clock_monotonic_ns() + PATIENCE_NS;
    struct holdings now = holdings_read();

    while (now.tasks != before->tasks && clock_monotonic_ns() < limit_ns) {
        play_pause_ms(1);
        now = holdings_read();
    }
    if (now.threads != before->threads)
        return failure_set(
            failure, FAILURE_RUN, "%zu threads %s, %zu before", now.threads, when, before->threads);
    if (now.processes != before->processes)
        return failure_set(
            failure, FAILURE_RUN, "%zu processes %s, %zu before", now.processes, when, before->processes);
    if (now.tasks != before->tasks)
        return failure_set(failure, FAILURE_RUN, "%zu tasks %s, %zu before", now.tasks, when, before->tasks);
    if (now.descriptors != before->descriptors)
        return failure_set(failure, FAILURE_RUN, "%zu descriptors %s, %zu before", now.descriptors, when,
            before->descriptors);
    return 0;
}

static int play_small(struct contract *contract, const char *spec, struct buffer *workload,
    struct scene *scene, struct failure *failure)
{
    play_write_batches(workload, play_batches(contract, spec, 2), 2);
    *scene = (struct scene){
        .spec = spec,
        .workload = workload->bytes,
        .base_url = contract->origin.base_url,
        .concurrency = contract->concurrency,
    };
    return play_begin(contract, failure);
}

/* Libraries may keep something for good, once: this has them do so. */
static int holdings_begin(const struct scene *scene, struct holdings *before, struct failure *failure)
{
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};

    int result = stage_open(&stage, scene, failure);
    if (result == 0)
        result = stage_prepare(&stage, failure);
    stage_close(&stage);
    *before = holdings_read();
    return result;
}

static int check_nothing_sent(struct contract *contract, struct failure *failure)
{
    play_pause_ms(20); /* so that what was sent is seen */
    if (atomic_load(&contract->origin.gauge->connections_accepted) != 0)
        return failure_set(failure, FAILURE_RUN, "a connection was made before run");
    return 0;
}

/* Prepare, and then release without run. */
int contract_sends_nothing_before_run(struct contract *contract, const char *spec, struct failure *failure)
{
    struct holdings before = {0};
    struct buffer workload = {0};
    struct scene scene;
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};

    int result = play_small(contract, spec, &workload, &scene, failure);
    if (result == 0)
        result = holdings_begin(&scene, &before, failure);
    if (result == 0)
        result = stage_open(&stage, &scene, failure);
    if (result == 0)
        result = stage_prepare(&stage, failure);
    if (result == 0)
        result = check_nothing_sent(contract, failure);
    stage_close(&stage);
    buffer_release(&workload);
    return result == 0 ? holdings_expect(&before, "after release without run", failure) : -1;
}

/* The multi handles of libcurl, which have descriptors, are made in prepare: the private one of a handle that
 * blocks as well as that of an event loop. */
int contract_opens_nothing_but_connections_in_run(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct buffer workload = {0};
    struct scene scene;
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};
    pid_t origin = contract->origin.pid;
    size_t prepared = 0;

    int result = play_small(contract, spec, &workload, &scene, failure);
    if (result == 0)
        result = stage_open(&stage, &scene, failure);
    if (result == 0)
        result = stage_prepare(&stage, failure);
    prepared = system_count_descriptors(origin).all;
    if (result == 0)
        result = stage_run(&stage, failure);
    size_t ran = system_count_descriptors(origin).all;
    uint64_t connections = atomic_load(&contract->origin.gauge->connections_accepted);
    if (result == 0 && ran > prepared + connections)
        result = failure_set(failure, FAILURE_RUN, "%zu more descriptors after run, %" PRIu64 " connections",
            ran - prepared, connections);
    stage_close(&stage);
    buffer_release(&workload);
    return result == 0 ? play_end(contract, failure) : -1;
}

/* libcurl asks to watch a connection at the start of each transfer, and to leave it alone at the end. */
int contract_watches_connections_and_not_each_request(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};
    const struct scene scene = {
        .spec = spec,
        .workload = "/bytes/24\n",
        .base_url = contract->origin.base_url,
        .concurrency = contract->concurrency,
        .requests = play_batches(contract, spec, BUSY_REQUESTS),
    };

    int result = play_begin(contract, failure);
    if (result == 0)
        result = stage_open(&stage, &scene, failure);
    if (result == 0)
        result = stage_prepare(&stage, failure);
    size_t before = system_epoll_changes();
    if (result == 0)
        result = stage_run(&stage, failure);
    size_t changes = system_epoll_changes() - before;
    if (result == 0 && changes > scene.requests / REQUESTS_FOR_CHANGE)
        result = failure_set(
            failure, FAILURE_RUN, "%zu calls of epoll_ctl for %" PRIu64 " requests", changes, scene.requests);
    stage_close(&stage);
    return result == 0 ? play_end(contract, failure) : -1;
}

int contract_releases_what_was_never_prepared(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct holdings before = holdings_read();
    struct buffer workload = {0};
    struct scene scene;
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};

    int result = play_small(contract, spec, &workload, &scene, failure);
    if (result == 0)
        result = stage_open(&stage, &scene, failure);
    stage_close(&stage);
    buffer_release(&workload);
    return result == 0 ? holdings_expect(&before, "after release without prepare", failure) : -1;
}

/* What a strategy left that could not go on: records that are right, or none. */
static int judge_broken_off(const struct stage *stage, const struct failure *reason, struct failure *failure)
{
    if (reason->code != FAILURE_RUN || reason->message[0] == '\0')
        return failure_set(failure, FAILURE_RUN, "it broke off without a reason");
    for (uint64_t r = 0; r < stage->extent.request_count; r++) {
        enum outcome outcome = record_outcome(records_at(stage->records, r));
        if (outcome != OUTCOME_OK && outcome != OUTCOME_NOT_RUN)
            return play_expect(stage, r, OUTCOME_NOT_RUN, failure);
    }
    return 0;
}

/* The nth thread, process, handle, transfer of a loop, piece of memory or watch on a descriptor that the
 * strategy asks for is refused. */
static int check_shortage(
    struct contract *contract, const struct scene *scene, size_t nth, struct failure *failure)
{
    struct holdings before = holdings_read();
    struct failure reason = {0};
    struct stage stage;

    if (play_begin(contract, failure) != 0)
        return -1;
    int result = stage_open(&stage, scene, failure);
    if (result == 0) {
        system_fail(nth, SYSTEM_OTHERS);
        int went = stage_prepare(&stage, &reason);
        struct holdings prepared = holdings_read();
        if (went == 0) {
            went = stage_run(&stage, &reason);
            prepared.descriptors = system_count_entries("/proc/self/fd"); /* connections are kept */
            result = holdings_expect(&prepared, "after run", failure);
        }
        if (result == 0)
            result = went == 0 ? play_expect_all(&stage, OUTCOME_OK, failure)
                               : judge_broken_off(&stage, &reason, failure);
        if (result == 0 && went != 0 && !system_has_failed())
            result = failure_set(failure, FAILURE_RUN, "it broke off: %s", reason.message);
    }
    system_fail(0, SYSTEM_OTHERS);
    stage_close(&stage);
    if (result == 0)
        result = play_end(contract, failure);
    return result == 0 ? holdings_expect(&before, "after a shortage", failure) : -1;
}

int contract_says_why_it_can_not_go_on(struct contract *contract, const char *spec, struct failure *failure)
{
    struct buffer workload = {0};
    struct scene scene;
    struct holdings ignored;
    bool has_failed = true;

    int result = play_small(contract, spec, &workload, &scene, failure);
    if (result == 0)
        result = holdings_begin(&scene, &ignored, failure);
    for (size_t nth = 1; result == 0 && has_failed && nth <= CALLS_MAX; nth++) {
        result = check_shortage(contract, &scene, nth, failure);
        has_failed = system_has_failed();
    }
    if (result == 0 && has_failed)
        result = failure_set(failure, FAILURE_RUN, "it makes more than %d calls that can fail", CALLS_MAX);
    buffer_release(&workload);
    return result;
}

/* A call fails in the midst of many batches: each lane ends the one that it has. */
int contract_takes_no_more_when_it_can_not_go_on(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};
    const struct scene scene = {
        .spec = spec,
        .workload = "/delay/0.002\n",
        .base_url = contract->origin.base_url,
        .concurrency = contract->concurrency,
        .requests = play_batches(contract, spec, BUSY_REQUESTS),
    };
    struct failure reason = {0};

    int result = play_begin(contract, failure);
    if (result == 0)
        result = stage_open(&stage, &scene, failure);
    if (result == 0)
        result = stage_prepare(&stage, failure);
    if (result == 0) {
        system_fail(4 * stage.lane_count, SYSTEM_OF_LANES);
        bool went_well = stage_run(&stage, &reason) == 0;
        uint64_t run = 0;
        for (uint64_t r = 0; r < scene.requests; r++)
            run += record_outcome(records_at(stage.records, r)) != OUTCOME_NOT_RUN;
        if (went_well == system_has_failed() || (!went_well && (run == 0 || run > scene.requests / 2)))
            result = failure_set(failure, FAILURE_RUN, "%" PRIu64 " of %" PRIu64 " requests were run: %s",
                run, scene.requests, went_well ? "it went well" : reason.message);
    }
    system_fail(0, SYSTEM_OTHERS);
    stage_close(&stage);
    return result == 0 ? play_end(contract, failure) : -1;
}

/* A process has a main thread, which counts as well. */
static int judge_peaks(const struct stage *stage, size_t threads, size_t processes, struct failure *failure)
{
    if (stage->peak_processes != processes + 1)
        return failure_set(failure, FAILURE_RUN,
            "%zu processes are counted, there were %zu and the first one", stage->peak_processes, processes);
    if (stage->peak_threads != threads + processes + 1)
        return failure_set(failure, FAILURE_RUN, "%zu threads are counted, there were %zu and %zu main ones",
            stage->peak_threads, threads, processes + 1);
    if (threads + processes > stage->lane_count)
        return failure_set(failure, FAILURE_RUN, "%zu threads and %zu processes at once for %zu lanes",
            threads, processes, stage->lane_count);
    return 0;
}

int contract_counts_every_thread_and_process(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct buffer workload = {0};
    struct scene scene;
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};
    size_t threads = system_threads();
    size_t processes = system_processes();

    int result = play_small(contract, spec, &workload, &scene, failure);
    system_reset_peaks();
    if (result == 0)
        result = stage_play(&stage, &scene, failure);
    if (result == 0)
        result = judge_peaks(
            &stage, system_peak_threads() - threads, system_peak_processes() - processes, failure);
    stage_close(&stage);
    buffer_release(&workload);
    return result == 0 ? play_end(contract, failure) : -1;
}

/* Connections are kept after run, so what is open then is the most that was. */
static int judge_needs(const struct stage *stage, const struct strategy_needs *used, struct failure *failure)
{
    const struct strategy_scale scale = {.lanes = stage->lane_count,
        .processors = (size_t)sysconf(_SC_NPROCESSORS_ONLN),
        .requests = stage->extent.request_count,
        .connections = stage->lane_count,
        .servers = 1,
        .streams = 1};
    struct strategy_needs needs = {0};

    stage->strategy->needs(&stage->instance.values, &scale, &needs);
    if (used->threads > needs.threads || used->processes > needs.processes || used->files > needs.files)
        return failure_set(failure, FAILURE_RUN,
            "%llu threads, %llu processes and %llu descriptors, and it says that it needs %llu, %llu and "
            "%llu",
            (unsigned long long)used->threads, (unsigned long long)used->processes,
            (unsigned long long)used->files, (unsigned long long)needs.threads,
            (unsigned long long)needs.processes, (unsigned long long)needs.files);
    return 0;
}

int contract_needs_no_more_threads_processes_and_files_than_it_says(
    struct contract *contract, const char *spec, struct failure *failure)
{
    struct buffer workload = {0};
    struct scene scene;
    struct stage stage = {.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};
    size_t threads_before = system_threads();
    size_t processes_before = system_processes();
    size_t files_before = 0;

    int result = play_small(contract, spec, &workload, &scene, failure);
    system_reset_peaks();
    if (result == 0)
        result = stage_open(&stage, &scene, failure);
    files_before = system_count_descriptors(contract->origin.pid).most;
    if (result == 0)
        result = stage_prepare(&stage, failure);
    if (result == 0)
        result = stage_run(&stage, failure);
    const struct strategy_needs used = {
        .threads = system_peak_threads() - threads_before,
        .processes = system_peak_processes() - processes_before,
        .files = system_count_descriptors(contract->origin.pid).most - files_before,
    };
    if (result == 0)
        result = judge_needs(&stage, &used, failure);
    stage_close(&stage);
    buffer_release(&workload);
    return result == 0 ? play_end(contract, failure) : -1;
}

static int judge_all_ok(const struct stage *stage, const struct gauge *gauge, struct failure *failure)
{
    (void)gauge;
    return play_expect_all(stage, OUTCOME_OK, failure);
}

int contract_leaves_nothing_behind(struct contract *contract, const char *spec, struct failure *failure)
{
    struct buffer workload = {0};
    struct scene scene;
    struct holdings before = {0};

    int result = play_small(contract, spec, &workload, &scene, failure);
    for (int pass = 0; result == 0 && pass < 3; pass++) {
        result = contract_play(contract, &scene, judge_all_ok, failure);
        if (pass == 0)
            before = holdings_read(); /* libraries may keep something for good, once */
        else if (result == 0)
            result = holdings_expect(&before, "after release", failure);
    }
    buffer_release(&workload);
    return result;
}
