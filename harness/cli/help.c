#include "help.h"

#include <curl/curl.h>

#include "check.h"
#include "origin.h"
#include "wrap.h"

#define HELP_COLUMN 29

const struct help_item help_usages[] = {
    {"harness [options] [URL...]", "an experiment"},
    {CHECK_USAGE, CHECK_MEANING},
    {ORIGIN_USAGE, ORIGIN_MEANING},
    {NULL, NULL},
};

const char help_purpose[] =
    "Runs the same HTTP requests through several client strategies built on libcurl, round after round in "
    "shuffled order, and records what each one took: CSV, JSON, a table on standard output, and charts.";

const char help_axes[] =
    "Options marked [,...] take several values, separated by commas; all of them are run in each round.";

const struct help_item help_exit_codes[] = {
    {"0", "done"},
    {"1", "could not run"},
    {"2", "bad usage or input"},
    {"3", "done, but requests failed or a trial did not end well"},
    {"130", "interrupted (what was measured is kept)"},
    {NULL, NULL},
};

const struct help_item help_examples[] = {
    {"harness --strategy all --repeat 20", "every strategy on the test server, in 20 rounds"},
    {"harness --workload ordered-batches --trace --repeat 1", "one trial of each, request by request"},
    {"harness -s thread-pool,curl-multi -c 256 --workload slow-and-fast", "many waiting connections"},
    {"harness --base-url http://127.0.0.1:8080 --workload requests.json",
        "your own requests to your own server"},
    {NULL, NULL},
};

void help_write_name(const struct setting *setting, struct buffer *text)
{
    buffer_printf(text, "--%s%s%s%s", setting->name, setting->shown ? " " : "",
        setting->shown ? setting->shown : "",
        !setting_is_axis(setting) ? ""
        : setting->shown          ? "[,...]"
                                  : "[=false,true]");
}

void help_write_meaning(const struct setting *setting, struct buffer *text)
{
    buffer_append_text(text, setting->help);
    if (setting->fallback)
        buffer_printf(text, " (default: %s)", setting->fallback);
}

static void help_write_option(const struct setting *setting, struct buffer *text)
{
    struct buffer name = {0};
    struct buffer help = {0};

    if (setting->letter)
        buffer_printf(&name, "  -%c, ", setting->letter);
    else
        buffer_append_text(&name, "      ");
    help_write_name(setting, &name);
    help_write_meaning(setting, &help);
    wrap_append_item(text, &name, HELP_COLUMN, &help);
}

static void help_write_usage(struct buffer *text)
{
    for (const struct help_item *usage = help_usages; usage->what; usage++)
        buffer_printf(text, "%s%s\n", usage == help_usages ? "usage: " : "       ", usage->what);
    buffer_append_text(text, "\n");
    wrap_append(text, help_purpose, 0, 0, WRAP_COLUMNS);
    wrap_append(text, help_axes, 0, 0, WRAP_COLUMNS);
}

static void help_write_end(struct buffer *text)
{
    struct buffer codes = {0};

    for (const struct help_item *code = help_exit_codes; code->what; code++)
        buffer_printf(
            &codes, "%s%s %s", code == help_exit_codes ? "Exit codes: " : "; ", code->what, code->meaning);
    buffer_append(&codes, ".", 2);
    buffer_append_text(text, "\n");
    wrap_append(text, codes.out_of_memory ? "" : codes.bytes, 0, 0, WRAP_COLUMNS);
    buffer_release(&codes);
    buffer_append_text(text, "\nExamples:\n");
    for (const struct help_item *example = help_examples; example->what; example++)
        buffer_printf(text, "  %s\n", example->what);
}

void help_write(struct buffer *text)
{
    help_write_usage(text);
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (settings_table[id].kind == KIND_HEADING)
            buffer_printf(text, "\n%s:\n", settings_table[id].name);
        else
            help_write_option(&settings_table[id], text);
    help_write_end(text);
}

void help_write_version(struct buffer *text)
{
    buffer_printf(text, "harness %s\n%s\n", HARNESS_VERSION, curl_version());
}
