/*
 * causes: why requests failed, in few words.
 *
 *     struct causes causes = {0};
 *     causes_add(&causes, request, OUTCOME_CONNECT_FAILED, 0, "Failed to connect to ...");
 *     causes_join(&all, &causes);
 *
 * Failures are of one kind when they have the same outcome and, if that is an unexpected status, the same
 * status. Of each kind, the first requests of the workload that failed so are kept, with how often each did.
 * No pointers, nothing to release.
 */
#ifndef HARNESS_ANALYSIS_CAUSES_H
#define HARNESS_ANALYSIS_CAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define CAUSES_REQUESTS 3 /* kept of each kind */
#define CAUSES_STATUSES 8 /* as many unexpected statuses are kinds, those that came first */
#define CAUSES_KINDS    (OUTCOME_COUNT + CAUSES_STATUSES)
#define CAUSE_TEXT_SIZE 120 /* what libcurl says is cut to this */

/* One request of the workload, all its repetitions in all trials added. */
struct cause_request {
    uint64_t request;
    uint64_t count;
    char text[CAUSE_TEXT_SIZE]; /* what libcurl said of the first that it said something of; or "" */
};

struct cause_kind {
    enum outcome outcome;
    unsigned int status;                            /* 0, unless that is why it failed */
    struct cause_request requests[CAUSES_REQUESTS]; /* the first of the workload, in its order */
    size_t request_count;
};

/* Zeroed: no failures. */
struct causes {
    struct cause_kind kinds[CAUSES_KINDS];
    size_t kind_count;
    size_t status_count;
    uint64_t count;          /* of all failures */
    bool has_other_statuses; /* than those kept */
};

/* A failure of the workload's `request`. `text` NULL: nothing was said. */
void causes_add(
    struct causes *causes, uint64_t request, enum outcome outcome, unsigned int status, const char *text);

/* Adds all of `others`. What is kept of both is kept exactly: a request that is left out there has as many
 * before it that are not. */
void causes_join(struct causes *causes, const struct causes *others);

/* NULL: there are none of this kind. */
const struct cause_kind *causes_find(const struct causes *causes, enum outcome outcome, unsigned int status);

#endif
