#include "cursor.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "suggest.h"

void cursor_init(struct cursor *cursor, const struct source *source, struct failure *failure)
{
    *cursor = (struct cursor){.source = source,
        .at = source->text,
        .end = source->text + source->size,
        .failure = failure,
        .decoded = json_array()};
}

void cursor_release(struct cursor *cursor)
{
    json_decref(cursor->decoded);
    *cursor = (struct cursor){0};
}

void cursor_forget(struct cursor *cursor)
{
    (void)json_array_clear(cursor->decoded);
}

char cursor_peek(struct cursor *cursor)
{
    while (cursor->at < cursor->end && source_is_space(*cursor->at))
        cursor->at++;
    return (char)(cursor->at < cursor->end ? *cursor->at : 0);
}

/* What is the value that begins with `first`? NULL when none does. */
static const char *cursor_kind(char first)
{
    switch (first) {
    case '{':
        return "an object";
    case '[':
        return "an array";
    case '"':
        return "a string";
    case 't':
    case 'f':
        return "a boolean";
    case 'n':
        return "null";
    default:
        return first == '-' || (first >= '0' && first <= '9') ? "a number" : NULL;
    }
}

static int cursor_syntax_fail(struct cursor *cursor, const char *at, const char *reason)
{
    return CURSOR_FAIL(cursor, at, "not valid JSON: %s; fix it, a JSON checker may help",
        at < cursor->end ? reason : "the text ends too early");
}

int cursor_want(struct cursor *cursor, char first, const char *what, const char *wanted, const char *remedy)
{
    char found = cursor_peek(cursor);

    if (found == first)
        return 0;
    if (!cursor_kind(found))
        return cursor_syntax_fail(cursor, cursor->at, "a value expected");
    return CURSOR_FAIL(
        cursor, cursor->at, "%s must be %s, but is %s; %s", what, wanted, cursor_kind(found), remedy);
}

/*
 * jansson's position is behind the token that it could not use, and its text ends in " near 'TOKEN'"
 * unless that is long. The place is where the token begins; the token itself is left out of the
 * message, because it may be a secret.
 */
static int cursor_jansson_fail(struct cursor *cursor, const json_error_t *error)
{
    const char *at = cursor->at + (error->position > 0 ? error->position : 0);
    const char *near = strstr(error->text, " near ");
    char reason[JSON_ERROR_TEXT_LENGTH];

    if (near && strncmp(near, " near '", 7) == 0 && at - cursor->at >= (ptrdiff_t)strlen(near) - 8)
        at -= strlen(near) - 8;
    switch (json_error_code(error)) {
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return CURSOR_FAIL(cursor, at, "a NUL character (\\u0000) can't be sent; remove it");
    case json_error_duplicate_key:
        return CURSOR_FAIL(cursor, at, "the key appears twice in the same object; remove one");
    case json_error_numeric_overflow:
        while (at > cursor->at && strchr("0123456789+-.eE", at[-1]))
            at--; /* a long one is not quoted */
        return CURSOR_FAIL(cursor, at,
            "the number is too large to be read: integers go from -9223372036854775808 to "
            "9223372036854775807, "
            "other numbers to 1.79e308; write a smaller one, or if it is part of a body, the whole body as a "
            "string");
    case json_error_stack_overflow:
        return CURSOR_FAIL(cursor, at,
            "arrays and objects are nested too deeply, the most is %d levels; write the whole body as a "
            "string",
            JSON_PARSER_MAX_DEPTH);
    case json_error_invalid_utf8:
        return CURSOR_FAIL(cursor, at, "it is not UTF-8 from here on; save the file as UTF-8");
    case json_error_out_of_memory:
        return failure_set(
            cursor->failure, FAILURE_RUN, "out of memory while reading '%s'", cursor->source->place);
    default:
        (void)snprintf(reason, sizeof reason, "%.*s",
            (int)(near ? near - error->text : JSON_ERROR_TEXT_LENGTH), error->text);
        return cursor_syntax_fail(cursor, at, reason);
    }
}

int cursor_value(struct cursor *cursor, json_t **value)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK;
    json_error_t error;

    (void)cursor_peek(cursor);
    *value = json_loadb(cursor->at, (size_t)(cursor->end - cursor->at), flags, &error);
    if (!*value)
        return cursor_jansson_fail(cursor, &error);
    cursor->at += error.position;
    return 0;
}

/* The string at the cursor when it is plain ASCII without escapes, as most are. */
static bool cursor_plain_string(struct cursor *cursor, struct cursor_text *text)
{
    const char *at = cursor->at + 1;

    while (at < cursor->end && (unsigned char)(*at - ' ') < 0x7f - ' ' && *at != '"' && *at != '\\')
        at++;
    if (at == cursor->end || *at != '"')
        return false;
    *text = (struct cursor_text){cursor->at + 1, (size_t)(at - cursor->at - 1), cursor->at};
    cursor->at = at + 1;
    return true;
}

int cursor_string(struct cursor *cursor, struct cursor_text *text)
{
    json_t *value;

    if (cursor_peek(cursor) != '"')
        return cursor_syntax_fail(cursor, cursor->at, "a string in double quotes expected");
    if (cursor_plain_string(cursor, text))
        return 0;
    text->at = cursor->at;
    if (cursor_value(cursor, &value) != 0)
        return -1;
    text->bytes = json_string_value(value);
    text->size = json_string_length(value);
    if (json_array_append_new(cursor->decoded, value) != 0)
        return failure_set(
            cursor->failure, FAILURE_RUN, "out of memory while reading '%s'", cursor->source->place);
    return 0;
}

/* Past the `wanted` character. */
static int cursor_take(struct cursor *cursor, char wanted, const char *reason)
{
    if (cursor_peek(cursor) != wanted)
        return cursor_syntax_fail(cursor, cursor->at, reason);
    cursor->at++;
    return 0;
}

int cursor_object(struct cursor *cursor,
    int (*member)(struct cursor *cursor, struct cursor_text key, void *into), void *into)
{
    struct cursor_text key;

    if (cursor_take(cursor, '{', "'{' expected") != 0)
        return -1;
    while (cursor_peek(cursor) != '}') {
        if (cursor_string(cursor, &key) != 0 || cursor_take(cursor, ':', "':' expected") != 0 ||
            member(cursor, key, into) != 0)
            return -1;
        if (cursor_peek(cursor) == '}')
            break;
        if (cursor_take(cursor, ',', "',' or '}' expected") != 0)
            return -1;
        if (cursor_peek(cursor) == '}')
            return cursor_syntax_fail(cursor, cursor->at, "another member expected after ','");
    }
    return cursor_take(cursor, '}', "'}' expected");
}

int cursor_array(
    struct cursor *cursor, int (*element)(struct cursor *cursor, void *into), void *into, size_t *count)
{
    *count = 0;
    if (cursor_take(cursor, '[', "'[' expected") != 0)
        return -1;
    while (cursor_peek(cursor) != ']') {
        if (element(cursor, into) != 0)
            return -1;
        ++*count;
        if (cursor_peek(cursor) == ']')
            break;
        if (cursor_take(cursor, ',', "',' or ']' expected") != 0)
            return -1;
        if (cursor_peek(cursor) == ']')
            return cursor_syntax_fail(cursor, cursor->at, "another element expected after ','");
    }
    return cursor_take(cursor, ']', "']' expected");
}

/* An object that is read by a table of fields. */
struct cursor_table {
    const char *what;
    const struct cursor_field *fields;
    size_t field_count;
    unsigned seen; /* a bit for each field */
    void *into;
};

static int cursor_unknown_key(struct cursor *cursor, const struct cursor_table *table, struct cursor_text key)
{
    struct suggestion suggestion = suggest_for(key.bytes, key.size);
    char keys[128] = "";
    size_t used = 0;

    for (size_t i = 0; i < table->field_count && used < sizeof keys; i++)
        if (table->fields[i].read) {
            suggest_offer(&suggestion, table->fields[i].key, strlen(table->fields[i].key));
            used += (size_t)snprintf(
                keys + used, sizeof keys - used, "%s%s", i == 0 ? "" : ", ", table->fields[i].key);
        }
    return CURSOR_FAIL(cursor, key.at, "unknown key '%s' in %s%suse %s", quote_text(key.bytes, key.size).text,
        table->what, suggest_amid(&suggestion, "").text, keys);
}

static int cursor_field_member(struct cursor *cursor, struct cursor_text key, void *into)
{
    struct cursor_table *table = into;

    for (size_t i = 0; i < table->field_count; i++) {
        if (strlen(table->fields[i].key) != key.size ||
            memcmp(table->fields[i].key, key.bytes, key.size) != 0)
            continue;
        if (!table->fields[i].read)
            return CURSOR_FAIL(cursor, key.at,
                "'%s' is not allowed in %s; write it in a batch, next to 'requests'", table->fields[i].key,
                table->what);
        if (table->seen & 1U << i)
            return CURSOR_FAIL(
                cursor, key.at, "'%s' appears twice in %s; remove one", table->fields[i].key, table->what);
        table->seen |= 1U << i;
        return table->fields[i].read(cursor, table->into);
    }
    return cursor_unknown_key(cursor, table, key);
}

int cursor_fields(struct cursor *cursor, const char *what, const struct cursor_field *fields,
    size_t field_count, void *into)
{
    struct cursor_table table = {what, fields, field_count, 0, into};

    assert(field_count <= sizeof table.seen * 8);
    return cursor_object(cursor, cursor_field_member, &table);
}

int cursor_end(struct cursor *cursor)
{
    (void)cursor_peek(cursor);
    return cursor->at == cursor->end ? 0 : cursor_syntax_fail(cursor, cursor->at, "the end expected");
}
