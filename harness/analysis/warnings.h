/*
 * warnings: what speaks against trusting an experiment, each with what to do about it.
 *
 *     struct warnings warnings = {0};
 *     warnings_collect(&warnings, plan, tally, summaries, true);
 *     ... warnings.items[i].code, finding, advice ...
 *     warnings_release(&warnings);
 */
#ifndef HARNESS_ANALYSIS_WARNINGS_H
#define HARNESS_ANALYSIS_WARNINGS_H

#include "buffer.h"
#include "plan.h"
#include "summary.h"
#include "tally.h"

/* Of one processor: above this, the single loop of the origin is what is measured. */
#define WARNING_ORIGIN_SHARE 0.8

/* X(NAME, code, advice) */
#define WARNINGS(X)                                                                                          \
    X(FAILED_REQUESTS, "failed-requests",                                                                    \
        "arms with failures are not ranked; see urls.csv, and the column error")                             \
    X(FAILED_TRIALS, "failed-trials", "see status and message in trials.csv")                                \
    X(ORIGIN_BOUND, "origin-bound",                                                                          \
        "the origin limits these times; compare CPU time a request, or aim at a faster target")              \
    X(CUT_SHORT, "cut-short",                                                                                \
        "the summary is of these alone; --max-time, a signal or an error ended the experiment")              \
    X(NOT_WARM, "not-warm",                                                                                  \
        "some lanes had no batch in the untimed pass: use a workload with more or slower batches")           \
    X(SATURATED, "saturated", "it could not keep up: lower --rate, or raise --concurrency")                  \
    X(TOO_FEW_ROUNDS, "too-few-rounds", "use --repeat with that number or more")                             \
    X(SLOW_FIRST_ROUND, "slow-first-round", "raise --warmup")                                                \
    X(OUTLIERS, "outliers", "they stay in every figure; look for other load, and repeat")                    \
    X(NOISY_CONTROL, "noisy-control", "use a quieter machine, more rounds, or a workload that takes longer") \
    X(FILES_TIGHT, "files-tight", "raise it with 'ulimit -n', before strategies run into it")                \
    X(PORTS_TIGHT, "ports-tight",                                                                            \
        "ports stay taken for a minute: lower --requests, or widen net.ipv4.ip_local_port_range")            \
    X(GOVERNOR, "frequency-governor",                                                                        \
        "choose 'performance' while measuring: cpupower frequency-set -g performance")                       \
    X(OTHER_LOAD, "other-load", "stop what else is running, and repeat")                                     \
    X(IN_FLIGHT_DISAGREES, "in-flight-disagrees", "the records can't be right: please report this")          \
    X(CPUS_MISSING, "cpus-missing", "only those that there are were used")                                   \
    X(DEBUG_BUILD, "debug-build", "measure with a release: cmake --preset release")                          \
    X(LIBCURL_DEFECT, "libcurl-defect", "use another version of libcurl")

enum warning_code {
#define X(NAME, code, advice) WARNING_##NAME,
    WARNINGS(X)
#undef X
};

struct warning {
    enum warning_code code;
    char finding[256];
};

struct warnings {
    struct warning *items; /* owned */
    size_t count;
    bool out_of_memory;
};

const char *warning_word(enum warning_code code);
const char *warning_advice(enum warning_code code);

/* Adds what the experiment's own figures, the machine and the libraries give reason for. `is_complete` is
 * false when not all rounds were run. */
void warnings_collect(struct warnings *warnings, const struct plan *plan, const struct tally *tally,
    const struct summary *summaries, bool is_complete);

void warnings_release(struct warnings *warnings);

#endif
