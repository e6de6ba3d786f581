/* The command line. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "options.h"
#include "roff.h"

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

static const struct settings *parse_good(struct parsing *parsing, const char *const *words)
{
    parse(parsing, words);
    cr_assert_eq(parsing->result, 0, "%s", parsing->failure.message);
    return &parsing->options.settings;
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
    const struct settings *settings = parse_good(&parsing, WORDS(NULL));

    cr_expect_str_eq(settings->workload, "mixed");
    cr_expect_null(settings->output);
    cr_expect_eq(parsing.options.url_count, 0);
    cr_expect_eq(settings->strategies.count, 0);
    cr_expect_eq(settings->requests, 0);
    cr_expect_eq(settings->concurrency, 16);
    cr_expect_eq(settings->levels[SETTING_concurrency].count, 0);
    cr_expect_eq(settings->timeout_ms, 30000);
    cr_expect_eq(settings->connect_timeout_ms, 10000);
    cr_expect_eq(settings->repeat, 10);
    cr_expect_eq(settings->warmup, 1);
    cr_expect_not(parsing.options.is_given[SETTING_seed]);
    cr_expect_not(settings->quiet || settings->force || settings->help || settings->insecure);
    parsing_release(&parsing);
}

Test(options, of_each_kind_are_read)
{
    struct parsing parsing;
    const struct settings *settings =
        parse_good(&parsing, WORDS("-c", "8", "--repeat=20", "-w", "hello", "--timeout", "0.25", "-H", "A: b",
                                 "--header", "C;", "-kq", "--seed", "0"));

    cr_expect_eq(settings->concurrency, 8);
    cr_expect_eq(settings->repeat, 20);
    cr_expect_str_eq(settings->workload, "hello");
    cr_expect_eq(settings->timeout_ms, 250);
    cr_assert_eq(settings->headers.count, 2);
    cr_expect_str_eq(settings->headers.items[0], "A: b");
    cr_expect_str_eq(settings->headers.items[1], "C;");
    cr_expect(settings->insecure);
    cr_expect(settings->quiet);
    cr_expect(parsing.options.is_given[SETTING_seed], "a seed of 0 is a seed");
    cr_expect_eq(settings->seed, 0);
    parsing_release(&parsing);
}

Test(options, leave_the_rest_of_the_command_line_as_urls)
{
    struct parsing parsing;
    const struct settings *settings =
        parse_good(&parsing, WORDS("/get", "-q", "http://h/a", "--", "--not-an-option"));

    cr_expect(settings->quiet);
    cr_assert_eq(parsing.options.url_count, 3);
    cr_expect_str_eq(parsing.options.urls[0], "/get");
    cr_expect_str_eq(parsing.options.urls[1], "http://h/a");
    cr_expect_str_eq(parsing.options.urls[2], "--not-an-option");
    parsing_release(&parsing);
}

Test(options, given_twice_count_as_the_last_or_as_both)
{
    struct parsing parsing;
    const struct settings *settings = parse_good(
        &parsing, WORDS("-c", "2,9", "-c", "3,1,3", "-o", "a", "-o", "b", "-s", "no-op", "-s", "all"));

    const struct texts *levels = &settings->levels[SETTING_concurrency];
    cr_assert_eq(levels->count, 2, "each level once");
    cr_expect_str_eq(levels->items[0], "3");
    cr_expect_str_eq(levels->items[1], "1");
    cr_expect_eq(settings->concurrency, 3);
    cr_expect_str_eq(settings->output, "b");
    cr_assert_eq(settings->strategies.count, 2);
    cr_expect_str_eq(settings->strategies.items[0], "no-op");
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
    refuse(WORDS("--output="), "--output needs a value: FOLDER");
}

Test(options, mistyped_are_told_which_was_meant)
{
    refuse(WORDS("--conurrency=4"), "unknown option '--conurrency'; did you mean '--concurrency'? see");
    refuse(WORDS("--tieout", "4"), "did you mean '--timeout'?");
    refuse(WORDS("-repeat", "4"), "unknown option '-r'; did you mean '--repeat'?");
    refuse(WORDS("--start", "wram"), "--start takes cold|warm, not 'wram'; did you mean 'warm'?");
    refuse(WORDS("--nothing-like-it"), "unknown option '--nothing-like-it'; see harness --help");
}

Test(options, tell_ambiguous_from_unknown)
{
    refuse(WORDS("--re", "1"),
        "'--re' is ambiguous: it may be any of --requests, --repeat, --reference, --repeat-from, --records; "
        "write more of it");
    refuse(WORDS("--list"), "any of --list-strategies, --list-participants, --list-experiments, "
                            "--list-workloads, --list-columns;");
}

Test(options, do_not_take_an_option_for_an_argument)
{
    refuse(WORDS("-o", "-x"), "option '--output' needs an argument, and the option '-x' follows");
    refuse(WORDS("-o", "-x"), "write --output=-x, or for a file ./-x");
    refuse(WORDS("-o", "--help"), "the option '--help' follows");
    refuse(WORDS("-n", "-q"), "option '--repeat' needs an argument");
    refuse(WORDS("-H", "--proxy=http://me:s3cret@h/"), "the option '--proxy' follows;");
    refuse(WORDS("--repeat", "-1"), "takes a whole number");

    struct parsing parsing;
    const struct settings *settings = parse_good(&parsing, WORDS("--output=-x", "-w", "-"));
    cr_expect_str_eq(settings->output, "-x");
    cr_expect_str_eq(settings->workload, "-");
    parsing_release(&parsing);
}

Test(options, that_say_how_another_works_need_it)
{
    struct parsing parsing;

    refuse(WORDS("--arrivals", "poisson"), "--arrivals means nothing without --rate; add --rate N, or drop");
    refuse(WORDS("--arrivals", "constant"), "--arrivals means nothing without --rate");
    parse_good(&parsing, WORDS("--arrivals", "poisson", "--rate", "5"));
    parsing_release(&parsing);
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

Test(options, are_shown_without_their_secrets)
{
    struct parsing parsing;

    parse_good(
        &parsing, WORDS("-H", "Authorization: s3cret", "--base-url=http://me:s3cret@h/", "-x",
                      "http://me:s3cret@p/", "-x", "http://p/", "-qHCookie: s3cret", "http://me:s3cret@h/a"));
    const struct buffer *shown = &parsing.options.shown;
    cr_expect_null(memmem(shown->bytes, shown->size, "s3cret", strlen("s3cret")));
    cr_expect_not_null(memmem(shown->bytes, shown->size, "--base-url=http://", strlen("--base-url=http://")));
    cr_expect_not_null(memmem(shown->bytes, shown->size, "-qHCookie", strlen("-qHCookie")));
    parsing_release(&parsing);
}

Test(help, shows_each_option_with_its_default)
{
    struct buffer text = {0};

    help_write(&text);
    buffer_append(&text, "", 1);
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        char shown[64];
        (void)snprintf(shown, sizeof shown, settings_table[id].kind == KIND_HEADING ? "\n%s:\n" : "--%s",
            settings_table[id].name);
        cr_expect_not_null(strstr(text.bytes, shown), "--help lacks %s", shown);
    }
    cr_expect_not_null(strstr(text.bytes, "time-out of each request (default: 30)\n"));
    cr_expect_not_null(strstr(text.bytes, "--concurrency N[,...]"));
    buffer_release(&text);
}

static void expect_words(const char *words, const char *expected)
{
    struct buffer page = {0};

    roff_words(&page, words);
    buffer_append(&page, "", 1);
    cr_expect_str_eq(page.bytes, expected, "%s", page.bytes);
    buffer_release(&page);
}

Test(roff, tells_what_is_typed_from_prose)
{
    expect_words("see (--list-columns); warm-up", "see (\\fB\\-\\-list\\-columns\\fP); warm-up\n");
    expect_words("thread-pool:stack-kib=512, or summary.csv.",
        "\\fBthread\\-pool:stack\\-kib=512\\fP, or \\fBsummary.csv\\fP.\n");
    expect_words("sequential, a file or - for 0-2,5", "sequential, a file or \\- for 0\\-2,5\n");
    expect_words("results/<UTC time>", "results/<UTC time>\n");
}

Test(roff, has_no_text_that_man_takes_for_a_macro)
{
    expect_words("./mine.so 'a' a\\b ~ ^", "\\&\\fB./mine.so\\fP \\&'a' a\\eb \\(ti \\(ha\n");
}
