/*
 * wrap: words in lines that are not longer than a terminal is wide.
 *
 *     wrap_append(&text, "words of a sentence that is long", 0, 2, 80);
 */
#ifndef HARNESS_WRAP_H
#define HARNESS_WRAP_H

#include <stddef.h>

#include "buffer.h"

/*
 * Appends the words, which single blanks part, and the end of the line. No line is longer than `columns`,
 * unless a word is. `used` columns of the first line are taken already; the others begin with `indent`
 * blanks.
 */
void wrap_append(struct buffer *text, const char *words, size_t used, size_t indent, size_t columns);

#endif
