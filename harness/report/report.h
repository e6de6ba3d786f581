/*
 * report: records an experiment while it runs, and reports its outcome.
 *
 *     struct report *report = report_create(&plan, &failure);
 *     report_add_trial(report, arm, round, &row, records, &failure);      each trial, as it ends
 *     report_finish(report, true, NULL, &failure);                        summary and urls, what came of it
 *     report_destroy(report);
 *
 * trials.csv and requests.csv grow by whole lines as trials end, the other files are replaced whole, so an
 * experiment that is cut short leaves files that are correct as far as they go. Nothing here knows what a
 * strategy is: an arm is a label.
 */
#ifndef HARNESS_REPORT_H
#define HARNESS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"
#include "plan.h"
#include "record.h"
#include "tables.h"

struct report;
struct evidence;

/* Of harness-plot: the page that has all of an experiment in it. */
#define REPORT_PAGE_FILE "report.html"

/* About how much memory a report takes, in bytes. */
struct report_memory {
    double lasting;   /* from report_create to report_destroy */
    double starting;  /* besides, in report_create */
    double counting;  /* besides, in report_add_trial */
    double finishing; /* besides, in report_finish */
};

/* `rounds` are the measured ones. URLs in which something is hidden are not counted: there are few. */
struct report_memory report_memory(
    const struct workload *workload, struct workload_extent extent, size_t arm_count, size_t rounds);

/* Opens the folder, writes the headers, workload.json and a first experiment.json, so that write errors show
 * up before the first request. */
struct report *report_create(const struct plan *plan, struct failure *failure);

/*
 * Records a trial of `plan->arms[arm]` in round `round` (from 0, warm-up rounds included). The caller has
 * filled in those members of `row` that come from the trial's process and the origin; those that come from
 * the records are filled in here.
 */
int report_add_trial(struct report *report, size_t arm, size_t round, struct trial_row *row,
    struct records *records, struct failure *failure);

/* summary.csv, urls.csv, the final experiment.json, and the summary on plan->out. `is_complete` is false when
 * the experiment was cut short. `evidence` (may be NULL) gets what was found: the caller releases it. */
int report_finish(
    struct report *report, bool is_complete, struct evidence *evidence, struct failure *failure);

/* The folder's path. */
const char *report_folder(const struct report *report);

/* After report_finish: a descriptor that keeps the folder locked after report_destroy, until the caller
 * closes it; -1: none. For the charts: see folder_hold. */
int report_hold_folder(const struct report *report);

/* Why the table could not be printed, as an errno; 0: it was printed, or there was none. */
int report_print_error(const struct report *report);

/* Prints "warning: FINDING; ADVICE". */
void report_warn(FILE *err, const char *finding, const char *advice);

/* Requests that failed, and trials that did not complete, warm-up included. */
uint64_t report_failed_requests(const struct report *report);
uint64_t report_failed_trials(const struct report *report);

/* Trials of measured rounds that completed: without any there is nothing to draw. */
uint64_t report_measured_trials(const struct report *report);

void report_destroy(struct report *report);

#endif
