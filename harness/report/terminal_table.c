#include "terminal_table.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "warnings.h"
#include "wrap.h"

/* Tables that a column is in. In an open loop the schedule sets the wall times. */
enum {
    IN_CLOSED = 1,
    IN_OPEN = 2,
    IN_WIDE_CLOSED = 4,
    IN_WIDE_OPEN = 8,
    IN_WIDE = IN_WIDE_CLOSED | IN_WIDE_OPEN,
    IN_ALL = IN_CLOSED | IN_OPEN | IN_WIDE,
};

/* A column of doubles. */
struct terminal_column {
    const char *head;
    size_t offset;    /* in struct summary_row */
    double unit;      /* what 1 in the column stands for; of times the factor to seconds */
    const char *name; /* of the unit; NULL: it is a time, and gets its unit from the values */
    unsigned int in;
};

#define MEMBER(name) offsetof(struct summary_row, name)

static const struct terminal_column terminal_columns[] = {
    {"median", MEMBER(median_s), 1, NULL, IN_CLOSED | IN_WIDE_CLOSED},
    {"min", MEMBER(min_s), 1, NULL, IN_WIDE_CLOSED},
    {"MAD", MEMBER(mad_s), 1, NULL, IN_WIDE_CLOSED},
    {"requests/s", MEMBER(requests_per_s), 1, "", IN_WIDE_CLOSED},
    {"p50", MEMBER(request_p50_s), 1, NULL, IN_OPEN},
    {"p50 request", MEMBER(request_p50_s), 1, NULL, IN_WIDE},
    {"p90", MEMBER(request_p90_s), 1, NULL, IN_OPEN},
    {"p90 request", MEMBER(request_p90_s), 1, NULL, IN_CLOSED | IN_WIDE},
    {"p99", MEMBER(request_p99_s), 1, NULL, IN_OPEN},
    {"p99 request", MEMBER(request_p99_s), 1, NULL, IN_WIDE},
    {"max", MEMBER(request_max_s), 1, NULL, IN_OPEN},
    {"max request", MEMBER(request_max_s), 1, NULL, IN_WIDE_OPEN},
    {"efficiency", MEMBER(efficiency), 0.01, "%", IN_WIDE_CLOSED},
    {"CPU/request", MEMBER(cpu_us_per_request), 1e-6, NULL, IN_ALL},
    {"memory", MEMBER(peak_memory_kib), 1024, "MiB", IN_ALL},
    {"threads", MEMBER(peak_threads), 1, "", IN_ALL},
    {"processes", MEMBER(peak_processes), 1, "", IN_WIDE},
    {"connections", MEMBER(connections_opened), 1, "", IN_WIDE},
};

static unsigned int terminal_kind(const struct plan *plan, bool is_wide)
{
    if (plan_is_open_loop(plan))
        return is_wide ? IN_WIDE_OPEN : IN_OPEN;
    return is_wide ? IN_WIDE_CLOSED : IN_CLOSED;
}

/* A table while it is filled. */
struct terminal_table {
    struct text_table text;
    const struct plan *plan;
    const struct summary *summaries;
    bool is_wide;
    bool has_failures;
    struct figure_scale scales[sizeof terminal_columns / sizeof *terminal_columns];
    bool is_shown[sizeof terminal_columns / sizeof *terminal_columns];
};

#define TERMINAL_COLUMN_COUNT (sizeof terminal_columns / sizeof *terminal_columns)

static double terminal_value(const struct terminal_column *column, const struct summary_row *row)
{
    double value = 0;

    memcpy(&value, (const char *)row + column->offset, sizeof value);
    return column->name ? value : value * column->unit;
}

/* Of one column, for all arms. */
static struct figure_scale terminal_scale(
    const struct terminal_table *table, const struct terminal_column *column, double *values)
{
    size_t count = table->plan->arm_count;

    for (size_t arm = 0; arm < count; arm++)
        values[arm] = terminal_value(column, &table->summaries[arm].row);
    if (!column->name)
        return figure_scale_times(values, count);
    struct figure_scale scale = figure_scale_numbers(values, count, column->unit, column->name);
    bool is_count = column->name[0] == '\0';
    scale.decimals = is_count ? 0 : scale.decimals;
    return scale;
}

static void terminal_choose_columns(struct terminal_table *table)
{
    double *values = calloc(table->plan->arm_count + 1, sizeof *values);

    table->text.cells.out_of_memory = !values;
    for (size_t i = 0; values && i < TERMINAL_COLUMN_COUNT; i++) {
        table->is_shown[i] = (terminal_columns[i].in & terminal_kind(table->plan, table->is_wide)) != 0;
        table->scales[i] = terminal_scale(table, &terminal_columns[i], values);
    }
    free(values);
    for (size_t arm = 0; arm < table->plan->arm_count; arm++)
        table->has_failures = table->has_failures || table->summaries[arm].row.failed_requests > 0;
}

/* Where names do not tell: the level is always of interest, any other axis where the arms differ on it. */
static bool terminal_shows_axis(const struct terminal_table *table, size_t id)
{
    const struct plan *plan = table->plan;

    return table->is_wide && setting_is_axis(&settings_table[id]) &&
           (id == SETTING_concurrency || !arms_agree(plan->arms, plan->arm_count, &settings_table[id]));
}

static bool terminal_shows_failed(const struct terminal_table *table)
{
    return table->is_wide || table->has_failures;
}

static void terminal_head(struct terminal_table *table)
{
    struct text_table *text = &table->text;

    text_table_cell(text, "strategy");
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (terminal_shows_axis(table, id))
            text_table_cell(text, "%s", settings_table[id].name);
    if (table->is_wide)
        text_table_cell(text, "trials");
    for (size_t i = 0; i < TERMINAL_COLUMN_COUNT; i++)
        if (table->is_shown[i])
            text_table_cell(text, "%s", terminal_columns[i].head);
    if (terminal_shows_failed(table))
        text_table_cell(text, "failed");
    if (table->is_wide)
        text_table_cell(text, "note");
    text_table_end_row(text);
}

static void terminal_units(struct terminal_table *table)
{
    struct text_table *text = &table->text;

    text_table_cell(text, "%s", "");
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (terminal_shows_axis(table, id))
            text_table_cell(text, "%s", "");
    if (table->is_wide)
        text_table_cell(text, "%s", "");
    for (size_t i = 0; i < TERMINAL_COLUMN_COUNT; i++)
        if (table->is_shown[i])
            text_table_cell(text, "%s", table->scales[i].name);
    if (terminal_shows_failed(table))
        text_table_cell(text, "%s", "");
    if (table->is_wide)
        text_table_cell(text, "%s", "");
}

static void terminal_buffer_cell(struct text_table *table, struct buffer *text)
{
    text_table_cell(table, "%.*s", (int)text->size, text->bytes ? text->bytes : "");
    buffer_release(text);
}

/* Caveats. */
static void terminal_note_cell(struct text_table *text, const struct summary_row *row)
{
    bool is_origin_bound = warnings_origin_bound(row) == TRUTH_YES;

    if (row->saturated == TRUTH_YES)
        text_table_cell(
            text, "saturated, backlog %.0f%s", row->max_backlog, is_origin_bound ? ", origin-bound" : "");
    else
        text_table_cell(text, "%s", is_origin_bound ? "origin-bound" : "");
}

static void terminal_name_cells(struct terminal_table *table, const struct summary_row *row)
{
    text_table_cell(&table->text, "%s", table->is_wide ? row->strategy : row->arm);
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        struct buffer value = {0};
        if (!terminal_shows_axis(table, id))
            continue;
        setting_write(row->settings, &settings_table[id], &value);
        terminal_buffer_cell(&table->text, &value);
    }
}

static void terminal_row(struct terminal_table *table, const struct summary_row *row)
{
    struct text_table *text = &table->text;

    terminal_name_cells(table, row);
    if (table->is_wide)
        text_table_cell(text, "%llu", (unsigned long long)row->trials);
    for (size_t i = 0; i < TERMINAL_COLUMN_COUNT; i++) {
        struct buffer figure = {0};
        if (!table->is_shown[i])
            continue;
        figure_write_scaled(&figure, terminal_value(&terminal_columns[i], row), &table->scales[i]);
        terminal_buffer_cell(text, &figure);
    }
    if (terminal_shows_failed(table))
        text_table_cell(text, "%llu", (unsigned long long)row->failed_requests);
    if (table->is_wide)
        terminal_note_cell(text, row);
}

struct text_table terminal_table(const struct plan *plan, const struct summary *summaries, bool is_wide)
{
    struct terminal_table table = {
        .text = {.left_columns = 1U, .columns_most = is_wide ? 0 : WRAP_COLUMNS, .has_units = true},
        .plan = plan,
        .summaries = summaries,
        .is_wide = is_wide,
    };

    terminal_choose_columns(&table);
    terminal_head(&table);
    if (is_wide)
        table.text.left_columns |= 1U << (table.text.column_count - 1); /* the note */
    terminal_units(&table);
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        terminal_row(&table, &summaries[arm].row);
    return table.text;
}
