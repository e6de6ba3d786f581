/* named_run: runs the parts of a named experiment, one after the other, and answers its questions. */
#ifndef HARNESS_CLI_NAMED_RUN_H
#define HARNESS_CLI_NAMED_RUN_H

#include "command.h"
#include "failure.h"
#include "options.h"

/*
 * options->settings.experiment names it. With several parts each has its own folder in that of the
 * experiment. The sentence is printed at the end, and is in finding.json with the numbers behind it.
 */
int named_run(const struct options *options, int argc, enum command_end *end, struct failure *failure);

#endif
