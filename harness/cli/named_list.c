#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "named.h"
#include "ready_made.h"
#include "wrap.h"

/* Where what is said of an experiment begins in the list. */
#define OUTLINE_COLUMN 10

/* Appends the word behind what is there already, unless it is there itself. NUL at the end. */
static void list_add(struct buffer *list, const char *word)
{
    size_t length = strlen(word);

    if (list->size > 0)
        list->size--; /* the NUL */
    for (size_t at = 0; at < list->size && !list->out_of_memory; at += strcspn(list->bytes + at, ",") + 2)
        if (strncmp(list->bytes + at, word, length) == 0 &&
            (at + length == list->size || list->bytes[at + length] == ',')) {
            buffer_append(list, "", 1);
            return;
        }
    buffer_printf(list, "%s%s", list->size > 0 ? ", " : "", word);
    buffer_append(list, "", 1);
}

static const char *list_text(const struct buffer *list)
{
    return list->out_of_memory || list->size == 0 ? "" : list->bytes;
}

/* What an experiment comes to, over its parts. */
struct outline {
    struct buffer strategies;
    struct buffer levels[SETTING_COUNT]; /* of axes */
    struct buffer left_out;              /* lines of named_leave_out */
    double seconds;
};

static void outline_release(struct outline *outline)
{
    buffer_release(&outline->strategies);
    buffer_release(&outline->left_out);
    for (size_t id = 0; id < SETTING_COUNT; id++)
        buffer_release(&outline->levels[id]);
}

static void outline_add_levels(struct outline *outline, const struct settings *settings)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct texts *levels = &settings->levels[id];
        if (!setting_is_axis(&settings_table[id]))
            continue;
        for (size_t i = 0; i < levels->count; i++)
            list_add(&outline->levels[id], levels->items[i]);
    }
}

static int outline_add_part(
    struct outline *outline, const struct named *named, size_t part, struct failure *failure)
{
    struct settings settings;
    int result = named_settings(named, part, NULL, &settings, failure);

    for (size_t i = 0; result == 0 && i < settings.strategies.count; i++)
        list_add(&outline->strategies, settings.strategies.items[i]);
    buffer_clear(&outline->left_out);
    if (result == 0)
        result = named_leave_out(&settings, &outline->left_out, failure);
    if (result == 0) {
        outline_add_levels(outline, &settings);
        outline->seconds += named_seconds(named, part, &settings);
    }
    settings_release(&settings);
    return result;
}

/* Takes over the words. */
static void outline_write_line(const char *key, struct buffer *words, struct buffer *text)
{
    struct buffer name = {0};

    buffer_append_text(&name, key);
    wrap_append_item(text, &name, OUTLINE_COLUMN, words);
}

static void outline_write_arms(const struct outline *outline, struct buffer *text)
{
    struct buffer arms = {0};

    buffer_append_text(&arms, list_text(&outline->strategies));
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (strchr(list_text(&outline->levels[id]), ','))
            buffer_printf(&arms, "; %s %s", settings_table[id].name, list_text(&outline->levels[id]));
    outline_write_line("  arms:", &arms, text);
    for (const char *line = list_text(&outline->left_out); *line; line += strcspn(line, "\n") + 1) {
        struct buffer without = {0};
        buffer_printf(&without, "without %.*s", (int)strcspn(line, "\n"), line);
        outline_write_line("", &without, text);
    }
}

void named_write_seconds(double seconds, struct buffer *text)
{
    buffer_append_text(text, "about ");
    figure_write_duration(text, fmax(5, round(seconds / 5) * 5));
}

static int named_describe(const struct named *named, void *context, struct failure *failure)
{
    struct buffer *text = context;
    struct outline outline = {.seconds = 0};
    int result = 0;

    for (size_t part = 0; result == 0 && part < named->part_count; part++)
        result = outline_add_part(&outline, named, part, failure);
    if (result == 0) {
        struct buffer claim = {0};
        struct buffer duration = {0};
        buffer_printf(text, "%s\n", named->name);
        buffer_append_text(&claim, named->claim);
        outline_write_line("  claim:", &claim, text);
        outline_write_arms(&outline, text);
        named_write_seconds(outline.seconds, &duration);
        outline_write_line("  takes:", &duration, text);
    }
    outline_release(&outline);
    return result;
}

int named_visit(const char *folder, named_visitor *visit, void *context, struct failure *failure)
{
    struct buffer names = {0};
    int result = ready_made_names(folder, "\n", &names, failure);

    buffer_append(&names, "\n", 2);
    if (result == 0 && names.out_of_memory)
        result = failure_set(failure, FAILURE_RUN, "out of memory for the list of experiments");
    for (char *name = names.bytes; result == 0 && *name && *name != '\n';) {
        struct named named;
        char *end = name + strcspn(name, "\n");
        *end = '\0';
        result = named_load(&named, name, folder, failure);
        if (result == 0)
            result = visit(&named, context, failure);
        named_release(&named);
        name = end + 1;
    }
    buffer_release(&names);
    return result;
}

int named_list(const char *folder, struct buffer *text, struct failure *failure)
{
    return named_visit(folder, named_describe, text, failure);
}
