/*
 * plan: what is known of an experiment before it starts: its settings, its arms, their order, and what is
 * asked.
 *
 * A plan is made once (harness/experiment), and read by everything that follows: analysis, report, machine.
 * Everything that it points to is borrowed.
 */
#ifndef HARNESS_PLAN_H
#define HARNESS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "arms.h"
#include "settings.h"
#include "workload.h"

struct plan {
    const struct settings *settings;
    const char *const *command; /* the command line, ended by NULL, as it may be shown */
    const struct arm *arms;
    size_t arm_count;
    const size_t *order; /* plan_draw_order */
    const struct workload *workload;
    struct workload_extent extent;
    const char *base_url; /* what paths are resolved against in the end; NULL: the workload has none */
    bool has_embedded_origin;
    bool is_placed;          /* one of the two is not "any" */
    const char *client_cpus; /* as lists, in the end; "any" */
    const char *origin_cpus;
    bool cpus_missing;    /* more were asked for than there are */
    double busy_at_start; /* share of the processors that others used just before; NaN when unknown */
    const char *const *other_work; /* [arm]: what a guest did other than was asked for, when it was
                                      checked; NULL: nothing. Itself NULL: nobody was checked */
    const char *unreached; /* what the first look at the servers found, and told; NULL: all are there */
    const char *unreached_advice; /* static; NULL: none in particular */
    FILE *out;                    /* for the trace and the summary */
    FILE *err;                    /* for the warnings */
    bool in_colour;
};

/* Warm-up rounds and measured ones. */
size_t plan_rounds(const struct settings *settings);

/* Batches start when they are due, whether or not the ones before are answered. */
bool plan_is_open_loop(const struct plan *plan);

/* How many requests of the workload go over TLS. */
uint64_t plan_count_over_tls(const struct plan *plan);

/* Is the arm the first of those whose trials load the same libcurl? */
bool plan_is_first_on_build(const struct plan *plan, size_t arm);

/* "constant" or "poisson"; NULL in a closed loop. */
const char *plan_arrivals(const struct settings *settings);

/*
 * [round * arm_count + position]: the arm, warm-up rounds first; for the caller to free. It is drawn from the
 * seed alone, before the first trial. NULL with a failure when memory runs out.
 */
size_t *plan_draw_order(const struct settings *settings, size_t arm_count, struct failure *failure);

#endif
