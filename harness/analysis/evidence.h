/*
 * evidence: what is kept of an experiment for questions that are asked of it, or of several, afterwards.
 *
 *     struct evidence evidence = {.part = "few-busy-64", .where = "with 4 busy connections"};
 *     evidence_take(&evidence, &plan, &tally, summaries, &failure);         before these are gone
 *     ... finding.h ...
 *     evidence_release(&evidence);
 */
#ifndef HARNESS_ANALYSIS_EVIDENCE_H
#define HARNESS_ANALYSIS_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "plan.h"
#include "summary.h"
#include "tally.h"
#include "verdict.h"

/* What arms can be compared by: X(NAME, word, the words of its verdicts, noun, the series in struct
 * tally_arm) */
#define EVIDENCE_FIGURES(X)                                                                                  \
    X(TOTAL, "total", WALL_TIME, "time", fair_wall_s)                                                        \
    X(CPU, "cpu", CPU_TIME, "CPU time a request", fair_cpu_us)                                               \
    X(MEMORY, "memory", MEMORY, "memory", peak_memory_kib)                                                   \
    X(P50, "p50", REQUEST_TIME, "time a request (p50)", request_p50_s)                                       \
    X(P90, "p90", REQUEST_TIME, "time a request (p90)", request_p90_s)                                       \
    X(P99, "p99", REQUEST_TIME, "time a request (p99)", request_p99_s)                                       \
    X(MAX, "max", REQUEST_TIME, "time for the slowest request", request_max_s)

enum evidence_figure {
#define X(NAME, word, kind, noun, series) EVIDENCE_##NAME,
    EVIDENCE_FIGURES(X)
#undef X
        EVIDENCE_FIGURE_COUNT
};

const char *evidence_word(enum evidence_figure figure);
const char *evidence_noun(enum evidence_figure figure);
enum verdict_figure evidence_kind(enum evidence_figure figure);

/* Is it a time that passes, so that a server which can't keep up limits it? */
bool evidence_is_time(enum evidence_figure figure);

struct evidence_arm {
    char *name;                            /* one of a kind in its part, as in the files */
    char *strategy;                        /* with its options, as named: "thread-pool:stack-kib=512" */
    char *levels[SETTING_COUNT];           /* of each axis, its value as in the files; of others NULL */
    double *series[EVIDENCE_FIGURE_COUNT]; /* [round]; NaN where a request failed, or there is none */
    enum ranking ranking;
    enum truth origin_bound; /* warnings.h */
};

struct evidence {
    const char *part;  /* the experiment's name among several; NULL: it is alone. Borrowed, like the next */
    const char *where; /* what is particular about it, as words: "with 4 busy connections"; NULL: nothing */
    struct evidence_arm *arms;
    size_t arm_count;
    size_t rounds;
    size_t comparisons; /* that each figure takes part in: summary.h */
    double threshold;
};

/* Keeps all but part and where. Release it also when this fails. */
int evidence_take(struct evidence *evidence, const struct plan *plan, const struct tally *tally,
    const struct summary *summaries, struct failure *failure);

void evidence_release(struct evidence *evidence);

#endif
