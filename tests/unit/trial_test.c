/* The lines of a trial's protocol, out and in again, and the parent's side. Whole trials are run end to end.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "answers.h"
#include "clock.h"
#include "protocol.h"
#include "record.h"
#include "trial.h"

struct reading {
    struct trial_task task;
    struct settings settings;
    json_t *document;
    struct failure failure;
};

static int read_line(struct reading *reading, const char *line, size_t size)
{
    *reading = (struct reading){.document = NULL};
    return trial_task_read(
        line, size, &reading->task, &reading->settings, &reading->document, &reading->failure);
}

static void reading_release(struct reading *reading)
{
    json_decref(reading->document);
    settings_release(&reading->settings);
}

/* A task as one line. */
static void write_line(struct buffer *line)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct settings settings;

    cr_assert_eq(settings_init(&settings, &failure), 0);
    settings.concurrency = 64;
    settings.timeout_ms = 250;
    const struct trial_task task = {.strategy = "thread-pool:stack-kib=512",
        .extent = {.batch_count = 5, .request_count = UINT64_C(4000000000000)},
        .settings = &settings};
    cr_assert_eq(trial_task_write(&task, line, &failure), 0, "%s", failure.message);
    cr_assert_eq(line->bytes[line->size - 1], '\n');
    cr_assert_null(memchr(line->bytes, '\n', line->size - 1), "more than one line");
    settings_release(&settings);
}

Test(trial_task, survives_the_way_to_the_trial)
{
    struct buffer line = {0};
    struct reading reading;

    write_line(&line);
    cr_assert_eq(read_line(&reading, line.bytes, line.size - 1), 0, "%s", reading.failure.message);
    cr_expect_str_eq(reading.task.strategy, "thread-pool:stack-kib=512");
    cr_expect_eq(reading.task.extent.batch_count, 5);
    cr_expect_eq(reading.task.extent.request_count, UINT64_C(4000000000000));
    cr_expect_eq(reading.task.settings, &reading.settings);
    cr_expect_eq(reading.settings.concurrency, 64);
    cr_expect_eq(reading.settings.timeout_ms, 250);
    reading_release(&reading);
    buffer_release(&line);
}

/* The whole task but for `key`, which is `value` or, when that is NULL, missing. */
static void expect_refused(const char *key, json_t *value)
{
    struct buffer line = {0};
    struct reading reading;

    write_line(&line);
    json_t *document = json_loadb(line.bytes, line.size, 0, NULL);
    if (value)
        json_object_set_new(document, key, value);
    else
        json_object_del(document, key);
    char *text = json_dumps(document, JSON_COMPACT);
    cr_expect_eq(read_line(&reading, text, strlen(text)), -1, "accepted: %s", text);
    cr_expect_neq(reading.failure.code, FAILURE_NONE);
    cr_expect(strlen(reading.failure.message) > 0);
    reading_release(&reading);
    free(text);
    json_decref(document);
    buffer_release(&line);
}

Test(trial_task, is_refused_when_something_is_missing)
{
    static const char *const keys[] = {"strategy", "batch_count", "request_count", "settings"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        expect_refused(keys[i], NULL);
}

Test(trial_task, is_refused_when_something_is_of_another_kind)
{
    expect_refused("strategy", json_null());
    expect_refused("strategy", json_integer(1));
    expect_refused("batch_count", json_string("16"));
    expect_refused("batch_count", json_integer(-1));
    expect_refused("request_count", json_real(1.5));
    expect_refused("settings", json_array());
    expect_refused("settings", json_object());
    expect_refused("unknown", json_integer(0));
}

Test(trial_task, is_refused_when_the_line_is_no_json)
{
    static const char *const lines[] = {"", "GO", "{", "[]", "null", "{\"strategy\":\"no-op\"} x"};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct reading reading;
        cr_expect_eq(read_line(&reading, lines[i], strlen(lines[i])), -1, "accepted: %s", lines[i]);
        cr_expect_neq(reading.failure.code, FAILURE_NONE);
        reading_release(&reading);
    }
}

static void expect_counters_survive(const struct trial_counters *wanted)
{
    struct buffer line = {0};
    struct trial_counters got;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(trial_counters_write(wanted, &line, &failure), 0, "%s", failure.message);
    json_t *answer = json_loadb(line.bytes, line.size, 0, NULL);
    cr_assert_not_null(answer);
    cr_expect_str_eq(json_string_value(json_object_get(answer, "state")), "counted");
    trial_counters_read(answer, &got);
#define X(field) cr_expect_eq(got.field, wanted->field, #field);
    TRIAL_COUNTERS(X)
#undef X
    json_decref(answer);
    buffer_release(&line);
}

Test(trial_counters, survive_the_way_back)
{
    struct trial_counters counters;
    uint64_t value = 1;

#define X(field) counters.field = value *= 7;
    TRIAL_COUNTERS(X)
#undef X
    expect_counters_survive(&counters);
}

Test(trial_counters, that_are_missing_stay_missing_and_zero_stays_zero)
{
    struct trial_counters counters;

#define X(field) counters.field = UINT64_MAX;
    TRIAL_COUNTERS(X)
#undef X
    counters.wall_ns = 5;
    counters.minor_faults = 0;
    expect_counters_survive(&counters);
}

Test(trial_counters, that_are_no_counts_are_missing)
{
    static const char *const answers[] = {
        "{}", "{\"wall_ns\": -1}", "{\"wall_ns\": \"1\"}", "{\"wall_ns\": 0.5}", "[]"};

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct trial_counters counters;
        json_t *answer = json_loads(answers[i], 0, NULL);
        trial_counters_read(answer, &counters);
        cr_expect_eq(counters.wall_ns, UINT64_MAX, "%s", answers[i]);
        json_decref(answer);
    }
}

Test(trial_status, has_a_word_of_its_own)
{
    for (int i = 0; i < TRIAL_STATUS_COUNT; i++)
        for (int other = 0; other < i; other++)
            cr_expect_str_neq(
                trial_status_word((enum trial_status)i), trial_status_word((enum trial_status)other));
}

/* The parent's side, with pipes whose other ends nobody but the test holds. */
struct lone_trial {
    struct trial trial;
    struct shared_memory memory;
    struct trial_watch watch;
    int commands; /* what the child would read */
    int answers;  /* where it would answer */
};

static void lone_trial_init(struct lone_trial *lone, uint64_t patience_ns)
{
    struct failure failure = {.code = FAILURE_NONE};
    int commands[2];
    int answers[2];

    *lone = (struct lone_trial){
        .trial = {.status = TRIAL_OK, .counts_itself = true, .process = -1}, .memory = SHARED_MEMORY_NONE};
    cr_assert_eq(records_create(&lone->memory, 2, &failure), 0, "%s", failure.message);
    cr_assert_eq(pipe(commands), 0);
    cr_assert_eq(pipe(answers), 0);
    lone->commands = commands[0];
    lone->answers = answers[1];
    lone->trial.commands = commands[1];
    lone->trial.answers = answers[0];
    lone->watch = (struct trial_watch){.interrupt_fd = -1,
        .origin_fd = -1,
        .records = lone->memory.bytes,
        .request_count = 2,
        .patience_ns = patience_ns};
}

static void lone_trial_release(struct lone_trial *lone)
{
    (void)close(lone->commands);
    (void)close(lone->answers);
    trial_end(&lone->trial);
    shared_memory_release(&lone->memory);
}

Test(trial, hangs_when_its_records_claim_what_can_not_be)
{
    struct lone_trial lone;
    lone_trial_init(&lone, NS_PER_MS);
    struct records *records = lone.memory.bytes;

    records->request_count = UINT64_C(1) << 40;
    records->slots[0].finished_ns = UINT64_MAX;
    record_settle(&records->slots[0], OUTCOME_OK);
    records->slots[1].finished_ns = clock_monotonic_ns() + 3600 * NS_PER_S;
    atomic_store(&records->slots[1].outcome, UINT32_MAX);
    trial_measure(&lone.trial, &lone.watch);
    cr_expect_eq(lone.trial.status, TRIAL_HUNG, "%s", lone.trial.message);
    lone_trial_release(&lone);
}

/* The status of a trial whose one request ended so, 10 ms before the origin is seen to be gone. */
static enum trial_status status_beside_dying_origin(enum outcome outcome)
{
    static const char done[] = "{\"state\":\"done\"}\n{\"state\":\"counted\"}\n";
    struct lone_trial lone;
    int origin[2];

    lone_trial_init(&lone, NS_PER_S);
    cr_assert_eq(pipe(origin), 0);
    lone.watch.origin_fd = origin[0];
    record_settle(&((struct records *)lone.memory.bytes)->slots[1], outcome);
    pid_t dying = fork();
    if (dying == 0) {
        (void)usleep(10 * 1000);
        _exit(0);
    }
    (void)close(origin[1]);
    cr_assert_eq(write(lone.answers, done, strlen(done)), (ssize_t)strlen(done));
    trial_measure(&lone.trial, &lone.watch);
    enum trial_status status = lone.trial.status;
    lone.trial.status = TRIAL_HUNG; /* there is no process whose end could be awaited */
    lone_trial_release(&lone);
    (void)close(origin[0]);
    (void)waitpid(dying, NULL, 0);
    return status;
}

Test(trial, is_lost_with_the_origin_wherever_that_breaks_off)
{
    static const enum outcome broken_off[] = {OUTCOME_CONNECT_FAILED, OUTCOME_TLS_FAILED,
        OUTCOME_CONNECTION_LOST, OUTCOME_BAD_RESPONSE, OUTCOME_OTHER_FAILURE};

    for (size_t i = 0; i < sizeof broken_off / sizeof broken_off[0]; i++)
        cr_expect_eq(
            status_beside_dying_origin(broken_off[i]), TRIAL_ORIGIN_LOST, "%s", outcome_word(broken_off[i]));
    cr_expect_eq(status_beside_dying_origin(OUTCOME_UNEXPECTED_STATUS), TRIAL_OK, "it was answered");
}

Test(trial, is_timed_by_the_experiment_whatever_it_says_itself)
{
    static const char done[] = "{\"state\":\"done\"}\n{\"state\":\"counted\",\"wall_ns\":1}\n";
    struct lone_trial lone;
    struct failure failure = {.code = FAILURE_NONE};
    char line[64];
    uint64_t go_ns = 0;
    lone_trial_init(&lone, NS_PER_S);

    uint64_t before_ns = clock_monotonic_ns();
    cr_assert_eq(write(lone.answers, done, strlen(done)), (ssize_t)strlen(done));
    trial_measure(&lone.trial, &lone.watch);
    uint64_t after_ns = clock_monotonic_ns();
    cr_assert_eq(lone.trial.status, TRIAL_OK, "%s", lone.trial.message);
    ssize_t size = read(lone.commands, line, sizeof line);
    cr_assert_gt(size, 1);
    cr_expect_eq(line[size - 1], '\n');
    cr_assert_eq(trial_go_read(line, (size_t)size - 1, &go_ns, &failure), 0, "%s", failure.message);
    cr_expect(go_ns >= before_ns && go_ns + lone.trial.wall_ns <= after_ns);
    cr_expect_gt(lone.trial.wall_ns, 1);
    cr_expect_eq(lone.trial.counters.wall_ns, 1);
    lone.trial.status = TRIAL_HUNG; /* there is no process whose end could be awaited */
    lone_trial_release(&lone);
}

Test(trial_go, is_refused_without_a_number)
{
    static const char *const lines[] = {
        "", "GO", "GO ", "GO -1", "GO  1", "GO 1 ", "go 1", "GO 1x", "GO 18446744073709551616"};
    struct failure failure;
    uint64_t at_ns = 0;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        failure = (struct failure){.code = FAILURE_NONE};
        cr_expect_eq(trial_go_read(lines[i], strlen(lines[i]), &at_ns, &failure), -1, "'%s'", lines[i]);
        cr_expect_eq(failure.code, FAILURE_RUN);
    }
    cr_expect_eq(trial_go_read("GO 18446744073709551615", 23, &at_ns, &failure), 0);
    cr_expect_eq(at_ns, UINT64_MAX);
}

/* A whole trial of another program: `script` for the shell, which knows the protocol. `libcurl` is the file
 * that it has to have loaded, or NULL. */
static void play_on(struct trial *trial, const char *script, uint64_t patience_ns, const char *libcurl)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct shared_memory workload = SHARED_MEMORY_NONE;
    struct shared_memory records = SHARED_MEMORY_NONE;
    struct settings settings;
    const char *const shell[] = {"sh", "-c", script, NULL};

    cr_assert_eq(settings_init(&settings, &failure), 0);
    cr_assert_eq(workload_parse("/a\n", 3, "test", &workload, &failure), 0, "%s", failure.message);
    cr_assert_eq(records_create(&records, 1, &failure), 0, "%s", failure.message);
    const struct trial_task task = {.program = shell[0],
        .arguments = shell,
        .libcurl = libcurl,
        .strategy = "shell",
        .extent = {.batch_count = 1, .request_count = 1},
        .settings = &settings};
    const struct trial_watch watch = {.interrupt_fd = -1,
        .origin_fd = -1,
        .records = records.bytes,
        .request_count = 1,
        .patience_ns = patience_ns};
    trial_start(trial, &task, workload.fd, records.fd, &watch);
    trial_measure(trial, &watch);
    trial_end(trial);
    settings_release(&settings);
    shared_memory_release(&records);
    shared_memory_release(&workload);
}

static void play_patiently(struct trial *trial, const char *script, uint64_t patience_ns)
{
    play_on(trial, script, patience_ns, NULL);
}

static void play(struct trial *trial, const char *script)
{
    play_patiently(trial, script, 20 * NS_PER_S);
}

#define SHELL_READY   "read task; echo '{\"state\":\"ready\"}'; read go;"
#define SHELL_DONE    "echo '{\"state\":\"done\"}';"
#define SHELL_COUNTED "echo '{\"state\":\"counted\",\"peak_threads\":1}'"
#define SHELL_SPIN    "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done;"

Test(trial, is_of_any_command_that_knows_the_protocol)
{
    struct trial trial;

    play(&trial, SHELL_READY "case $task in *shell*) ;; *) exit 1;; esac; case $go in GO*) ;; *) exit 1;; "
                             "esac;" SHELL_DONE SHELL_COUNTED);
    cr_expect_eq(trial.status, TRIAL_OK, "%s", trial.message);
    cr_expect_eq(trial.counters.peak_threads, 1);
    cr_expect_eq(trial.counters.wall_ns, UINT64_MAX, "it told no time of its own");
    cr_expect_neq(trial.counters.user_ns, UINT64_MAX, "what it did not tell was seen from outside");
}

Test(trial, has_loaded_the_libcurl_that_was_asked_for_or_has_failed)
{
    static const char script[] =
        "read task; echo '{\"state\":\"ready\",\"libcurl\":\"libcurl/8.14.1\",\"file\":\"/a\"}';"
        "read go;" SHELL_DONE SHELL_COUNTED;
    struct trial trial;

    play_on(&trial, script, 20 * NS_PER_S, "/a");
    cr_expect_eq(trial.status, TRIAL_OK, "%s", trial.message);
    cr_expect_str_eq(trial.libcurl, "libcurl/8.14.1");
    play_on(&trial, script, 20 * NS_PER_S, "/b");
    cr_expect_eq(trial.status, TRIAL_FAILED);
    cr_expect_str_eq(trial.message, "its process has loaded /a, not /b");
    play_on(&trial, SHELL_READY SHELL_DONE SHELL_COUNTED, 20 * NS_PER_S, "/b");
    cr_expect_eq(trial.status, TRIAL_FAILED);
    cr_expect_str_eq(trial.message, "its process has loaded a libcurl that it does not name, not /b");
}

Test(trial, sleeps_without_slack_whatever_it_is)
{
    struct trial trial;

    play(&trial,
        SHELL_READY "[ \"$(cat /proc/self/timerslack_ns)\" = 1 ] || exit 1;" SHELL_DONE SHELL_COUNTED);
    cr_expect_eq(trial.status, TRIAL_OK, "%s", trial.message);
}

Test(trial, that_answers_before_it_is_told_to_start_has_failed)
{
    struct trial trial;

    play(&trial, "printf '{\"state\":\"ready\"}\\n{\"state\":\"done\"}\\n'; sleep 0.2; read task; read go");
    cr_expect_eq(trial.status, TRIAL_FAILED, "%s", trial.message);
    cr_expect_not_null(strstr(trial.message, "before it was told"), "%s", trial.message);
}

Test(trial, that_does_not_stop_talking_is_ended)
{
    struct trial trial;
    uint64_t begun_ns = clock_monotonic_ns();

    play(&trial, SHELL_READY SHELL_DONE SHELL_COUNTED "; exec yes");
    cr_expect_eq(trial.status, TRIAL_HUNG, "%s", trial.message);
    cr_expect_lt(clock_monotonic_ns() - begun_ns, 30 * NS_PER_S);
}

Test(trial, that_does_not_count_is_ended_with_the_reason)
{
    struct trial trial;

    play_patiently(&trial, SHELL_READY SHELL_DONE "sleep 100", NS_PER_S / 2);
    cr_expect_eq(trial.status, TRIAL_HUNG);
    cr_expect_not_null(strstr(trial.message, "did not say what it used"), "%s", trial.message);
}

Test(trial, is_charged_for_children_that_it_starts_and_waits_for_after_go)
{
    struct trial trial;

    play(&trial, SHELL_READY "sh -c '" SHELL_SPIN "';" SHELL_DONE SHELL_COUNTED);
    cr_expect_eq(trial.status, TRIAL_OK, "%s", trial.message);
    cr_expect_gt(trial.counters.user_ns + trial.counters.sys_ns, 20 * NS_PER_MS);
}

Test(trial, is_charged_for_its_children_from_go_to_done_only)
{
    struct trial before;
    struct trial meanwhile;

    /* A child that spins before GO and waits, and one that waits before GO and spins after it. */
    play(&before, "read task; (" SHELL_SPIN
                  "echo '{\"state\":\"ready\"}'; sleep 20) & read go;" SHELL_DONE SHELL_COUNTED);
    play(&meanwhile, SHELL_READY "(" SHELL_SPIN SHELL_DONE SHELL_COUNTED "; sleep 20) & sleep 20");
    cr_expect_eq(before.status, TRIAL_OK, "%s", before.message);
    uint64_t before_ns = before.counters.user_ns + before.counters.sys_ns;
    uint64_t meanwhile_ns = meanwhile.counters.user_ns + meanwhile.counters.sys_ns;
    cr_expect_gt(meanwhile_ns, 20 * NS_PER_MS);
    cr_expect_lt(before_ns, meanwhile_ns / 4, "%llu of %llu", (unsigned long long)before_ns,
        (unsigned long long)meanwhile_ns);
}

Test(trial, leaves_none_of_its_children_behind)
{
    struct trial trial;
    char text[32] = "";
    int ends[2];

    cr_assert_eq(pipe(ends), 0); /* the children inherit the writing end, and hold it while they live */
    char script[200];
    (void)snprintf(script, sizeof script, SHELL_READY "sleep 100 >&- & " SHELL_DONE SHELL_COUNTED);
    play(&trial, script);
    (void)close(ends[1]);
    cr_expect_eq(trial.status, TRIAL_OK, "%s", trial.message);
    cr_expect_eq(read(ends[0], text, sizeof text), 0, "a child lives on");
    (void)close(ends[0]);
}

/* A trial that has said `said`, and says no more. */
static void expect_after(const char *said, enum trial_state expected, struct trial *trial)
{
    const struct trial_watch watch = {.interrupt_fd = -1, .origin_fd = -1};
    int answers[2];

    cr_assert_eq(pipe(answers), 0);
    cr_assert_eq(write(answers[1], said, strlen(said)), (ssize_t)strlen(said));
    *trial = (struct trial){.status = TRIAL_OK, .process = -1, .commands = -1, .answers = answers[0]};
    json_decref(trial_expect(trial, &watch, NS_PER_S / 10, expected));
    (void)close(answers[0]);
    (void)close(answers[1]);
    buffer_release(&trial->unread);
}

Test(trial_that_is_not_ready, is_said_to_have_done_what_it_said_last)
{
    static const char doing[] =
        "{\"state\":\"doing\",\"what\":\"reading\"}\n{\"state\":\"doing\",\"what\":\"looking "
        "up names\"}\n";
    struct trial trial;
    char both[256];

    expect_after(doing, TRIAL_SAYS_READY, &trial);
    cr_expect_eq(trial.status, TRIAL_HUNG);
    cr_expect_str_eq(trial.message, "it was not ready for 0 s: it was looking up names");
    expect_after("", TRIAL_SAYS_READY, &trial);
    cr_expect_str_eq(trial.message, "it was not ready for 0 s");
    (void)snprintf(both, sizeof both, "%s{\"state\":\"ready\"}\n", doing);
    expect_after(both, TRIAL_SAYS_READY, &trial);
    cr_expect_eq(trial.status, TRIAL_OK, "%s", trial.message);
    expect_after(doing, TRIAL_SAYS_DONE, &trial);
    cr_expect_eq(trial.status, TRIAL_FAILED, "%s", trial.message);
}
