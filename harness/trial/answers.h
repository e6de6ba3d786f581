/* answers: waiting for what a trial says. For trial.c, which starts and ends it. */
#ifndef HARNESS_TRIAL_ANSWERS_H
#define HARNESS_TRIAL_ANSWERS_H

#include "trial.h"

/* Sets the status, unless one is set: the first thing that goes wrong is what the trial's row says. */
void trial_set_status(struct trial *trial, enum trial_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For poll: rounded up, and never negative. */
int trial_milliseconds_until(uint64_t deadline_ns);

/*
 * Waits for the answer with the state `expected`, READY, DONE or COUNTED; the caller gives it back. NULL with
 * the status set when another one comes, none within the patience, or when the watch speaks first.
 */
json_t *trial_expect(
    struct trial *trial, const struct trial_watch *watch, uint64_t patience_ns, enum trial_state expected);

/* Its process is gone without the answer that was due: reaps it, and sets the status. In trial.c. */
void trial_leave(struct trial *trial);

#endif
