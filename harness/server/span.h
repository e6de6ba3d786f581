/* span: some bytes that belong to somebody else, with their number; not NUL-terminated. */
#ifndef HARNESS_SPAN_H
#define HARNESS_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "buffer.h"

struct span {
    const char *bytes; /* may be NULL when there are none */
    size_t size;
};

static inline struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* Until the buffer grows, or is released. */
static inline struct span span_of_buffer(const struct buffer *buffer)
{
    return (struct span){buffer->bytes, buffer->size};
}

static inline bool span_is(struct span span, const char *text)
{
    return span.size == strlen(text) && (span.size == 0 || memcmp(span.bytes, text, span.size) == 0);
}

#endif
