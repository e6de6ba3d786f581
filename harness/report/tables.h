/*
 * tables: the four CSV files, one struct a row and one table of columns each.
 *
 * Texts are borrowed by a row and not owned. What "missing" is, column.h says.
 */
#ifndef HARNESS_REPORT_TABLES_H
#define HARNESS_REPORT_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "column.h"

/* runs.csv: a trial. */
struct run_row {
    uint64_t run;
    uint64_t round;
    uint64_t position;
    bool warmup;
    const char *strategy;
    const char *family;
    const char *workload;
    uint64_t concurrency;
    bool reuse;
    const char *connections;
    uint64_t started_utc_ns;
    uint64_t requests;
    uint64_t succeeded;
    uint64_t failed;
    uint64_t skipped;
    uint64_t not_run;
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
    uint64_t voluntary_switches;
    uint64_t involuntary_switches;
    uint64_t minor_faults;
    uint64_t connections_opened;
    uint64_t retries;
    uint64_t max_in_flight;
    double mean_in_flight;
    double rate_per_s;
    double achieved_per_s;
    uint64_t max_backlog;
    const char *saturated;
    uint64_t origin_max_in_flight;
    uint64_t bytes_received;
};

/* requests.csv: a request of a trial. */
struct request_row {
    uint64_t run;
    uint64_t round;
    const char *strategy;
    uint64_t batch;
    uint64_t request;
    const char *method;
    const char *url;
    uint64_t lane;
    uint64_t intended_ns;
    uint64_t started_ns;
    uint64_t first_byte_ns;
    uint64_t finished_ns;
    uint64_t duration_ns;
    uint64_t service_ns;
    uint64_t namelookup_us;
    uint64_t connect_us;
    uint64_t appconnect_us;
    uint64_t pretransfer_us;
    uint64_t starttransfer_us;
    uint64_t response_code;
    const char *http_version;
    uint64_t connections_opened;
    uint64_t retries;
    uint64_t bytes_received;
    const char *outcome;
    const char *error;
};

/* urls.csv: a method and URL, under one strategy at one concurrency. */
struct url_row {
    const char *strategy;
    uint64_t concurrency;
    const char *method;
    const char *url;
    uint64_t requests;
    const char *statuses;
    double median_s;
    double p90_s;
    uint64_t failed;
};

/* summary.csv: a strategy at one concurrency. */
struct summary_row {
    const char *strategy;
    const char *family;
    uint64_t concurrency;
    uint64_t runs;
    uint64_t failed_requests;
    double median_s;
    double min_s;
    double mean_s;
    double max_s;
    double mad_s;
    double lower_bound_s;
    double efficiency;
    double request_p50_s;
    double request_p90_s;
    double request_p99_s;
    double cpu_us_per_request;
    double peak_memory_kib;
    double peak_threads;
    double connections_opened;
    const char *saturated;
    double max_backlog;
    double origin_share;
    const char *reference;
    double ratio;
    double ratio_low;
    double ratio_high;
    double detectable;
    const char *verdict;
    double cpu_ratio;
    double cpu_ratio_low;
    double cpu_ratio_high;
    const char *cpu_verdict;
};

extern const struct table table_runs;
extern const struct table table_requests;
extern const struct table table_urls;
extern const struct table table_summary;

/* All four, ended by NULL. */
extern const struct table *const tables[];

/* The columns of all files as a Markdown list, for README and --list-columns. */
void tables_describe(struct buffer *markdown);

#endif
