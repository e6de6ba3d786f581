#include "text_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

#define COLUMNS_MAX 32

/* How many characters that is. */
static size_t text_table_width(const char *cell)
{
    size_t width = 0;

    for (; *cell != '\0'; cell++)
        width += !utf8_is_continuation(*cell);
    return width;
}

void text_table_cell(struct text_table *table, const char *format, ...)
{
    char cell[256];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(cell, sizeof cell, format, arguments);
    va_end(arguments);
    utf8_tidy_text(cell);
    buffer_append(&table->cells, cell, strlen(cell) + 1);
    table->cell_count++;
}

void text_table_end_row(struct text_table *table)
{
    if (table->column_count == 0)
        table->column_count = table->cell_count < COLUMNS_MAX ? table->cell_count : COLUMNS_MAX;
}

void text_table_write(const struct text_table *table, struct buffer *text)
{
    size_t widths[COLUMNS_MAX] = {0};

    if (table->cells.out_of_memory || table->column_count == 0) {
        text->out_of_memory = text->out_of_memory || table->cells.out_of_memory;
        return;
    }
    const char *cell = table->cells.bytes;
    for (size_t i = 0; i < table->cell_count; i++, cell += strlen(cell) + 1) {
        size_t *width = &widths[i % table->column_count];
        *width = text_table_width(cell) > *width ? text_table_width(cell) : *width;
    }
    cell = table->cells.bytes;
    for (size_t i = 0; i < table->cell_count; i++, cell += strlen(cell) + 1) {
        size_t column = i % table->column_count;
        bool is_left = (table->left_columns >> column & 1U) != 0;
        bool is_last = column + 1 == table->column_count;
        int padding = is_last && is_left ? 0 : (int)(widths[column] - text_table_width(cell));
        const char *gap = column == 0 || (is_last && cell[0] == '\0') ? "" : "  ";
        buffer_printf(text, "%s%*s%s%*s%s", gap, is_left ? 0 : padding, "", cell, is_left ? padding : 0, "",
            is_last ? "\n" : "");
    }
}

void text_table_release(struct text_table *table)
{
    buffer_release(&table->cells);
}
