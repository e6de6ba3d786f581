#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "option_table.h"
#include "workload.h"

#define OPTIONS_MAX 64 /* as many as `given` has bits */

/* What getopt_long answers for the option at index 0 of the table. Above every letter. */
#define FIRST_VALUE 1000

static const struct options defaults = {
    .timeout_ms = 30000,
    .connect_timeout_ms = 10000,
    .repeat = 10,
    .warmup = 1,
    .threshold = 0.02,
};

/* The table as getopt_long wants it. */
struct getopt_tables {
    struct option longs[OPTIONS_MAX + 1];
    char shorts[2 * OPTIONS_MAX + 2];
};

static void options_fill_getopt(struct getopt_tables *tables)
{
    size_t longs = 0;
    size_t shorts = 0;

    memset(tables, 0, sizeof *tables);
    tables->shorts[shorts++] = ':'; /* tell a missing argument from an unknown option */
    for (size_t i = 0; i < option_count && longs < OPTIONS_MAX; i++) {
        const struct option_entry *entry = &option_table[i];
        if (entry->kind == OPTION_HEADING)
            continue;
        int argument = entry->argument ? required_argument : no_argument;
        tables->longs[longs++] = (struct option){entry->name, argument, NULL, FIRST_VALUE + (int)i};
        if (entry->letter) {
            tables->shorts[shorts++] = entry->letter;
            if (entry->argument)
                tables->shorts[shorts++] = ':';
        }
    }
}

static const struct option_entry *options_find(int answer)
{
    if (answer >= FIRST_VALUE)
        return &option_table[answer - FIRST_VALUE];
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].letter && option_table[i].letter == answer)
            return &option_table[i];
    return NULL;
}

int option_texts_append(struct option_texts *texts, const char *text, struct failure *failure)
{
    const char **items = realloc(texts->items, (texts->count + 1) * sizeof *items);

    if (!items)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    texts->items = items;
    texts->items[texts->count++] = text;
    return 0;
}

/* The first `length` characters of `text`. */
static int options_parse_digits(const struct option_entry *entry, const char *text, size_t length,
    uint64_t *count, struct failure *failure)
{
    bool is_number = length > 0 && strspn(text, "0123456789") >= length;

    errno = 0;
    unsigned long long value = is_number ? strtoull(text, NULL, 10) : 0;
    if (!is_number || errno != 0 || value < entry->minimum || value > entry->maximum)
        return failure_set(failure, FAILURE_USAGE, "--%s takes a whole number from %llu to %llu, not '%.*s'",
            entry->name, (unsigned long long)entry->minimum, (unsigned long long)entry->maximum, (int)length,
            text);
    *count = value;
    return 0;
}

static int options_parse_count(
    const struct option_entry *entry, const char *text, uint64_t *count, struct failure *failure)
{
    return options_parse_digits(entry, text, strlen(text), count, failure);
}

/* The last list given counts. */
static int options_parse_counts(
    const struct option_entry *entry, const char *text, struct option_counts *counts, struct failure *failure)
{
    counts->count = 0;
    for (const char *number = text;; number += strcspn(number, ",") + 1) {
        size_t length = strcspn(number, ",");
        uint64_t *items = realloc(counts->items, (counts->count + 1) * sizeof *items);
        if (!items)
            return failure_set(failure, FAILURE_RUN, "out of memory");
        counts->items = items;
        if (options_parse_digits(entry, number, length, &items[counts->count++], failure) != 0)
            return -1;
        if (number[length] == '\0')
            return 0;
    }
}

/* A number with or without decimals, all of `text`; NaN when it is none. */
static double options_read_decimal(const char *text)
{
    char *end = NULL;
    bool is_number = text[0] != '\0' && strspn(text, "0123456789.") == strlen(text);
    double value = is_number ? strtod(text, &end) : NAN;

    return is_number && *end == '\0' ? value : NAN;
}

/* Below this, a schedule would last for years. */
#define NUMBER_LEAST 0.001

static int options_parse_number(
    const struct option_entry *entry, const char *text, double *number, struct failure *failure)
{
    double value = options_read_decimal(text);

    if (!(value >= NUMBER_LEAST && value <= (double)entry->maximum))
        return failure_set(failure, FAILURE_USAGE, "--%s takes a number from 0.001 to %llu, not '%s'",
            entry->name, (unsigned long long)entry->maximum, text);
    *number = value;
    return 0;
}

static int options_parse_percent(
    const struct option_entry *entry, const char *text, double *fraction, struct failure *failure)
{
    double percent = options_read_decimal(text);

    if (!(percent >= (double)entry->minimum && percent <= (double)entry->maximum))
        return failure_set(failure, FAILURE_USAGE, "--%s takes a percentage from %llu to %llu, not '%s'",
            entry->name, (unsigned long long)entry->minimum, (unsigned long long)entry->maximum, text);
    *fraction = percent / 100;
    return 0;
}

static int options_parse_seconds(
    const struct option_entry *entry, const char *text, uint64_t *milliseconds, struct failure *failure)
{
    double value = options_read_decimal(text) * 1000;

    if (!(value >= (double)entry->minimum && value <= (double)entry->maximum))
        return failure_set(failure, FAILURE_USAGE, "--%s takes seconds from %g to %g, not '%s'", entry->name,
            (double)entry->minimum / 1000, (double)entry->maximum / 1000, text);
    *milliseconds = (uint64_t)llround(value);
    return 0;
}

/* The argument's words are separated by "|". */
static int options_parse_choice(
    const struct option_entry *entry, const char *text, unsigned int *choice, struct failure *failure)
{
    const char *word = entry->argument;

    for (unsigned int place = 0;; place++) {
        size_t length = strcspn(word, "|");
        if (strlen(text) == length && strncmp(text, word, length) == 0) {
            *choice = place;
            return 0;
        }
        if (word[length] == '\0')
            return failure_set(
                failure, FAILURE_USAGE, "--%s takes %s, not '%s'", entry->name, entry->argument, text);
        word += length + 1;
    }
}

static int options_apply(
    struct options *options, const struct option_entry *entry, const char *text, struct failure *failure)
{
    void *member = (char *)options + entry->offset;

    switch (entry->kind) {
    case OPTION_FLAG:
        *(bool *)member = true;
        return 0;
    case OPTION_COUNT:
        return options_parse_count(entry, text, member, failure);
    case OPTION_COUNTS:
        return options_parse_counts(entry, text, member, failure);
    case OPTION_SECONDS:
        return options_parse_seconds(entry, text, member, failure);
    case OPTION_NUMBER:
        return options_parse_number(entry, text, member, failure);
    case OPTION_PERCENT:
        return options_parse_percent(entry, text, member, failure);
    case OPTION_CHOICE:
        return options_parse_choice(entry, text, member, failure);
    case OPTION_URL:
        if (option_texts_append(&options->option_urls, text, failure) != 0)
            return -1;
        /* fall through */
    case OPTION_TEXT:
        if (text[0] == '\0')
            return failure_set(
                failure, FAILURE_USAGE, "--%s takes %s, not nothing", entry->name, entry->argument);
        *(const char **)member = text;
        return 0;
    case OPTION_TEXTS:
        return option_texts_append(member, text, failure);
    default:
        return 0;
    }
}

/* getopt_long refused the argument before optind, or a letter in it. */
static int options_refuse(int answer, const char *argument, struct failure *failure)
{
    bool is_long = optopt == 0 && strncmp(argument, "--", 2) == 0;
    const struct option_entry *known = optopt ? options_find(optopt) : NULL;

    if (answer == ':' || (known && known->argument))
        return failure_set(
            failure, FAILURE_USAGE, "option '%s' needs an argument; see harness --help", argument);
    if (known)
        return failure_set(
            failure, FAILURE_USAGE, "option '--%s' takes no argument; see harness --help", known->name);
    if (is_long)
        return failure_set(failure, FAILURE_USAGE, "unknown or ambiguous option '%.*s'; see harness --help",
            (int)strcspn(argument, "="), argument); /* what follows may be a secret */
    return failure_set(failure, FAILURE_USAGE, "unknown option '-%c'; see harness --help", optopt);
}

static int options_read_arguments(struct options *options, int argc, char **argv, struct failure *failure)
{
    struct getopt_tables tables;
    int answer = 0;

    options_fill_getopt(&tables);
    optind = 0; /* getopt keeps its place in globals: start afresh */
    opterr = 0; /* and would print by itself */
    while ((answer = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        const struct option_entry *entry = options_find(answer);
        if (!entry)
            return options_refuse(answer, argv[optind - 1], failure);
        if (options_apply(options, entry, optarg ? optarg : "", failure) != 0)
            return -1;
        options->given |= UINT64_C(1) << (size_t)(entry - option_table);
        options->has_seed = options->has_seed || strcmp(entry->name, "seed") == 0;
    }
    for (int i = optind; i < argc; i++)
        if (option_texts_append(&options->urls, argv[i], failure) != 0)
            return -1;
    return 0;
}

/* What no single option can say. */
static int options_check(const struct options *options, struct failure *failure)
{
    if (options->workload && options->urls.count > 0)
        return failure_set(
            failure, FAILURE_USAGE, "--workload and URLs on the command line: give one or the other");
    if (options->base_url && workload_check_base_url(options->base_url, failure) != 0)
        return -1;
    if (options->ca_file && access(options->ca_file, R_OK) != 0)
        return failure_set_errno(failure, FAILURE_USAGE, "--cacert '%s' can't be read", options->ca_file);
    for (size_t i = 0; i < options->headers.count; i++)
        if (workload_check_header(options->headers.items[i], failure) != 0)
            return -1;
    return 0;
}

int options_parse(struct options *options, int argc, char **argv, struct failure *failure)
{
    *options = defaults;
    if (options_read_arguments(options, argc, argv, failure) == 0 && options_check(options, failure) == 0)
        return 0;
    options_release(options);
    return -1;
}

void options_release(struct options *options)
{
    free(options->urls.items);
    free(options->headers.items);
    free(options->option_urls.items);
    free(options->strategies.items);
    free(options->concurrency.items);
    *options = (struct options){0};
}
