/*
 * process_ask: runs a program to its end, for the last line that it says.
 *
 *     struct process_answer answer;
 *     if (process_ask(&start, 20000, &answer) != 0)
 *         return failure_set_errno(failure, FAILURE_RUN, "can't run '%s'", start.program);
 *     if (!process_has_succeeded(&answer))
 *         ... answer.err ...
 */
#ifndef HARNESS_PROCESS_ASK_H
#define HARNESS_PROCESS_ASK_H

#include <stdbool.h>

#include "process.h"

#define PROCESS_ANSWER_SIZE 16384

struct process_answer {
    int how;       /* it ended, as waitpid(2) tells it */
    bool was_late; /* it had not ended in time, and was killed */
    /* The last lines of standard output and standard error, "" if there is none; valid UTF-8. */
    char out[PROCESS_ANSWER_SIZE];
    char err[PROCESS_ANSWER_SIZE];
};

/* -1 with errno, as of process_spawn. `start` hands over no descriptors; standard input is empty. The program
 * has `patience_ms` milliseconds, and what it leaves behind is ended with it. */
int process_ask(const struct process_start *start, int patience_ms, struct process_answer *answer);

/* Did it end with exit code 0? */
bool process_has_succeeded(const struct process_answer *answer);

#endif
