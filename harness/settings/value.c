#include "value.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"

/* All of `text` in digits. */
static int value_parse_count(
    const struct setting *setting, const char *text, uint64_t *count, struct failure *failure)
{
    bool is_number = text[0] != '\0' && strspn(text, "0123456789") == strlen(text);

    errno = 0;
    unsigned long long value = is_number ? strtoull(text, NULL, 10) : 0;
    if (!is_number || errno != 0 || value < setting->least || value > setting->most)
        return failure_set(failure, FAILURE_USAGE, "--%s takes a whole number from %llu to %llu, not '%s'",
            setting->name, (unsigned long long)setting->least, (unsigned long long)setting->most, text);
    *count = value;
    return 0;
}

/* A number with or without decimals, all of `text`; NaN when it is none. */
static double value_decimal(const char *text)
{
    char *end = NULL;
    bool is_number = text[0] != '\0' && strspn(text, "0123456789.") == strlen(text);
    double value = is_number ? strtod(text, &end) : NAN;

    return is_number && *end == '\0' ? value : NAN;
}

static int value_parse_number(
    const struct setting *setting, const char *text, double *number, struct failure *failure)
{
    double value = value_decimal(text);

    double least = (double)setting->least / 1000;
    double most = (double)setting->most / 1000;

    if (!(value >= least && value <= most))
        return failure_set(failure, FAILURE_USAGE, "--%s takes a number from %g to %.0f, not '%s'",
            setting->name, least, most, text);
    *number = value;
    return 0;
}

static int value_parse_percent(
    const struct setting *setting, const char *text, double *fraction, struct failure *failure)
{
    double percent = value_decimal(text);

    if (!(percent >= (double)setting->least && percent <= (double)setting->most))
        return failure_set(failure, FAILURE_USAGE, "--%s takes a percentage from %llu to %llu, not '%s'",
            setting->name, (unsigned long long)setting->least, (unsigned long long)setting->most, text);
    *fraction = percent / 100;
    return 0;
}

static int value_parse_seconds(
    const struct setting *setting, const char *text, uint64_t *milliseconds, struct failure *failure)
{
    double value = value_decimal(text) * 1000;

    if (!(value >= (double)setting->least && value <= (double)setting->most))
        return failure_set(failure, FAILURE_USAGE, "--%s takes seconds from %g to %g, not '%s'",
            setting->name, (double)setting->least / 1000, (double)setting->most / 1000, text);
    *milliseconds = (uint64_t)llround(value);
    return 0;
}

/* The words shown are separated by "|". */
static int value_parse_choice(
    const struct setting *setting, const char *text, unsigned int *choice, struct failure *failure)
{
    struct suggestion suggestion = suggest_for(text, strlen(text));
    const char *word = setting->shown;

    for (unsigned int place = 0;; place++) {
        size_t length = strcspn(word, "|");
        suggest_offer(&suggestion, word, length);
        if (strlen(text) == length && strncmp(text, word, length) == 0) {
            *choice = place;
            return 0;
        }
        if (word[length] == '\0')
            return failure_set(failure, FAILURE_USAGE, "--%s takes %s, not '%s'%s", setting->name,
                setting->shown, text, suggest_last(&suggestion).text);
        word += length + 1;
    }
}

static int value_parse_flag(
    const struct setting *setting, const char *text, bool *flag, struct failure *failure)
{
    *flag = text[0] == '\0' || strcmp(text, "true") == 0;
    if (*flag || strcmp(text, "false") == 0)
        return 0;
    return failure_set(failure, FAILURE_USAGE, "--%s takes true or false, not '%s'", setting->name, text);
}

int value_check_text(const struct setting *setting, const char *text, struct failure *failure)
{
    if (text[0] == '\0')
        return failure_set(failure, FAILURE_USAGE, "--%s needs a value: %s", setting->name, setting->shown);
    return 0;
}

/* One value into the member, which borrows a text. Not for lists. */
int value_parse(const struct setting *setting, const char *text, void *member, struct failure *failure)
{
    switch (setting->kind) {
    case KIND_FLAG:
        return value_parse_flag(setting, text, member, failure);
    case KIND_COUNT:
        return value_parse_count(setting, text, member, failure);
    case KIND_SECONDS:
        return value_parse_seconds(setting, text, member, failure);
    case KIND_NUMBER:
        return value_parse_number(setting, text, member, failure);
    case KIND_PERCENT:
        return value_parse_percent(setting, text, member, failure);
    case KIND_CHOICE:
        return value_parse_choice(setting, text, member, failure);
    default:
        *(const char **)member = text;
        return value_check_text(setting, text, failure);
    }
}
