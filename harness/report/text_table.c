#include "text_table.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "utf8.h"

#define COLUMNS_MAX 32
#define GAP         2

static void text_table_add(
    struct text_table *table, enum emphasis emphasis, const char *format, va_list arguments)
{
    size_t start = table->cells.size;

    buffer_vprintf(&table->cells, format, arguments);
    if (!table->cells.out_of_memory)
        table->cells.size = start + utf8_tidy(table->cells.bytes + start, table->cells.size - start);
    buffer_append_byte(&table->cells, '\0');
    buffer_append_byte(&table->emphases, (char)emphasis);
    table->cell_count++;
}

void text_table_cell(struct text_table *table, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_table_add(table, EMPHASIS_NONE, format, arguments);
    va_end(arguments);
}

void text_table_cell_in(struct text_table *table, enum emphasis emphasis, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_table_add(table, emphasis, format, arguments);
    va_end(arguments);
}

void text_table_end_row(struct text_table *table)
{
    if (table->column_count == 0)
        table->column_count = table->cell_count < COLUMNS_MAX ? table->cell_count : COLUMNS_MAX;
}

static bool text_table_is_whole(const struct text_table *table)
{
    return !table->cells.out_of_memory && !table->emphases.out_of_memory && table->column_count > 0;
}

static size_t text_table_columns(const char *cell)
{
    return utf8_columns(cell, strlen(cell));
}

/* Of each column its widest cell; of the first one, no more than there is room for. */
static void text_table_measure(const struct text_table *table, size_t *widths)
{
    size_t others = 0;
    const char *cell = table->cells.bytes;

    for (size_t i = 0; i < table->cell_count; i++, cell += strlen(cell) + 1) {
        size_t *width = &widths[i % table->column_count];
        *width = text_table_columns(cell) > *width ? text_table_columns(cell) : *width;
    }
    for (size_t column = 1; column < table->column_count; column++)
        others += GAP + widths[column];
    size_t room = table->columns_most > others ? table->columns_most - others : 0;
    if (table->columns_most > 0 && widths[0] > room)
        widths[0] = room;
}

/* Without blanks at the end. */
static void text_table_end_line(struct buffer *text)
{
    while (text->size > 0 && text->bytes[text->size - 1] == ' ')
        text->size--;
    buffer_append_text(text, "\n");
}

static void text_table_write_cell(
    const struct text_table *table, size_t i, const char *cell, const size_t *widths, struct buffer *text)
{
    enum emphasis emphasis = (enum emphasis)table->emphases.bytes[i];
    size_t column = i % table->column_count;
    size_t width = text_table_columns(cell);
    bool is_left = (table->left_columns >> column & 1U) != 0;
    bool is_last = column + 1 == table->column_count;

    if (width > widths[column]) { /* the first, for which there is no room */
        buffer_printf(text, "%s\n", cell);
        cell = "";
        width = 0;
    }
    int padding = (int)(widths[column] - width);
    buffer_printf(text, "%s%*s%s%s%s%*s", column == 0 ? "" : "  ", is_left ? 0 : padding, "",
        emphasis_start(emphasis, table->in_colour), cell, emphasis_end(emphasis, table->in_colour),
        is_left ? padding : 0, "");
    if (is_last)
        text_table_end_line(text);
}

void text_table_write(const struct text_table *table, struct buffer *text)
{
    size_t widths[COLUMNS_MAX] = {0};

    text->out_of_memory = text->out_of_memory || table->cells.out_of_memory || table->emphases.out_of_memory;
    if (!text_table_is_whole(table))
        return;
    text_table_measure(table, widths);
    const char *cell = table->cells.bytes;
    for (size_t i = 0; i < table->cell_count; i++, cell += strlen(cell) + 1)
        text_table_write_cell(table, i, cell, widths, text);
}

void text_table_escape_markdown(const char *words, struct buffer *text)
{
    for (const char *c = words; *c; c++) {
        if (strchr("\\`*_{}[]<>|", *c))
            buffer_append_text(text, "\\");
        buffer_append(text, c, 1);
    }
}

/* As code, in which "@16" is nobody's name; a '|' would end the cell even there. */
static void text_table_write_name(const char *cell, struct buffer *text)
{
    if (*cell == '\0' || strpbrk(cell, "`|"))
        text_table_escape_markdown(cell, text);
    else
        buffer_printf(text, "`%s`", cell);
}

/* Heads with their units, and the line below that says how columns are aligned. */
static void text_table_write_markdown_head(
    const struct text_table *table, const char *const *cells, struct buffer *text)
{
    for (size_t column = 0; column < table->column_count; column++) {
        buffer_append_text(text, column == 0 ? "| " : " ");
        text_table_escape_markdown(cells[column], text);
        const char *unit = table->has_units ? cells[table->column_count + column] : "";
        if (*unit)
            buffer_printf(text, " (%s)", unit);
        buffer_append_text(text, " |");
    }
    buffer_append_text(text, "\n");
    for (size_t column = 0; column < table->column_count; column++)
        buffer_append_text(text, (table->left_columns >> column & 1U) != 0 ? "| --- " : "| ---: ");
    buffer_append_text(text, "|\n");
}

void text_table_write_markdown(const struct text_table *table, struct buffer *text)
{
    const char *heads[2 * COLUMNS_MAX] = {NULL};
    size_t head_count = (table->has_units ? 2 : 1) * table->column_count;
    const char *cell = table->cells.bytes;

    text->out_of_memory = text->out_of_memory || table->cells.out_of_memory;
    if (!text_table_is_whole(table))
        return;
    for (size_t i = 0; i < table->cell_count; i++, cell += strlen(cell) + 1) {
        if (i < head_count)
            heads[i] = cell;
        if (i + 1 == head_count)
            text_table_write_markdown_head(table, heads, text);
        if (i < head_count)
            continue;
        buffer_append_text(text, i % table->column_count == 0 ? "| " : " ");
        if (i % table->column_count == 0)
            text_table_write_name(cell, text);
        else
            text_table_escape_markdown(cell, text);
        buffer_append_text(text, i % table->column_count + 1 == table->column_count ? " |\n" : " |");
    }
}

void text_table_release(struct text_table *table)
{
    buffer_release(&table->cells);
    buffer_release(&table->emphases);
}
