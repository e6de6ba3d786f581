/* command: what the program does with its options. */
#ifndef HARNESS_CLI_COMMAND_H
#define HARNESS_CLI_COMMAND_H

#include "failure.h"
#include "options.h"

/* How a command that did not fail ended; main.c turns it into an exit code. */
enum command_end {
    COMMAND_DONE,
    COMMAND_REQUESTS_FAILED, /* or a trial did not end well */
    COMMAND_INTERRUPTED,
};

/* Runs the experiment, or prints what was asked for instead of one. `argc` is that of the options. 0 with its
 * end, or -1 with a failure. */
int command_run(struct options *options, int argc, enum command_end *end, struct failure *failure);

#endif
