/*
 * tables: the four CSV files, each with one struct per row and one table of columns. The rows that the
 * analysis makes are in rows.h.
 *
 * Rows borrow their texts. column.h says what "missing" means.
 */
#ifndef HARNESS_REPORT_TABLES_H
#define HARNESS_REPORT_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "column.h"
#include "rows.h"

/* requests.csv: a request of a trial. */
struct request_row {
    uint64_t trial;
    uint64_t round;
    bool warmup;
    const char *arm;
    const char *strategy;
    const struct settings *settings;
    uint64_t batch;
    const char *batch_name;
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
    uint64_t handshakes_full;
    uint64_t handshakes_resumed;
    uint64_t retries;
    uint64_t bytes_received;
    const char *outcome;
    uint64_t curl_code;
    const char *error;
};

/* urls.csv: a method and URL, under one arm. */
struct url_row {
    const char *arm;
    const char *strategy;
    const struct settings *settings;
    const char *method;
    const char *url;
    uint64_t requests;
    const char *statuses;
    double median_s;
    double p90_s;
    uint64_t failed;
};

extern const struct table table_trials;
extern const struct table table_requests;
extern const struct table table_urls;
extern const struct table table_summary;

/* All four, ended by NULL. */
extern const struct table *const tables[];

/* The columns of all files as a Markdown list, for docs/results.md and --list-columns. */
void tables_describe(struct buffer *markdown);

#endif
