#include "complete_options.h"

#include <string.h>

/* An option with its argument, where the word has one. */
struct complete_word {
    const struct setting *setting; /* NULL: it is no option that takes one */
    const char *argument;          /* NULL: the next word is the argument */
};

const struct setting *complete_find_long(const char *name, size_t length)
{
    const struct setting *found = setting_find(name, length);
    size_t count = 0;

    if (found)
        return found;
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (settings_table[id].kind != KIND_HEADING && strncmp(settings_table[id].name, name, length) == 0) {
            found = &settings_table[id];
            count++;
        }
    return count == 1 ? found : NULL;
}

static const struct setting *complete_find_letter(char letter)
{
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (settings_table[id].letter && settings_table[id].letter == letter)
            return &settings_table[id];
    return NULL;
}

/* "--concurrency", "--conc=8" */
static struct complete_word complete_read_long(const char *word)
{
    size_t length = strcspn(word + 2, "=");
    const struct setting *setting = complete_find_long(word + 2, length);
    const char *end = word + 2 + length;

    if (!setting || setting->kind == KIND_FLAG)
        return (struct complete_word){0};
    return (struct complete_word){setting, *end == '=' ? end + 1 : NULL};
}

/* "-c", "-qc", "-qc8": behind the first letter that takes an argument, all the rest is the argument. */
static struct complete_word complete_read_letters(const char *word)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const struct setting *setting = complete_find_letter(*letter);
        if (!setting)
            break;
        if (setting->kind != KIND_FLAG)
            return (struct complete_word){setting, letter[1] ? letter + 1 : NULL};
    }
    return (struct complete_word){0};
}

static struct complete_word complete_read_word(const char *word)
{
    if (strncmp(word, "--", 2) == 0)
        return complete_read_long(word);
    return word[0] == '-' ? complete_read_letters(word) : (struct complete_word){0};
}

struct complete_place complete_read_words(char *const *words, size_t count,
    void (*visit)(const struct setting *setting, const char *argument, void *context), void *context)
{
    struct complete_place place = {0};

    for (size_t i = 0; i < count; i++) {
        if (!place.wanted && strcmp(words[i], "--") == 0)
            return (struct complete_place){.is_operand = true};
        struct complete_word word =
            place.wanted ? (struct complete_word){place.wanted, words[i]} : complete_read_word(words[i]);
        place.wanted = word.argument ? NULL : word.setting;
        if (word.argument && visit)
            visit(word.setting, word.argument, context);
    }
    return place;
}
