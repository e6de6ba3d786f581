#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"
#include "workload.h"

/* What getopt_long answers for the option of row 0. Above every letter. */
#define FIRST_VALUE 1000

/* The table as getopt_long wants it. */
struct getopt_tables {
    struct option longs[SETTING_COUNT + 1];
    char shorts[2 * SETTING_COUNT + 2];
};

/* A flag that is an axis may have values: --no-reuse=false,true. */
static int options_argument(const struct setting *setting)
{
    if (setting->kind != KIND_FLAG)
        return required_argument;
    return setting_is_axis(setting) ? optional_argument : no_argument;
}

static void options_fill_getopt(struct getopt_tables *tables)
{
    size_t longs = 0;
    size_t shorts = 0;

    memset(tables, 0, sizeof *tables);
    tables->shorts[shorts++] = ':'; /* tell a missing argument from an unknown option */
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        if (setting->kind == KIND_HEADING)
            continue;
        int argument = options_argument(setting);
        tables->longs[longs++] = (struct option){setting->name, argument, NULL, FIRST_VALUE + (int)id};
        if (setting->letter) {
            tables->shorts[shorts++] = setting->letter;
            if (argument == required_argument)
                tables->shorts[shorts++] = ':';
        }
    }
}

static const struct setting *options_find(int answer)
{
    if (answer >= FIRST_VALUE)
        return &settings_table[answer - FIRST_VALUE];
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (settings_table[id].letter && settings_table[id].letter == answer)
            return &settings_table[id];
    return NULL;
}

/* How many long options begin with `typed`. Their names, with ", " between, go to `names`. */
static size_t options_list_matches(const char *typed, size_t length, struct buffer *names)
{
    size_t count = 0;

    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        if (setting->kind == KIND_HEADING || strncmp(setting->name, typed, length) != 0)
            continue;
        buffer_printf(names, "%s--%s", count++ > 0 ? ", " : "", setting->name);
    }
    buffer_append(names, "", 1);
    return count;
}

static struct suggest_text options_suggest(const char *typed, size_t length)
{
    struct suggestion suggestion = suggest_for(typed, length);

    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (settings_table[id].kind != KIND_HEADING)
            suggest_offer(&suggestion, settings_table[id].name, strlen(settings_table[id].name));
    return suggest_amid(&suggestion, "--");
}

/* No option is `argument`, or several are. What follows '=' may be a secret. */
static int options_refuse_long(const char *argument, struct failure *failure)
{
    const char *typed = argument + 2;
    size_t length = strcspn(typed, "=");
    struct buffer names = {0};

    if (options_list_matches(typed, length, &names) > 1)
        failure_set(failure, FAILURE_USAGE,
            "option '--%.*s' is ambiguous: it may be any of %s; write more of it", (int)length, typed,
            names.out_of_memory ? "several" : names.bytes);
    else
        failure_set(failure, FAILURE_USAGE, "unknown option '--%.*s'%ssee harness --help", (int)length, typed,
            options_suggest(typed, length).text);
    buffer_release(&names);
    return -1;
}

/* No option has the letter `optopt`. It may be the first one of a long option with a dash too few. */
static int options_refuse_letter(char *const *argv, struct failure *failure)
{
    const char *typed = ""; /* getopt has not moved on if more letters follow */

    for (int i = optind - 1; i <= optind && argv[i]; i++)
        if (argv[i][0] == '-' && argv[i][1] == optopt && argv[i][2] != '\0')
            typed = argv[i] + 1;
    return failure_set(failure, FAILURE_USAGE, "unknown option '-%c'%ssee harness --help", optopt,
        options_suggest(typed, strcspn(typed, "=")).text);
}

/* getopt_long refused the argument before optind, or a letter in it. */
static int options_refuse(int answer, char *const *argv, struct failure *failure)
{
    const char *argument = argv[optind - 1];
    const struct setting *known = optopt ? options_find(optopt) : NULL;

    if (answer == ':' || (known && options_argument(known) == required_argument))
        return failure_set(
            failure, FAILURE_USAGE, "option '%s' needs an argument; see harness --help", argument);
    if (known)
        return failure_set(
            failure, FAILURE_USAGE, "option '--%s' takes no argument; see harness --help", known->name);
    if (optopt == 0 && strncmp(argument, "--", 2) == 0)
        return options_refuse_long(argument, failure);
    return options_refuse_letter(argv, failure);
}

/* Is a word of the command line an option, rather than a number below zero or "-", standard input? */
static bool options_is_option(const char *word)
{
    if (word[0] != '-')
        return false;
    return word[1] == '-' || (word[1] >= 'a' && word[1] <= 'z') || (word[1] >= 'A' && word[1] <= 'Z');
}

/* getopt takes the word after an option for its argument, whatever it is. It may hold a secret, if it is
 * none. */
static int options_check_argument(const struct setting *setting, const char *word, struct failure *failure)
{
    int length = (int)strcspn(word, "=: ");

    if (optarg != word || !options_is_option(word))
        return 0;
    return failure_set(failure, FAILURE_USAGE,
        "option '--%s' needs an argument, and the option '%.*s' follows; if that is meant as the argument, "
        "write "
        "--%s=%.*s%s%.*s",
        setting->name, length, word, setting->name, length, word,
        setting->kind == KIND_TEXT || setting->kind == KIND_FILE ? ", or for a file ./" : "",
        setting->kind == KIND_TEXT || setting->kind == KIND_FILE ? length : 0, word);
}

/* A value on the command line that may hold a secret, and how it is shown. */
struct secret {
    const char *value; /* in argv */
    void (*show)(const char *text, struct buffer *shown);
};

struct secrets {
    struct secret *items;
    size_t count;
};

static int secrets_add(struct secrets *secrets, const char *value,
    void (*show)(const char *text, struct buffer *shown), struct failure *failure)
{
    struct secret *items = realloc(secrets->items, (secrets->count + 1) * sizeof *items);

    if (!items)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    secrets->items = items;
    items[secrets->count++] = (struct secret){value, show};
    return 0;
}

static int options_take(struct options *options, const struct setting *setting, const char *text,
    struct secrets *secrets, struct failure *failure)
{
    options->is_given[setting - settings_table] = true;
    if (setting->kind == KIND_URL && secrets_add(secrets, text, workload_show_url, failure) != 0)
        return -1;
    if (setting->kind == KIND_HEADERS && secrets_add(secrets, text, workload_show_header, failure) != 0)
        return -1;
    return setting_read(&options->settings, setting, text, failure);
}

static int options_read_arguments(
    struct options *options, int argc, char **argv, struct secrets *secrets, struct failure *failure)
{
    struct getopt_tables tables;
    int answer = 0;

    options_fill_getopt(&tables);
    optind = 0; /* getopt keeps its place in globals: start afresh */
    opterr = 0; /* and would print by itself */
    while ((answer = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        const struct setting *setting = options_find(answer);
        if (!setting)
            return options_refuse(answer, argv, failure);
        if (options_check_argument(setting, argv[optind - 1], failure) != 0 ||
            options_take(options, setting, optarg ? optarg : "", secrets, failure) != 0)
            return -1;
    }
    options->urls = argv + optind;
    options->url_count = (size_t)(argc - optind);
    if (options->url_count > 0 && !options->is_given[SETTING_workload])
        setting_clear(&options->settings, &settings_table[SETTING_workload]);
    for (int i = optind; i < argc; i++)
        if (secrets_add(secrets, argv[i], workload_show_url, failure) != 0)
            return -1;
    return 0;
}

/* The secret that `argument` is, or ends in; NULL: none. */
static const struct secret *secrets_find(const struct secrets *secrets, const char *argument)
{
    const char *end = argument + strlen(argument);

    for (size_t i = 0; i < secrets->count; i++)
        if (secrets->items[i].value >= argument && secrets->items[i].value <= end)
            return &secrets->items[i];
    return NULL;
}

static void options_show(struct options *options, int argc, char *const *argv, const struct secrets *secrets)
{
    for (int i = 0; i < argc; i++) {
        const struct secret *secret = secrets_find(secrets, argv[i]);
        size_t plain = secret ? (size_t)(secret->value - argv[i]) : strlen(argv[i]);
        buffer_append(&options->shown, argv[i], plain);
        if (secret)
            secret->show(secret->value, &options->shown);
        buffer_append(&options->shown, "", 1);
    }
}

/* Options that say how another one works, and mean nothing without it. */
static const struct options_pair {
    enum setting_id given;
    enum setting_id needed;
} options_pairs[] = {
    {SETTING_arrivals, SETTING_rate},
};

static int options_check_pairs(const struct options *options, struct failure *failure)
{
    for (size_t i = 0; i < sizeof options_pairs / sizeof *options_pairs; i++) {
        const struct setting *given = &settings_table[options_pairs[i].given];
        const struct setting *needed = &settings_table[options_pairs[i].needed];
        if (options->is_given[options_pairs[i].given] && !options->is_given[options_pairs[i].needed])
            return failure_set(failure, FAILURE_USAGE,
                "--%s means nothing without --%s; add --%s %s, or drop --%s", given->name, needed->name,
                needed->name, needed->shown, given->name);
    }
    return 0;
}

/* What no single option can say. */
static int options_check(const struct options *options, struct failure *failure)
{
    if (options_check_pairs(options, failure) != 0)
        return -1;
    if (options->is_given[SETTING_workload] && options->url_count > 0)
        return failure_set(
            failure, FAILURE_USAGE, "--workload and URLs on the command line: give one or the other");
    if (options->settings.experiment && options->settings.repeat_from)
        return failure_set(failure, FAILURE_USAGE,
            "--experiment and --repeat-from: give one or the other; each part of an experiment can be "
            "repeated by itself");
    return settings_check(&options->settings, failure);
}

int options_parse(struct options *options, int argc, char **argv, struct failure *failure)
{
    struct secrets secrets = {0};

    *options = (struct options){.url_count = 0};
    int result = settings_init(&options->settings, failure);
    if (result == 0)
        result = options_read_arguments(options, argc, argv, &secrets, failure);
    if (result == 0)
        result = options_check(options, failure);
    if (result == 0)
        options_show(options, argc, argv, &secrets);
    free(secrets.items);
    if (result == 0 && options->shown.out_of_memory)
        result = failure_set(failure, FAILURE_RUN, "out of memory");
    if (result != 0)
        options_release(options);
    return result;
}

int options_take_given(const struct options *options, struct settings *settings, struct failure *failure)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        bool is_kept = (setting->roles & SETTING_KEPT) != 0;
        if (setting->kind != KIND_HEADING && (!is_kept || options->is_given[id]) &&
            setting_copy(settings, &options->settings, setting, failure) != 0)
            return -1;
    }
    return 0;
}

void options_release(struct options *options)
{
    settings_release(&options->settings);
    buffer_release(&options->shown);
}
