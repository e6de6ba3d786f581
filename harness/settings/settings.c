#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "value.h"
#include "workload.h"

#define KEPT  SETTING_KEPT
#define TOLD  SETTING_TOLD
#define AGAIN SETTING_AGAIN

const struct setting settings_table[SETTING_COUNT] = {
#define HEADING(group, text) [SETTING_GROUP_##group] = {.kind = KIND_HEADING, .name = (text)},
#define SETTING(kind, member, letter, name, shown, least, most, fallback, roles, mark, help)                 \
    [SETTING_##member] = {KIND_##kind, offsetof(struct settings, member), (letter), (name), (shown),         \
        (least), (most), (fallback), (roles), (mark), (help)},
#include "settings.def"
};

/* The size of the member of each kind. */
static const size_t kind_sizes[] = {
#define X(KIND, type) [KIND_##KIND] = sizeof(type),
    SETTING_KINDS(X)
#undef X
};

const struct setting *setting_find(const char *name, size_t length)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        bool has_name = strlen(setting->name) == length && strncmp(setting->name, name, length) == 0;
        if (setting->kind != KIND_HEADING && has_name)
            return setting;
    }
    return NULL;
}

static struct texts *setting_levels(struct settings *settings, const struct setting *setting)
{
    return &settings->levels[setting - settings_table];
}

static bool setting_is_text(const struct setting *setting)
{
    return setting->kind == KIND_TEXT || setting->kind == KIND_FILE || setting->kind == KIND_URL;
}

static bool setting_is_list(const struct setting *setting)
{
    return setting->kind == KIND_TEXTS || setting->kind == KIND_HEADERS;
}

static void text_free(const char *text)
{
    free((char *)(uintptr_t)text); /* NOLINT(performance-no-int-to-ptr) */
}

static void texts_clear(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        text_free(texts->items[i]);
    free(texts->items);
    *texts = (struct texts){0};
}

static int texts_append(struct texts *texts, const char *text, size_t length, struct failure *failure)
{
    const char **items = realloc(texts->items, (texts->count + 1) * sizeof *items);
    char *copy = strndup(text, length);

    texts->items = items ? items : texts->items;
    if (!items || !copy) {
        free(copy);
        return failure_set(failure, FAILURE_RUN, "out of memory");
    }
    items[texts->count++] = copy;
    return 0;
}

static void *setting_member(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

int setting_choose(
    struct settings *copy, const struct setting *axis, const char *level, struct failure *failure)
{
    return value_parse(axis, level, setting_member(copy, axis), failure);
}

/* Is there a level of the same value, however it is written? */
static bool setting_has_level(
    const struct settings *settings, const struct setting *axis, const struct settings *chosen)
{
    const struct texts *levels = &settings->levels[axis - settings_table];
    struct settings other = *chosen;
    struct failure failure;

    for (size_t i = 0; i < levels->count; i++)
        if (setting_choose(&other, axis, levels->items[i], &failure) == 0 &&
            setting_is_same(&other, chosen, axis))
            return true;
    return false;
}

/* Checks the level and adds it, unless it is there already. */
static int setting_add_level(struct settings *settings, const struct setting *axis, const char *level,
    size_t length, struct failure *failure)
{
    struct texts *levels = setting_levels(settings, axis);
    struct settings chosen = {0};

    if (texts_append(levels, level, length, failure) != 0)
        return -1;
    const char *added = levels->items[--levels->count];
    int result = setting_choose(&chosen, axis, added, failure);
    bool is_new = result == 0 && !setting_has_level(settings, axis, &chosen);
    if (is_new)
        levels->count++;
    else
        text_free(added);
    return result;
}

/* The last list given counts. */
static int setting_read_levels(
    struct settings *settings, const struct setting *axis, const char *text, struct failure *failure)
{
    texts_clear(setting_levels(settings, axis));
    for (const char *level = text;; level += strcspn(level, ",") + 1) {
        size_t length = strcspn(level, ",");
        if (setting_add_level(settings, axis, level, length, failure) != 0)
            return -1;
        if (level[length] == '\0')
            break;
    }
    return setting_choose(settings, axis, setting_levels(settings, axis)->items[0], failure);
}

static int setting_read_text(
    const char **member, const struct setting *setting, const char *text, struct failure *failure)
{
    char *copy = strdup(text);

    if (!copy)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    if (value_check_text(setting, copy, failure) != 0) {
        free(copy);
        return -1;
    }
    text_free(*member);
    *member = copy;
    return 0;
}

int setting_read(
    struct settings *settings, const struct setting *setting, const char *text, struct failure *failure)
{
    void *member = setting_member(settings, setting);

    if (setting_is_axis(setting))
        return setting_read_levels(settings, setting, text, failure);
    if (setting_is_text(setting))
        return setting_read_text(member, setting, text, failure);
    if (!setting_is_list(setting))
        return value_parse(setting, text, member, failure);
    if (setting->kind == KIND_HEADERS && workload_check_header(text, failure) != 0)
        return -1;
    return texts_append(member, text, strlen(text), failure);
}

void setting_clear(struct settings *settings, const struct setting *setting)
{
    void *member = setting_member(settings, setting);

    if (setting_is_list(setting)) {
        texts_clear(member);
    } else if (setting_is_text(setting)) {
        if (!setting_is_axis(setting))
            text_free(*(const char **)member);
        *(const char **)member = NULL;
    }
    texts_clear(setting_levels(settings, setting));
}

bool setting_is_same(const struct settings *one, const struct settings *other, const struct setting *setting)
{
    const void *first = (const char *)one + setting->offset;
    const void *second = (const char *)other + setting->offset;

    if (!setting_is_text(setting))
        return memcmp(first, second, kind_sizes[setting->kind]) == 0;
    const char *text = *(const char *const *)first;
    const char *other_text = *(const char *const *)second;
    return text && other_text ? strcmp(text, other_text) == 0 : text == other_text;
}

/* The member as it is, and the levels that were given. */
static int setting_copy_levels(
    struct settings *to, const struct settings *from, const struct setting *axis, struct failure *failure)
{
    const struct texts *levels = &from->levels[axis - settings_table];
    struct texts *copies = setting_levels(to, axis);
    int result = 0;

    memcpy(setting_member(to, axis), (const char *)from + axis->offset, kind_sizes[axis->kind]);
    for (size_t i = 0; result == 0 && i < levels->count; i++)
        result = texts_append(copies, levels->items[i], strlen(levels->items[i]), failure);
    return result == 0 && copies->count > 0 ? setting_choose(to, axis, copies->items[0], failure) : result;
}

int setting_copy(
    struct settings *to, const struct settings *from, const struct setting *setting, struct failure *failure)
{
    const void *source = (const char *)from + setting->offset;
    int result = 0;

    setting_clear(to, setting);
    if (setting_is_axis(setting))
        return setting_copy_levels(to, from, setting, failure);
    if (setting_is_list(setting)) {
        const struct texts *texts = source;
        for (size_t i = 0; result == 0 && i < texts->count; i++)
            result = setting_read(to, setting, texts->items[i], failure);
    } else if (setting_is_text(setting)) {
        const char *text = *(const char *const *)source;
        result = text ? setting_read(to, setting, text, failure) : 0;
    } else {
        memcpy(setting_member(to, setting), source, kind_sizes[setting->kind]);
    }
    return result;
}

int settings_init(struct settings *settings, struct failure *failure)
{
    int result = 0;

    memset(settings, 0, sizeof *settings);
    for (size_t id = 0; result == 0 && id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        if (setting->fallback && setting_is_text(setting))
            result = setting_read(settings, setting, setting->fallback, failure);
        else if (setting->fallback)
            result = value_parse(setting, setting->fallback, setting_member(settings, setting), failure);
    }
    return result;
}

void settings_release(struct settings *settings)
{
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (settings_table[id].kind != KIND_HEADING)
            setting_clear(settings, &settings_table[id]);
}

static void setting_write_word(const struct setting *setting, unsigned int place, struct buffer *text)
{
    const char *word = setting->shown;

    while (place-- > 0)
        word += strcspn(word, "|") + 1;
    buffer_append(text, word, strcspn(word, "|"));
}

void setting_write(const struct settings *settings, const struct setting *setting, struct buffer *text)
{
    const void *member = (const char *)settings + setting->offset;
    const char *value = NULL;
    uint64_t count = 0;

    switch (setting->kind) {
    case KIND_FLAG:
        buffer_append_text(text, *(const bool *)member ? "true" : "false");
        return;
    case KIND_COUNT:
    case KIND_SECONDS:
        count = *(const uint64_t *)member;
        if (count >= setting->least && setting->kind == KIND_COUNT)
            buffer_printf(text, "%llu", (unsigned long long)count);
        else if (count >= setting->least)
            buffer_printf(text, "%.12g", (double)count / 1000);
        return;
    case KIND_NUMBER:
        if (*(const double *)member > 0)
            buffer_printf(text, "%.12g", *(const double *)member);
        return;
    case KIND_PERCENT:
        buffer_printf(text, "%.12g", *(const double *)member * 100);
        return;
    case KIND_CHOICE:
        setting_write_word(setting, *(const unsigned int *)member, text);
        return;
    case KIND_URL:
        value = *(const char *const *)member;
        if (value)
            workload_show_url(value, text);
        return;
    default:
        value = *(const char *const *)member;
        buffer_append_text(text, value ? value : "");
    }
}

static int setting_check_file(const struct setting *setting, const char *path, struct failure *failure)
{
    if (!path || access(path, R_OK) == 0)
        return 0;
    return failure_set_errno(failure, FAILURE_USAGE, "--%s '%s' can't be read", setting->name, path);
}

/* The member, and the other levels of an axis. */
static int setting_check_files(
    const struct settings *settings, const struct setting *setting, struct failure *failure)
{
    const struct texts *levels = &settings->levels[setting - settings_table];
    const char *const *member = (const void *)((const char *)settings + setting->offset);

    for (size_t i = 0; i < levels->count; i++)
        if (setting_check_file(setting, levels->items[i], failure) != 0)
            return -1;
    return setting_check_file(setting, *member, failure);
}

/* The embedded origin comes with its own address and authority. */
const char *settings_base(const struct settings *settings)
{
    if (settings->base_url)
        return settings->base_url;
    return settings->tls ? "https://127.0.0.1/" : "http://127.0.0.1/";
}

static int settings_check_origin(const struct settings *settings, struct failure *failure)
{
    if (settings->tls && settings->base_url)
        return failure_set(failure, FAILURE_USAGE,
            "--tls is about the embedded origin, which --base-url replaces; drop one of them (a base URL may "
            "begin with https://)");
    if (settings->origin_addresses > 1 && settings->base_url)
        return failure_set(failure, FAILURE_USAGE,
            "--origin-addresses is about the embedded origin, which --base-url replaces; drop one of them");
    if (settings->origin_addresses > 1 && settings->proxy)
        return failure_set(failure, FAILURE_USAGE,
            "--origin-addresses chooses connections, which are the proxy's with --proxy; drop one of them");
    return 0;
}

/* Standard output has the summary in one form, and nothing else then. */
static int settings_check_output(const struct settings *settings, struct failure *failure)
{
    int forms = settings->markdown + settings->csv + settings->json;

    if (forms > 1)
        return failure_set(failure, FAILURE_USAGE,
            "--markdown, --csv and --json are different forms of one summary; leave all but one out");
    if (forms == 1 && (settings->trace || settings->experiment))
        return failure_set(failure, FAILURE_USAGE,
            "%s prints more than one summary, which --markdown, --csv and --json are forms of; leave one of "
            "the "
            "two out",
            settings->trace ? "--trace" : "--experiment");
    if (settings->columns && !settings->csv && !settings->json)
        return failure_set(failure, FAILURE_USAGE,
            "--columns means nothing without --csv or --json; add one of them, or drop --columns");
    return 0;
}

int settings_check(const struct settings *settings, struct failure *failure)
{
    if (settings_check_output(settings, failure) != 0)
        return -1;
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        if (setting->kind == KIND_FILE && setting_check_files(settings, setting, failure) != 0)
            return -1;
    }
    if (settings->base_url && workload_check_base_url(settings->base_url, failure) != 0)
        return -1;
    if (settings_check_origin(settings, failure) != 0)
        return -1;
    bool has_proxy = settings->proxy && strcmp(settings->proxy, PROXY_OF_ENVIRONMENT) != 0;
    return has_proxy ? workload_check_proxy(settings->proxy, failure) : 0;
}
