/* manual: the manual page harness(1), from the tables that the program works by. */
#ifndef HARNESS_CLI_MANUAL_H
#define HARNESS_CLI_MANUAL_H

#include "buffer.h"
#include "failure.h"
#include "places.h"

/* `places` has the workloads, experiments and participants that the page lists. */
int manual_write(const struct places *places, struct buffer *page, struct failure *failure);

#endif
