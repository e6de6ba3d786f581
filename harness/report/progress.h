/*
 * progress: one line on standard error, rewritten in place, that shows how far an experiment has got.
 *
 * Shown only on a terminal that can wipe it out, and cut where the line ends. Written between trials, and of
 * trials that take long once a second.
 */
#ifndef HARNESS_REPORT_PROGRESS_H
#define HARNESS_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool is_shown;
    bool is_quiet;
};

void progress_start(struct progress *progress, bool quiet);

/* The trial that is to begin, or under way. What is not known is NaN. */
struct progress_trial {
    size_t round; /* from 1 */
    size_t rounds;
    const char *label;
    double elapsed_s;  /* since it began, with what comes before its clock; 0: it is to begin */
    double expected_s; /* of all of it, the same */
    double left_s;     /* of the experiment, when the trial began */
    uint64_t served;   /* requests; UINT64_MAX: not known */
    uint64_t requests;
};

/* Nothing where it would block, as on a terminal that was stopped: a trial may be under way. */
void progress_show(const struct progress *progress, const struct progress_trial *trial);

/* In the place of the line: what is waited for, and how long that may take. */
void progress_show_wait(const struct progress *progress, const char *what, unsigned int seconds);

/* Removes the line, and leaves another one on standard error for good, terminal or not. */
__attribute__((format(printf, 2, 3))) void progress_tell(
    const struct progress *progress, const char *format, ...);

/* Removes the line. */
void progress_end(const struct progress *progress);

#endif
