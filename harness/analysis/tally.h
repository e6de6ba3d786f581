/*
 * tally: what an experiment remembers about its trials, for the summary at its end.
 *
 *     tally_init(&tally, plan, &failure);
 *     tally_add(&tally, arm, round, &row, records);      each measured trial, after tally_count_records
 *     tally_add_unmeasured(&tally, arm, &row, records);  each of the others
 *     ... summary.h and urls.h read it ...
 *     tally_release(&tally);
 *
 * One value an arm and measured round; NaN where there is none.
 */
#ifndef HARNESS_ANALYSIS_TALLY_H
#define HARNESS_ANALYSIS_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "causes.h"
#include "failure.h"
#include "plan.h"
#include "record.h"
#include "rows.h"
#include "workload.h"

/* What is kept about each request of each measured trial. */
struct tally_sample {
    float duration_s;     /* NaN unless it succeeded */
    uint16_t status;      /* 0: no answer */
    uint8_t outcome;      /* enum outcome */
    bool leads_elsewhere; /* as in its record */
};

/* Sums over trials: X(count). */
#define TALLY_COUNTS(X)                                                                                      \
    X(begun)             /* measured trials */                                                               \
    X(trials)            /* measured trials that ran to their end */                                         \
    X(failed_requests)   /* in all measured trials */                                                        \
    X(warm_openings)     /* connections that warm trials opened while timed */                               \
    X(saturated_trials)  /* that could not keep up with the rate of an open loop */                          \
    X(impossible_trials) /* in which the origin saw more requests in flight than the client had */

struct tally_counts {
#define X(count) uint64_t count;
    TALLY_COUNTS(X)
#undef X
};

#define TALLY_TEXT_SIZE 160

/* Trials that did not complete. */
struct tally_incomplete {
    uint64_t count;
    size_t first_round;               /* of the first one, from 0 */
    char first_text[TALLY_TEXT_SIZE]; /* its status and message; "" without any */
};

struct tally_arm {
    struct tally_counts counts;  /* of all its measured trials */
    struct tally_counts of_last; /* what its last measured trial added to them */
    double *wall_s;              /* [round] */
    double *fair_wall_s;         /* the same, NaN where a request failed: only these are compared */
    double *cpu_us;              /* a request */
    double *fair_cpu_us;
    double *fair_figure_s; /* what it is ranked by, NaN where a request failed: fair_wall_s, or the trial's
                              p90 in an open loop */
    double *request_max_s;
    double *request_p50_s;
    double *request_p90_s;
    double *request_p99_s;
    double *requests_per_s;
    double *voluntary_switches;
    double *involuntary_switches;
    double *peak_memory_kib;
    double *peak_threads;
    double *peak_processes;
    double *http_version; /* of the answers, as a number: enum http_version */
    double *connections_opened;
    double *handshakes_full;
    double *handshakes_resumed;
    double *max_backlog;          /* in an open loop */
    double *origin_share;         /* share of one processor that the embedded origin used meanwhile */
    struct tally_sample *samples; /* [round * request_count + request] */
    struct tally_incomplete incomplete;
    struct tally_incomplete incomplete_in_warmup;
};

/* What is kept of measured rounds as a whole, from round to round. */
struct tally_kept {
    double
        *least_s; /* [request]: its least time from start to end in any trial, NaN when it never succeeded */
    uint64_t *older_version; /* [request of the table]: answers in an older version of HTTP than asked for */
    struct causes causes;    /* why requests failed */
};

struct tally {
    const struct arm *arms; /* borrowed, like the workload */
    size_t arm_count;
    const char *const *other_work; /* as in the plan */
    size_t rounds;
    size_t rounds_begun; /* measured rounds that have at least one trial */
    bool is_open_loop;
    const struct settings *settings; /* borrowed */
    const struct workload *workload;
    struct workload_extent extent;
    struct tally_arm *of_arms;
    struct tally_kept kept;         /* of the rounds that are finished */
    struct tally_kept of_round;     /* of the one under way, which may yet be dropped */
    struct causes causes_in_warmup; /* of the warm-up rounds */
    uint64_t risky_retries;     /* in all trials and untimed passes: a round that is dropped was run, too */
    uint64_t first_risky;       /* the first request of the workload with one, if there are any */
    struct elsewhere elsewhere; /* what all trials sent to other machines, those of warm-up rounds too */
    double *scratch;            /* [the larger of rounds and requests] */
};

/* About how much memory a tally takes for this many requests, arms and measured rounds, all of them run. */
double tally_memory_bytes(uint64_t requests, size_t arm_count, size_t rounds);

/* What tally_count_records and tally_add take besides, and give back, for a trial of this many requests. */
double tally_counting_bytes(uint64_t requests);

int tally_init(struct tally *tally, const struct plan *plan, struct failure *failure);
void tally_release(struct tally *tally);

/* Adds a measured trial; `round` counts measured rounds from 0. */
void tally_add(struct tally *tally, size_t arm, size_t round, const struct trial_row *row,
    const struct records *records);

/* Adds what any trial, measured or not, sent to other machines. */
void tally_add_elsewhere(struct tally *tally, const struct trial_row *row);

/* Adds a trial that is in no statistic: of a warm-up round, or cut short. Only what the user is to be warned
 * of is kept: why it or its requests failed, unless it was cut short, and what was sent again. */
void tally_add_unmeasured(
    struct tally *tally, size_t arm, const struct trial_row *row, const struct records *records);

/* Forgets the last round if it lacks an arm, because it was cut short. Its rows stay in the files, and so
 * does what the servers had to do for it. */
void tally_drop_unfinished_round(struct tally *tally);

/* Fills what a row says of its requests, from their records: counts, bytes, connections, requests in flight.
 */
int tally_count_records(struct trial_row *row, const struct records *records, struct failure *failure);

#endif
