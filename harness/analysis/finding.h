/*
 * finding: what a question asks of the evidence, decided by the rules of every verdict (verdict.h).
 *
 *     struct question question = {.arm.strategy = "multi-epoll", .reference.strategy = "curl-multi",
 *         .by = EVIDENCE_CPU, .over = "concurrency"};
 *     struct comparisons comparisons = {0};
 *     finding_compare(&question, parts, part_count, &comparisons, &failure);
 *     ... comparisons.items[i].verdict ...
 *     comparisons_release(&comparisons);
 *
 * Within one part, arms are compared as in its summary.csv: round by round, at the same level. Rounds of
 * different parts did not run side by side, so that what changed on the machine in between counts as a
 * difference.
 */
#ifndef HARNESS_ANALYSIS_FINDING_H
#define HARNESS_ANALYSIS_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "evidence.h"
#include "failure.h"
#include "interval.h"
#include "verdict.h"

/* The arms that have all that is given. */
struct selector {
    const char *part;     /* "few" means the parts "few" and "few-64"; NULL: any */
    const char *strategy; /* "thread-pool" with any options, or "thread-pool:stack-kib=64"; NULL: any */
    const char *levels[SETTING_COUNT]; /* of an axis, its value as in the files; NULL: any */
};

/* All borrowed. */
struct question {
    struct selector arm;
    struct selector reference; /* what it does not say of part, strategy and axes is as the arm has it */
    enum evidence_figure by;
    const char
        *over; /* an axis, or an option of both strategies, that has the same value in both; NULL: none */
    const char *unit; /* of its values: "connections"; NULL: none */
};

/* `name` (may be NULL) is a part's. */
bool selector_means_part(const struct selector *selector, const char *name);

/* Two arms, and what was found. Borrows from the evidence. */
struct comparison {
    const struct evidence *part;
    const struct evidence_arm *arm;
    const struct evidence *reference_part;
    const struct evidence_arm *reference;
    char level[32];         /* the value of `over`; "" without one */
    const char *not_ranked; /* why not, and whose name it is in; NULL: both arms are */
    const char *not_ranked_name;
    struct ratio_interval interval;
    enum verdict verdict;    /* says nothing when one is not ranked */
    enum truth origin_bound; /* has at least one of the two measured the origin? Missing but for times */
};

struct comparisons {
    struct comparison *items; /* owned; by level, where these are numbers, else as they come */
    size_t count;
};

/* Every arm that is meant, with its reference; those without one are left out. */
int finding_compare(const struct question *question, const struct evidence *parts, size_t part_count,
    struct comparisons *comparisons, struct failure *failure);

void comparisons_release(struct comparisons *comparisons);

#endif
