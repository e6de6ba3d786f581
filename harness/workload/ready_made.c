#include "ready_made.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suggest.h"
#include "workload.h"
#include "wrap.h"

static const char *const ready_made_endings[] = {".txt", ".json"};

#define READY_MADE_ENDING_COUNT (sizeof ready_made_endings / sizeof *ready_made_endings)

bool ready_made_find(const char *folder, const char *name, struct buffer *path)
{
    for (size_t i = 0; i < READY_MADE_ENDING_COUNT; i++) {
        buffer_clear(path);
        buffer_printf(path, "%s/%s%s", folder, name, ready_made_endings[i]);
        buffer_append(path, "", 1);
        if (!path->out_of_memory && access(path->bytes, F_OK) == 0)
            return true;
    }
    return false;
}

/* The size of a file's name without its ending; 0 when it is not a workload's. */
static size_t ready_made_name_size(const char *file)
{
    size_t size = strlen(file);

    for (size_t i = 0; i < READY_MADE_ENDING_COUNT; i++) {
        size_t ending_size = strlen(ready_made_endings[i]);
        if (size > ending_size && strcmp(file + size - ending_size, ready_made_endings[i]) == 0)
            return size - ending_size;
    }
    return 0;
}

static int ready_made_is_workload(const struct dirent *entry)
{
    const char *name = entry->d_name;

    /* The folder in the source tree has a CMakeLists.txt, which only looks like a text. */
    return name[0] != '.' && ready_made_name_size(name) > 0 && strcmp(name, "CMakeLists.txt") != 0;
}

/* The workloads' files, sorted. Each entry and the list are the caller's to free. Returns how many, or -1. */
static int ready_made_scan(const char *folder, struct dirent ***entries, struct failure *failure)
{
    int count = scandir(folder, entries, ready_made_is_workload, alphasort);

    if (count < 0)
        return failure_set_errno(
            failure, FAILURE_RUN, "can't list the folder of ready-made workloads '%s'", folder);
    return count;
}

static void ready_made_free(struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

int ready_made_names(const char *folder, const char *separator, struct buffer *names, struct failure *failure)
{
    struct dirent **entries;
    int count = ready_made_scan(folder, &entries, failure);

    if (count < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        buffer_append_text(names, i == 0 ? "" : separator);
        buffer_append(names, entries[i]->d_name, ready_made_name_size(entries[i]->d_name));
    }
    ready_made_free(entries, count);
    return 0;
}

/* Offers all names. The nearest one lives in `name`, an empty buffer. */
static void ready_made_suggest(const char *folder, struct suggestion *suggestion, struct buffer *name)
{
    struct dirent **entries;
    struct failure ignored;
    int count = ready_made_scan(folder, &entries, &ignored);

    for (int i = 0; i < count; i++)
        suggest_offer(suggestion, entries[i]->d_name, ready_made_name_size(entries[i]->d_name));
    if (suggestion->nearest) {
        buffer_append(name, suggestion->nearest, suggestion->nearest_length);
        suggestion->nearest = name->bytes;
    }
    if (count >= 0)
        ready_made_free(entries, count);
}

static const char *ready_made_text(struct buffer *text)
{
    buffer_append(text, "", 1);
    return text->out_of_memory ? "" : text->bytes;
}

int ready_made_refuse(const char *folder, const char *name, ready_made_refusal *say, struct failure *failure)
{
    struct suggestion suggestion = suggest_for(name, strlen(name));
    struct buffer nearest = {0};
    struct buffer names = {0};
    struct failure ignored;

    if (ready_made_names(folder, ", ", &names, &ignored) != 0 || names.size == 0)
        buffer_append_text(&names, "none found");
    ready_made_suggest(folder, &suggestion, &nearest);
    say(name, folder, suggest_amid(&suggestion, "").text, ready_made_text(&names), failure);
    buffer_release(&nearest);
    buffer_release(&names);
    return -1;
}

/* The text of the first line, which is a comment. */
static void ready_made_describe_text(FILE *file, struct buffer *text)
{
    char line[1024];

    if (!fgets(line, sizeof line, file) || line[0] != '#')
        return;
    char *start = line + 1 + strspn(line + 1, "# \t");
    buffer_append(text, start, strcspn(start, "\r\n"));
}

static void ready_made_describe_json(FILE *file, struct buffer *text)
{
    json_t *whole = json_loadf(file, 0, NULL);
    const char *description = json_string_value(json_object_get(whole, "description"));

    if (description)
        buffer_append(text, description, strcspn(description, "\r\n"));
    json_decref(whole);
}

static void ready_made_describe(const char *folder, const char *name, struct buffer *text)
{
    struct buffer path = {0};

    buffer_printf(&path, "%s/%s", folder, name);
    buffer_append(&path, "", 1);
    FILE *file = path.out_of_memory ? NULL : fopen(path.bytes, "re");
    if (!file)
        buffer_append_text(text, "(can't be read)");
    else if (strcmp(strrchr(name, '.'), ".json") == 0)
        ready_made_describe_json(file, text);
    else
        ready_made_describe_text(file, text);
    if (file)
        (void)fclose(file);
    buffer_release(&path);
}

/* A line that is a comment may end with blanks. */
static void ready_made_trim(struct buffer *text)
{
    while (text->size > 0 && text->bytes[text->size - 1] == ' ')
        text->size--;
}

static int ready_made_visit_one(
    const char *folder, const char *file, ready_made_visitor *visit, void *context, struct failure *failure)
{
    struct buffer name = {0};
    struct buffer description = {0};

    buffer_append(&name, file, ready_made_name_size(file));
    buffer_append(&name, "", 1);
    ready_made_describe(folder, file, &description);
    ready_made_trim(&description);
    buffer_append(&description, "", 1);
    bool has_memory = !name.out_of_memory && !description.out_of_memory;
    if (has_memory)
        visit(name.bytes, description.bytes, context);
    buffer_release(&name);
    buffer_release(&description);
    return has_memory ? 0 : failure_set(failure, FAILURE_RUN, "out of memory for the list of workloads");
}

int ready_made_visit(const char *folder, ready_made_visitor *visit, void *context, struct failure *failure)
{
    struct dirent **entries;
    int count = ready_made_scan(folder, &entries, failure);
    int result = count < 0 ? -1 : 0;

    for (int i = 0; result == 0 && i < count; i++)
        result = ready_made_visit_one(folder, entries[i]->d_name, visit, context, failure);
    if (count >= 0)
        ready_made_free(entries, count);
    return result;
}

struct ready_made_list {
    struct buffer *text;
    size_t column; /* of the descriptions */
};

static void ready_made_widen(const char *name, const char *description, void *context)
{
    struct ready_made_list *list = context;
    size_t column = strlen(name) + 2;

    (void)description;
    list->column = column > list->column ? column : list->column;
}

static void ready_made_append(const char *name, const char *description, void *context)
{
    struct ready_made_list *list = context;
    struct buffer left = {0};
    struct buffer right = {0};

    buffer_append_text(&left, name);
    buffer_append_text(&right, description);
    wrap_append_item(list->text, &left, list->column, &right);
}

int workload_list_ready_made(const char *folder, struct buffer *text, struct failure *failure)
{
    struct ready_made_list list = {.text = text};

    if (ready_made_visit(folder, ready_made_widen, &list, failure) != 0 ||
        ready_made_visit(folder, ready_made_append, &list, failure) != 0)
        return -1;
    return text->out_of_memory ? failure_set(failure, FAILURE_RUN, "out of memory for the list of workloads")
                               : 0;
}
