/*
 * witness: did a contestant that did not come with harness, a participant or a plug-in, do the work that was
 * asked for? Its own records can't tell; the embedded origin can.
 *
 * Before it is measured, it has one trial of its own, at an origin of its own, whatever the
 * experiment's target is: requests with unique URLs, of which the origin keeps the order of arrival. Later,
 * each trial's records are held against what the origin counted.
 */
#ifndef HARNESS_EXPERIMENT_WITNESS_H
#define HARNESS_EXPERIMENT_WITNESS_H

#include "buffer.h"
#include "builds.h"
#include "failure.h"
#include "gauge.h"
#include "participants.h"
#include "trial.h"

/* What to check, and where what it finds goes. */
struct witness {
    const char *name;
    const struct participant *participant; /* NULL: it is a plug-in */
    const char *strategy;                  /* a plug-in's name, with its options */
    const char *plugin;                    /* its file */
    const struct build *build;             /* of libcurl; NULL: this program's own */
    bool has_one_lane;
    int interrupt_fd;   /* -1: none */
    int messages_fd;    /* its standard error */
    struct buffer text; /* what it did other than was asked for: a line for each, the first the worst; for the
                           caller to release. Empty: nothing */
    size_t requests;    /* that it was asked for */
    char client[128];   /* what a participant says that it is */
    bool was_interrupted; /* by the user: nothing was found */
};

/* One trial. 0 whatever the participant does; -1 with a failure when the trial can't be held. */
int witness_check(struct witness *witness, struct failure *failure);

/*
 * Holds the records of a trial that completed, which were made for the task, against the gauge of the origin,
 * to which all its requests went. True when they don't agree: then `text` says why, in `size` bytes at most.
 */
bool witness_contradicts(const struct gauge *gauge, const struct trial *trial, const struct trial_task *task,
    const struct records *records, char *text, size_t size);

#endif
