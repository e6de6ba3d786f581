#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define TEXT_NUMBER_SIZE 64

static int text_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that "%XX" at `text` stands for, or -1. */
static int text_quoted_byte(const char *text, size_t size)
{
    if (size < 3 || text[0] != '%')
        return -1;
    int high = text_hex_digit(text[1]);
    int low = text_hex_digit(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void text_append_unquoted(struct buffer *buffer, const char *text, size_t size, bool plus_is_space)
{
    char *out = buffer_reserve(buffer, size);
    size_t at = 0;

    if (!out)
        return;
    while (at < size) {
        int quoted = text_quoted_byte(text + at, size - at);
        bool space = plus_is_space && text[at] == '+';
        if (quoted >= 0)
            *out++ = (char)quoted;
        else
            *out++ = (char)(space ? ' ' : text[at]);
        at += quoted >= 0 ? 3 : 1;
    }
    buffer->size = (size_t)(out - buffer->bytes);
}

void text_append_utf8(struct buffer *buffer, const char *bytes, size_t size)
{
    utf8_append_valid(buffer, bytes, size);
}

void text_append_latin1(struct buffer *buffer, const char *bytes, size_t size)
{
    char *out = buffer_reserve(buffer, 2 * size);

    if (!out)
        return;
    for (size_t at = 0; at < size; at++) {
        unsigned char byte = (unsigned char)bytes[at];
        if (byte >= 0x80)
            *out++ = (char)(0xc0 | byte >> 6);
        *out++ = (char)(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte);
    }
    buffer->size = (size_t)(out - buffer->bytes);
}

static bool text_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void text_append_header_name(struct buffer *buffer, const char *name, size_t size)
{
    char *out = buffer_reserve(buffer, size);
    bool within_word = false;

    if (!out)
        return;
    for (size_t at = 0; at < size; at++) {
        bool letter = text_is_letter(name[at]);
        if (letter)
            out[at] = (char)(within_word ? name[at] | 0x20 : name[at] & ~0x20);
        else
            out[at] = (char)(name[at] == '_' ? '-' : name[at]);
        within_word = letter;
    }
    buffer->size += size;
}

bool text_parse_count(const char *text, size_t size, uint64_t *count)
{
    *count = 0;
    for (size_t at = 0; at < size; at++) {
        if (text[at] < '0' || text[at] > '9')
            return false;
        uint64_t digit = (uint64_t)(text[at] - '0');
        *count = *count > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *count * 10 + digit;
    }
    return size > 0;
}

bool text_parse_number(const char *text, size_t size, double *number)
{
    char copy[TEXT_NUMBER_SIZE];
    char *end;

    if (size == 0 || size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    /* strtod would also take leading blanks, hexadecimal numbers, "inf" and "nan". */
    if (strspn(copy, "0123456789.+-eE") != size)
        return false;
    *number = strtod(copy, &end);
    return end == copy + size && isfinite(*number);
}
