/* charts: runs the program that draws the charts. */
#ifndef HARNESS_CLI_CHARTS_H
#define HARNESS_CLI_CHARTS_H

#include "failure.h"

/* Runs `plot` on the results in `folder` and waits. What it prints goes to this program's streams. */
int charts_draw(const char *plot, const char *folder, struct failure *failure);

#endif
