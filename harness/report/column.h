/*
 * column: how a struct becomes a row of CSV. Each column is declared once, in tables.c; header, rows
 * and the documentation's list of columns all come from that declaration.
 *
 * An unknown value is an empty cell, never 0: a count of MISSING_COUNT, a number that is NaN, a text that is
 * NULL. Rows follow RFC 4180, with "\n" as line end. Text that a spreadsheet would take for a formula gets a
 * leading apostrophe.
 */
#ifndef HARNESS_REPORT_COLUMN_H
#define HARNESS_REPORT_COLUMN_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "rows.h"

/* The type of the struct's member, and how it is printed. */
enum column_kind {
    COLUMN_TEXT,   /* const char *, may be NULL */
    COLUMN_COUNT,  /* uint64_t, in decimal */
    COLUMN_FLAG,   /* bool, "true" or "false" */
    COLUMN_NS,     /* uint64_t nanoseconds, as seconds with nine decimals */
    COLUMN_US,     /* uint64_t microseconds, as seconds with six decimals */
    COLUMN_NUMBER, /* double, with seven significant digits */
    COLUMN_TRUTH,  /* enum truth: "true", "false" or nothing */
    COLUMN_AXES,   /* const struct settings *: a column for each axis (settings.h), with its value */
    COLUMN_UTC,    /* uint64_t nanoseconds since 1970, as 2026-01-31T23:59:59.123Z */
};

struct column {
    const char *name; /* with its unit: _s seconds, _us microseconds, _kib KiB; a plain count otherwise */
    enum column_kind kind;
    size_t offset; /* of the member in the row's struct */
    const char *meaning;
};

struct table {
    const char *file;    /* "trials.csv" */
    const char *meaning; /* what a row is */
    const struct column *columns;
    size_t column_count;
    size_t shared_count; /* of the columns, the first ones, which many rows have in common */
};

/*
 * Calls `visit` for every column that a reader of the file sees, in their order: one for each axis where the
 * table has COLUMN_AXES.
 */
void table_visit(const struct table *table,
    void (*visit)(const char *name, const char *meaning, void *context), void *context);

/* Both append one line, newline included. */
void table_write_header(const struct table *table, struct buffer *csv);
void table_write_row(const struct table *table, const void *row, struct buffer *csv);

/* Appends the cell of the column that has this name, of `length` characters. */
void table_write_cell(
    const struct table *table, const char *name, size_t length, const void *row, struct buffer *csv);

/*
 * The same in two parts, for files with millions of rows: what they share is written once, and copied.
 *
 *     table_write_shared(&table, &row, &shared);
 *     for (...) {
 *         buffer_append(csv, shared.bytes, shared.size);
 *         table_write_rest(&table, &row, csv);
 *     }
 */
void table_write_shared(const struct table *table, const void *row, struct buffer *csv);
void table_write_rest(const struct table *table, const void *row, struct buffer *csv);

/* The name of the column that an axis has. */
void axis_column_name(const struct setting *axis, char *name, size_t size);

/* Appends `utc_ns` as an ISO 8601 date and time with milliseconds. */
void column_write_utc(uint64_t utc_ns, struct buffer *text);

#endif
