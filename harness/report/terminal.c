#include "terminal.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "text_table.h"
#include "warnings.h"

/* Text emphasis of ECMA-48; empty without colour. */
static const char *terminal_bold(const struct plan *plan)
{
    return plan->in_colour ? "\033[1m" : "";
}

static const char *terminal_plain(const struct plan *plan)
{
    return plan->in_colour ? "\033[0m" : "";
}

static void terminal_buffer_cell(struct text_table *table, struct buffer *text)
{
    text_table_cell(table, "%.*s", (int)text->size, text->bytes ? text->bytes : "");
    buffer_release(text);
}

static void terminal_time_cell(struct text_table *table, double seconds)
{
    struct buffer text = {0};

    figure_write_time(&text, seconds);
    terminal_buffer_cell(table, &text);
}

static void terminal_number_cell(struct text_table *table, double value, const char *unit)
{
    struct buffer text = {0};

    figure_write_number(&text, value, unit);
    terminal_buffer_cell(table, &text);
}

/* A column of doubles, and which tables it is in: in an open loop the schedule sets the wall times. */
struct terminal_column {
    const char *head;
    size_t offset; /* in struct summary_row */
    double scale;
    const char *unit; /* NULL: it is a time */
    bool in_closed;
    bool in_open;
};

#define MEMBER(name) offsetof(struct summary_row, name)

static const struct terminal_column terminal_columns[] = {
    {"median", MEMBER(median_s), 1, NULL, true, false},
    {"min", MEMBER(min_s), 1, NULL, true, false},
    {"MAD", MEMBER(mad_s), 1, NULL, true, false},
    {"p50 request", MEMBER(request_p50_s), 1, NULL, true, true},
    {"p90 request", MEMBER(request_p90_s), 1, NULL, true, true},
    {"p99 request", MEMBER(request_p99_s), 1, NULL, false, true},
    {"max request", MEMBER(request_max_s), 1, NULL, false, true},
    {"efficiency", MEMBER(efficiency), 100, " %", true, false},
    {"CPU/request", MEMBER(cpu_us_per_request), 1e-6, NULL, true, true},
    {"memory", MEMBER(peak_memory_kib), 1.0 / 1024, " MiB", true, true},
};

#define TERMINAL_COLUMNS (sizeof terminal_columns / sizeof terminal_columns[0])

static bool terminal_shows(const struct terminal_column *column, const struct plan *plan)
{
    return plan_is_open_loop(plan) ? column->in_open : column->in_closed;
}

/* The level is always of interest, any other axis where the arms differ on it. */
static bool terminal_shows_axis(const struct plan *plan, size_t id)
{
    return setting_is_axis(&settings_table[id]) &&
           (id == SETTING_concurrency || !arms_agree(plan->arms, plan->arm_count, &settings_table[id]));
}

static void terminal_head(struct text_table *table, const struct plan *plan)
{
    text_table_cell(table, "strategy");
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (terminal_shows_axis(plan, id))
            text_table_cell(table, "%s", settings_table[id].name);
    text_table_cell(table, "trials");
    for (size_t i = 0; i < TERMINAL_COLUMNS; i++)
        if (terminal_shows(&terminal_columns[i], plan))
            text_table_cell(table, "%s", terminal_columns[i].head);
    text_table_cell(table, "threads");
    text_table_cell(table, "connections");
    text_table_cell(table, "failed");
    text_table_cell(table, "note");
    text_table_end_row(table);
}

/* Caveats. */
static void terminal_note_cell(struct text_table *table, const struct summary_row *row)
{
    bool is_origin_bound = row->origin_share > WARNING_ORIGIN_SHARE;

    if (row->saturated == TRUTH_YES)
        text_table_cell(
            table, "saturated, backlog %.0f%s", row->max_backlog, is_origin_bound ? ", origin-bound" : "");
    else
        text_table_cell(table, "%s", is_origin_bound ? "origin-bound" : "");
}

static void terminal_axes_cells(
    struct text_table *table, const struct plan *plan, const struct summary_row *row)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        struct buffer value = {0};
        if (!terminal_shows_axis(plan, id))
            continue;
        setting_write(row->settings, &settings_table[id], &value);
        terminal_buffer_cell(table, &value);
    }
}

static void terminal_row(struct text_table *table, const struct plan *plan, const struct summary_row *row)
{
    text_table_cell(table, "%s", row->strategy);
    terminal_axes_cells(table, plan, row);
    text_table_cell(table, "%llu", (unsigned long long)row->trials);
    for (size_t i = 0; i < TERMINAL_COLUMNS; i++) {
        const struct terminal_column *column = &terminal_columns[i];
        double value = 0;
        if (!terminal_shows(column, plan))
            continue;
        memcpy(&value, (const char *)row + column->offset, sizeof value);
        if (column->unit)
            terminal_number_cell(table, value * column->scale, column->unit);
        else
            terminal_time_cell(table, value * column->scale);
    }
    text_table_cell(table, isnan(row->peak_threads) ? "-" : "%.0f", row->peak_threads);
    text_table_cell(table, isnan(row->connections_opened) ? "-" : "%.0f", row->connections_opened);
    text_table_cell(table, "%llu", (unsigned long long)row->failed_requests);
    terminal_note_cell(table, row);
    text_table_end_row(table);
}

/* The ranked arm with the least figure among those that share the first place. There is one when any is
 * ranked. */
static size_t terminal_leader(const struct plan *plan, const struct summary *summaries)
{
    size_t leader = plan->arm_count;

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (summaries[arm].shares_first &&
            (leader == plan->arm_count ||
                summary_figure(&summaries[arm]) < summary_figure(&summaries[leader])))
            leader = arm;
    return leader;
}

/* Appends "A, B and C": the arms that share first place, by rank, as the charts name them. */
static void terminal_list_first(const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    size_t count = summary_count_first(summaries, plan->arm_count);
    size_t named = 0;

    for (size_t rank = 1; rank <= plan->arm_count; rank++)
        for (size_t arm = 0; arm < plan->arm_count; arm++) {
            if (!summaries[arm].shares_first || summaries[arm].row.rank != rank)
                continue;
            named++;
            buffer_printf(text, "%s%s",
                named == 1       ? ""
                : named == count ? " and "
                                 : ", ",
                plan->arms[arm].name);
        }
}

static const char *terminal_figure_name(const struct plan *plan)
{
    return plan_is_open_loop(plan) ? "p90 request time" : "median";
}

static void terminal_write_figure(const struct plan *plan, const struct summary *summary, struct buffer *text)
{
    buffer_printf(text, ", %s ", terminal_figure_name(plan));
    figure_write_time(text, summary_figure(summary));
}

/* Too few rounds: nothing is claimed, and the remedy is named. */
static void terminal_describe_undecided(
    const struct plan *plan, const struct summary *summaries, size_t leader, struct buffer *text)
{
    buffer_printf(text, "to name a fastest, use --repeat %zu or more; lowest so far: %s",
        summaries[leader].first_rounds, plan->arms[leader].name);
    terminal_write_figure(plan, &summaries[leader], text);
}

/* The medians of those that share the first place, least and greatest. */
static void terminal_write_first_range(
    const struct plan *plan, const struct summary *summaries, size_t leader, struct buffer *text)
{
    double most_s = 0;

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (summaries[arm].shares_first)
            most_s = fmax(most_s, summary_figure(&summaries[arm]));
    buffer_printf(text, ", %s ", plan_is_open_loop(plan) ? "p90 request times" : "medians");
    figure_write_time_range(text, summary_figure(&summaries[leader]), most_s);
}

/* Several share first place. If they are more than half, the finding is that they do not differ. */
static void terminal_describe_shared(
    const struct plan *plan, const struct summary *summaries, size_t leader, struct buffer *text)
{
    size_t first = summary_count_first(summaries, plan->arm_count);
    bool is_most = first * 2 > summary_count_ranked(summaries, plan->arm_count);

    buffer_append_text(
        text, is_most ? "no difference was found between " : "fastest, too close to tell apart: ");
    terminal_list_first(plan, summaries, text);
    terminal_write_first_range(plan, summaries, leader, text);
}

/* Why nothing is ranked, each reason once and in the order of the list. */
static void terminal_describe_unranked(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    const char *lead = "not ranked: ";

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (!summaries[arm].row.ranked) {
            buffer_printf(
                text, "%s%s (%s)", lead, plan->arms[arm].name, ranking_phrase(summaries[arm].ranking));
            lead = ", ";
        }
    buffer_append_text(text, *lead == ',' ? "\n" : "");
}

/* With one arm there is nothing to compare, and so nothing is fastest. */
static void terminal_describe_first(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    size_t ranked = summary_count_ranked(summaries, plan->arm_count);
    size_t leader = terminal_leader(plan, summaries);

    if (ranked >= 2) {
        buffer_append_text(text, terminal_bold(plan));
        if (summaries[leader].first_rounds > 0)
            terminal_describe_undecided(plan, summaries, leader, text);
        else if (summary_count_first(summaries, plan->arm_count) > 1)
            terminal_describe_shared(plan, summaries, leader, text);
        else {
            buffer_printf(text, "fastest: %s", plan->arms[leader].name);
            terminal_write_figure(plan, &summaries[leader], text);
        }
        buffer_printf(text, "%s\n", terminal_plain(plan));
    }
    terminal_describe_unranked(plan, summaries, text);
}

static bool terminal_is_compared(const struct summary *summary)
{
    return summary->row.ranked && summary->row.verdict;
}

/* The reference is named where it is not the one at the same level: sequential has its own level. */
static void terminal_compared_cell(
    struct text_table *table, const struct plan *plan, size_t arm, size_t reference)
{
    const struct arm *one = &plan->arms[arm];
    const struct arm *other = &plan->arms[reference];
    bool is_named = arms_are_level(one, other) || arms_reference_is_value(plan->settings->reference) ||
                    strcmp(other->name, other->label) == 0;

    if (is_named)
        text_table_cell(table, "  %s", one->name);
    else
        text_table_cell(table, "  %s (with %s)", one->name, other->name);
}

static void terminal_describe_verdicts(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    struct text_table table = {.left_columns = ~0U};
    const struct summary *compared = NULL;
    bool has_interval = false;

    for (size_t arm = 0; arm < plan->arm_count; arm++) {
        const struct summary_row *row = &summaries[arm].row;
        if (!terminal_is_compared(&summaries[arm]))
            continue;
        compared = &summaries[arm];
        has_interval = has_interval || !isnan(row->ratio_low);
        terminal_compared_cell(&table, plan, arm, summaries[arm].reference);
        text_table_cell(&table, "%s", row->verdict_text);
        text_table_cell(&table, "CPU/request: %s", row->cpu_verdict_text);
        text_table_end_row(&table);
    }
    if (compared)
        buffer_printf(text, "compared with %s, round by round%s%s%s\n",
            arms_reference_is_value(plan->settings->reference) ? plan->settings->reference
                                                               : plan->arms[compared->reference].label,
            plan_is_open_loop(plan) ? ", by p90" : "", has_interval ? ":" : ": ",
            has_interval ? "" : compared->row.verdict_text);
    if (has_interval)
        text_table_write(&table, text);
    text_table_release(&table);
}

/* Where there is an interval: without one, what is missing has been said. */
static void terminal_describe_detectable(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    double detectable = summary_detectable(summaries, plan->arm_count);

    if (!isnan(detectable))
        buffer_printf(text, "differences below %.1f %% may have gone unnoticed\n", detectable * 100);
}

static void terminal_describe_schedule(const struct plan *plan, struct buffer *text)
{
    const struct settings *settings = plan->settings;
    bool is_one = arms_agree(plan->arms, plan->arm_count, &settings_table[SETTING_rate]) &&
                  arms_agree(plan->arms, plan->arm_count, &settings_table[SETTING_arrivals]);

    if (!plan_is_open_loop(plan))
        return;
    if (is_one)
        buffer_printf(
            text, "open loop: %g batches a second, %s arrivals; ", settings->rate, plan_arrivals(settings));
    else
        buffer_append_text(text, "open loop, at several rates; ");
    buffer_append_text(text, "request times count from when they were due\n");
}

/* Of the workload's requests, which ones? NULL: none. */
static const char *terminal_tls(const struct plan *plan)
{
    uint64_t count = plan_count_over_tls(plan);

    if (count == 0)
        return NULL;
    return count == plan->workload->request_count ? "over TLS" : "partly over TLS";
}

/* Where it is not the default. Several versions are a column of the table. */
static void terminal_describe_http(const struct plan *plan, struct buffer *text)
{
    const struct setting *http = &settings_table[SETTING_http];
    bool is_one = arms_agree(plan->arms, plan->arm_count, http);
    const char *tls = terminal_tls(plan);

    if (!tls && (!is_one || plan->arms[0].settings.http == HTTP_1_1))
        return;
    buffer_append_text(text, is_one ? "asked for: HTTP/" : "asked for: HTTP");
    if (is_one)
        setting_write(&plan->arms[0].settings, http, text);
    buffer_printf(text, "%s%s\n", tls ? " " : "", tls ? tls : "");
}

static void terminal_describe_placement(const struct plan *plan, struct buffer *text)
{
    if (plan->is_placed)
        buffer_printf(
            text, "processors: %s for the trials, %s for the origin\n", plan->client_cpus, plan->origin_cpus);
}

void terminal_describe(const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    struct text_table table = {.left_columns = 1U};

    terminal_head(&table, plan);
    table.left_columns |= 1U << (table.column_count - 1); /* the note */
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        terminal_row(&table, plan, &summaries[arm].row);
    text_table_write(&table, text);
    text_table_release(&table);
    buffer_append_text(text, "\n");
    terminal_describe_http(plan, text);
    terminal_describe_schedule(plan, text);
    terminal_describe_first(plan, summaries, text);
    terminal_describe_verdicts(plan, summaries, text);
    terminal_describe_detectable(plan, summaries, text);
    terminal_describe_placement(plan, text);
}
