/* Processes forked from the one that made the lanes: what they share, how they are counted, how they end. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "process_gate.h"
#include "transfer.h"

#define BATCHES   2000
#define PROCESSES 4
#define LONG_MS   10000

/* The linker's names (--wrap). */
CURL *__real_curl_easy_init(void);
CURL *__wrap_curl_easy_init(void);

static bool has_no_memory; /* each test has a process of its own */

CURL *__wrap_curl_easy_init(void)
{
    return has_no_memory ? NULL : __real_curl_easy_init();
}

struct crew {
    struct settings settings;
    struct shared_memory workload;
    struct shared_memory records;
    struct lanes *lanes;
    struct process_gate gate;
    pid_t processes[PROCESSES];
    size_t lane;                                        /* of the process */
    void (*body)(const struct crew *crew, size_t lane); /* NULL: nothing */
};

static void crew_init(struct crew *crew)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct buffer text = {0};

    *crew = (struct crew){.workload = SHARED_MEMORY_NONE, .records = SHARED_MEMORY_NONE};
    cr_assert_eq(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
    for (size_t batch = 0; batch < BATCHES; batch++)
        buffer_append_text(&text, "http://127.0.0.1:9/\n");
    cr_assert_eq(workload_parse(text.bytes, text.size, "test", &crew->workload, &failure), 0);
    cr_assert_eq(records_create(&crew->records, BATCHES, &failure), 0);
    crew->lanes = lanes_create(&crew->settings, crew->workload.bytes,
        workload_extent(crew->workload.bytes, 0), crew->records.bytes, PROCESSES, &failure);
    cr_assert_not_null(crew->lanes, "%s", failure.message);
    lanes_expect_no_answers(crew->lanes);
    cr_assert_eq(process_gate_init(&crew->gate, PROCESSES), 0);
    buffer_release(&text);
}

/* Each turn at the gate is once the body. */
static void crew_live(void *argument)
{
    struct crew *crew = argument;

    while (process_gate_pass(&crew->gate))
        crew->body(crew, crew->lane);
}

static void crew_start(struct crew *crew, void (*body)(const struct crew *crew, size_t lane))
{
    crew->body = body;
    for (crew->lane = 0; crew->lane < PROCESSES; crew->lane++)
        cr_assert_eq(
            lanes_start_process(crew->lanes, crew->lane, &crew->processes[crew->lane], crew_live, crew), 0);
}

static void crew_join(struct crew *crew)
{
    process_gate_close(&crew->gate);
    for (size_t i = 0; i < PROCESSES; i++)
        lanes_join_process(crew->lanes, crew->processes[i]);
}

static void crew_release(struct crew *crew)
{
    process_gate_release(&crew->gate);
    lanes_destroy(crew->lanes);
    shared_memory_release(&crew->records);
    shared_memory_release(&crew->workload);
    curl_global_cleanup();
}

/* Lets each have a turn. */
static void crew_turn(struct crew *crew)
{
    cr_assert(process_gate_await(&crew->gate, LONG_MS));
    process_gate_open(&crew->gate);
    cr_assert(process_gate_await(&crew->gate, LONG_MS));
}

/* Takes batches on `lane` until there is none, without sending them, and says how many there were. */
static unsigned int take_all(struct lanes *lanes, size_t lane)
{
    unsigned int taken = 0;

    while (lanes_take(lanes, lane) == TAKE_READY) {
        taken++;
        while (lanes_advance(lanes, lane, CURLE_OK))
            continue;
    }
    return taken;
}

static void take(const struct crew *crew, size_t lane)
{
    (void)take_all(crew->lanes, lane);
}

Test(processes, share_batches_and_records)
{
    struct crew crew;

    crew_init(&crew);
    crew_start(&crew, take);
    for (size_t pass = 0; pass < 2; pass++) {
        lanes_rewind(crew.lanes);
        records_clear(crew.records.bytes);
        crew_turn(&crew);
        for (uint64_t i = 0; i < BATCHES; i++) {
            const struct record *record = records_at(crew.records.bytes, i);
            cr_assert_eq(record_outcome(record), OUTCOME_OK, "request %llu", (unsigned long long)i);
            cr_assert_lt(record->lane, PROCESSES);
        }
        cr_expect_eq(lanes_take(crew.lanes, 0), TAKE_DONE, "a batch is left for this process");
    }
    crew_join(&crew);
    crew_release(&crew);
}

static void take_one_and_fail(const struct crew *crew, size_t lane)
{
    if (lane != 1)
        return;
    (void)(lanes_take(crew->lanes, lane) == TAKE_READY && lanes_advance(crew->lanes, lane, CURLE_OK));
    (void)lanes_fail(crew->lanes, "lane %zu can't go on", lane);
    (void)lanes_fail(crew->lanes, "nor can others");
}

Test(processes, are_all_stopped_by_the_first_that_fails)
{
    struct crew crew;

    crew_init(&crew);
    crew_start(&crew, take_one_and_fail);
    cr_expect_null(lanes_failure(crew.lanes));
    crew_turn(&crew);
    cr_expect_str_eq(lanes_failure(crew.lanes)->message, "lane 1 can't go on");
    cr_expect_eq(record_outcome(records_at(crew.records.bytes, 0)), OUTCOME_OK);
    cr_expect_eq(take_all(crew.lanes, 0), 0, "a batch was taken after the stop");
    lanes_rewind(crew.lanes);
    cr_expect_eq(take_all(crew.lanes, 0), BATCHES, "after a rewind all is there again");
    crew_join(&crew);
    crew_release(&crew);
}

Test(processes, are_counted_each_with_its_main_thread)
{
    struct crew crew;

    crew_init(&crew);
    cr_expect_eq(lanes_peak_processes(crew.lanes), 1);
    crew_start(&crew, take);
    crew_join(&crew);
    crew_start(&crew, take);
    crew_join(&crew);
    cr_expect_eq(lanes_peak_processes(crew.lanes), 1 + PROCESSES);
    cr_expect_eq(lanes_peak_threads(crew.lanes), 1 + PROCESSES);
    crew_release(&crew);
}

static void end_by_itself(const struct crew *crew, size_t lane)
{
    (void)crew;
    if (lane == 2)
        _exit(7);
}

static void crash(const struct crew *crew, size_t lane)
{
    (void)crew;
    (void)signal(SIGSEGV, SIG_DFL); /* a sanitizer has a handler */
    if (lane == 2)
        (void)raise(SIGSEGV);
}

/* What is said of a crew in which lane 2 does not come through its turn. The others are ended. */
static void expect_lost(struct crew *crew, const char *how)
{
    char expected[128];

    cr_assert_not(process_gate_await(&crew->gate, 100));
    cr_expect_neq(lanes_check_processes(crew->lanes, crew->processes, PROCESSES), 0);
    (void)snprintf(expected, sizeof expected, "process %d of the strategy %s", (int)crew->processes[2], how);
    cr_expect_str_eq(lanes_failure(crew->lanes)->message, expected);
    cr_expect_eq(lanes_failure(crew->lanes)->code, FAILURE_RUN);
    for (size_t i = 0; i < PROCESSES; i++)
        (void)kill(crew->processes[i], SIGKILL);
    for (size_t i = 0; i < PROCESSES; i++)
        lanes_join_process(crew->lanes, crew->processes[i]);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a process is left");
}

static void expect_lost_in_turn(void (*body)(const struct crew *crew, size_t lane), const char *how)
{
    struct crew crew;

    crew_init(&crew);
    crew_start(&crew, body);
    cr_assert(process_gate_await(&crew.gate, LONG_MS));
    cr_expect_eq(lanes_check_processes(crew.lanes, crew.processes, PROCESSES), 0);
    process_gate_open(&crew.gate);
    expect_lost(&crew, how);
    crew_release(&crew);
}

Test(processes, that_end_before_their_time_are_found_with_how_they_ended)
{
    expect_lost_in_turn(end_by_itself, "ended with exit code 7");
    expect_lost_in_turn(crash, "crashed (Segmentation fault)");
}

static void wait_long(const struct crew *crew, size_t lane)
{
    (void)crew;
    if (lane == 2)
        (void)nanosleep(&(struct timespec){.tv_sec = LONG_MS / 1000}, NULL);
}

Test(processes, that_were_killed_are_found)
{
    struct crew crew;

    crew_init(&crew);
    crew_start(&crew, wait_long);
    cr_assert(process_gate_await(&crew.gate, LONG_MS));
    process_gate_open(&crew.gate);
    (void)kill(crew.processes[2], SIGKILL);
    expect_lost(&crew, "was killed (Killed)");
    crew_release(&crew);
}

Test(processes, say_why_they_can_not_go_on)
{
    struct crew crew;

    crew_init(&crew);
    crew.body = take;
    has_no_memory = true;
    cr_assert_eq(lanes_start_process(crew.lanes, 0, &crew.processes[0], crew_live, &crew), 0);
    while (lanes_check_processes(crew.lanes, crew.processes, 1) == 0)
        continue;
    cr_expect_str_eq(lanes_failure(crew.lanes)->message, "libcurl can't make a handle: out of memory");
    lanes_join_process(crew.lanes, crew.processes[0]);
    crew_release(&crew);
}

static void say_and_wait(void *pipe_ends)
{
    const int *ends = pipe_ends;

    (void)!write(ends[1], "", 1);
    for (;;)
        (void)pause();
}

Test(processes, end_when_the_one_that_forked_them_is_killed)
{
    struct crew crew;
    char byte = 1;
    int ends[2];
    pid_t process = 0;

    crew_init(&crew);
    cr_assert_eq(pipe(ends), 0);
    pid_t between = fork();
    cr_assert_geq(between, 0);
    if (between == 0) {
        (void)lanes_start_process(crew.lanes, 0, &process, say_and_wait, ends);
        for (;;)
            (void)pause();
    }
    (void)close(ends[1]);
    cr_assert_eq(read(ends[0], &byte, 1), 1, "the process is there");
    (void)kill(between, SIGKILL);
    cr_assert_eq(waitpid(between, NULL, 0), between);
    (void)alarm(LONG_MS / 1000);
    cr_expect_eq(read(ends[0], &byte, 1), 0, "nobody has the pipe any more");
    (void)close(ends[0]);
    crew_release(&crew);
}
