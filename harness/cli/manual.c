#include "manual.h"

#include "help.h"
#include "named.h"
#include "origin.h"
#include "participants.h"
#include "plugins.h"
#include "ready_made.h"
#include "registry.h"
#include "roff.h"
#include "tables.h"

static const struct help_item manual_files[] = {
    {"results/TIME/",
        "the folder of an experiment, where --output names no other; TIME is that of its start, in UTC"},
    {"results/latest", "a link to the newest of these folders"},
    {"experiment.json", "in the folder: what is needed to repeat or to question it, for --repeat-from: "
                        "settings, seed, order, "
                        "versions, machine, limits"},
    {"workload.json", "the workload, with REDACTED in place of the secrets in its headers and URLs"},
    {"finding.json", "of a ready-made experiment: the sentence that it found, and the numbers behind it"},
    {"summary.md", "the summary, for an issue or a pull request"},
    {"report.html", "the report, and *.png the charts, which harness-plot draws"},
    {NULL, NULL},
};

static const struct help_item manual_environment[] = {
    {PLUGIN_PATH_VARIABLE, "folders, separated by colons, in which plug-ins are found by their names"},
    {"NO_COLOR", "if it is set and not empty, the verdict has no colour on a terminal either"},
    {"TERM", "\"dumb\": a terminal that understands neither colours nor a progress line"},
    {"http_proxy, https_proxy, all_proxy, no_proxy",
        "with --proxy environment, and only then: the proxy to use, by the rules of curl"},
    {"PATH", "where programs in other languages are found"},
    {NULL, NULL},
};

static void manual_write_items(struct buffer *page, const struct help_item *items)
{
    for (; items->what; items++) {
        roff_item(page, items->what);
        roff_words(page, items->meaning);
    }
}

static void manual_write_head(struct buffer *page)
{
    roff_begin(page, "HARNESS", "harness " HARNESS_VERSION, "User Commands");
    roff_section(page, "NAME");
    buffer_append_text(page, "harness \\- compares ways to have many HTTP requests under way at once\n");
    roff_section(page, "SYNOPSIS");
    for (const struct help_item *usage = help_usages; usage->what; usage++) {
        buffer_append_text(page, usage == help_usages ? "" : ".br\n");
        roff_synopsis(page, usage->what);
    }
    roff_section(page, "DESCRIPTION");
    roff_words(page, help_purpose);
    roff_paragraph(page);
    roff_words(page, "Without options, every strategy that can run here sends the workload mixed to a test "
                     "server that comes "
                     "with the program. The table that is printed at the end says which strategy is fastest, "
                     "if any can be "
                     "said to be, and what each one costs.");
    for (const struct help_item *usage = help_usages; usage->what; usage++) {
        roff_item(page, usage->what);
        roff_words(page, usage->meaning);
    }
}

/* "-c, --concurrency N[,...]", with N as what it stands for. */
static void manual_write_option(struct buffer *page, const struct setting *setting)
{
    struct buffer meaning = {0};

    roff_tag(page);
    if (setting->letter) {
        buffer_printf(page, "\\fB\\-%c\\fP, ", setting->letter);
    }
    buffer_append_text(page, "\\fB\\-\\-");
    roff_plain(page, setting->name);
    buffer_append_text(page, "\\fP");
    if (setting->shown) {
        buffer_append_text(page, " ");
        roff_variable(page, setting->shown);
    }
    if (setting_is_axis(setting))
        roff_plain(page, setting->shown ? "[,...]" : "[=false,true]");
    roff_end_tag(page);
    help_write_meaning(setting, &meaning);
    buffer_append(&meaning, "", 1);
    if (!meaning.out_of_memory)
        roff_words(page, meaning.bytes);
    page->out_of_memory = page->out_of_memory || meaning.out_of_memory;
    buffer_release(&meaning);
}

static void manual_write_origin_option(const char *name, const char *value, const char *help, void *context)
{
    struct buffer *page = context;

    roff_tag(page);
    roff_literal(page, name);
    if (value) {
        buffer_append_text(page, " ");
        roff_variable(page, value);
    }
    roff_end_tag(page);
    roff_words(page, help);
}

static void manual_write_options(struct buffer *page)
{
    roff_section(page, "OPTIONS");
    roff_words(page, help_axes);
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (settings_table[id].kind == KIND_HEADING)
            roff_subsection(page, settings_table[id].name);
        else
            manual_write_option(page, &settings_table[id]);
    roff_subsection(page, "The test server, harness origin");
    origin_visit_options(manual_write_origin_option, page);
}

/* "summary [family]" */
static void manual_write_contestant(
    struct buffer *page, const char *name, const char *summary, const char *family)
{
    struct buffer words = {0};

    buffer_printf(&words, "%s [%s]", summary, family);
    buffer_append(&words, "", 1);
    roff_item(page, name);
    if (!words.out_of_memory)
        roff_words(page, words.bytes);
    page->out_of_memory = page->out_of_memory || words.out_of_memory;
    buffer_release(&words);
}

static void manual_write_strategy_option(struct buffer *page, const struct strategy_option *option)
{
    struct buffer values = {0};
    struct buffer help = {0};

    strategy_write_values(option, &values);
    strategy_write_help(option, &help);
    buffer_append(&values, "", 1);
    buffer_append(&help, "", 1);
    if (!values.out_of_memory && !help.out_of_memory) {
        roff_tag(page);
        roff_literal(page, option->name);
        roff_literal(page, "=");
        roff_plain(page, values.bytes);
        roff_end_tag(page);
        roff_words(page, help.bytes);
    }
    page->out_of_memory = page->out_of_memory || values.out_of_memory || help.out_of_memory;
    buffer_release(&values);
    buffer_release(&help);
}

static void manual_write_strategies(struct buffer *page)
{
    roff_section(page, "STRATEGIES");
    roff_words(page, "--strategy names them, with their options behind colons: "
                     "thread-pool:stack-kib=512. The word in brackets is the family, which says who waits. "
                     "--list-strategies tells which of them can't run here, and why.");
    for (size_t i = 0; strategies[i]; i++) {
        const struct strategy *strategy = strategies[i];
        manual_write_contestant(
            page, strategy->name, strategy->summary, strategy_family_word(strategy->family));
        if (!strategy->options)
            continue;
        roff_indent(page);
        for (const struct strategy_option *option = strategy->options; option->name; option++)
            manual_write_strategy_option(page, option);
        roff_outdent(page);
    }
}

static int manual_write_participants(const char *folder, struct buffer *page, struct failure *failure)
{
    struct participants participants = {0};
    int result = participants_open(&participants, folder, failure);

    roff_section(page, "PARTICIPANTS");
    roff_words(page, "Programs in other languages that --strategy can name as well, or all that can run here "
                     "with the word "
                     "external. A path with a '/' is the folder of one of your own.");
    for (size_t i = 0; result == 0 && i < participants.count; i++) {
        const struct participant *participant = participants.items[i];
        manual_write_contestant(page, participant->name, participant->summary, participant->family);
    }
    participants_release(&participants);
    return result;
}

static void manual_write_workload(const char *name, const char *description, void *page)
{
    roff_item(page, name);
    roff_words(page, description);
}

static int manual_write_workloads(const char *folder, struct buffer *page, struct failure *failure)
{
    roff_section(page, "WORKLOADS");
    roff_words(page, "Ready-made ones, for --workload. Your own is a file: a URL a line, or JSON with "
                     "batches of requests.");
    return ready_made_visit(folder, manual_write_workload, page, failure);
}

static int manual_write_experiment(const struct named *named, void *page, struct failure *failure)
{
    (void)failure;
    roff_item(page, named->name);
    roff_words(page, named->claim);
    return 0;
}

static int manual_write_experiments(const char *folder, struct buffer *page, struct failure *failure)
{
    roff_section(page, "EXPERIMENTS");
    roff_words(page,
        "Ready-made ones, for --experiment, each with the claim that it settles, whether it holds or not. "
        "--list-experiments also tells what each one compares here, and how long it takes.");
    return named_visit(folder, manual_write_experiment, page, failure);
}

static void manual_write_column(const char *name, const char *meaning, void *page)
{
    roff_item(page, name);
    roff_words(page, meaning);
}

static void manual_write_files(struct buffer *page)
{
    roff_section(page, "FILES");
    manual_write_items(page, manual_files);
    for (size_t i = 0; tables[i]; i++) {
        roff_item(page, tables[i]->file);
        roff_words(page, tables[i]->meaning);
    }
    roff_section(page, "COLUMNS");
    roff_words(page, "An unknown value is an empty cell, never 0.");
    for (size_t i = 0; tables[i]; i++) {
        roff_subsection(page, tables[i]->file);
        table_visit(tables[i], manual_write_column, page);
    }
}

static void manual_write_end(struct buffer *page)
{
    roff_section(page, "EXIT STATUS");
    manual_write_items(page, help_exit_codes);
    roff_section(page, "ENVIRONMENT");
    manual_write_items(page, manual_environment);
    roff_section(page, "EXAMPLES");
    for (const struct help_item *example = help_examples; example->what; example++) {
        if (example != help_examples)
            roff_paragraph(page);
        roff_words(page, example->meaning);
        roff_example(page, example->what);
    }
    roff_section(page, "SEE ALSO");
    buffer_append_text(page, ".BR harness\\-plot (1),\n.BR curl (1),\n.BR libcurl (3)\n");
}

int manual_write(const struct places *places, struct buffer *page, struct failure *failure)
{
    manual_write_head(page);
    manual_write_options(page);
    manual_write_strategies(page);
    if (manual_write_participants(places->participants, page, failure) != 0 ||
        manual_write_workloads(places->workloads, page, failure) != 0 ||
        manual_write_experiments(places->experiments, page, failure) != 0)
        return -1;
    manual_write_files(page);
    manual_write_end(page);
    return 0;
}
