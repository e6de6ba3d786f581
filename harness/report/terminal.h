/* terminal: the summary as an aligned table, and what is fastest. */
#ifndef HARNESS_REPORT_TERMINAL_H
#define HARNESS_REPORT_TERMINAL_H

#include "buffer.h"
#include "report.h"
#include "summary.h"

/* `summaries` holds one for each arm of the plan. */
void terminal_describe(const struct plan *plan, const struct summary *summaries, struct buffer *text);

/* The same as Markdown, for an issue or a pull request. */
void terminal_describe_markdown(
    const struct plan *plan, const struct summary *summaries, struct buffer *text);

#endif
