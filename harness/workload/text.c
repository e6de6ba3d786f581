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

/* The words of a line; those that it doesn't have are empty. */
struct text_words {
    struct text_word method;
    struct text_word url;
    struct text_word repeat; /* "*N" */
    struct text_word extra;  /* behind all that */
};

/* No method and no URL begins so. */
static bool text_is_repeat(struct text_word word)
{
    return word.size > 0 && word.bytes[0] == '*';
}

/* A word that stands alone, or before a repeat count, is taken as the method. */
static struct text_words text_split(const char *at, const char *end)
{
    static const struct text_word none = {"", 0};
    struct text_words words;

    words.method = text_next_word(&at, end);
    words.url = text_next_word(&at, end);
    words.repeat = text_next_word(&at, end);
    words.extra = text_next_word(&at, end);
    if (text_is_repeat(words.url))
        words = (struct text_words){words.method, none, words.url, words.repeat};
    else if (!text_is_repeat(words.repeat))
        words = (struct text_words){words.method, words.url, none, words.repeat};
    return words;
}

/* How often the line's batch stands in the workload; 0 when `word` is not "*" and a whole number. Of one that
 * is too large no more is read than shows that it is. */
static uint64_t text_repeat(struct text_word word)
{
    uint64_t repeat = word.size == 0;

    for (size_t i = 1; i < word.size; i++) {
        if (word.bytes[i] < '0' || word.bytes[i] > '9')
            return 0;
        if (repeat <= RULES_REPEATED_MAX)
            repeat = repeat * 10 + (uint64_t)(word.bytes[i] - '0');
    }
    return repeat;
}

static int text_fail_extra(const struct text_reader *reader, struct text_word word)
{
    return text_fail(reader, word, "word",
        "comes after the URL; write one URL per line, '*' and a number to repeat it, and '#' before a "
        "comment");
}

/* Why the words can't be a line; 0 when they can. */
static int text_check(const struct text_reader *reader, const struct text_words *words)
{
    const struct text_word method = words->method;
    const struct text_word url = words->url;
    struct url_remedy remedy;
    const char *problem = rules_method_problem(method.bytes, method.size);

    if (problem && !url_problem(method.bytes, method.size, &remedy))
        return text_fail_extra(reader, url);
    if (problem)
        return text_fail(reader, method, "method", problem);
    problem = url_problem(url.bytes, url.size, &remedy);
    if (problem)
        return text_fail(reader, url, "URL", problem);
    if (text_repeat(words->repeat) == 0)
        return text_fail(reader, words->repeat, "repeat count",
            "is not " RULES_REPEAT_RANGE "; write one right after the '*', such as *100");
    return words->extra.size > 0 ? text_fail_extra(reader, words->extra) : 0;
}

static int text_add(const struct text_reader *reader, const struct text_words *words)
{
    struct builder *builder = reader->builder;
    const struct workload_request request = {
        .method = builder_text(builder, words->method.bytes, words->method.size),
        .url = builder_text(builder, words->url.bytes, words->url.size),
    };

    builder_begin_batch(builder, 0);
    builder_add_request(builder, &request);
    const char *problem = builder_end_batch(builder, text_repeat(words->repeat));
    if (!problem)
        return 0;
    return words->repeat.size > 0 ? text_fail(reader, words->repeat, "repeat count", problem)
                                  : text_fail(reader, words->url, "URL", problem);
}

/* No-break spaces and their like are no white space here: where somebody saw one, a word goes on. */
static int text_check_seen(const struct text_reader *reader, struct text_word word)
{
    struct url_remedy remedy;
    size_t offset = url_find_unseen(word.bytes, word.size, &remedy);

    if (offset == word.size)
        return 0;
    return source_fail(reader->source, (size_t)(word.bytes - reader->source->text) + offset, reader->failure,
        "'%s' %s", quote_url(word.bytes, word.size).text, remedy.text);
}

static int text_line(const struct text_reader *reader, const char *at, const char *end)
{
    struct text_words words = text_split(at, end);

    if (words.method.size == 0)
        return 0;
    if (text_check_seen(reader, words.method) != 0 || text_check_seen(reader, words.url) != 0 ||
        text_check_seen(reader, words.repeat) != 0 || text_check_seen(reader, words.extra) != 0)
        return -1;
    if (text_is_repeat(words.method))
        return text_fail(reader, words.method, "repeat count",
            "has no URL before it; write it at the end of a line, such as /get *100");
    if (words.url.size == 0 && rules_is_known_method(words.method.bytes, words.method.size))
        return text_fail(reader, words.method, "method", "has no URL after it; write one, such as /get");
    if (words.url.size == 0) {
        words.url = words.method;
        words.method = (struct text_word){"GET", 3};
    }
    return text_check(reader, &words) == 0 ? text_add(reader, &words) : -1;
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
        return source_fail(source, source->size, failure,
            "the workload has no request; write one URL per line, such as /get");
    return 0;
}
