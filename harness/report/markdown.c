#include "markdown.h"

#include <jansson.h>
#include <string.h>

#include "metadata.h"
#include "terminal.h"
#include "terminal_table.h"
#include "utf8.h"

/* What a shell takes as it is, outside of quotes. */
#define PLAIN_IN_A_SHELL "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_"

static void markdown_append_word(const char *word, struct buffer *text)
{
    if (*word && strspn(word, PLAIN_IN_A_SHELL) == strlen(word)) {
        buffer_append_text(text, word);
        return;
    }
    buffer_append_text(text, "'");
    for (const char *c = word; *c; c++)
        if (*c == '\'')
            buffer_append_text(text, "'\\''");
        else
            buffer_append(text, c, 1);
    buffer_append_text(text, "'");
}

/* On one line, so that no word can end the block of code. */
static void markdown_append_command(const struct plan *plan, struct buffer *text)
{
    size_t start = text->size;

    for (size_t i = 0; plan->command[i]; i++) {
        buffer_append_text(text, i > 0 ? " " : "");
        markdown_append_word(plan->command[i], text);
    }
    if (!text->out_of_memory)
        text->size = start + utf8_tidy(text->bytes + start, text->size - start);
}

static void markdown_append_warnings(const struct warnings *warnings, struct buffer *text)
{
    for (size_t i = 0; i < warnings->count; i++) {
        buffer_append_text(text, i == 0 ? "\n- warning: " : "- warning: ");
        text_table_escape_markdown(warnings->items[i].finding, text);
        buffer_append_text(text, "; ");
        text_table_escape_markdown(warnings->items[i].advice, text);
        buffer_append_text(text, "\n");
    }
}

static const char *markdown_fact(const json_t *facts, const char *name)
{
    const char *value = json_string_value(json_object_get(facts, name));

    return value ? value : "unknown";
}

/* In a few words; experiment.json has all of it. */
static void markdown_append_facts(struct buffer *text)
{
    json_t *versions = metadata_versions();
    json_t *machine = metadata_machine();
    json_int_t processors = json_integer_value(json_object_get(machine, "processors_online"));

    buffer_printf(text, "\nharness %s, libcurl %s (%s), Linux %s, ", markdown_fact(versions, "harness"),
        markdown_fact(versions, "libcurl"), markdown_fact(versions, "libcurl_tls"),
        markdown_fact(versions, "kernel"));
    buffer_append_text(text, markdown_fact(machine, "processor_model"));
    if (processors > 0)
        buffer_printf(
            text, " with %" JSON_INTEGER_FORMAT " processor%s", processors, processors == 1 ? "" : "s");
    buffer_append_text(text, "\n");
    json_decref(versions);
    json_decref(machine);
}

/* Lines of text are kept as they are, as code. With one arm there may be none. */
static void markdown_append_words(
    const struct plan *plan, const struct summary *summaries, struct buffer *text)
{
    struct buffer words = {0};

    terminal_describe_words(plan, summaries, &words);
    text->out_of_memory = text->out_of_memory || words.out_of_memory;
    if (words.size > 0) {
        buffer_append_text(text, "\n```text\n");
        buffer_append(text, words.bytes, words.size);
        buffer_append_text(text, "```\n");
    }
    buffer_release(&words);
}

void markdown_describe(const struct plan *plan, const struct summary *summaries,
    const struct warnings *warnings, struct buffer *text)
{
    struct text_table table = terminal_table(plan, summaries, plan->settings->wide);

    text_table_write_markdown(&table, text);
    text_table_release(&table);
    markdown_append_words(plan, summaries, text);
    markdown_append_warnings(warnings, text);
    buffer_append_text(text, "\n```sh\n");
    markdown_append_command(plan, text);
    buffer_append_text(text, "\n```\n");
    markdown_append_facts(text);
}
