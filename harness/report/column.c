#include "column.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "utf8.h"

#define DECIMALS_OF_NS 9
#define DECIMALS_OF_US 6

#define DIGITS_MAX 20 /* of a uint64_t */

/* Puts the last `least` digits of the value, and those before them up to the first, in front of `end`. Where
 * they begin. Large experiments write millions of rows: printf would take longer than the requests did. */
static char *column_put_digits(uint64_t value, size_t least, char *end)
{
    for (size_t used = 0; used < least || value > 0; used++) {
        *--end = (char)('0' + value % 10);
        value /= 10;
    }
    return end;
}

static void column_write_count(uint64_t value, struct buffer *csv)
{
    char text[DIGITS_MAX];
    char *end = text + sizeof text;
    const char *first = column_put_digits(value, 1, end);

    buffer_append(csv, first, (size_t)(end - first));
}

static void column_write_seconds(uint64_t value, size_t decimals, uint64_t per_second, struct buffer *csv)
{
    char text[DIGITS_MAX + 1 + DECIMALS_OF_NS];
    char *end = text + sizeof text;
    char *first = column_put_digits(value % per_second, decimals, end);

    *--first = '.';
    first = column_put_digits(value / per_second, 1, first);
    buffer_append(csv, first, (size_t)(end - first));
}

static bool column_is_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

static void column_write_valid(const char *text, struct buffer *csv)
{
    bool is_formula = column_is_formula(text);

    if (!is_formula && !strpbrk(text, ",\"\r\n")) {
        buffer_append_text(csv, text);
        return;
    }
    buffer_append_text(csv, is_formula ? "\"'" : "\"");
    for (const char *c = text; *c; c++)
        buffer_append(csv, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
    buffer_append_text(csv, "\"");
}

/* The file is UTF-8, whatever a server or a name had. */
static void column_write_text(const char *text, struct buffer *csv)
{
    size_t size = strlen(text);

    if (utf8_is_valid(text, size)) {
        column_write_valid(text, csv);
        return;
    }
    struct buffer valid = {0};
    utf8_append_valid(&valid, text, size);
    buffer_append(&valid, "", 1);
    if (!valid.out_of_memory)
        column_write_valid(valid.bytes, csv);
    csv->out_of_memory = csv->out_of_memory || valid.out_of_memory;
    buffer_release(&valid);
}

void column_write_utc(uint64_t utc_ns, struct buffer *text)
{
    time_t seconds = (time_t)(utc_ns / NS_PER_S);
    struct tm calendar;
    char date[32];

    (void)gmtime_r(&seconds, &calendar);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &calendar);
    buffer_printf(text, "%s.%03uZ", date, (unsigned int)(utc_ns % NS_PER_S / NS_PER_MS));
}

static void column_write_number(double value, struct buffer *csv)
{
    if (isfinite(value))
        buffer_printf(csv, "%.7g", value);
}

static void column_write_unsigned(enum column_kind kind, uint64_t value, struct buffer *csv)
{
    if (value == MISSING_COUNT)
        return;
    if (kind == COLUMN_COUNT)
        column_write_count(value, csv);
    else if (kind == COLUMN_UTC)
        column_write_utc(value, csv);
    else if (kind == COLUMN_NS)
        column_write_seconds(value, DECIMALS_OF_NS, NS_PER_S, csv);
    else
        column_write_seconds(value, DECIMALS_OF_US, NS_PER_S / NS_PER_US, csv);
}

static void column_write_axis(const struct settings *settings, const struct setting *axis, struct buffer *csv)
{
    struct buffer value = {0};

    setting_write(settings, axis, &value);
    buffer_append(&value, "", 1);
    column_write_text(value.out_of_memory ? "" : value.bytes, csv);
    csv->out_of_memory = csv->out_of_memory || value.out_of_memory;
    buffer_release(&value);
}

/* A value for each axis, with commas between. */
static void column_write_axes(const struct settings *settings, struct buffer *csv)
{
    bool is_first = true;

    for (size_t id = 0; id < SETTING_COUNT; id++) {
        if (!setting_is_axis(&settings_table[id]))
            continue;
        buffer_append(csv, ",", is_first ? 0 : 1);
        column_write_axis(settings, &settings_table[id], csv);
        is_first = false;
    }
}

static const struct settings *column_settings(const struct column *column, const void *row)
{
    return *(const struct settings *const *)(const void *)((const char *)row + column->offset);
}

static void column_write(const struct column *column, const void *row, struct buffer *csv)
{
    const char *member = (const char *)row + column->offset;
    enum truth truth = TRUTH_MISSING;
    const char *text = NULL;
    double number = 0;
    bool flag = false;
    uint64_t value = 0;

    switch (column->kind) {
    case COLUMN_TEXT:
        memcpy(&text, member, sizeof text);
        if (text)
            column_write_text(text, csv);
        return;
    case COLUMN_FLAG:
        memcpy(&flag, member, sizeof flag);
        buffer_append_text(csv, flag ? "true" : "false");
        return;
    case COLUMN_NUMBER:
        memcpy(&number, member, sizeof number);
        column_write_number(number, csv);
        return;
    case COLUMN_TRUTH:
        memcpy(&truth, member, sizeof truth);
        if (truth != TRUTH_MISSING)
            buffer_append_text(csv, truth == TRUTH_YES ? "true" : "false");
        return;
    case COLUMN_AXES:
        column_write_axes(column_settings(column, row), csv);
        return;
    default:
        memcpy(&value, member, sizeof value);
        column_write_unsigned(column->kind, value, csv);
    }
}

/* The key of the setting, with "_" for "-". */
void axis_column_name(const struct setting *axis, char *name, size_t size)
{
    (void)snprintf(name, size, "%s", axis->name);
    for (char *c = name; *c; c++)
        if (*c == '-')
            *c = '_';
}

static void axes_visit(void (*visit)(const char *name, const char *meaning, void *context), void *context)
{
    char name[64];

    for (size_t id = 0; id < SETTING_COUNT; id++) {
        if (!setting_is_axis(&settings_table[id]))
            continue;
        axis_column_name(&settings_table[id], name, sizeof name);
        visit(name, settings_table[id].help, context);
    }
}

void table_visit(const struct table *table,
    void (*visit)(const char *name, const char *meaning, void *context), void *context)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].kind == COLUMN_AXES)
            axes_visit(visit, context);
        else
            visit(table->columns[i].name, table->columns[i].meaning, context);
}

static void column_write_name(const char *name, const char *meaning, void *csv)
{
    struct buffer *line = csv;
    bool is_first = line->size == 0 || line->bytes[line->size - 1] == '\n';

    (void)meaning;
    buffer_append(line, ",", is_first ? 0 : 1);
    buffer_append_text(line, name);
}

void table_write_header(const struct table *table, struct buffer *csv)
{
    table_visit(table, column_write_name, csv);
    buffer_append_text(csv, "\n");
}

/* Each cell with the comma, or the end of the line, behind it. */
static void table_write_cells(
    const struct table *table, size_t first, size_t end, const void *row, struct buffer *csv)
{
    for (size_t i = first; i < end; i++) {
        column_write(&table->columns[i], row, csv);
        buffer_append_byte(csv, i + 1 < table->column_count ? ',' : '\n');
    }
}

static bool column_has_name(const char *own, const char *name, size_t length)
{
    return strlen(own) == length && strncmp(own, name, length) == 0;
}

static void column_write_axis_of_name(
    const struct settings *settings, const char *name, size_t length, struct buffer *csv)
{
    char own[64];

    for (size_t id = 0; id < SETTING_COUNT; id++) {
        axis_column_name(&settings_table[id], own, sizeof own);
        if (setting_is_axis(&settings_table[id]) && column_has_name(own, name, length))
            column_write_axis(settings, &settings_table[id], csv);
    }
}

void table_write_cell(
    const struct table *table, const char *name, size_t length, const void *row, struct buffer *csv)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->kind == COLUMN_AXES)
            column_write_axis_of_name(column_settings(column, row), name, length, csv);
        else if (column_has_name(column->name, name, length))
            column_write(column, row, csv);
    }
}

void table_write_shared(const struct table *table, const void *row, struct buffer *csv)
{
    table_write_cells(table, 0, table->shared_count, row, csv);
}

void table_write_rest(const struct table *table, const void *row, struct buffer *csv)
{
    table_write_cells(table, table->shared_count, table->column_count, row, csv);
}

void table_write_row(const struct table *table, const void *row, struct buffer *csv)
{
    table_write_cells(table, 0, table->column_count, row, csv);
}
