#include "completion.h"

#include <stdio.h>
#include <string.h>

/* What would end a line of the answer, or its first part. */
#define SEPARATORS "\t\r\n"

/* Of the word, what candidates follow. */
static size_t completion_kept(const struct completion *completion)
{
    return (size_t)(completion->value - completion->word);
}

void completion_offer(
    struct completion *completion, const char *text, const char *ending, const char *description)
{
    size_t kept = completion_kept(completion);

    if (strncmp(text, completion->value, strlen(completion->value)) != 0 ||
        text[strcspn(text, SEPARATORS)] != '\0' || strcspn(completion->word, SEPARATORS) < kept)
        return;
    buffer_printf(completion->answer, "%.*s%s%s%s%.*s\n", (int)kept, completion->word, text, ending,
        description[0] ? "\t" : "", (int)strcspn(description, ";" SEPARATORS), description);
}

static void completion_offer_paths(struct completion *completion, const char *kind)
{
    size_t kept = completion_kept(completion);

    if (strcspn(completion->word, SEPARATORS) >= kept)
        buffer_printf(completion->answer, "%s\t%.*s\n", kind, (int)kept, completion->word);
}

void completion_offer_files(struct completion *completion)
{
    completion_offer_paths(completion, ":files");
}

void completion_offer_folders(struct completion *completion)
{
    completion_offer_paths(completion, ":folders");
}

void completion_ask_for_more(struct completion *completion)
{
    buffer_append_text(completion->answer, ":nospace\n");
}

void completion_enter_list(struct completion *completion)
{
    const char *comma = strrchr(completion->value, ',');

    if (comma)
        completion->value = comma + 1;
    completion_ask_for_more(completion);
}

void completion_offer_choices(struct completion *completion, const char *words)
{
    char word[64];

    for (; *words; words += strspn(words, "|")) {
        size_t length = strcspn(words, "|");
        (void)snprintf(word, sizeof word, "%.*s", (int)length, words);
        completion_offer(completion, word, "", "");
        words += length;
    }
}
