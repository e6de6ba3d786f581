/* charts: runs the program that draws the charts. */
#ifndef HARNESS_CLI_CHARTS_H
#define HARNESS_CLI_CHARTS_H

#include <stdbool.h>

#include "failure.h"

/* Runs `plot` on the results in `folder` and waits. What it prints goes to this program's streams; to
 * standard error alone when standard output is taken, by a summary for another program. */
int charts_draw(const char *plot, const char *folder, bool is_output_taken, struct failure *failure);

/* Runs `plot` for the report alone, when the folder has got a finding, or its parts' have their charts. What
 * it prints goes to this program's streams as well; with `is_told`, it has been told where the report is, and
 * only errors are printed. */
int charts_report(const char *plot, const char *folder, bool is_told, struct failure *failure);

#endif
