/* command: what the program does with its options. */
#ifndef HARNESS_CLI_COMMAND_H
#define HARNESS_CLI_COMMAND_H

#include "failure.h"
#include "options.h"

/* The exit codes that are no failure of the program; the others are in failure.h. */
enum command_exit {
    EXIT_DONE = 0,
    EXIT_REQUESTS_FAILED = 3,
    EXIT_INTERRUPTED = 130,
};

/* Runs the experiment, or prints what was asked for instead of one. `argc` is
 * that of the options. The exit code, or -1 with a failure. */
int command_run(struct options *options, int argc, struct failure *failure);

#endif
