#include "terminal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "builds.h"
#include "emphasis.h"
#include "figure.h"
#include "terminal_table.h"
#include "wrap.h"

/* How it is said. */
struct terminal_form {
    bool is_wide; /* with all figures and in whole sentences */
    bool in_colour;
    size_t columns; /* of a line */
};

/* A sentence, in as many lines as it takes. */
static void terminal_append(
    const struct terminal_form *form, enum emphasis emphasis, struct buffer *sentence, struct buffer *text)
{
    buffer_append(sentence, "", 1);
    text->out_of_memory = text->out_of_memory || sentence->out_of_memory;
    if (!sentence->out_of_memory) {
        buffer_append_text(text, emphasis_start(emphasis, form->in_colour));
        wrap_append(text, sentence->bytes, 0, 2, form->columns);
        if (!text->out_of_memory)
            text->size--; /* the end of the line, which comes behind the emphasis */
        buffer_printf(text, "%s\n", emphasis_end(emphasis, form->in_colour));
    }
    buffer_release(sentence);
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

/* Several share first place. */
static void terminal_describe_shared(
    const struct plan *plan, const struct summary *summaries, size_t leader, struct buffer *text)
{
    buffer_append_text(text, summaries[leader].is_like_first ? "no difference was found between "
                                                             : "fastest, too close to tell apart: ");
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
}

/* What is fastest, in one sentence; there are two ranked arms or more. */
static void terminal_describe_ranked(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    size_t leader = terminal_leader(plan, summaries);

    if (summaries[leader].first_rounds > 0) {
        terminal_describe_undecided(plan, summaries, leader, text);
    } else if (summary_count_first(summaries, plan->arm_count) > 1) {
        terminal_describe_shared(plan, summaries, leader, text);
    } else {
        buffer_printf(text, "fastest: %s", plan->arms[leader].name);
        terminal_write_figure(plan, &summaries[leader], text);
    }
}

/* With one arm there is nothing to compare, and so nothing is fastest. */
static void terminal_describe_first(const struct terminal_form *form, const struct plan *plan,
    const struct summary *summaries, struct buffer *text)
{
    struct buffer first = {0};
    struct buffer unranked = {0};

    if (plan->arm_count == 1) {
        buffer_append_text(&first, "one strategy was run: there is nothing to compare it with");
        terminal_append(form, EMPHASIS_NONE, &first, text);
    } else if (summary_count_ranked(summaries, plan->arm_count) >= 2) {
        terminal_describe_ranked(plan, summaries, &first);
        terminal_append(form, EMPHASIS_STRONG, &first, text);
    }
    terminal_describe_unranked(plan, summaries, &unranked);
    if (unranked.size > 0)
        terminal_append(form, EMPHASIS_NONE, &unranked, text);
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

static enum emphasis terminal_emphasis(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_FASTER:
        return EMPHASIS_LESS;
    case VERDICT_SLOWER:
        return EMPHASIS_MORE;
    case VERDICT_NO_INTERVAL:
    case VERDICT_NO_DIFFERENCE:
        return EMPHASIS_FAINT;
    default:
        return EMPHASIS_NONE;
    }
}

/* In whole sentences, or by the heads of the columns. */
static void terminal_compared_row(const struct terminal_form *form, struct text_table *table,
    const struct plan *plan, const struct summary *summaries, size_t arm)
{
    const struct summary *summary = &summaries[arm];

    terminal_compared_cell(table, plan, arm, summary->reference);
    text_table_cell_in(table, terminal_emphasis(summary->verdict), "%s",
        form->is_wide ? summary->verdict_text : summary->verdict_short);
    text_table_cell_in(table, terminal_emphasis(summary->cpu_verdict), "%s%s",
        form->is_wide ? "CPU/request: " : "",
        form->is_wide ? summary->cpu_verdict_text : summary->cpu_verdict_short);
    text_table_end_row(table);
}

static void terminal_compared_head(
    const struct terminal_form *form, struct text_table *table, const struct plan *plan)
{
    if (form->is_wide)
        return;
    text_table_cell(table, "%s", "");
    text_table_cell(table, "%s", plan_is_open_loop(plan) ? "p90 request time" : "total time");
    text_table_cell(table, "%s", "CPU/request");
    text_table_end_row(table);
}

static void terminal_describe_verdicts(const struct terminal_form *form, const struct plan *plan,
    const struct summary *summaries, struct buffer *text)
{
    struct text_table table = {
        .left_columns = ~0U, .columns_most = form->is_wide ? 0 : WRAP_COLUMNS, .in_colour = form->in_colour};
    const struct summary *compared = NULL;
    bool has_interval = false;

    terminal_compared_head(form, &table, plan);
    for (size_t arm = 0; arm < plan->arm_count; arm++) {
        if (!terminal_is_compared(&summaries[arm]))
            continue;
        compared = &summaries[arm];
        has_interval = has_interval || !isnan(compared->row.ratio_low);
        terminal_compared_row(form, &table, plan, summaries, arm);
    }
    if (compared) {
        struct buffer lead = {0};
        buffer_printf(&lead, "compared with %s, round by round%s%s%s",
            arms_reference_is_value(plan->settings->reference) ? plan->settings->reference
                                                               : plan->arms[compared->reference].label,
            plan_is_open_loop(plan) ? ", by p90" : "", has_interval ? ":" : ": ",
            has_interval ? "" : compared->row.verdict_text);
        terminal_append(form, EMPHASIS_NONE, &lead, text);
    }
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

static void terminal_describe_schedule(
    const struct terminal_form *form, const struct plan *plan, struct buffer *text)
{
    const struct settings *settings = plan->settings;
    bool is_one = arms_agree(plan->arms, plan->arm_count, &settings_table[SETTING_rate]) &&
                  arms_agree(plan->arms, plan->arm_count, &settings_table[SETTING_arrivals]);
    struct buffer sentence = {0};

    if (!plan_is_open_loop(plan))
        return;
    if (is_one)
        buffer_printf(&sentence, "open loop: %g batches a second, %s arrivals; ", settings->rate,
            plan_arrivals(settings));
    else
        buffer_append_text(&sentence, "open loop, at several rates; ");
    buffer_append_text(&sentence, "request times count from when they were due");
    terminal_append(form, EMPHASIS_NONE, &sentence, text);
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

/* Where not all arms have the same libcurl: each, where its first arm stands. */
static void terminal_describe_builds(const struct plan *plan, struct buffer *text)
{
    bool has_builds = false;
    char own[128];

    for (size_t arm = 0; arm < plan->arm_count; arm++)
        has_builds = has_builds || plan->arms[arm].build;
    for (size_t arm = 0; has_builds && arm < plan->arm_count; arm++) {
        const struct build *build = plan->arms[arm].build;
        if (!plan_is_first_on_build(plan, arm))
            continue;
        build_write_own_name(own, sizeof own);
        if (build)
            buffer_printf(text, "@%s: %s (%s)\n", build->label, build->name, build->file);
        else
            buffer_printf(text, "without @: %s\n", own);
    }
}

/* What is below the table. */
static void terminal_describe_rest(const struct terminal_form *form, const struct plan *plan,
    const struct summary *summaries, struct buffer *text)
{
    terminal_describe_http(plan, text);
    terminal_describe_schedule(form, plan, text);
    terminal_describe_first(form, plan, summaries, text);
    terminal_describe_verdicts(form, plan, summaries, text);
    terminal_describe_detectable(plan, summaries, text);
    terminal_describe_placement(plan, text);
    terminal_describe_builds(plan, text);
}

void terminal_describe(const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    bool is_wide = plan->settings->wide;
    const struct terminal_form form = {
        .is_wide = is_wide,
        .in_colour = plan->in_colour,
        .columns = is_wide ? SIZE_MAX : WRAP_COLUMNS,
    };
    struct text_table table = terminal_table(plan, summaries, is_wide);

    text_table_write(&table, text);
    text_table_release(&table);
    buffer_append_text(text, "\n");
    terminal_describe_rest(&form, plan, summaries, text);
}

void terminal_describe_words(const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    const struct terminal_form form = {.columns = WRAP_COLUMNS};

    terminal_describe_rest(&form, plan, summaries, text);
}
