#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_release(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
}

void buffer_reuse(struct buffer *buffer)
{
    if (buffer->capacity > BUFFER_KEPT_SIZE || buffer->out_of_memory)
        buffer_release(buffer);
    buffer_clear(buffer);
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
    size_t needed = buffer->size + size;

    if (buffer->out_of_memory)
        return NULL;
    if (needed > buffer->capacity || !buffer->bytes) {
        size_t capacity = needed + needed / 2 + 64;
        char *bytes = realloc(buffer->bytes, capacity);
        if (!bytes) {
            buffer->out_of_memory = true;
            return NULL;
        }
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    return buffer->bytes + buffer->size;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
    char *end = buffer_reserve(buffer, size);

    if (end && size > 0) {
        memcpy(end, bytes, size);
        buffer->size += size;
    }
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
    char *end = buffer_reserve(buffer, 1);

    if (end) {
        *end = byte;
        buffer->size++;
    }
}

const char *buffer_next_line(const struct buffer *buffer, size_t *at, size_t *length)
{
    const char *line = *at < buffer->size ? buffer->bytes + *at : NULL;
    const char *end = line ? memchr(line, '\n', buffer->size - *at) : NULL;

    if (!end)
        return NULL;
    *length = (size_t)(end - line);
    *at += *length + 1;
    return line;
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
{
    va_list again;

    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *end = length < 0 ? NULL : buffer_reserve(buffer, (size_t)length + 1);
    if (end) {
        (void)vsnprintf(end, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    buffer_vprintf(buffer, format, arguments);
    va_end(arguments);
}
