/* consent: what is not done without being asked for. */
#ifndef HARNESS_CLI_CONSENT_H
#define HARNESS_CLI_CONSENT_H

#include "experiment.h"
#include "failure.h"
#include "options.h"

/*
 * --records as a choice. Refuses, with the size to be expected, when nothing was chosen and requests.csv
 * would grow beyond 10 GiB. `requests` are those of all trials.
 */
int consent_choose_records(
    const struct options *options, double requests, enum records_kept *records, struct failure *failure);

/* Announces requests to other machines on standard error, and refuses more than TARGET_UNASKED without --yes.
 */
int consent_to_target(
    const struct options *options, const struct workload *workload, double requests, struct failure *failure);

#endif
