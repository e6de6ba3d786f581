#include "wrap.h"

#include <stdbool.h>
#include <string.h>

#include "utf8.h"

void wrap_append(struct buffer *text, const char *words, size_t used, size_t indent, size_t columns)
{
    bool is_first = true; /* of its line */

    while (*words) {
        size_t size = strcspn(words, " ");
        size_t width = utf8_columns(words, size);
        if (!is_first && used + 1 + width > columns) {
            buffer_printf(text, "\n%*s", (int)indent, "");
            used = indent;
            is_first = true;
        }
        buffer_printf(text, "%s%.*s", is_first ? "" : " ", (int)size, words);
        used += width + (is_first ? 0 : 1);
        is_first = false;
        words += size + strspn(words + size, " ");
    }
    buffer_append_text(text, "\n");
}

void wrap_append_item(struct buffer *text, struct buffer *name, size_t column, struct buffer *words)
{
    size_t width = utf8_columns(name->bytes, name->size);

    buffer_append(words, "", 1);
    if (name->out_of_memory || words->out_of_memory) {
        text->out_of_memory = true;
    } else {
        buffer_append(text, name->bytes, name->size);
        if (words->size == 1)
            column = width;
        else if (width + 2 > column)
            buffer_printf(text, "\n%*s", (int)column, "");
        else
            buffer_printf(text, "%*s", (int)(column - width), "");
        wrap_append(text, words->bytes, column, column, WRAP_COLUMNS);
    }
    buffer_release(name);
    buffer_release(words);
}
