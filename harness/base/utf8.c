#include "utf8.h"

#include <string.h>

/* How many bytes a character has that begins with `lead`; 0 for a byte that begins none. */
static size_t utf8_lead_size(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* After some leads only a part of the continuations may come (The Unicode Standard, table 3-7): others would
 * make overlong forms (0xe0, 0xf0), surrogates (0xed), or more than U+10FFFF (0xf4). */
static bool utf8_is_second(unsigned char lead, unsigned char byte)
{
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

    return byte >= low && byte <= high;
}

size_t utf8_sequence_size(const char *bytes, size_t size)
{
    size_t length = size == 0 ? 0 : utf8_lead_size((unsigned char)bytes[0]);

    if (length > size || (length > 1 && !utf8_is_second((unsigned char)bytes[0], (unsigned char)bytes[1])))
        return 0;
    for (size_t i = 2; i < length; i++)
        if (!utf8_is_continuation(bytes[i]))
            return 0;
    return length;
}

uint32_t utf8_code_point(const char *bytes, size_t size)
{
    static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t point = (unsigned char)bytes[0] & lead_bits[size];

    for (size_t i = 1; i < size; i++)
        point = point << 6 | ((unsigned char)bytes[i] & 0x3f);
    return point;
}

bool utf8_is_valid(const char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = utf8_sequence_size(bytes + at, size - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

/* Code points that change how the rest of a line is read: the controls, ends of lines, and marks that reverse
 * it. `character` is valid. */
static bool utf8_is_control(const char *character, size_t size)
{
    uint32_t point = utf8_code_point(character, size);

    return point < ' ' || (point >= 0x7f && point <= 0x9f) || point == 0x61c || point == 0x200e ||
           point == 0x200f || (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

/* Are these the first bytes of a character that goes on beyond them? */
static bool utf8_is_cut(const char *bytes, size_t size)
{
    size_t length = size == 0 ? 0 : utf8_lead_size((unsigned char)bytes[0]);

    for (size_t i = 1; i < size; i++)
        if (!utf8_is_continuation(bytes[i]))
            return false;
    return length > size;
}

size_t utf8_tidy(char *bytes, size_t size)
{
    size_t used = 0;

    for (size_t at = 0; at < size;) {
        size_t length = utf8_sequence_size(bytes + at, size - at);
        if (length == 0 && utf8_is_cut(bytes + at, size - at))
            break;
        if (length == 0 || utf8_is_control(bytes + at, length)) {
            bytes[used++] = '?';
        } else {
            memmove(bytes + used, bytes + at, length);
            used += length;
        }
        at += length == 0 ? 1 : length;
    }
    return used;
}

void utf8_tidy_text(char *text)
{
    text[utf8_tidy(text, strlen(text))] = '\0';
}

void utf8_append_valid(struct buffer *buffer, const char *bytes, size_t size)
{
    size_t start = 0;

    for (size_t at = 0; at < size;) {
        size_t length = utf8_sequence_size(bytes + at, size - at);
        if (length == 0) {
            buffer_append(buffer, bytes + start, at - start);
            buffer_append_text(buffer, "\xef\xbf\xbd");
            start = at + 1;
        }
        at += length == 0 ? 1 : length;
    }
    buffer_append(buffer, bytes + start, size - start);
}

size_t utf8_columns(const char *text, size_t size)
{
    size_t columns = 0;

    for (size_t i = 0; i < size; i++)
        columns += !utf8_is_continuation(text[i]);
    return columns;
}
