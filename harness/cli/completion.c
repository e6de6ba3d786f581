#include "completion.h"

#include <stdio.h>
#include <string.h>

void completion_offer(
    struct completion *completion, const char *text, const char *ending, const char *description)
{
    size_t typed = strlen(completion->value);
    size_t kept = (size_t)(completion->value - completion->word);

    if (strncmp(text, completion->value, typed) == 0)
        buffer_printf(completion->answer, "%.*s%s%s%s%.*s\n", (int)kept, completion->word, text, ending,
            description[0] ? "\t" : "", (int)strcspn(description, ";"), description);
}

static void completion_offer_paths(struct completion *completion, const char *kind)
{
    size_t kept = (size_t)(completion->value - completion->word);

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
