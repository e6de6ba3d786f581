#include "terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "arm_name.h"
#include "text_table.h"
#include "warnings.h"

/* Text emphasis of ECMA-48; nothing when there is to be no colour. */
static const char *terminal_bold(const struct plan *plan)
{
    return plan->in_colour ? "\033[1m" : "";
}

static const char *terminal_plain(const struct plan *plan)
{
    return plan->in_colour ? "\033[0m" : "";
}

/* A time with three digits or more, in a unit that suits it; "-" when it is missing. */
static void terminal_write_time(struct buffer *text, double seconds)
{
    if (isnan(seconds))
        buffer_append_text(text, "-");
    else if (seconds < 1e-3)
        buffer_printf(text, "%.1f us", seconds * 1e6);
    else if (seconds < 1)
        buffer_printf(text, seconds < 0.1 ? "%.2f ms" : "%.1f ms", seconds * 1e3);
    else
        buffer_printf(text, "%.3f s", seconds);
}

static void terminal_time_cell(struct text_table *table, double seconds)
{
    struct buffer text = {0};

    terminal_write_time(&text, seconds);
    text_table_cell(table, "%.*s", (int)text.size, text.bytes ? text.bytes : "");
    buffer_release(&text);
}

static void terminal_number_cell(struct text_table *table, double value, double scale, const char *unit)
{
    if (isnan(value))
        text_table_cell(table, "-");
    else
        text_table_cell(table, value * scale < 100 ? "%.1f%s" : "%.0f%s", value * scale, unit);
}

/* The last column; the first and this are texts. */
#define TERMINAL_NOTE_COLUMN 14

static void terminal_head(struct text_table *table)
{
    static const char *const heads[] = {"strategy", "concurrency", "runs", "median", "min", "MAD",
        "p50 request", "p90 request", "efficiency", "CPU/request", "memory", "threads", "connections",
        "failed", "note"};

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        text_table_cell(table, "%s", heads[i]);
    text_table_end_row(table);
}

/* What a row must not be read without. */
static void terminal_note_cell(struct text_table *table, const struct summary_row *row)
{
    bool is_saturated = row->saturated && strcmp(row->saturated, "true") == 0;
    bool is_origin_bound = row->origin_share > WARNING_ORIGIN_SHARE;

    if (is_saturated)
        text_table_cell(
            table, "saturated, backlog %.0f%s", row->max_backlog, is_origin_bound ? ", origin-bound" : "");
    else
        text_table_cell(table, "%s", is_origin_bound ? "origin-bound" : "");
}

static void terminal_row(struct text_table *table, const struct summary_row *row)
{
    text_table_cell(table, "%s", row->strategy);
    text_table_cell(table, "%llu", (unsigned long long)row->concurrency);
    text_table_cell(table, "%llu", (unsigned long long)row->runs);
    terminal_time_cell(table, row->median_s);
    terminal_time_cell(table, row->min_s);
    terminal_time_cell(table, row->runs > 1 ? row->mad_s : NAN);
    terminal_time_cell(table, row->request_p50_s);
    terminal_time_cell(table, row->request_p90_s);
    terminal_number_cell(table, row->efficiency, 100, "%");
    terminal_number_cell(table, row->cpu_us_per_request, 1, " us");
    terminal_number_cell(table, row->peak_memory_kib, 1.0 / 1024, " MiB");
    text_table_cell(table, isnan(row->peak_threads) ? "-" : "%.0f", row->peak_threads);
    text_table_cell(table, isnan(row->connections_opened) ? "-" : "%.0f", row->connections_opened);
    text_table_cell(table, "%llu", (unsigned long long)row->failed_requests);
    terminal_note_cell(table, row);
    text_table_end_row(table);
}

/* The ranked arm with the least median among those that share the first place; arm_count when none is ranked.
 */
static size_t terminal_leader(const struct plan *plan, const struct summary *summaries)
{
    size_t leader = plan->arm_count;

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (summaries[arm].shares_first &&
            (leader == plan->arm_count || summaries[arm].row.median_s < summaries[leader].row.median_s))
            leader = arm;
    return leader;
}

/* Appends the names of the arms for which `holds` is true, after `lead`; nothing when there are none. */
static void terminal_list(const struct plan *plan, const struct summary *summaries, size_t leader,
    bool (*holds)(const struct plan *, const struct summary *, const struct summary *), const char *lead,
    struct buffer *text)
{
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (arm != leader && holds(plan, &summaries[arm], &summaries[leader])) {
            buffer_printf(text, "%s%s", lead, arm_name(plan, arm).text);
            lead = ", ";
        }
}

static bool terminal_shares_first(
    const struct plan *plan, const struct summary *summary, const struct summary *leader)
{
    (void)plan;
    (void)leader;
    return summary->shares_first;
}

/* Slower for certain, and yet by less than what matters. */
static bool terminal_is_near(
    const struct plan *plan, const struct summary *summary, const struct summary *leader)
{
    return summary->is_ranked && !summary->shares_first &&
           summary->row.median_s <= leader->row.median_s * (1 + plan->threshold);
}

static void terminal_describe_times(
    const struct plan *plan, const struct summary *summaries, size_t leader, struct buffer *text)
{
    const char *lead = "times as long: ";

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        if (arm != leader && summaries[arm].is_ranked) {
            buffer_printf(text, "%s%s %.2f", lead, arm_name(plan, arm).text,
                summaries[arm].row.median_s / summaries[leader].row.median_s);
            lead = ", ";
        }
    buffer_append_text(text, *lead == ',' ? "\n" : "");
}

static void terminal_describe_first(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    size_t leader = terminal_leader(plan, summaries);
    char near_lead[64];

    if (leader == plan->arm_count) {
        buffer_append_text(
            text, "fastest: none, as no strategy has measured trials without failed requests\n");
        return;
    }
    (void)snprintf(
        near_lead, sizeof near_lead, "; slower, but with a median within %g %%: ", plan->threshold * 100);
    bool is_told = summaries[leader].ranking_needs == 0;
    buffer_printf(text, "%s%s: %s, median ", terminal_bold(plan), is_told ? "fastest" : "least median",
        arm_name(plan, leader).text);
    terminal_write_time(text, summaries[leader].row.median_s);
    if (!is_told) {
        buffer_printf(text, "; which is fastest can be told from %zu rounds on%s\n",
            summaries[leader].ranking_needs, terminal_plain(plan));
        terminal_describe_times(plan, summaries, leader, text);
        return;
    }
    terminal_list(plan, summaries, leader, terminal_shares_first, "; not shown to be slower: ", text);
    terminal_list(plan, summaries, leader, terminal_is_near, near_lead, text);
    buffer_printf(text, "%s\n", terminal_plain(plan));
    terminal_describe_times(plan, summaries, leader, text);
}

static bool terminal_is_compared(const struct summary *summary)
{
    return summary->is_ranked && summary->row.verdict;
}

/* The reference is named where it is not the one at the same level: sequential has a level of its own. */
static void terminal_compared_cell(
    struct text_table *table, const struct plan *plan, size_t arm, size_t reference)
{
    struct arm_name name = arm_name(plan, arm);
    struct arm_name other = arm_name(plan, reference);
    bool is_same_level = plan->arms[arm].concurrency == plan->arms[reference].concurrency;

    if (is_same_level || strcmp(other.text, plan->arms[reference].label) == 0)
        text_table_cell(table, "  %s", name.text);
    else
        text_table_cell(table, "  %s (with %s)", name.text, other.text);
}

static void terminal_describe_verdicts(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    struct text_table table = {.left_columns = ~0U};
    const struct summary_row *compared = NULL;
    bool has_interval = false;

    for (size_t arm = 0; arm < plan->arm_count; arm++) {
        const struct summary_row *row = &summaries[arm].row;
        if (!terminal_is_compared(&summaries[arm]))
            continue;
        compared = row;
        has_interval = has_interval || !isnan(row->ratio_low);
        terminal_compared_cell(&table, plan, arm, summaries[arm].reference);
        text_table_cell(&table, "%s", row->verdict);
        text_table_cell(&table, "CPU/request: %s", row->cpu_verdict);
        text_table_end_row(&table);
    }
    if (compared)
        buffer_printf(text, "compared with %s, round by round%s%s\n", compared->reference,
            has_interval ? ":" : ": ", has_interval ? "" : compared->verdict);
    if (has_interval)
        text_table_write(&table, text);
    text_table_release(&table);
}

static void terminal_describe_detectable(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    double detectable = summary_detectable(summaries, plan->arm_count);

    if (isnan(detectable))
        buffer_append_text(
            text, "smallest difference that could have been found: not known without an interval\n");
    else
        buffer_printf(text,
            "smallest difference in wall time that 8 of 10 such experiments would tell from none, in the "
            "noisiest "
            "comparison: %.1f %%\n",
            detectable * 100);
}

static void terminal_describe_failures(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    for (size_t arm = 0; arm < plan->arm_count; arm++) {
        const struct summary_row *row = &summaries[arm].row;
        if (row->failed_requests > 0)
            buffer_printf(text, "not ranked: %s, failed requests: %llu (urls.csv says which)\n",
                arm_name(plan, arm).text, (unsigned long long)row->failed_requests);
    }
}

static void terminal_describe_placement(const struct plan *plan, struct buffer *text)
{
    bool is_placed = strcmp(plan->client_cpus, "any") != 0 || strcmp(plan->origin_cpus, "any") != 0;

    if (is_placed)
        buffer_printf(
            text, "processors: %s for the trials, %s for the origin\n", plan->client_cpus, plan->origin_cpus);
}

void terminal_describe(const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    struct text_table table = {.left_columns = 1U | 1U << TERMINAL_NOTE_COLUMN};

    terminal_head(&table);
    for (size_t arm = 0; arm < plan->arm_count; arm++)
        terminal_row(&table, &summaries[arm].row);
    text_table_write(&table, text);
    text_table_release(&table);
    buffer_append_text(text, "\n");
    terminal_describe_first(plan, summaries, text);
    terminal_describe_verdicts(plan, summaries, text);
    terminal_describe_detectable(plan, summaries, text);
    terminal_describe_failures(plan, summaries, text);
    terminal_describe_placement(plan, text);
}
