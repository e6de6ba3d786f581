/* terminal: the summary as an aligned table, and what is fastest. */
#ifndef HARNESS_REPORT_TERMINAL_H
#define HARNESS_REPORT_TERMINAL_H

#include "buffer.h"
#include "report.h"
#include "summary.h"

/* `summaries` holds one for each arm of the plan. */
void terminal_describe(const struct plan *plan, const struct summary *summaries, struct buffer *text);

/* What is below the table, without colours. */
void terminal_describe_words(const struct plan *plan, const struct summary *summaries, struct buffer *text);

#endif
