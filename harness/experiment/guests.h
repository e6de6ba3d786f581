/*
 * guests: the arms that did not come with harness, and what all their trials have in common: the files that
 * participants are given, and what the check found (witness.h).
 *
 *     struct guests guests = GUESTS_NONE;
 *     guests_receive(&guests, &task, &place, &failure);       makes the files, and checks each of them
 *     ... guests.other_work[arm] ...
 *     struct trial_guest guest = guests_task(&guests, arm, &settings, records);
 *     guests_release(&guests);
 */
#ifndef HARNESS_EXPERIMENT_GUESTS_H
#define HARNESS_EXPERIMENT_GUESTS_H

#include "experiment.h"
#include "trial.h"

struct guests {
    const struct experiment_task *task; /* borrowed */
    int batches_fd;                     /* -1: there are no participants */
    int due_fd;                         /* -1: the loop is closed */
    /* [arm]: what was found first; NULL: nothing. Itself NULL: there are no guests. */
    char **other_work;
};

#define GUESTS_NONE                                                                                          \
    (struct guests)                                                                                          \
    {                                                                                                        \
        .batches_fd = -1, .due_fd = -1                                                                       \
    }

/* What guests have to know of where things are. */
struct guests_place {
    const char *base_url; /* in the end */
    int interrupt_fd;
    int messages_fd;
};

/* Tells on standard error what each of them did other than was asked for. Release it also when this fails. */
int guests_receive(struct guests *guests, const struct experiment_task *task,
    const struct guests_place *place, struct failure *failure);

/* Of a trial of the arm; `settings` are that trial's. */
struct trial_guest guests_task(const struct guests *guests, const struct arm *arm,
    const struct settings *settings, struct records *records);

void guests_release(struct guests *guests);

#endif
