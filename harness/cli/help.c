#include "help.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "option_table.h"

#define HELP_COLUMN 30

static const char usage[] =
    "usage: harness [options] [URL...]\n"
    "       harness origin [--port N]\n"
    "\n"
    "Runs the same HTTP requests through several client strategies built on libcurl,\n"
    "round after round in shuffled order, and writes down what each one took: CSV,\n"
    "JSON, a table on standard output, and charts.\n";

static const char exit_codes[] =
    "\n"
    "Exit codes: 0 done; 1 could not run; 2 bad usage or input; 3 done, but requests\n"
    "failed or a trial did not end well; 130 interrupted (what was measured is kept).\n"
    "\n"
    "Examples:\n"
    "  harness --strategy all --repeat 20\n"
    "  harness --workload ordered-batches --trace --repeat 1\n"
    "  harness -s thread-pool,curl-multi -c 256 --workload slow-and-fast\n"
    "  harness --base-url http://127.0.0.1:8080 --workload requests.json\n";

static void help_write_option(const struct option_entry *entry, struct buffer *text)
{
    char left[64];
    const char *line = entry->help;

    (void)snprintf(left, sizeof left, "  %c%c%s --%s%s%s", entry->letter ? '-' : ' ',
        entry->letter ? entry->letter : ' ', entry->letter ? "," : " ", entry->name,
        entry->argument ? " " : "", entry->argument ? entry->argument : "");
    if (strlen(left) + 2 > HELP_COLUMN)
        buffer_printf(text, "%s\n%*s", left, HELP_COLUMN, "");
    else
        buffer_printf(text, "%-*s", HELP_COLUMN, left);
    while (line) {
        int length = (int)strcspn(line, "\n");
        buffer_printf(text, "%.*s\n", length, line);
        line = line[length] == '\n' ? line + length + 1 : NULL;
        if (line)
            buffer_printf(text, "%*s", HELP_COLUMN, "");
    }
}

void help_write(struct buffer *text)
{
    buffer_append_text(text, usage);
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].kind == OPTION_HEADING)
            buffer_printf(text, "\n%s:\n", option_table[i].name);
        else
            help_write_option(&option_table[i], text);
    buffer_append_text(text, exit_codes);
}

void help_write_version(struct buffer *text)
{
    buffer_printf(text, "harness %s\n%s\n", HARNESS_VERSION, curl_version());
}
