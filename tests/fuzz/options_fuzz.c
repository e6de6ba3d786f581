/*
 * options_fuzz: the command line, each argument ended by a NUL. It is either refused as bad usage, or every
 * value is one that its option allows, and the strategies it names become arms or are refused likewise.
 */
#include <string.h>

#include "arms.h"
#include "fuzz.h"
#include "options.h"
#include "settings_json.h"

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

static size_t options_fuzz_word_count(const char *words)
{
    size_t count = 1;

    for (; *words; words++)
        count += *words == '|';
    return count;
}

/* 0 may also stand for "not set". */
static void options_fuzz_check_value(const struct settings *settings, const struct setting *setting)
{
    const void *member = (const char *)settings + setting->offset;

    switch (setting->kind) {
    case KIND_COUNT:
    case KIND_SECONDS:
        FUZZ_CHECK(*(const uint64_t *)member <= setting->most, "--%s", setting->name);
        break;
    case KIND_PERCENT:
        FUZZ_CHECK(*(const double *)member >= 0 && *(const double *)member * 100 <= (double)setting->most,
            "--%s", setting->name);
        break;
    case KIND_CHOICE:
        FUZZ_CHECK(
            *(const unsigned int *)member < options_fuzz_word_count(setting->shown), "--%s", setting->name);
        break;
    case KIND_TEXT:
        FUZZ_CHECK(!*(const char *const *)member || **(const char *const *)member, "--%s", setting->name);
        break;
    default:
        break;
    }
}

/* What is written down reads back, unless a text is no UTF-8. */
static void options_fuzz_write_down(const struct settings *settings)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct settings again;
    json_t *withheld = json_array();
    json_t *object = settings_to_json(settings, SETTING_KEPT, withheld);

    FUZZ_CHECK(object, "can't be written");
    FUZZ_CHECK(settings_init(&again, &failure) == 0, "%s", failure.message);
    FUZZ_CHECK(settings_from_json(&again, SETTING_KEPT, object, &failure) == 0, "%s", failure.message);
    settings_release(&again);
    json_decref(object);
    json_decref(withheld);
}

static void options_fuzz_check_arm(const struct arms *arms, size_t index)
{
    const struct arm *arm = &arms->items[index];

    FUZZ_CHECK(arm->settings.concurrency >= 1, "%s", arm->label);
    for (size_t i = 0; i < index; i++)
        FUZZ_CHECK(strcmp(arms->items[i].name, arm->name) != 0, "%s twice", arm->name);
}

static const struct arms_load one_server = {.server_count = 1, .request_count = UINT64_MAX};

static void options_fuzz_expand(const struct settings *settings)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct arms arms;

    if (arms_expand(&arms, settings, &one_server, &failure) != 0) {
        FUZZ_CHECK(failure.code == FAILURE_USAGE && failure.message[0], "%s", failure.message);
        FUZZ_CHECK(!arms.items, "there are arms all the same");
        return;
    }
    FUZZ_CHECK(arms.count > 0, "no arms");
    for (size_t i = 0; i < arms.count && i < 50; i++)
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
        for (size_t id = 0; id < SETTING_COUNT; id++)
            options_fuzz_check_value(&options.settings, &settings_table[id]);
        options_fuzz_write_down(&options.settings);
        options_fuzz_expand(&options.settings);
        options_release(&options);
    } else {
        FUZZ_CHECK(failure.code == FAILURE_USAGE && failure.message[0], "%s", failure.message);
    }
    free(text);
    return 0;
}
