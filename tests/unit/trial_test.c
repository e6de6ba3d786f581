/* The lines of a trial's protocol, out and in again, and the parent's side. Whole trials are run end to end.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "protocol.h"
#include "record.h"
#include "trial.h"

static const char *const headers[] = {"Accept: text/plain", "X-Quoted: \"a\\b\"", "X-Empty;"};

static const struct trial_settings full = {
    .strategy = "thread-pool:stack-kib=512",
    .concurrency = 64,
    .extent = {.batch_count = 5, .request_count = UINT64_C(4000000000000)},
    .warm_connections = true,
    .transfer =
        {
            .base_url = "http://127.0.0.1:8080/a b",
            .proxy = "environment",
            .ca_file = "/tmp/b\xc3\xa9.pem",
            .headers = headers,
            .header_count = 3,
            .timeout_ms = 30000,
            .connect_timeout_ms = 1,
            .reuse_connections = true,
            .insecure = true,
        },
};

struct reading {
    struct trial_settings settings;
    json_t *document;
    const char **headers;
    struct failure failure;
};

static int read_line(struct reading *reading, const char *line, size_t size)
{
    *reading = (struct reading){.document = NULL};
    return trial_settings_read(
        line, size, &reading->settings, &reading->document, &reading->headers, &reading->failure);
}

static void reading_release(struct reading *reading)
{
    json_decref(reading->document);
    free(reading->headers);
}

static void write_line(const struct trial_settings *settings, struct buffer *line)
{
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(trial_settings_write(settings, line, &failure), 0, "%s", failure.message);
    cr_assert_eq(line->bytes[line->size - 1], '\n');
    cr_assert_null(memchr(line->bytes, '\n', line->size - 1), "more than one line");
}

static void expect_same_text(const char *got, const char *wanted)
{
    cr_expect_eq(got == NULL, wanted == NULL);
    if (got && wanted)
        cr_expect_str_eq(got, wanted);
}

static void expect_survives(const struct trial_settings *wanted)
{
    struct buffer line = {0};
    struct reading reading;

    write_line(wanted, &line);
    cr_assert_eq(read_line(&reading, line.bytes, line.size - 1), 0, "%s", reading.failure.message);
    const struct trial_settings *got = &reading.settings;
    cr_expect_str_eq(got->strategy, wanted->strategy);
    cr_expect_eq(got->concurrency, wanted->concurrency);
    cr_expect_eq(got->extent.batch_count, wanted->extent.batch_count);
    cr_expect_eq(got->extent.request_count, wanted->extent.request_count);
    cr_expect_eq(got->warm_connections, wanted->warm_connections);
    expect_same_text(got->transfer.base_url, wanted->transfer.base_url);
    expect_same_text(got->transfer.proxy, wanted->transfer.proxy);
    expect_same_text(got->transfer.ca_file, wanted->transfer.ca_file);
    cr_expect_eq(got->transfer.timeout_ms, wanted->transfer.timeout_ms);
    cr_expect_eq(got->transfer.connect_timeout_ms, wanted->transfer.connect_timeout_ms);
    cr_expect_eq(got->transfer.reuse_connections, wanted->transfer.reuse_connections);
    cr_expect_eq(got->transfer.follow_redirects, wanted->transfer.follow_redirects);
    cr_expect_eq(got->transfer.insecure, wanted->transfer.insecure);
    cr_assert_eq(got->transfer.header_count, wanted->transfer.header_count);
    for (size_t i = 0; i < wanted->transfer.header_count; i++)
        cr_expect_str_eq(got->transfer.headers[i], wanted->transfer.headers[i]);
    reading_release(&reading);
    buffer_release(&line);
}

Test(trial_settings, survive_the_way_to_the_trial)
{
    struct trial_settings settings = full;

    expect_survives(&settings);
    settings.transfer.reuse_connections = false;
    settings.transfer.follow_redirects = true;
    settings.transfer.insecure = false;
    settings.warm_connections = false;
    expect_survives(&settings);
}

Test(trial_settings, may_lack_texts_and_headers)
{
    struct trial_settings settings = full;

    settings.transfer.base_url = NULL;
    settings.transfer.proxy = NULL;
    settings.transfer.ca_file = NULL;
    settings.transfer.headers = NULL;
    settings.transfer.header_count = 0;
    expect_survives(&settings);
}

/* The whole settings but for `key`, which is `value` or, when that is NULL, missing. */
static void expect_refused(const char *key, json_t *value)
{
    struct buffer line = {0};
    struct reading reading;

    write_line(&full, &line);
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

Test(trial_settings, are_refused_when_one_is_missing)
{
    static const char *const keys[] = {"strategy", "concurrency", "warm_connections", "batch_count",
        "request_count", "base_url", "proxy", "ca_file", "headers", "timeout_ms", "connect_timeout_ms",
        "reuse_connections", "follow_redirects", "insecure"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        expect_refused(keys[i], NULL);
}

Test(trial_settings, are_refused_when_one_is_of_another_kind)
{
    expect_refused("strategy", json_null());
    expect_refused("strategy", json_integer(1));
    expect_refused("concurrency", json_string("16"));
    expect_refused("concurrency", json_integer(-1));
    expect_refused("concurrency", json_real(1.5));
    expect_refused("base_url", json_true());
    expect_refused("headers", json_null());
    expect_refused("headers", json_string("A: b"));
    expect_refused("headers", json_pack("[s, i]", "A: b", 1));
    expect_refused("insecure", json_integer(0));
    expect_refused("unknown", json_integer(0));
}

Test(trial_settings, are_refused_when_the_line_is_no_json)
{
    static const char *const lines[] = {"", "GO", "{", "[]", "null", "{\"strategy\":\"null\"} x"};

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
    cr_expect_str_eq(json_string_value(json_object_get(answer, "state")), "done");
    cr_assert_eq(trial_counters_read(answer, &got, &failure), 0, "%s", failure.message);
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

Test(trial_counters, without_a_time_are_no_answer)
{
    static const char *const answers[] = {
        "{}", "{\"wall_ns\": -1}", "{\"wall_ns\": \"1\"}", "{\"wall_ns\": 0.5}", "[]"};

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct trial_counters counters;
        struct failure failure = {.code = FAILURE_NONE};
        json_t *answer = json_loads(answers[i], 0, NULL);
        cr_expect_eq(trial_counters_read(answer, &counters, &failure), -1, "accepted: %s", answers[i]);
        cr_expect_eq(failure.code, FAILURE_RUN);
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

    *lone = (struct lone_trial){.trial = {.status = TRIAL_OK}, .memory = SHARED_MEMORY_NONE};
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

Test(trial, is_timed_by_the_experiment_whatever_it_says_itself)
{
    static const char done[] = "{\"state\":\"done\",\"wall_ns\":1}\n";
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
