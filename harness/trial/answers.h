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

/* The next line, as JSON, for the caller to give back; NULL: it is none, or, with the status set, there is
 * none. `lacking`: what did not happen when the patience ends, for the message. */
json_t *trial_read_line(
    struct trial *trial, const struct trial_watch *watch, uint64_t patience_ns, const char *lacking);

/* For what comes before "go": a warm-up pass waits for answers too. In trial.c, as what follows. */
uint64_t trial_patience_before_go_ns(const struct trial_watch *watch);

/* Tells the trial something. */
void trial_command(struct trial *trial, const char *bytes, size_t size);

/* Its process is gone without the answer that was due: reaps it, and sets the status. In trial.c. */
void trial_leave(struct trial *trial);

#endif
