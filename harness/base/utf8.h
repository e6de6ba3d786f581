/*
 * utf8: UTF-8 as in RFC 3629: shortest forms only, no surrogates, nothing beyond U+10FFFF.
 *
 *     while (at < size) {
 *         size_t length = utf8_sequence_size(bytes + at, size - at);
 *         if (length == 0) ... not UTF-8 here ...
 *         at += length;
 *     }
 *
 * All sizes are in bytes. The texts need no NUL at their end, and may hold some. Any thread may call these.
 */
#ifndef HARNESS_UTF8_H
#define HARNESS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* The size of the first character of `bytes`, 1 to 4; 0 if it is not valid, is cut off, or `size` is 0. */
size_t utf8_sequence_size(const char *bytes, size_t size);

/* The character that the `size` bytes of a valid sequence stand for. */
uint32_t utf8_code_point(const char *bytes, size_t size);

/* All of it; no bytes at all are valid. */
bool utf8_is_valid(const char *bytes, size_t size);

/*
 * Makes text from outside fit for a terminal and for a message, in place; returns its new size. Control
 * characters (C0, DEL, C1, ends of lines, and those that reverse the writing) and bytes that are not UTF-8
 * become "?". A character that the end cuts off is dropped: the text was cut to fit.
 */
size_t utf8_tidy(char *bytes, size_t size);

/* The same for a text that ends in NUL. */
void utf8_tidy_text(char *text);

/* Appends bytes that should be UTF-8; each that is not becomes U+FFFD. */
void utf8_append_valid(struct buffer *buffer, const char *bytes, size_t size);

/* How many columns of a terminal a text of that many bytes takes: a character is one, however wide it is in
 * fact. */
size_t utf8_columns(const char *text, size_t size);

static inline bool utf8_is_ascii(char byte)
{
    return (unsigned char)byte < 0x80;
}

/* Does this byte continue a character that began before it? In valid UTF-8 all other bytes are one character
 * each. */
static inline bool utf8_is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

#endif
