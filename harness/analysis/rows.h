/*
 * rows: what is known about a trial and about an arm, as written to the files. tables.c in harness/report
 * says what each member means.
 *
 * An unknown value is not 0: a count of MISSING_COUNT, a number that is NaN, a text that is NULL. Texts are
 * borrowed.
 */
#ifndef HARNESS_ANALYSIS_ROWS_H
#define HARNESS_ANALYSIS_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "elsewhere.h"
#include "settings.h"

#define MISSING_COUNT UINT64_MAX

/* A yes or no that may be missing. */
enum truth { TRUTH_MISSING, TRUTH_NO, TRUTH_YES };

static inline enum truth truth_of(bool is_true)
{
    return is_true ? TRUTH_YES : TRUTH_NO;
}

/* trials.csv: a trial. */
struct trial_row {
    uint64_t trial;
    uint64_t round;
    uint64_t position;
    bool warmup;
    const char *arm;
    const char *strategy;
    const char *family;
    const char *workload;
    const char *libcurl;             /* what the trial's process said that it has loaded; NULL: nothing */
    const char *client;              /* what a participant said that it is; NULL: it is none */
    const struct settings *settings; /* the arm's: its values on the axes are columns */
    uint64_t started_utc_ns;
    uint64_t requests;
    uint64_t succeeded;
    uint64_t failed;
    uint64_t skipped;
    uint64_t not_run;
    /* Not columns: the version of all answers (enum http_version), and what the status means. */
    uint8_t answered;
    bool is_ok;
    bool is_of_guest;  /* a participant's, which counts no connections and no retries */
    bool is_cut_short; /* by something that has nothing to do with the strategy: it counts for nothing */
    const char *status;
    const char *message;
    uint64_t wall_ns;
    uint64_t inner_wall_ns;
    uint64_t user_ns;
    uint64_t sys_ns;
    double cpu_us_per_request;
    uint64_t origin_cpu_ns;
    double requests_per_s;
    uint64_t peak_memory_kib;
    uint64_t peak_threads;
    uint64_t peak_processes;
    uint64_t voluntary_switches;
    uint64_t involuntary_switches;
    uint64_t minor_faults;
    const char *http_version; /* static */
    uint64_t connections_opened;
    uint64_t handshakes_full;
    uint64_t handshakes_resumed;
    uint64_t retries;
    uint64_t sent_elsewhere;
    const struct elsewhere *elsewhere; /* not a column: where to; NULL: unknown */
    uint64_t max_in_flight;
    double mean_in_flight;
    double rate_per_s;
    const char *arrivals;
    double achieved_per_s;
    uint64_t max_backlog;
    enum truth saturated;
    uint64_t origin_max_in_flight;
    uint64_t origin_connections;
    uint64_t origin_streams;
    uint64_t origin_handshakes_full;
    uint64_t origin_handshakes_resumed;
    uint64_t bytes_received;
};

/* summary.csv: an arm. */
struct summary_row {
    const char *arm;
    const char *strategy;
    const char *family;
    const struct settings *settings;
    uint64_t trials;
    uint64_t failed_requests;
    double median_s;
    double min_s;
    double mean_s;
    double max_s;
    double mad_s;
    double figure_low_s;
    double figure_high_s;
    double usual_low_s;
    double usual_high_s;
    double lower_bound_s;
    double efficiency;
    double request_p50_s;
    double request_p90_s;
    double request_p99_s;
    double request_max_s;
    double requests_per_s;
    double requests_per_s_low;
    double requests_per_s_high;
    double usl_lambda;
    double usl_sigma;
    double usl_kappa;
    double usl_residual;
    double usl_peak;
    enum truth usl_describes;
    double cpu_us_per_request;
    double voluntary_switches;
    double involuntary_switches;
    double peak_memory_kib;
    double peak_threads;
    double peak_processes;
    const char *http_version;
    double connections_opened;
    double handshakes_full;
    double handshakes_resumed;
    enum truth saturated;
    double max_backlog;
    double origin_share;
    const char *ranked_by;
    bool ranked;
    const char *not_ranked_because;
    uint64_t rank;
    enum truth shares_first;
    const char *first_place;
    uint64_t first_rounds_missing;
    const char *reference;
    uint64_t rounds;
    uint64_t rounds_missing;
    double threshold;
    double ratio;
    double ratio_low;
    double ratio_high;
    double detectable;
    const char *verdict;
    const char *verdict_text;
    double cpu_ratio;
    double cpu_ratio_low;
    double cpu_ratio_high;
    const char *cpu_verdict;
    const char *cpu_verdict_text;
};

#endif
