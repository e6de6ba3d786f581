/*
 * source: a workload's text while it is parsed, and how to complain about a place in it.
 *
 *     return source_fail(source, offset, failure, "unknown key '%s'", quote_text(key, size).text);
 *
 * gives "mixed.json:12:7: unknown key 'ulr'". Lines and columns count from 1, columns in characters.
 */
#ifndef HARNESS_WORKLOAD_SOURCE_H
#define HARNESS_WORKLOAD_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

struct source {
    const char *text; /* not owned; any bytes */
    size_t size;
    const char *place; /* what messages call it: a file's path, "stdin" */
};

/* Fills `failure` (FAILURE_USAGE) with place, line and column of the byte at `offset`, and the message;
 * returns -1. */
int source_fail(const struct source *source, size_t offset, struct failure *failure, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Input as it may stand in a message: tidy (utf8_tidy), and cut when it is long. */
struct quote {
    char text[88];
};

/* White space in JSON, and between the words of a text: space, tab, CR, LF. */
static inline bool source_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What no workload can have, whatever its language: UTF-16, UTF-32, NUL bytes. -1 with the failure filled. */
int source_check_encoding(const struct source *source, struct failure *failure);

struct quote quote_text(const char *bytes, size_t size);

#endif
