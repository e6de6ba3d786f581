#include "chosen_columns.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "column_json.h"
#include "suggest.h"

/* The name at `*names`, which moves behind its comma; NULL: there is none. */
static const char *chosen_next(const char **names, size_t *length)
{
    const char *name = *names;

    if (!name)
        return NULL;
    *length = strcspn(name, ",");
    *names = name[*length] == ',' ? name + *length + 1 : NULL;
    return name;
}

/* A name that is looked for among the columns of a table. */
struct chosen_search {
    const char *name;
    size_t length;
    bool is_found;
    struct suggestion suggestion;
};

static void chosen_compare(const char *name, const char *meaning, void *context)
{
    struct chosen_search *search = context;

    (void)meaning;
    search->is_found = search->is_found ||
                       (strlen(name) == search->length && strncmp(name, search->name, search->length) == 0);
    suggest_offer(&search->suggestion, name, strlen(name));
}

/* Is the name among those before it? */
static bool chosen_is_repeated(const char *names, const char *name, size_t length)
{
    size_t other_length = 0;

    for (const char *other; (other = chosen_next(&names, &other_length)) && other != name;)
        if (other_length == length && strncmp(other, name, length) == 0)
            return true;
    return false;
}

int chosen_columns_check(const struct table *table, const char *names, struct failure *failure)
{
    const char *rest = names;
    size_t length = 0;

    for (const char *name; (name = chosen_next(&rest, &length));) {
        struct chosen_search search = {
            .name = name, .length = length, .suggestion = suggest_for(name, length)};
        table_visit(table, chosen_compare, &search);
        if (!search.is_found)
            return failure_set(failure, FAILURE_USAGE,
                "--columns: %s has no column '%.*s'%ssee --list-columns", table->file, (int)length, name,
                suggest_amid(&search.suggestion, "").text);
        if (chosen_is_repeated(names, name, length))
            return failure_set(
                failure, FAILURE_USAGE, "--columns: '%.*s' is named twice; leave one out", (int)length, name);
    }
    return 0;
}

void chosen_columns_write_header(const char *names, struct buffer *csv)
{
    buffer_printf(csv, "%s\n", names);
}

void chosen_columns_write_row(
    const struct table *table, const char *names, const void *row, struct buffer *csv)
{
    size_t length = 0;

    for (const char *name; (name = chosen_next(&names, &length));) {
        table_write_cell(table, name, length, row, csv);
        buffer_append_byte(csv, names ? ',' : '\n');
    }
}

json_t *chosen_columns_to_json(const struct table *table, const char *names, const void *row)
{
    json_t *whole = table_row_to_json(table, row);
    json_t *part = json_object();
    size_t length = 0;
    bool is_whole = whole && part;

    for (const char *name; is_whole && (name = chosen_next(&names, &length));) {
        char key[64];
        (void)snprintf(key, sizeof key, "%.*s", (int)length, name);
        is_whole = json_object_set(part, key, json_object_get(whole, key)) == 0;
    }
    json_decref(whole);
    return is_whole ? part : (json_decref(part), NULL);
}
