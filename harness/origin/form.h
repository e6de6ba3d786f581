/*
 * form: pairs of names and values as HTML forms send them (application/x-www-form-urlencoded), in queries and
 * bodies.
 *
 *     struct form_reader reader = form_reader(query, query_size);
 *     while (form_next(&reader, &name, &value))
 *         ...
 *
 * An empty pair ("a=1&&b=2") is skipped; a pair without '=' has an empty value. Names and values come
 * decoded, as valid UTF-8.
 */
#ifndef HARNESS_FORM_H
#define HARNESS_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

struct form_reader {
    const char *at;
    const char *end;
};

struct form_reader form_reader(const char *text, size_t size);

/* Replaces what `name` and `value` hold by the next pair; false when there is none. */
bool form_next(struct form_reader *reader, struct buffer *name, struct buffer *value);

/* The value of the first pair of that name, whatever its letters' case; false when there is none. */
bool form_find(const char *text, size_t size, const char *name, struct buffer *value);

#endif
