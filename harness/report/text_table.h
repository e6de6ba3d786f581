/*
 * text_table: cells that are padded so that columns align.
 *
 *     struct text_table table = {.left_columns = 1, .columns_most = 80};
 *     text_table_cell(&table, "%s", "strategy"); ...
 *     text_table_end_row(&table); ...
 *     text_table_write(&table, &text);
 *     text_table_release(&table);
 *
 * Columns are aligned right, but for those whose bit is set in left_columns. All rows have the same
 * number of cells. What would spoil a terminal is shown as "?". Running out of memory shows in the text's
 * buffer.
 */
#ifndef HARNESS_REPORT_TEXT_TABLE_H
#define HARNESS_REPORT_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "emphasis.h"

struct text_table {
    struct buffer cells;    /* texts, NUL after each */
    struct buffer emphases; /* a byte for each cell */
    size_t cell_count;
    size_t column_count;       /* known once the first row has ended */
    unsigned int left_columns; /* bit i for column i */
    size_t columns_most; /* of the terminal: a first cell for which there is no room gets a line of its own;
                            0: any */
    bool has_units;      /* the second row has the units of the columns */
    bool in_colour;
};

void text_table_cell(struct text_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, and how it stands out. */
void text_table_cell_in(struct text_table *table, enum emphasis emphasis, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void text_table_end_row(struct text_table *table);
void text_table_write(const struct text_table *table, struct buffer *text);

/* The same as a table of Markdown, with the first row as its head, and units in brackets. */
void text_table_write_markdown(const struct text_table *table, struct buffer *text);

/* Appends words in which nothing is markup, nor ends a cell of a table. */
void text_table_escape_markdown(const char *words, struct buffer *text);

void text_table_release(struct text_table *table);

#endif
