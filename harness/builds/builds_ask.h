/* builds_ask: a process that loads a build says what it is. */
#ifndef HARNESS_BUILDS_ASK_H
#define HARNESS_BUILDS_ASK_H

#include "builds.h"

/* Starts this program with the environment, and fills in what it says: file, name, info, complaint. */
int build_ask(struct build *build, char *const *environment, struct failure *failure);

#endif
