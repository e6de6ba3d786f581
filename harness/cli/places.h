/* places: what was installed with this program, found relative to the program itself. */
#ifndef HARNESS_CLI_PLACES_H
#define HARNESS_CLI_PLACES_H

#include "failure.h"

struct places {
    char workloads[4096];    /* the folder of the ready-made workloads */
    char experiments[4096];  /* the folder of the ready-made experiments */
    char participants[4096]; /* the folder of the participants that come with the program */
    char plot[4096];         /* the program that draws the charts */
};

/* The folder of this program is BIN: BIN/../share/harness/workloads, BIN/../share/harness/experiments,
 * BIN/../share/harness/external and
 * BIN/harness-plot. Whether they exist is for the caller to find out. */
int places_find(struct places *places, struct failure *failure);

#endif
