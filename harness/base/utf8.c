#include "utf8.h"

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
