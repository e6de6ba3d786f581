#include "roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "registry.h"
#include "wrap.h"

/* A line of the source; what the reader sees is wrapped by man. */
#define ROFF_COLUMNS 78

/* What would be read as something else than itself. A hyphen may be a minus sign. */
static void roff_escape(struct buffer *page, const char *text, size_t length, bool is_literal)
{
    static const struct {
        char byte;
        const char *escaped;
    } escapes[] = {{'\\', "\\e"}, {'~', "\\(ti"}, {'^', "\\(ha"}, {'`', "\\(ga"}};

    for (size_t i = 0; i < length; i++) {
        const char *escaped = is_literal && text[i] == '-' ? "\\-" : NULL;
        escaped = is_literal && text[i] == '\'' ? "\\(aq" : escaped;
        for (size_t e = 0; !escaped && e < sizeof escapes / sizeof *escapes; e++)
            escaped = escapes[e].byte == text[i] ? escapes[e].escaped : NULL;
        if (escaped)
            buffer_append_text(page, escaped);
        else
            buffer_append_byte(page, text[i]);
    }
}

static bool roff_has(const char *word, size_t length, const char *bytes)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(bytes, word[i]))
            return true;
    return false;
}

/* "summary.csv", "./mine.so" */
static bool roff_is_file(const char *word, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++)
        if (word[i] == '.' && islower((unsigned char)word[i + 1]))
            return true;
    return false;
}

static bool roff_is_strategy(const char *word, size_t length)
{
    length = memchr(word, ':', length) ? (size_t)((const char *)memchr(word, ':', length) - word) : length;
    for (size_t i = 0; strategies[i]; i++)
        if (strlen(strategies[i]->name) == length && strncmp(strategies[i]->name, word, length) == 0)
            return memchr(word, '-', length) != NULL; /* those of one word are words of prose as well */
    return false;
}

/* Is it typed like that, rather than read? */
static bool roff_is_literal(const char *word, size_t length)
{
    if (roff_has(word, length, "<>") || length < 2)
        return false;
    return word[0] == '-' || word[0] == '/' || roff_has(word, length, "_=@") || roff_is_file(word, length) ||
           roff_is_strategy(word, length);
}

/* Is it a range, "0-2,5", or the "-" that stands for standard input? */
static bool roff_is_number(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr("0123456789-.,+%", word[i]))
            return false;
    return true;
}

static void roff_word(struct buffer *page, const char *word, size_t length)
{
    size_t start = 0;
    size_t end = length;

    while (start < end && strchr("(\"'", word[start]))
        start++;
    while (end > start && strchr(".,;:)\"'?", word[end - 1]))
        end--;
    bool is_literal = roff_is_literal(word + start, end - start);
    if (word[0] == '.' || word[0] == '\'')
        buffer_append_text(page, "\\&"); /* not a macro, wherever the line breaks */
    roff_escape(page, word, start, false);
    buffer_append_text(page, is_literal ? "\\fB" : "");
    roff_escape(page, word + start, end - start, is_literal || roff_is_number(word + start, end - start));
    buffer_append_text(page, is_literal ? "\\fP" : "");
    roff_escape(page, word + end, length - end, false);
}

void roff_begin(struct buffer *page, const char *title, const char *source, const char *manual)
{
    buffer_printf(page, ".TH %s 1 \"\" \"%s\" \"%s\"\n.nh\n.ad l\n", title, source, manual);
}

void roff_section(struct buffer *page, const char *title)
{
    buffer_printf(page, ".SH %s\n", title);
}

void roff_subsection(struct buffer *page, const char *title)
{
    buffer_printf(page, ".SS %s\n", title);
}

void roff_literal(struct buffer *page, const char *text)
{
    buffer_append_text(page, "\\fB");
    roff_escape(page, text, strlen(text), true);
    buffer_append_text(page, "\\fP");
}

void roff_variable(struct buffer *page, const char *text)
{
    buffer_append_text(page, "\\fI");
    roff_escape(page, text, strlen(text), true);
    buffer_append_text(page, "\\fP");
}

void roff_plain(struct buffer *page, const char *text)
{
    roff_escape(page, text, strlen(text), true);
}

void roff_synopsis(struct buffer *page, const char *command)
{
    const char *separator = "";

    for (const char *word = command; *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        bool is_variable = isupper((unsigned char)word[0]) || word[0] == '[';
        buffer_printf(page, "%s%s", separator, is_variable ? "\\fI" : "\\fB");
        roff_escape(page, word, length, true);
        buffer_append_text(page, "\\fP");
        separator = " ";
        word += length;
    }
    buffer_append_text(page, "\n");
}

void roff_paragraph(struct buffer *page)
{
    buffer_append_text(page, ".PP\n");
}

void roff_item(struct buffer *page, const char *literal)
{
    roff_tag(page);
    roff_literal(page, literal);
    roff_end_tag(page);
}

void roff_tag(struct buffer *page)
{
    buffer_append_text(page, ".TP\n");
}

void roff_end_tag(struct buffer *page)
{
    buffer_append_text(page, "\n");
}

void roff_indent(struct buffer *page)
{
    buffer_append_text(page, ".RS\n");
}

void roff_outdent(struct buffer *page)
{
    buffer_append_text(page, ".RE\n");
}

void roff_words(struct buffer *page, const char *words)
{
    struct buffer escaped = {0};

    for (const char *word = words; *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (word != words)
            buffer_append_byte(&escaped, ' ');
        roff_word(&escaped, word, length);
        word += length;
    }
    buffer_append(&escaped, "", 1);
    if (escaped.out_of_memory)
        page->out_of_memory = true;
    else
        wrap_append(page, escaped.bytes, 0, 0, ROFF_COLUMNS);
    buffer_release(&escaped);
}

void roff_example(struct buffer *page, const char *command)
{
    buffer_append_text(page, ".PP\n.RS\n.nf\n");
    roff_literal(page, command);
    buffer_append_text(page, "\n.fi\n.RE\n");
}
