/*
 * cursor: reads JSON from front to back, and always knows where it is.
 *
 *     static int read_member(struct cursor *cursor, struct cursor_text key, void *into) ...
 *
 *     struct cursor cursor;
 *     cursor_init(&cursor, source, failure);
 *     result = cursor_object(&cursor, read_member, &into);
 *     cursor_release(&cursor);
 *
 * jansson alone would build the whole document in memory (3 GB for a million requests with headers and
 * bodies) and forget where each value stood. So objects and arrays are walked here, and jansson
 * reads what is in them: strings with escapes, numbers, and bodies of any shape.
 *
 * Functions return 0, or -1 with the failure set: file, line, column, reason and remedy.
 */
#ifndef HARNESS_WORKLOAD_CURSOR_H
#define HARNESS_WORKLOAD_CURSOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "source.h"

struct cursor {
    const struct source *source;
    const char *at; /* what comes next */
    const char *end;
    struct failure *failure;
    json_t *decoded; /* array of the strings that had escapes */
};

/* A string: UTF-8 without NULs, not NUL-terminated. Good until cursor_forget. */
struct cursor_text {
    const char *bytes;
    size_t size;
    const char *at; /* its opening quote in the source */
};

void cursor_init(struct cursor *cursor, const struct source *source, struct failure *failure);
void cursor_release(struct cursor *cursor);

/* Ends the life of all strings read so far. */
void cursor_forget(struct cursor *cursor);

/* CURSOR_FAIL(cursor, at, format, ...): the message, placed at `at` in the source; is -1. */
#define CURSOR_FAIL(cursor, where, ...)                                                                      \
    source_fail((cursor)->source, (size_t)((where) - (cursor)->source->text), (cursor)->failure, __VA_ARGS__)

/* Skips white space. The first character of the next value or bracket; NUL at the end. */
char cursor_peek(struct cursor *cursor);

/* Is the next value of the kind that begins with `first`: '"', '{' or '['? Otherwise fails with
 * "`what` must be `wanted`, but is a number; `remedy`". */
int cursor_want(struct cursor *cursor, char first, const char *what, const char *wanted, const char *remedy);

/* Each of these expects its kind of value to come next, and moves behind it. */

int cursor_string(struct cursor *cursor, struct cursor_text *text);

/* Any value; the caller releases it with json_decref. */
int cursor_value(struct cursor *cursor, json_t **value);

/* Calls `member` for each member, with the cursor before its value, which `member` moves past. */
int cursor_object(struct cursor *cursor,
    int (*member)(struct cursor *cursor, struct cursor_text key, void *into), void *into);

/* Calls `element` for each element, with the cursor before it. Counts them. */
int cursor_array(
    struct cursor *cursor, int (*element)(struct cursor *cursor, void *into), void *into, size_t *count);

/* A member that an object may have, and what reads its value. NULL: not allowed in this object but in a
 * batch, which messages then say. */
struct cursor_field {
    const char *key;
    int (*read)(struct cursor *cursor, void *into);
};

/* An object with the members of a table, each at most once. `what` is what messages call it: "a request". */
int cursor_fields(struct cursor *cursor, const char *what, const struct cursor_field *fields,
    size_t field_count, void *into);

/* Fails unless only white space is left. */
int cursor_end(struct cursor *cursor);

#endif
