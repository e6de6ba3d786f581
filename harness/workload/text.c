#include <stdbool.h>
#include <string.h>

#include "parse.h"
#include "rules.h"
#include "url.h"

struct text_word {
    const char *bytes;
    size_t size; /* 0: the line has no more words */
};

/* The next word before the line's end or a comment. Moves `at` behind it. */
static struct text_word text_next_word(const char **at, const char *end)
{
    while (*at < end && source_is_space(**at))
        ++*at;
    struct text_word word = {*at, 0};
    if (*at < end && **at == '#') {
        *at = end;
        return word;
    }
    while (*at < end && !source_is_space(**at))
        ++*at;
    word.size = (size_t)(*at - word.bytes);
    return word;
}

struct text_reader {
    const struct source *source;
    struct builder *builder;
    struct failure *failure;
};

/* `what` 'word' problem, at the word's place. */
static int text_fail(
    const struct text_reader *reader, struct text_word word, const char *what, const char *problem)
{
    return source_fail(reader->source, (size_t)(word.bytes - reader->source->text), reader->failure,
        "%s '%s' %s", what, quote_url(word.bytes, word.size).text, problem);
}

/* Why `method` `url` can't stand in a line; 0 when it can. */
static int text_check(const struct text_reader *reader, struct text_word method, struct text_word url)
{
    const char *problem = rules_method_problem(method.bytes, method.size);

    if (problem && !url_problem(method.bytes, method.size))
        return text_fail(
            reader, url, "word", "stands after the URL; write one URL a line, and '#' before a comment");
    if (problem)
        return text_fail(reader, method, "method", problem);
    problem = url_problem(url.bytes, url.size);
    return problem ? text_fail(reader, url, "URL", problem) : 0;
}

static int text_line(const struct text_reader *reader, const char *at, const char *end)
{
    struct builder *builder = reader->builder;
    struct text_word method = text_next_word(&at, end);
    struct text_word url = text_next_word(&at, end);
    struct text_word extra = text_next_word(&at, end);

    if (method.size == 0)
        return 0;
    if (url.size == 0) {
        if (rules_is_known_method(method.bytes, method.size))
            return text_fail(reader, method, "method", "has no URL after it; write one, such as /get");
        url = method;
        method = (struct text_word){"GET", 3};
    }
    if (text_check(reader, method, url) != 0)
        return -1;
    if (extra.size > 0)
        return text_fail(
            reader, extra, "word", "stands after the URL; write one URL a line, and '#' before a comment");

    builder_begin_batch(builder, 0);
    builder_add_request(
        builder, &(struct workload_request){.method = builder_text(builder, method.bytes, method.size),
                     .url = builder_text(builder, url.bytes, url.size)});
    builder_end_batch(builder);
    return 0;
}

int text_parse(const struct source *source, struct builder *builder, struct failure *failure)
{
    struct text_reader reader = {source, builder, failure};
    const char *end = source->text + source->size;

    for (const char *at = source->text; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        line_end = line_end ? line_end : end;
        if (text_line(&reader, at, line_end) != 0)
            return -1;
        at = line_end < end ? line_end + 1 : end;
    }
    if (builder->request_count == 0)
        return source_fail(
            source, source->size, failure, "no request in the workload; write one URL a line, such as /get");
    return 0;
}
