/* check: harness check PARTICIPANT...: does a program in another language do what an experiment asks of it?
 */
#ifndef HARNESS_CLI_CHECK_H
#define HARNESS_CLI_CHECK_H

#include <stdbool.h>

#include "failure.h"

/* The word after "harness". */
#define CHECK_COMMAND "check"

/*
 * Checks the participants, by their names or the paths of their folders, and prints what each of them does
 * wrong. `arguments` from "check" on, NULL at the end. *all_right: none does. -1 with a failure when one
 * can't be checked.
 */
int check_run(char **arguments, bool *all_right, struct failure *failure);

#endif
