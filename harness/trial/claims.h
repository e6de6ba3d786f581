/*
 * claims: what a participant says of its requests when it is done, as records of the experiment. Steps 6 and
 * 7 of participant.h. What can't be true makes the trial a failed one.
 */
#ifndef HARNESS_TRIAL_CLAIMS_H
#define HARNESS_TRIAL_CLAIMS_H

#include "trial.h"

/* Reads them until the participant says that these are all, and fills in the records of its task. */
void claims_read(struct trial *trial, const struct trial_watch *watch);

#endif
