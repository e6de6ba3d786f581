#include "form.h"

#include <string.h>
#include <strings.h>

#include "text.h"

struct form_reader form_reader(const char *text, size_t size)
{
    return (struct form_reader){.at = text, .end = size > 0 ? text + size : text};
}

static void form_decode(struct buffer *decoded, const char *text, size_t size)
{
    struct buffer bytes = {0};

    text_append_unquoted(&bytes, text, size, true);
    buffer_clear(decoded);
    text_append_utf8(decoded, bytes.bytes, bytes.size);
    buffer_release(&bytes);
}

bool form_next(struct form_reader *reader, struct buffer *name, struct buffer *value)
{
    while (reader->at != reader->end && *reader->at == '&')
        reader->at++;
    if (reader->at == reader->end)
        return false;
    const char *pair = reader->at;
    const char *stop = memchr(pair, '&', (size_t)(reader->end - pair));
    stop = stop ? stop : reader->end;
    const char *equals = memchr(pair, '=', (size_t)(stop - pair));
    form_decode(name, pair, (size_t)((equals ? equals : stop) - pair));
    form_decode(value, equals ? equals + 1 : stop, equals ? (size_t)(stop - equals - 1) : 0);
    reader->at = stop;
    return true;
}

bool form_find(const char *text, size_t size, const char *name, struct buffer *value)
{
    struct form_reader reader = form_reader(text, size);
    struct buffer found = {0};
    bool same = false;

    while (!same && form_next(&reader, &found, value))
        same = found.size == strlen(name) && strncasecmp(found.bytes, name, found.size) == 0;
    buffer_release(&found);
    return same;
}
