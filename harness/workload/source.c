#include "source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

static void source_place(const struct source *source, size_t offset, size_t *line, size_t *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset && i < source->size; i++) {
        if (source->text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (!utf8_is_continuation(source->text[i])) {
            ++*column;
        }
    }
}

int source_fail(const struct source *source, size_t offset, struct failure *failure, const char *format, ...)
{
    struct failure reason;
    size_t line;
    size_t column;
    va_list arguments;

    source_place(source, offset, &line, &column);
    va_start(arguments, format);
    (void)vsnprintf(reason.message, sizeof reason.message, format, arguments);
    va_end(arguments);
    return failure_set(failure, FAILURE_USAGE, "%s:%zu:%zu: %s", source->place, line, column, reason.message);
}

static bool source_begins(const struct source *source, const char *bytes, size_t size)
{
    return source->size >= size && memcmp(source->text, bytes, size) == 0;
}

/* By the byte order mark, or by where NUL bytes stand around the first character, which is ASCII in any
 * workload. UTF-32 goes first: its mark begins with that of UTF-16. NULL: neither of them. */
static const char *source_wide_encoding(const struct source *source)
{
    const char *text = source->text;

    if (source_begins(source, "\xff\xfe\0\0", 4) || source_begins(source, "\0\0\xfe\xff", 4) ||
        (source->size >= 4 && (memcmp(text + 1, "\0\0\0", 3) == 0 || memcmp(text, "\0\0\0", 3) == 0)))
        return "UTF-32";
    if (source_begins(source, "\xff\xfe", 2) || source_begins(source, "\xfe\xff", 2) ||
        (source->size >= 2 && (text[0] == '\0') != (text[1] == '\0')))
        return "UTF-16";
    return NULL;
}

int source_check_encoding(const struct source *source, struct failure *failure)
{
    const char *encoding = source_wide_encoding(source);
    const char *nul = source->size > 0 ? memchr(source->text, '\0', source->size) : NULL;

    if (encoding)
        return source_fail(source, 0, failure, "this is %s; save it as UTF-8", encoding);
    if (nul)
        return source_fail(source, (size_t)(nul - source->text), failure,
            "a NUL byte: a workload is text; remove it, and check that this is the right file");
    return 0;
}

struct quote quote_text(const char *bytes, size_t size)
{
    struct quote quote;
    size_t room = sizeof quote.text - sizeof "...";
    size_t used = size < room ? size : room;

    bool is_cut = used < size;
    memcpy(quote.text, bytes, used);
    used = utf8_tidy(quote.text, used);
    memcpy(quote.text + used, is_cut ? "..." : "", is_cut ? sizeof "..." : 1);
    return quote;
}
