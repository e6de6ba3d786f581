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

/*
 * Announces requests that go to other machines, or may be sent there by a redirect, on standard error, and
 * refuses more than TARGET_UNASKED without --yes. `requests` are those that are sent, with the untimed passes
 * of warm starts.
 */
int consent_to_target(const struct settings *settings, const struct workload *workload, double requests,
    struct failure *failure);

#endif
