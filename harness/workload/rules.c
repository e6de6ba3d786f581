#include "rules.h"

#include <string.h>
#include <strings.h>

bool rules_has_control_character(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return true;
    return false;
}

bool rules_is_known_method(const char *text, size_t size)
{
    static const char *const methods[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"};

    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strlen(methods[i]) == size && strncasecmp(methods[i], text, size) == 0)
            return true;
    return false;
}

static bool rules_is_upper_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *rules_method_problem(const char *method, size_t size)
{
    if (size == 0)
        return "is empty; write one such as GET, or leave it out";
    if (size > RULES_METHOD_SIZE_MAX)
        return "is longer than 32 characters; write one such as GET";
    for (size_t i = 0; i < size; i++)
        if (!rules_is_upper_or_digit(method[i]) && method[i] != '-' && method[i] != '_')
            return rules_is_known_method(method, size)
                       ? "is not in upper case; write it in capitals"
                       : "is not a method; write one such as GET, in capitals";
    return NULL;
}

const char *rules_header_name_problem(const char *name, size_t size)
{
    static const char others[] = "!#$%&'*+-.^_`|~";

    if (size == 0)
        return "is empty; write a name such as Accept";
    for (size_t i = 0; i < size; i++) {
        bool lower = name[i] >= 'a' && name[i] <= 'z';
        if (!lower && !rules_is_upper_or_digit(name[i]) && !memchr(others, name[i], sizeof others - 1))
            return "is not a header name; use letters, digits and '-' only";
    }
    return NULL;
}

const char *rules_header_value_problem(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)value[i] < ' ' && value[i] != '\t') || value[i] == 0x7f)
            return "has a value with a control character such as a line end; take it out";
    return NULL;
}

const char *rules_name_problem(const char *name, size_t size)
{
    if (size == 0)
        return "is empty; write a name, or leave 'name' out";
    if (size > RULES_NAME_SIZE_MAX)
        return "is longer than 255 bytes; shorten it";
    if (rules_has_control_character(name, size))
        return "holds a control character; take it out";
    return rules_is_utf8(name, size) ? NULL : "is not UTF-8; write it in UTF-8";
}

/* How many bytes a UTF-8 character has that begins with `lead`, 0 for a byte that begins none, and the range
 * of its second byte (The Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing past
 * U+10FFFF). */
static size_t rules_utf8_size(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

bool rules_is_utf8(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;

    for (size_t i = 0; i < size;) {
        unsigned char low;
        unsigned char high;
        size_t length = rules_utf8_size(bytes[i], &low, &high);
        if (length == 0 || length > size - i)
            return false;
        for (size_t k = 1; k < length; k++)
            if (bytes[i + k] < (k == 1 ? low : 0x80) || bytes[i + k] > (k == 1 ? high : 0xbf))
                return false;
        i += length;
    }
    return true;
}
