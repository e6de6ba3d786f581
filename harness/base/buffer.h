/*
 * buffer: bytes that grow at the end.
 *
 *     struct buffer line = {0};
 *     buffer_printf(&line, "%s,%d\n", name, count);
 *     if (line.out_of_memory) ...
 *     buffer_release(&line);
 *
 * A zeroed struct is an empty buffer. Running out of memory is remembered instead of returned: every
 * later append does nothing, and the owner checks `out_of_memory` once, at the end. Not thread-safe.
 */
#ifndef HARNESS_BUFFER_H
#define HARNESS_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define BUFFER_KEPT_SIZE 1024

struct buffer {
    char *bytes; /* owned; not NUL-terminated unless buffer_append(.., "", 1) did so */
    size_t size;
    size_t capacity;
    bool out_of_memory;
};

void buffer_release(struct buffer *buffer);

/* Empties the buffer and keeps its memory. */
void buffer_clear(struct buffer *buffer);

/* Empties the buffer for its next use, also after out of memory, and keeps at most BUFFER_KEPT_SIZE bytes of
 * memory: there may be tens of thousands of buffers that each were large once. */
void buffer_reuse(struct buffer *buffer);

/* Room for `size` more bytes at the end, or NULL. The caller adds what it used to buffer->size. */
char *buffer_reserve(struct buffer *buffer, size_t size);

void buffer_append(struct buffer *buffer, const void *bytes, size_t size);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_byte(struct buffer *buffer, char byte);
/* The line at `*at`, which moves behind it, and its length without the end; NULL: there is none. What comes
 * after the last end of a line is none. */
const char *buffer_next_line(const struct buffer *buffer, size_t *at, size_t *length);

void buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

#endif
