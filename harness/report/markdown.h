/*
 * markdown: the summary for an issue or a pull request: the table, what is fastest, the warnings, and the
 * command with what ran it.
 *
 *     markdown_describe(&plan, summaries, &warnings, &text);
 *
 * The same goes to summary.md and, with --markdown, to standard output.
 */
#ifndef HARNESS_REPORT_MARKDOWN_H
#define HARNESS_REPORT_MARKDOWN_H

#include "buffer.h"
#include "report.h"
#include "summary.h"
#include "warnings.h"

#define MARKDOWN_FILE "summary.md"

/* `summaries` holds one for each arm of the plan. */
void markdown_describe(const struct plan *plan, const struct summary *summaries,
    const struct warnings *warnings, struct buffer *text);

#endif
