/*
 * wrap: words in lines that are not longer than a terminal is wide.
 *
 *     wrap_append(&text, "words of a sentence that is long", 0, 2, 80);
 */
#ifndef HARNESS_WRAP_H
#define HARNESS_WRAP_H

#include <stddef.h>

#include "buffer.h"

/* A terminal is as wide, if not wider. */
#define WRAP_COLUMNS 80

/*
 * Appends the words, which single blanks part, and the end of the line. No line is longer than `columns`,
 * unless a word is. `used` columns of the first line are taken already; the others begin with `indent`
 * blanks.
 */
void wrap_append(struct buffer *text, const char *words, size_t used, size_t indent, size_t columns);

/*
 * Appends an item of a list: its name, and the words that explain it from `column` on, in lines of at most
 * WRAP_COLUMNS. A name that leaves no room for two blanks has the first line to itself, as one without words
 * has. Name and words need no NUL, and are empty and released afterwards.
 */
void wrap_append_item(struct buffer *text, struct buffer *name, size_t column, struct buffer *words);

#endif
