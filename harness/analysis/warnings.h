/*
 * warnings: reasons not to trust an experiment, each with a remedy.
 *
 *     struct warnings warnings = {0};
 *     warnings_collect(&warnings, plan, tally, summaries, true);
 *     ... warnings.items[i].code, finding, advice ...
 *     warnings_release(&warnings);
 */
#ifndef HARNESS_ANALYSIS_WARNINGS_H
#define HARNESS_ANALYSIS_WARNINGS_H

#include <stdbool.h>

#include "buffer.h"
#include "plan.h"
#include "summary.h"
#include "tally.h"

/* A share of one processor. Above this, the measurement is of the origin's single loop. */
#define WARNING_ORIGIN_SHARE 0.8

/* X(NAME, code, advice) */
#define WARNINGS(X)                                                                                          \
    X(FAILED_REQUESTS, "failed-requests",                                                                    \
        "arms with failures are not ranked; see urls.csv, and error in requests.csv")                        \
    X(NOT_REACHED, "not-reached", "see whether the server is there")                                         \
    X(FAILED_IN_WARMUP, "failed-in-warm-up",                                                                 \
        "warm-up rounds are in no statistic, but count for the exit code; see outcome in requests.csv")      \
    X(SENT_AGAIN, "sent-again",                                                                              \
        "libcurl does so when a kept connection is closed before an answer; use --no-reuse, or a server "    \
        "that "                                                                                              \
        "keeps connections for longer; see retries in requests.csv, which lacks the untimed pass of a warm " \
        "start")                                                                                             \
    X(REDIRECTED_ELSEWHERE, "redirected-elsewhere",                                                          \
        "ask whoever runs it, or leave out --location; see sent_elsewhere in trials.csv")                    \
    X(OLDER_HTTP, "older-http",                                                                              \
        "the server, or a proxy on the way, does not offer HTTP/2 there; see http_version in requests.csv")  \
    X(LEADS_ELSEWHERE, "leads-elsewhere",                                                                    \
        "follow redirects with --location, or name the status in the workload as expected_status")           \
    X(FAILED_TRIALS, "failed-trials", "see status and message in trials.csv")                                \
    X(ORIGIN_BOUND, "origin-bound",                                                                          \
        "the origin limits these times; compare CPU time per request, or use a faster server")               \
    X(CUT_SHORT, "cut-short",                                                                                \
        "the summary covers only these; --max-time, a signal or an error ended the experiment")              \
    X(NOT_WARM, "not-warm",                                                                                  \
        "some lanes had no batch in the untimed pass: use a workload with more or slower batches")           \
    X(SATURATED, "saturated", "it could not keep up: lower --rate, or raise --concurrency")                  \
    X(TOO_FEW_ROUNDS, "too-few-rounds", "raise --repeat to the number needed")                               \
    X(SLOW_FIRST_ROUND, "slow-first-round", "raise --warmup")                                                \
    X(OUTLIERS, "outliers", "every figure includes them; look for other load, and repeat")                   \
    X(NOISY_CONTROL, "noisy-control", "use a quieter machine, more rounds, or a workload that takes longer") \
    X(FILES_TIGHT, "files-tight", "raise the limit with 'ulimit -n'")                                        \
    X(PORTS_TIGHT, "ports-tight",                                                                            \
        "a port stays in use for a minute: lower --requests, or widen net.ipv4.ip_local_port_range")         \
    X(GOVERNOR, "frequency-governor",                                                                        \
        "choose 'performance' while measuring: cpupower frequency-set -g performance")                       \
    X(OTHER_LOAD, "other-load", "stop other programs, and repeat")                                           \
    X(IN_FLIGHT_DISAGREES, "in-flight-disagrees", "the records can't be right: please report this")          \
    X(CPUS_MISSING, "cpus-missing", "only those available were used")                                        \
    X(DEBUG_BUILD, "debug-build", "measure with a release build: cmake --preset release")                    \
    X(LIBCURL_DEFECT, "libcurl-defect",                                                                      \
        "take it into account, or use a version of libcurl without it; see known_defects in "                \
        "experiment.json")

enum warning_code {
#define X(NAME, code, advice) WARNING_##NAME,
    WARNINGS(X)
#undef X
};

/* One finding, and what to do about it. */
struct warning {
    enum warning_code code;
    char finding[384];  /* fit for a terminal (utf8_tidy) */
    const char *advice; /* static */
    bool is_told;       /* on standard error, before the first trial */
};

struct warnings {
    struct warning *items; /* owned */
    size_t count;
    bool out_of_memory;
};

const char *warning_word(enum warning_code code);

/* Do the arm's times measure the embedded origin more than the arm? Missing where another server answers. */
enum truth warnings_origin_bound(const struct summary_row *row);

/* Adds the warnings that the experiment's own figures, the machine and the libraries call for. `is_complete`
 * is false if not all rounds were run. */
void warnings_collect(struct warnings *warnings, const struct plan *plan, const struct tally *tally,
    const struct summary *summaries, bool is_complete);

void warnings_release(struct warnings *warnings);

#endif
