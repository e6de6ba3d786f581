/* The command line, and the strategies that it names. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arms.h"
#include "help.h"
#include "option_table.h"
#include "options.h"
#include "strategy.h"

#define ARGUMENTS_MAX 16

struct parsing {
    char *argv[ARGUMENTS_MAX + 2];
    struct options options;
    struct failure failure;
    int result;
};

/* `words` ends with NULL. */
static struct parsing *parse(struct parsing *parsing, const char *const *words)
{
    int argc = 0;

    *parsing = (struct parsing){.result = 0};
    parsing->argv[argc++] = strdup("harness");
    for (; *words && argc <= ARGUMENTS_MAX; words++)
        parsing->argv[argc++] = strdup(*words);
    parsing->result = options_parse(&parsing->options, argc, parsing->argv, &parsing->failure);
    return parsing;
}

static void parsing_release(struct parsing *parsing)
{
    if (parsing->result == 0)
        options_release(&parsing->options);
    for (char **argument = parsing->argv; *argument; argument++)
        free(*argument);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct options *parse_good(struct parsing *parsing, const char *const *words)
{
    parse(parsing, words);
    cr_assert_eq(parsing->result, 0, "%s", parsing->failure.message);
    return &parsing->options;
}

/* The message must have `expected` in it. */
static void refuse(const char *const *words, const char *expected)
{
    struct parsing parsing;

    parse(&parsing, words);
    cr_expect_eq(parsing.result, -1, "accepted: %s", words[0]);
    cr_expect_eq(parsing.failure.code, FAILURE_USAGE);
    cr_expect_not_null(strstr(parsing.failure.message, expected), "%s\n  says:     %s\n  expected: %s",
        words[0], parsing.failure.message, expected);
    parsing_release(&parsing);
}

Test(options, have_the_defaults_that_help_tells)
{
    struct parsing parsing;
    const struct options *options = parse_good(&parsing, WORDS(NULL));

    cr_expect_null(options->workload);
    cr_expect_null(options->output);
    cr_expect_eq(options->urls.count, 0);
    cr_expect_eq(options->strategies.count, 0);
    cr_expect_eq(options->requests, 0);
    cr_expect_eq(options->concurrency.count, 0);
    cr_expect_eq(options->timeout_ms, 30000);
    cr_expect_eq(options->connect_timeout_ms, 10000);
    cr_expect_eq(options->repeat, 10);
    cr_expect_eq(options->warmup, 1);
    cr_expect_not(options->has_seed);
    cr_expect_not(options->quiet || options->force || options->help || options->insecure);
    parsing_release(&parsing);
}

Test(options, of_each_kind_are_read)
{
    struct parsing parsing;
    const struct options *options =
        parse_good(&parsing, WORDS("-c", "8", "--repeat=20", "-w", "hello", "--timeout", "0.25", "-H", "A: b",
                                 "--header", "C;", "-kq", "--seed", "0"));

    cr_assert_eq(options->concurrency.count, 1);
    cr_expect_eq(options->concurrency.items[0], 8);
    cr_expect_eq(options->repeat, 20);
    cr_expect_str_eq(options->workload, "hello");
    cr_expect_eq(options->timeout_ms, 250);
    cr_assert_eq(options->headers.count, 2);
    cr_expect_str_eq(options->headers.items[0], "A: b");
    cr_expect_str_eq(options->headers.items[1], "C;");
    cr_expect(options->insecure);
    cr_expect(options->quiet);
    cr_expect(options->has_seed, "a seed of 0 is a seed");
    cr_expect_eq(options->seed, 0);
    parsing_release(&parsing);
}

Test(options, leave_the_rest_of_the_command_line_as_urls)
{
    struct parsing parsing;
    const struct options *options =
        parse_good(&parsing, WORDS("/get", "-q", "http://h/a", "--", "--not-an-option"));

    cr_expect(options->quiet);
    cr_assert_eq(options->urls.count, 3);
    cr_expect_str_eq(options->urls.items[0], "/get");
    cr_expect_str_eq(options->urls.items[1], "http://h/a");
    cr_expect_str_eq(options->urls.items[2], "--not-an-option");
    parsing_release(&parsing);
}

Test(options, given_twice_count_as_the_last_or_as_both)
{
    struct parsing parsing;
    const struct options *options = parse_good(
        &parsing, WORDS("-c", "2,9", "-c", "3,1,3", "-o", "a", "-o", "b", "-s", "null", "-s", "all"));

    cr_assert_eq(options->concurrency.count, 3);
    cr_expect_eq(options->concurrency.items[0], 3);
    cr_expect_eq(options->concurrency.items[1], 1);
    cr_expect_eq(options->concurrency.items[2], 3);
    cr_expect_str_eq(options->output, "b");
    cr_assert_eq(options->strategies.count, 2);
    cr_expect_str_eq(options->strategies.items[0], "null");
    parsing_release(&parsing);
}

Test(options, refuse_what_is_no_count_within_the_range)
{
    static const char *const bad[] = {
        "0", "-1", "+1", "1.5", "1e3", "0x10", " 4", "4 ", "", "many", "100001", "99999999999999999999999"};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse(WORDS("--concurrency", bad[i]), "--concurrency takes a whole number from 1 to 100000, not '");
    refuse(WORDS("-c", "4,,8"), "--concurrency takes a whole number from 1 to 100000, not ''");
    refuse(WORDS("-c", "4,x"), "--concurrency takes a whole number from 1 to 100000, not 'x'");
    refuse(WORDS("-c", "0"), "--concurrency takes a whole number from 1 to 100000, not '0'");
}

Test(options, refuse_what_is_no_time)
{
    static const char *const bad[] = {
        "0", "-1", "0.0001", "86401", "nan", "inf", "1s", "", " 1", "1e99", "."};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refuse(WORDS("--timeout", bad[i]), "--timeout takes seconds from 0.001 to 86400, not '");
}

Test(options, refuse_what_is_not_known_or_not_whole)
{
    refuse(WORDS("--conurrency=4"), "'--conurrency'");
    refuse(WORDS("-Z"), "'-Z'");
    refuse(WORDS("-qZ"), "'-Z'");
    refuse(WORDS("--re", "1"), "'--re'"); /* repeat, requests, records */
    refuse(WORDS("--workload"), "'--workload' needs an argument");
    refuse(WORDS("-w"), "'-w' needs an argument");
    refuse(WORDS("--quiet=yes"), "'--quiet' takes no argument");
    refuse(WORDS("--output="), "--output takes FOLDER, not nothing");
}

Test(options, refuse_what_does_not_go_together)
{
    refuse(WORDS("-w", "hello", "http://h/"), "give one or the other");
    refuse(WORDS("--base-url", "ftp://h/"), "ftp://h/");
    refuse(WORDS("-H", "no colon"), "has no colon");
}

Test(options, that_take_a_secret_do_not_show_it_when_refused)
{
    struct parsing parsing;

    parse(&parsing, WORDS("-H", "Authorization Bearer-s3cret"));
    cr_expect_eq(parsing.result, -1);
    cr_expect_null(strstr(parsing.failure.message, "s3cret"), "%s", parsing.failure.message);
    parsing_release(&parsing);
}

Test(option_table, names_each_option_once_and_help_shows_it)
{
    struct buffer text = {0};

    help_write(&text);
    buffer_append(&text, "", 1);
    for (size_t i = 0; i < option_count; i++) {
        char shown[64];
        if (option_table[i].kind == OPTION_HEADING)
            continue;
        cr_expect_eq(option_table[i].argument == NULL, option_table[i].kind == OPTION_FLAG);
        (void)snprintf(shown, sizeof shown, "--%s", option_table[i].name);
        cr_expect_not_null(strstr(text.bytes, shown), "--help lacks %s", shown);
        for (size_t other = 0; other < i; other++) {
            cr_expect_str_neq(option_table[i].name, option_table[other].name);
            cr_expect(option_table[i].letter == 0 || option_table[i].letter != option_table[other].letter,
                "--%s and --%s have the same letter", option_table[i].name, option_table[other].name);
        }
    }
    buffer_release(&text);
}

static const uint64_t one_level[] = {16};

static size_t count_of(const char *const *names)
{
    size_t count = 0;

    while (names[count])
        count++;
    return count;
}

static int expand_at(struct arms *arms, const char *const *names, const uint64_t *levels, size_t level_count,
    struct failure *failure)
{
    const char *texts[ARGUMENTS_MAX];
    uint64_t counts[ARGUMENTS_MAX];

    memcpy((void *)texts, (const void *)names, count_of(names) * sizeof *texts);
    memcpy(counts, levels, level_count * sizeof *counts);
    return arms_expand(arms, &(struct option_texts){.items = texts, .count = count_of(names)},
        &(struct option_counts){.items = counts, .count = level_count}, failure);
}

/* Arms for `names`, a list that ends with NULL, at concurrency 16. */
static void expand(struct arms *arms, const char *const *names)
{
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(expand_at(arms, names, one_level, 1, &failure), 0, "%s", failure.message);
}

static void expect_labels(const char *const *names, const char *const *labels)
{
    struct arms arms;
    size_t count = count_of(labels);

    expand(&arms, names);
    cr_assert_eq(arms.count, count, "%zu arms for %s", arms.count, names[0]);
    for (size_t i = 0; i < count; i++)
        cr_expect_str_eq(arms.items[i].label, labels[i]);
    arms_release(&arms);
}

static void refuse_arms(const char *name, const char *expected)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct arms arms;

    cr_expect_eq(expand_at(&arms, WORDS(name), one_level, 1, &failure), -1, "accepted: %s", name);
    cr_expect_eq(failure.code, FAILURE_USAGE);
    cr_expect_not_null(strstr(failure.message, expected), "%s\n  says:     %s\n  expected: %s", name,
        failure.message, expected);
    cr_expect_eq(arms.count, 0);
}

Test(arms, of_all_or_of_no_names_are_every_strategy_that_sends_something)
{
    struct arms all;
    struct arms none;
    size_t expected = 0;

    expand(&all, WORDS("all"));
    expand(&none, WORDS(NULL));
    for (size_t i = 0; strategies[i]; i++) {
        if ((strategies[i]->flags & STRATEGY_SENDS_NOTHING) != 0)
            continue;
        cr_assert_lt(expected, all.count);
        cr_expect_str_eq(all.items[expected].label, strategies[i]->name);
        cr_expect_str_eq(none.items[expected++].label, strategies[i]->name);
    }
    cr_expect_eq(all.count, expected);
    cr_expect_eq(none.count, expected);
    arms_release(&all);
    arms_release(&none);
}

Test(arms, are_named_by_commas_or_one_by_one)
{
    expect_labels(WORDS("curl-multi,sequential"), WORDS("curl-multi", "sequential"));
    expect_labels(WORDS("curl-multi", "sequential"), WORDS("curl-multi", "sequential"));
    expect_labels(WORDS("null"), WORDS("null"));
}

Test(arms, named_again_are_numbered)
{
    expect_labels(WORDS("thread-pool,thread-pool", "thread-pool"),
        WORDS("thread-pool", "thread-pool#2", "thread-pool#3"));
    expect_labels(WORDS("thread-pool:stack-kib=512,thread-pool,thread-pool:stack-kib=512"),
        WORDS("thread-pool:stack-kib=512", "thread-pool", "thread-pool:stack-kib=512#2"));
}

Test(arms, keep_the_options_of_their_strategies)
{
    struct arms arms;

    expand(&arms,
        WORDS("thread-per-request:handles=fresh:stack-kib=64,thread-per-request:handles=fresh:stack-kib=64"));
    for (size_t i = 0; i < 2; i++)
        cr_expect_str_eq(arms.items[i].spec, "thread-per-request:handles=fresh:stack-kib=64");
    arms_release(&arms);
}

Test(arms, have_the_concurrency_asked_for_or_one_lane)
{
    struct arms arms;

    expand(&arms, WORDS("sequential,thread-pool,null"));
    cr_expect_eq(arms.items[0].concurrency, 1);
    cr_expect_str_eq(arms.items[0].family, "blocking");
    cr_expect_not(arms.items[0].sends_nothing);
    cr_expect_eq(arms.items[1].concurrency, 16);
    cr_expect_str_eq(arms.items[1].family, "threads");
    cr_expect_eq(arms.items[2].concurrency, 1);
    cr_expect(arms.items[2].sends_nothing);
    arms_release(&arms);
}

Test(arms, are_made_at_each_level_of_concurrency_but_for_those_of_one_lane)
{
    static const uint64_t levels[] = {4, 1, 4, 16};
    static const uint64_t expected[] = {1, 4, 1, 16, 4, 1, 16};
    struct arms arms;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(expand_at(&arms, WORDS("sequential,curl-multi,curl-multi"), levels, 4, &failure), 0);
    cr_assert_eq(arms.count, 7);
    for (size_t i = 0; i < arms.count; i++) {
        cr_expect_eq(arms.items[i].concurrency, expected[i], "arm %zu", i);
        cr_expect_str_eq(arms.items[i].label, i == 0 ? "sequential" : i < 4 ? "curl-multi" : "curl-multi#2");
    }
    arms_release(&arms);
}

Test(arms, that_do_not_exist_are_refused_with_those_that_do)
{
    struct buffer expected = {0};

    buffer_append_text(&expected, "no strategy 'threadpool'; there are ");
    for (size_t i = 0; strategies[i]; i++)
        buffer_printf(&expected, "%s, ", strategies[i]->name);
    buffer_append(&expected, "and all", sizeof "and all");
    refuse_arms("threadpool", expected.bytes);
    buffer_release(&expected);
    refuse_arms("", "no strategy ''");
    refuse_arms("sequential,", "no strategy ''");
    refuse_arms("sequential,,null", "no strategy ''");
    refuse_arms("All", "no strategy 'All'");
    refuse_arms("sequential, null", "no strategy ' null'");
}

Test(arms, with_options_that_do_not_exist_are_refused)
{
    refuse_arms("sequential:depth=2", "depth");
    refuse_arms("thread-pool:stack-kib=63", "63");
    refuse_arms("thread-pool:stack-kib=65537", "65537");
    refuse_arms("thread-pool:stack-kib=", "stack-kib");
    refuse_arms("thread-pool:stack-kib", "stack-kib");
    refuse_arms("thread-pool:stack=512", "stack-kib");
    refuse_arms("thread-per-request:handles=new", "fresh");
    refuse_arms("thread-per-request:", "handles");
}
