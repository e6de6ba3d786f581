/*
 * text_table: cells that are padded so that columns align.
 *
 *     struct text_table table = {.left_columns = 1};
 *     text_table_cell(&table, "%s", "strategy"); ...
 *     text_table_end_row(&table); ...
 *     text_table_write(&table, &text);
 *     text_table_release(&table);
 *
 * Columns are aligned right, but for those whose bit is set in left_columns. All rows have the same
 * number of cells. Running out of memory shows in the text's buffer.
 */
#ifndef HARNESS_REPORT_TEXT_TABLE_H
#define HARNESS_REPORT_TEXT_TABLE_H

#include <stddef.h>

#include "buffer.h"

struct text_table {
    struct buffer cells; /* texts, NUL after each */
    size_t cell_count;
    size_t column_count;       /* known once the first row has ended */
    unsigned int left_columns; /* bit i for column i */
};

void text_table_cell(struct text_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_table_end_row(struct text_table *table);
void text_table_write(const struct text_table *table, struct buffer *text);
void text_table_release(struct text_table *table);

#endif
