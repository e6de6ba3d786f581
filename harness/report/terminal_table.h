/* terminal_table: the summary's figures as a table, a row for each arm, one unit a column. */
#ifndef HARNESS_REPORT_TERMINAL_TABLE_H
#define HARNESS_REPORT_TERMINAL_TABLE_H

#include "report.h"
#include "summary.h"
#include "text_table.h"

/* What decides, in WRAP_COLUMNS; with `is_wide` everything. `summaries` holds one for each arm of the
 * plan. For the caller to release. */
struct text_table terminal_table(const struct plan *plan, const struct summary *summaries, bool is_wide);

#endif
