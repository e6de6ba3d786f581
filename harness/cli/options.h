/*
 * options: the command line, read into a struct.
 *
 *     struct options options;
 *     if (options_parse(&options, argc, argv, &failure) != 0) ...     tells what was wrong, and where
 *     ... use them; their texts point into argv ...
 *     options_release(&options);
 *
 * The options are declared once, in option_table.c; parsing and --help both come from there.
 */
#ifndef HARNESS_CLI_OPTIONS_H
#define HARNESS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

/* Texts in the order in which they were given. */
struct option_texts {
    const char **items; /* owned; the texts are not */
    size_t count;
};

/* Whole numbers, in the order in which they were given. */
struct option_counts {
    uint64_t *items; /* owned */
    size_t count;
};

/* What words stand for, in the order in which the table lists them. */
enum option_arrivals { ARRIVALS_CONSTANT, ARRIVALS_POISSON };
enum option_start { START_COLD, START_WARM };
enum option_records { ROWS_UNLESS_HUGE, ROWS_ALL, ROWS_SAMPLE, ROWS_NONE };

struct options {
    /* what is requested */
    const char *workload; /* NULL: the default, unless there are URLs */
    struct option_texts urls;
    const char *base_url;
    uint64_t requests; /* 0: the workload once */
    struct option_texts headers;
    struct option_texts option_urls; /* all that options were given, also those that a later one replaced */

    /* how */
    struct option_texts strategies;
    struct option_counts concurrency; /* levels; none: the default */
    double rate;                      /* 0: closed loop */
    unsigned int arrivals;            /* enum option_arrivals */
    bool no_reuse;
    uint64_t timeout_ms;
    uint64_t connect_timeout_ms;
    unsigned int start; /* enum option_start */
    const char *client_cpus;
    const char *origin_cpus;
    const char *proxy; /* NULL: none; "environment": as its variables say */
    bool insecure;
    const char *ca_file;
    bool follow_redirects;

    /* how often */
    uint64_t repeat;
    uint64_t warmup;
    const char *reference;   /* NULL: thread-pool, else the first */
    double threshold;        /* a fraction */
    uint64_t max_time_ms;    /* 0: no limit */
    const char *repeat_from; /* the folder of an earlier experiment; NULL: none */
    uint64_t seed;
    bool has_seed;
    uint64_t given; /* bit i: option_table[i] was on the command line */

    /* what comes out */
    const char *output;
    bool force;
    unsigned int records; /* enum option_records */
    bool yes;
    bool quiet;
    bool trace;
    bool no_charts;
    bool ignore_failures;

    /* instead of an experiment */
    bool help;
    bool version;
    bool list_strategies;
    bool list_workloads;
    bool list_columns;
};

/* Adds a text to the list; it must outlive that. */
int option_texts_append(struct option_texts *texts, const char *text, struct failure *failure);

int options_parse(struct options *options, int argc, char **argv, struct failure *failure);
void options_release(struct options *options);

#endif
