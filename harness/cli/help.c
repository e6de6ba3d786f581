#include "help.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "settings.h"

#define HELP_COLUMN 30
#define HELP_WIDTH  76

static const char usage[] =
    "usage: harness [options] [URL...]\n"
    "       harness check PARTICIPANT...\n"
    "       harness origin [--port N]\n"
    "\n"
    "Runs the same HTTP requests through several client strategies built on libcurl,\n"
    "round after round in shuffled order, and records what each one took: CSV,\n"
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

/* The help's words, in lines of HELP_WIDTH from HELP_COLUMN on; the first line starts at the cursor. */
static void help_write_words(const char *words, struct buffer *text)
{
    size_t used = 0;

    while (*words) {
        size_t length = strcspn(words, " ");
        if (used > 0 && used + 1 + length > HELP_WIDTH) {
            buffer_printf(text, "\n%*s", HELP_COLUMN, "");
            used = 0;
        }
        buffer_printf(text, "%s%.*s", used > 0 ? " " : "", (int)length, words);
        used += length + (used > 0 ? 1 : 0);
        words += length + strspn(words + length, " ");
    }
    buffer_append_text(text, "\n");
}

/* What is the same for many settings: several values, and the default. */
static void help_write_help(const struct setting *setting, struct buffer *text)
{
    struct buffer help = {0};

    buffer_append_text(&help, setting->help);
    if (setting_is_axis(setting))
        buffer_append_text(&help, "; several values, separated by commas, are all run in each round");
    if (setting->fallback)
        buffer_printf(&help, " (default: %s)", setting->fallback);
    buffer_append(&help, "", 1);
    help_write_words(help.out_of_memory ? setting->help : help.bytes, text);
    buffer_release(&help);
}

static void help_write_option(const struct setting *setting, struct buffer *text)
{
    char left[64];

    (void)snprintf(left, sizeof left, "  %c%c%s --%s%s%s%s", setting->letter ? '-' : ' ',
        setting->letter ? setting->letter : ' ', setting->letter ? "," : " ", setting->name,
        setting->shown ? " " : "", setting->shown ? setting->shown : "",
        !setting_is_axis(setting) ? ""
        : setting->shown          ? "[,...]"
                                  : "[=false,true]");
    if (strlen(left) + 2 > HELP_COLUMN)
        buffer_printf(text, "%s\n%*s", left, HELP_COLUMN, "");
    else
        buffer_printf(text, "%-*s", HELP_COLUMN, left);
    help_write_help(setting, text);
}

void help_write(struct buffer *text)
{
    buffer_append_text(text, usage);
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (settings_table[id].kind == KIND_HEADING)
            buffer_printf(text, "\n%s:\n", settings_table[id].name);
        else
            help_write_option(&settings_table[id], text);
    buffer_append_text(text, exit_codes);
}

void help_write_version(struct buffer *text)
{
    buffer_printf(text, "harness %s\n%s\n", HARNESS_VERSION, curl_version());
}
