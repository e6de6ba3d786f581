/*
 * options_fuzz: the command line, each argument ended by a NUL. It is either refused as bad usage, or every
 * value is one that its option allows, and the strategies it names become arms or are refused likewise.
 */
#include <string.h>

#include "arms.h"
#include "fuzz.h"
#include "option_table.h"
#include "options.h"

#define ARGUMENTS_MAX 64

/* Points `argv` at the arguments in `text`, which ends in a NUL. Returns how many there are. */
static int options_fuzz_split(char *text, size_t size, char *argv[ARGUMENTS_MAX + 2])
{
    int argc = 0;

    argv[argc++] = text; /* the program's name: whatever it is */
    for (char *at = text; at < text + size && argc <= ARGUMENTS_MAX; at += strlen(at) + 1)
        argv[argc++] = at;
    argv[argc] = NULL;
    return argc;
}

static void options_fuzz_check_counts(const struct option_counts *counts, const struct option_entry *entry)
{
    for (size_t i = 0; i < counts->count; i++)
        FUZZ_CHECK(
            counts->items[i] >= entry->minimum && counts->items[i] <= entry->maximum, "--%s", entry->name);
}

static size_t options_fuzz_word_count(const char *words)
{
    size_t count = 1;

    for (; *words; words++)
        count += *words == '|';
    return count;
}

/* 0 may also be the default of a number, which stands for "not given". */
static void options_fuzz_check_value(const struct options *options, const struct option_entry *entry)
{
    const void *member = (const char *)options + entry->offset;

    switch (entry->kind) {
    case OPTION_COUNT:
    case OPTION_SECONDS:
        FUZZ_CHECK(*(const uint64_t *)member <= entry->maximum, "--%s", entry->name);
        break;
    case OPTION_COUNTS:
        options_fuzz_check_counts(member, entry);
        break;
    case OPTION_PERCENT:
        FUZZ_CHECK(*(const double *)member >= 0 && *(const double *)member * 100 <= (double)entry->maximum,
            "--%s", entry->name);
        break;
    case OPTION_CHOICE:
        FUZZ_CHECK(
            *(const unsigned int *)member < options_fuzz_word_count(entry->argument), "--%s", entry->name);
        break;
    case OPTION_TEXT:
        FUZZ_CHECK(!*(const char *const *)member || **(const char *const *)member, "--%s", entry->name);
        break;
    default:
        break;
    }
}

static void options_fuzz_check_arm(const struct arms *arms, size_t index)
{
    const struct arm *arm = &arms->items[index];

    FUZZ_CHECK(arm->concurrency >= 1, "%s", arm->label);
    for (size_t i = 0; i < index; i++)
        FUZZ_CHECK(
            strcmp(arms->items[i].label, arm->label) != 0 || arms->items[i].concurrency != arm->concurrency,
            "%s twice", arm->label);
}

static void options_fuzz_expand(const struct options *options)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct arms arms;

    if (arms_expand(&arms, &options->strategies, &options->concurrency, &failure) != 0) {
        FUZZ_CHECK(failure.code == FAILURE_USAGE && failure.message[0], "%s", failure.message);
        FUZZ_CHECK(!arms.items, "there are arms all the same");
        return;
    }
    FUZZ_CHECK(arms.count > 0, "no arms");
    for (size_t i = 0; i < arms.count; i++)
        options_fuzz_check_arm(&arms, i);
    arms_release(&arms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct options options;
    char *argv[ARGUMENTS_MAX + 2];
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    int argc = options_fuzz_split(text, size, argv);
    if (options_parse(&options, argc, argv, &failure) == 0) {
        for (size_t i = 0; i < option_count; i++)
            options_fuzz_check_value(&options, &option_table[i]);
        options_fuzz_expand(&options);
        options_release(&options);
    } else {
        FUZZ_CHECK(failure.code == FAILURE_USAGE && failure.message[0], "%s", failure.message);
    }
    free(text);
    return 0;
}
