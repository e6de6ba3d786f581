/*
 * progress: one line on standard error, rewritten in place, that shows how far an experiment has got.
 *
 * Shown only on a terminal that can wipe it out, and cut where the line ends. Written between trials, never
 * while one runs.
 */
#ifndef HARNESS_REPORT_PROGRESS_H
#define HARNESS_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool is_shown;
    uint64_t started_ns;
};

void progress_start(struct progress *progress, bool quiet);

/* `done` of `total` trials are over and the next is of `label`, in round `round` of `rounds`, counted from 1.
 */
void progress_show(const struct progress *progress, size_t done, size_t total, size_t round, size_t rounds,
    const char *label);

/* In the place of the line: what is waited for, and how long that may take. */
void progress_show_wait(const struct progress *progress, const char *what, unsigned int seconds);

/* Removes the line, and leaves another one on standard error for good, terminal or not. */
__attribute__((format(printf, 2, 3))) void progress_tell(
    const struct progress *progress, const char *format, ...);

/* Removes the line. */
void progress_end(const struct progress *progress);

#endif
