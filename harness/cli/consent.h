/* consent: what must be asked for explicitly. */
#ifndef HARNESS_CLI_CONSENT_H
#define HARNESS_CLI_CONSENT_H

#include "failure.h"
#include "settings.h"
#include "workload.h"

/*
 * Refuses, with the expected size, if --records was not chosen and requests.csv would grow beyond 10 GiB.
 * `requests` are those of all trials.
 */
int consent_to_records(const struct settings *settings, double requests, struct failure *failure);

/* Announces requests to other machines on standard error, and refuses more than TARGET_UNASKED without --yes.
 */
int consent_to_target(const struct settings *settings, const struct workload *workload, double requests,
    struct failure *failure);

#endif
