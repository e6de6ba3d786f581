#include "registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"
#include "wrap.h"

/* Where the words begin in a list: a strategy's, those of its options, and further lines of a reason. */
#define STRATEGY_COLUMN 21
#define OPTION_COLUMN   27
#define REASON_COLUMN   8

extern const struct strategy strategy_sequential;
extern const struct strategy strategy_thread_per_request;
extern const struct strategy strategy_thread_pool;
extern const struct strategy strategy_process_pool;
extern const struct strategy strategy_curl_multi;
extern const struct strategy strategy_multi_epoll;
extern const struct strategy strategy_multi_uv;
extern const struct strategy strategy_multi_uring;
extern const struct strategy strategy_multi_sharded;
extern const struct strategy strategy_multi_threads;
extern const struct strategy strategy_coroutines;
extern const struct strategy strategy_no_op;

const struct strategy *const strategies[] = {
    &strategy_sequential,
    &strategy_thread_per_request,
    &strategy_thread_pool,
    &strategy_process_pool,
    &strategy_curl_multi,
    &strategy_multi_epoll,
    &strategy_multi_uv,
    &strategy_multi_uring,
    &strategy_multi_sharded,
    &strategy_multi_threads,
    &strategy_coroutines,
    &strategy_no_op,
    NULL,
};

const char *strategy_family_word(enum strategy_family family)
{
    static const char *const words[] = {
#define X(NAME, word) [FAMILY_##NAME] = (word),
        STRATEGY_FAMILIES(X)
#undef X
    };

    return words[family];
}

const char *strategy_unavailable(const struct strategy *strategy)
{
    return strategy->unavailable ? strategy->unavailable() : NULL;
}

static const struct strategy *strategy_find_n(const char *name, size_t length)
{
    for (size_t i = 0; strategies[i]; i++)
        if (strlen(strategies[i]->name) == length && strncmp(strategies[i]->name, name, length) == 0)
            return strategies[i];
    return NULL;
}

static int strategy_refuse_name(const char *name, size_t length, struct failure *failure)
{
    struct suggestion suggestion = suggest_for(name, length);
    struct buffer names = {0};

    suggest_offer(&suggestion, "all", strlen("all"));
    for (size_t i = 0; strategies[i]; i++) {
        suggest_offer(&suggestion, strategies[i]->name, strlen(strategies[i]->name));
        buffer_printf(&names, "%s%s", i ? ", " : "", strategies[i]->name);
    }
    buffer_append(&names, "", 1);
    failure_set(failure, FAILURE_USAGE, "no strategy '%.*s'%schoose from %s, or all", (int)length, name,
        suggest_amid(&suggestion, "").text, names.out_of_memory ? "others" : names.bytes);
    buffer_release(&names);
    return -1;
}

static int strategy_refuse_option(const struct strategy *strategy, const char *pair, struct failure *failure)
{
    size_t length = strcspn(pair, "=:");
    struct suggestion suggestion = suggest_for(pair, length);
    struct buffer names = {0};

    for (const struct strategy_option *option = strategy->options; option && option->name; option++) {
        suggest_offer(&suggestion, option->name, strlen(option->name));
        buffer_printf(&names, "%s%s", option == strategy->options ? "" : ", ", option->name);
    }
    buffer_append(&names, "", 1);
    bool has_options = names.size > 1;
    failure_set(failure, FAILURE_USAGE, "strategy '%s' has no option '%.*s'%sit has %s", strategy->name,
        (int)length, pair, suggest_amid(&suggestion, "").text, has_options ? names.bytes : "none");
    buffer_release(&names);
    return -1;
}

static int strategy_refuse_value(const struct strategy *strategy, const struct strategy_option *option,
    const char *value, size_t length, struct failure *failure)
{
    struct suggestion suggestion = suggest_for(value, length);
    struct buffer allowed = {0};

    for (size_t i = 0; option->choices && option->choices[i]; i++) {
        suggest_offer(&suggestion, option->choices[i], strlen(option->choices[i]));
        buffer_printf(&allowed, "%s'%s'", i ? " or " : "", option->choices[i]);
    }
    if (!option->choices)
        buffer_printf(&allowed, "a whole number from %ld to %ld%s", option->minimum, option->maximum,
            option->automatic ? ", or 'auto'" : "");
    buffer_append(&allowed, "", 1);
    failure_set(failure, FAILURE_USAGE, "option '%s' of strategy '%s' takes %s, not '%.*s'%s", option->name,
        strategy->name, allowed.out_of_memory ? "another value" : allowed.bytes, (int)length, value,
        suggest_last(&suggestion).text);
    buffer_release(&allowed);
    return -1;
}

static bool strategy_parse_choice(
    const struct strategy_option *option, const char *value, size_t length, long *number)
{
    for (long i = 0; option->choices[i]; i++)
        if (strlen(option->choices[i]) == length && strncmp(option->choices[i], value, length) == 0) {
            *number = i;
            return true;
        }
    return false;
}

static bool strategy_parse_number(
    const struct strategy_option *option, const char *value, size_t length, long *number)
{
    char *end = NULL;

    *number = STRATEGY_AUTO;
    if (option->automatic && length == strlen("auto") && strncmp(value, "auto", length) == 0)
        return true;
    if (length == 0 || strspn(value, "0123456789") != length)
        return false;
    errno = 0;
    *number = strtol(value, &end, 10);
    return errno == 0 && *number >= option->minimum && *number <= option->maximum;
}

/* One "key=value", up to the next ":" or the end. */
static int strategy_parse_option(const struct strategy *strategy, const char *pair,
    struct strategy_values *values, struct failure *failure)
{
    size_t key_length = strcspn(pair, "=:");

    for (size_t i = 0; strategy->options && strategy->options[i].name; i++) {
        const struct strategy_option *option = &strategy->options[i];
        if (strlen(option->name) != key_length || strncmp(option->name, pair, key_length) != 0)
            continue;
        const char *value = pair + key_length + (pair[key_length] == '=');
        size_t length = strcspn(value, ":");
        bool is_good = option->choices ? strategy_parse_choice(option, value, length, &values->numbers[i])
                                       : strategy_parse_number(option, value, length, &values->numbers[i]);
        return is_good ? 0 : strategy_refuse_value(strategy, option, value, length, failure);
    }
    return strategy_refuse_option(strategy, pair, failure);
}

int strategy_parse_options(const struct strategy *strategy, const char *options,
    struct strategy_values *values, struct failure *failure)
{
    *values = (struct strategy_values){{0}};
    for (size_t i = 0; strategy->options && strategy->options[i].name; i++)
        values->numbers[i] = strategy->options[i].fallback;
    if (*options != '\0' && *options != ':')
        return failure_set(failure, FAILURE_USAGE, "options of strategy '%s' begin with ':', not '%s'",
            strategy->name, options);
    for (const char *rest = options; *rest == ':'; rest += strcspn(rest, ":"))
        if (strategy_parse_option(strategy, ++rest, values, failure) != 0)
            return -1;
    return 0;
}

int strategy_parse(const char *spec, const struct strategy **strategy, struct strategy_values *values,
    struct failure *failure)
{
    size_t name_length = strcspn(spec, ":");

    *strategy = strategy_find_n(spec, name_length);
    if (!*strategy)
        return strategy_refuse_name(spec, name_length, failure);
    return strategy_parse_options(*strategy, spec + name_length, values, failure);
}

void strategy_write(
    const struct strategy *strategy, const struct strategy_values *values, struct buffer *text)
{
    buffer_append_text(text, strategy->name);
    for (size_t i = 0; strategy->options && strategy->options[i].name; i++)
        buffer_printf(text, ":%s=%ld", strategy->options[i].name, values->numbers[i]);
}

void strategy_write_values(const struct strategy_option *option, struct buffer *text)
{
    for (size_t i = 0; option->choices && option->choices[i]; i++)
        buffer_printf(text, "%s%s", i ? "|" : "", option->choices[i]);
    if (!option->choices)
        buffer_printf(text, "%ld..%ld%s", option->minimum, option->maximum, option->automatic ? "|auto" : "");
}

void strategy_write_help(const struct strategy_option *option, struct buffer *text)
{
    buffer_printf(text, "%s (default ", option->help);
    if (option->choices)
        buffer_printf(text, "%s)", option->choices[option->fallback]);
    else if (option->automatic)
        buffer_printf(text, "auto: %s)", option->automatic);
    else
        buffer_printf(text, "%ld)", option->fallback);
}

static void strategy_describe_option(const struct strategy_option *option, struct buffer *text)
{
    struct buffer name = {0};
    struct buffer help = {0};

    buffer_printf(&name, "    %s=", option->name);
    strategy_write_values(option, &name);
    strategy_write_help(option, &help);
    wrap_append_item(text, &name, OPTION_COLUMN, &help);
}

void strategy_describe_unavailable(const char *reason, struct buffer *text)
{
    static const char said[] = "    not available: ";

    buffer_append_text(text, said);
    wrap_append(text, reason, strlen(said), REASON_COLUMN, WRAP_COLUMNS);
}

void strategy_describe(const struct strategy *strategy, const char *unavailable, struct buffer *text)
{
    struct buffer name = {0};
    struct buffer words = {0};

    buffer_append_text(&name, strategy->name);
    buffer_printf(&words, "%s [%s]", strategy->summary, strategy_family_word(strategy->family));
    wrap_append_item(text, &name, STRATEGY_COLUMN, &words);
    if (unavailable)
        strategy_describe_unavailable(unavailable, text);
    for (const struct strategy_option *option = strategy->options; option && option->name; option++)
        strategy_describe_option(option, text);
}
