/* check: harness check NAME|PATH...: does a program in another language, or a plug-in, do what an experiment
 * asks of it? */
#ifndef HARNESS_CLI_CHECK_H
#define HARNESS_CLI_CHECK_H

#include <stdbool.h>

#include "failure.h"

/* The word after "harness". */
#define CHECK_COMMAND "check"
#define CHECK_USAGE   "harness " CHECK_COMMAND " NAME|PATH..."
#define CHECK_MEANING "does a participant or a plug-in do what is asked of it, and say what it did?"

/*
 * Checks participants and plug-ins, by their names or paths, and prints what each of them does
 * wrong. `arguments` from "check" on, NULL at the end. *all_right: none does. -1 with a failure when one
 * can't be checked.
 */
int check_run(char **arguments, bool *all_right, struct failure *failure);

#endif
