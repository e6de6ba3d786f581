/*
 * chosen_columns: some columns of a table, in the order in which they are named: "arm,median_s".
 *
 *     if (chosen_columns_check(&table_summary, "arm,median_s", &failure) != 0) ...
 *     chosen_columns_write_header("arm,median_s", &csv);
 *     chosen_columns_write_row(&table_summary, "arm,median_s", &row, &csv);
 */
#ifndef HARNESS_REPORT_CHOSEN_COLUMNS_H
#define HARNESS_REPORT_CHOSEN_COLUMNS_H

#include <jansson.h>

#include "column.h"
#include "failure.h"

/* -1 with a FAILURE_USAGE that names the first which is no column of the table, or is named twice. */
int chosen_columns_check(const struct table *table, const char *names, struct failure *failure);

/* Both append one line, newline included. */
void chosen_columns_write_header(const char *names, struct buffer *csv);
void chosen_columns_write_row(
    const struct table *table, const char *names, const void *row, struct buffer *csv);

/* NULL when memory runs out. */
json_t *chosen_columns_to_json(const struct table *table, const char *names, const void *row);

#endif
