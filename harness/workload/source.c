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
