/*
 * text: the small conversions that requests need on their way into JSON, which is UTF-8 throughout.
 */
#ifndef HARNESS_TEXT_H
#define HARNESS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* Appends `text` with %XX decoded, and '+' as a space when `plus_is_space` (queries and forms, not paths). A
 * '%' without two hexadecimal digits stays as it is. */
void text_append_unquoted(struct buffer *buffer, const char *text, size_t size, bool plus_is_space);

/* Appends bytes that should be UTF-8; what is not becomes U+FFFD. */
void text_append_utf8(struct buffer *buffer, const char *bytes, size_t size);

/* Appends bytes as ISO 8859-1, which is what header values are read as. */
void text_append_latin1(struct buffer *buffer, const char *bytes, size_t size);

/* Appends the name of a header the way httpbin shows it: "x-b3-id" becomes "X-B3-Id". */
void text_append_header_name(struct buffer *buffer, const char *name, size_t size);

/* Digits only; larger values saturate at UINT64_MAX. */
bool text_parse_count(const char *text, size_t size, uint64_t *count);

/* A decimal number with optional sign, fraction and exponent, all of it; finite. */
bool text_parse_number(const char *text, size_t size, double *number);

#endif
