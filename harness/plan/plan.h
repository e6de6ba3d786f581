/*
 * plan: what there is to be known of an experiment before it starts: its arms, their order, and how they are
 * asked.
 *
 * A plan is made once (harness/experiment), and read by all that follows: analysis, report, machine. All that
 * it points to is borrowed.
 */
#ifndef HARNESS_PLAN_H
#define HARNESS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "workload.h"

/* A strategy at one concurrency, as the files and pictures name it. */
struct arm {
    const char *label;  /* "thread-pool", "thread-pool#2", "thread-pool:stack-kib=512" */
    const char *spec;   /* what strategy_parse read */
    const char *family; /* the family's word */
    uint64_t concurrency;
    bool sends_nothing;
    uint64_t files;   /* descriptors that its process needs for its lanes */
    uint64_t threads; /* that it may have at once, beside the main one */
};

/* Which requests get a row in requests.csv. */
enum records_kept {
    RECORDS_ALL,
    RECORDS_SAMPLE, /* those of the first measured round, and of all others those that failed */
    RECORDS_NONE,
};

/* --rate: batches start when they are due, whether or not the ones before are answered. */
struct open_loop {
    double rate; /* batches a second; 0: a closed loop */
    bool is_poisson;
};

/* What there is to be known of an experiment before it starts. All borrowed. */
struct plan {
    const char *output;         /* the folder asked for; NULL: results/<UTC time> */
    bool force;                 /* overwrite results */
    const char *const *command; /* the command line, ended by NULL, as it may be shown */
    const struct arm *arms;
    size_t arm_count;
    size_t warmup_rounds;
    size_t measured_rounds;
    const size_t *order; /* [round * arm_count + position]: the arm; warm-up rounds first */
    uint64_t seed;
    const char *reference; /* the label of the arms that the others are compared with; NULL: thread-pool, else
                              the first */
    double threshold;      /* a difference up to this fraction does not matter */
    const struct workload *workload;
    struct workload_extent extent;
    const char *base_url; /* what paths are resolved against; NULL: the workload has none */
    const char *proxy;    /* NULL: none */
    bool has_embedded_origin;
    const char *client_cpus; /* as lists; "any" */
    const char *origin_cpus;
    bool cpus_missing;     /* more were asked for than there are */
    double busy_at_start;  /* share of the processors that others used just before; NaN when unknown */
    bool warm_connections; /* opened before the clock started */
    bool reuse_connections;
    bool follow_redirects;
    bool insecure;
    uint64_t timeout_ms;
    uint64_t connect_timeout_ms;
    struct open_loop schedule;
    enum records_kept records;
    bool trace; /* print one trial of each arm request by request */
    FILE *out;  /* for the trace and the summary */
    FILE *err;  /* for the warnings */
    bool in_colour;
};

#endif
