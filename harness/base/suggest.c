#include "suggest.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What is typed and is this long may be a part of the word that was meant. */
#define SUGGEST_PART_MIN 3

static char suggest_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool suggest_is_same(char one, char other)
{
    return suggest_lower(one) == suggest_lower(other);
}

static size_t suggest_least(size_t one, size_t other)
{
    return one < other ? one : other;
}

size_t suggest_distance(const char *one, size_t one_length, const char *other, size_t other_length)
{
    size_t rows[3][SUGGEST_LENGTH_MAX + 1]; /* of the table, the last three, in turn */

    if (one_length > SUGGEST_LENGTH_MAX || other_length > SUGGEST_LENGTH_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= other_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= one_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *before = rows[(i + 2) % 3];
        row[0] = i;
        for (size_t j = 1; j <= other_length; j++) {
            size_t changed = before[j - 1] + !suggest_is_same(one[i - 1], other[j - 1]);
            row[j] = suggest_least(changed, suggest_least(before[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && suggest_is_same(one[i - 1], other[j - 2]) &&
                suggest_is_same(one[i - 2], other[j - 1]))
                row[j] = suggest_least(row[j], rows[(i + 1) % 3][j - 2] + 1);
        }
    }
    return rows[one_length % 3][other_length];
}

struct suggestion suggest_for(const char *typed, size_t length)
{
    return (struct suggestion){.typed = typed, .length = length};
}

static bool suggest_is_part(const struct suggestion *suggestion, const char *word, size_t length)
{
    if (suggestion->length < SUGGEST_PART_MIN)
        return false;
    for (size_t at = 0; at + suggestion->length <= length; at++)
        if (suggest_distance(suggestion->typed, suggestion->length, word + at, suggestion->length) == 0)
            return true;
    return false;
}

/* One slip for each three letters, and two letters alone may be swapped. A part counts as the last resort. */
void suggest_offer(struct suggestion *suggestion, const char *word, size_t length)
{
    size_t most = suggestion->length < 3 ? 1 : suggestion->length / 3;
    size_t distance = suggest_distance(suggestion->typed, suggestion->length, word, length);

    if (distance > most || distance >= length)
        distance = suggest_is_part(suggestion, word, length) ? most + 1 : SIZE_MAX;
    if (distance == SIZE_MAX || (suggestion->nearest && distance >= suggestion->distance))
        return;
    suggestion->nearest = word;
    suggestion->nearest_length = length;
    suggestion->distance = distance;
}

static struct suggest_text suggest_write(
    const struct suggestion *suggestion, const char *lead, const char *rest)
{
    struct suggest_text text;

    (void)snprintf(text.text, sizeof text.text, "; did you mean '%s%.*s'?%s", lead,
        (int)suggestion->nearest_length, suggestion->nearest, rest);
    return text;
}

struct suggest_text suggest_amid(const struct suggestion *suggestion, const char *lead)
{
    return suggestion->nearest ? suggest_write(suggestion, lead, " ") : (struct suggest_text){"; "};
}

struct suggest_text suggest_last(const struct suggestion *suggestion)
{
    return suggestion->nearest ? suggest_write(suggestion, "", "") : (struct suggest_text){""};
}
