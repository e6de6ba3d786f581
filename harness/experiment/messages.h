/*
 * messages: what a trial's process writes on standard error, kept until it is known whether it matters.
 *
 * A build of libcurl without symbol versions makes the loader complain in each process, though all is well.
 * So what such trials write is shown only if they don't end well.
 *
 *     struct messages messages = MESSAGES_NONE;
 *     messages_open(&messages, &failure);
 *     messages_clear(&messages);                before each trial
 *     ... messages.fd is its standard error ...
 *     messages_show(&messages, "curl-multi@8.14", stderr);
 *     messages_close(&messages);
 */
#ifndef HARNESS_EXPERIMENT_MESSAGES_H
#define HARNESS_EXPERIMENT_MESSAGES_H

#include <stdio.h>

#include "failure.h"

struct messages {
    int fd;
};

#define MESSAGES_NONE                                                                                        \
    (struct messages)                                                                                        \
    {                                                                                                        \
        .fd = -1                                                                                             \
    }

/* Close it also when this fails: -1 with a FAILURE_RUN. */
int messages_open(struct messages *messages, struct failure *failure);

/* Before each trial. */
void messages_clear(const struct messages *messages);

/* Their last lines, after one that says whose they are; nothing when there are none. */
void messages_show(const struct messages *messages, const char *name, FILE *out);

void messages_close(struct messages *messages);

#endif
