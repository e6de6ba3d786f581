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
