/* Settings: their table, their texts, and their JSON. The command line as a whole is in cli_test.c. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings_json.h"

static struct settings defaults(void)
{
    struct settings settings;
    struct failure failure = {.code = FAILURE_NONE};

    cr_assert_eq(settings_init(&settings, &failure), 0, "%s", failure.message);
    return settings;
}

static void set(struct settings *settings, const char *name, const char *text)
{
    struct failure failure = {.code = FAILURE_NONE};
    const struct setting *setting = setting_find(name, strlen(name));

    cr_assert_not_null(setting, "no setting '%s'", name);
    cr_assert_eq(setting_read(settings, setting, text, &failure), 0, "%s", failure.message);
}

/* A value that is neither the default nor "not set". */
static const char *other_value(const struct setting *setting, char text[64])
{
    switch (setting->kind) {
    case KIND_FLAG:
        return "true";
    case KIND_COUNT:
    case KIND_PERCENT:
        (void)snprintf(text, 64, "%llu", (unsigned long long)setting->least + 7);
        return text;
    case KIND_SECONDS:
    case KIND_NUMBER:
        return "7.25";
    case KIND_CHOICE: /* the last word */
        (void)snprintf(text, 64, "%s", strrchr(setting->shown, '|') + 1);
        return text;
    case KIND_HEADERS:
        return "X-Quoted: \"a\\b\"";
    default:
        return "http://h\xc3\xa9/a";
    }
}

static void expect_same_value(
    const struct settings *one, const struct settings *other, const struct setting *setting)
{
    struct buffer first = {0};
    struct buffer second = {0};

    if (setting->kind == KIND_TEXTS || setting->kind == KIND_HEADERS) {
        const struct texts *texts = (const void *)((const char *)one + setting->offset);
        const struct texts *others = (const void *)((const char *)other + setting->offset);
        cr_assert_eq(texts->count, others->count, "%s", setting->name);
        for (size_t i = 0; i < texts->count; i++)
            cr_expect_str_eq(texts->items[i], others->items[i], "%s", setting->name);
        return;
    }
    setting_write(one, setting, &first);
    setting_write(other, setting, &second);
    cr_expect(
        first.size == second.size && (first.size == 0 || memcmp(first.bytes, second.bytes, first.size) == 0),
        "%s is '%.*s' and then '%.*s'", setting->name, (int)first.size, first.bytes, (int)second.size,
        second.bytes);
    buffer_release(&first);
    buffer_release(&second);
}

static void expect_survive(const struct settings *settings, enum setting_role role)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct settings read = defaults();
    json_t *withheld = json_array();
    json_t *object = settings_to_json(settings, role, withheld);

    cr_assert_not_null(object);
    cr_assert_eq(settings_from_json(&read, role, object, &failure), 0, "%s", failure.message);
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if ((settings_table[id].roles & role) != 0)
            expect_same_value(settings, &read, &settings_table[id]);
    cr_expect_eq(json_array_size(withheld), 0);
    json_decref(object);
    json_decref(withheld);
    settings_release(&read);
}

Test(settings, survive_as_json_by_default_and_with_any_other_value)
{
    struct settings settings = defaults();
    char text[64];

    expect_survive(&settings, SETTING_KEPT);
    expect_survive(&settings, SETTING_TOLD);
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (settings_table[id].kind != KIND_HEADING)
            set(&settings, settings_table[id].name, other_value(&settings_table[id], text));
    expect_survive(&settings, SETTING_KEPT);
    expect_survive(&settings, SETTING_TOLD);
    settings_release(&settings);
}

Test(settings, have_names_and_letters_of_their_own)
{
    for (size_t id = 0; id < SETTING_COUNT; id++)
        for (size_t other = 0; other < id; other++) {
            cr_expect_str_neq(settings_table[id].name, settings_table[other].name);
            cr_expect(
                settings_table[id].letter == 0 || settings_table[id].letter != settings_table[other].letter,
                "--%s and --%s have the same letter", settings_table[id].name, settings_table[other].name);
        }
}

Test(settings, on_an_axis_keep_each_value_once)
{
    struct settings settings = defaults();
    struct settings read = defaults();
    struct failure failure = {.code = FAILURE_NONE};

    set(&settings, "concurrency", "4,1,4");
    json_t *object = settings_to_json(&settings, SETTING_KEPT, NULL);
    const json_t *levels = json_object_get(object, "concurrency");
    cr_assert_eq(json_array_size(levels), 2);
    cr_expect_eq(json_integer_value(json_array_get(levels, 0)), 4);
    cr_assert_eq(settings_from_json(&read, SETTING_KEPT, object, &failure), 0, "%s", failure.message);
    cr_assert_eq(read.levels[SETTING_concurrency].count, 2);
    cr_expect_str_eq(read.levels[SETTING_concurrency].items[1], "1");
    cr_expect_eq(read.concurrency, 4);
    json_decref(object);
    settings_release(&settings);
    settings_release(&read);
}

/* Is `name` among those that a secret was withheld of? */
static bool is_withheld(const struct settings *settings, const char *name)
{
    json_t *withheld = json_array();
    json_t *object = settings_to_json(settings, SETTING_KEPT, withheld);
    char *text = json_dumps(object, 0);
    bool is_there = false;

    cr_expect_null(strstr(text, "s3cret"), "%s", text);
    for (size_t i = 0; i < json_array_size(withheld); i++)
        is_there = is_there || strcmp(json_string_value(json_array_get(withheld, i)), name) == 0;
    free(text);
    json_decref(object);
    json_decref(withheld);
    return is_there;
}

Test(settings, that_are_secret_are_withheld_and_named)
{
    struct settings settings = defaults();

    set(&settings, "header", "X-Plain: REDACTED");
    set(&settings, "base-url", "http://REDACTED/");
    cr_expect_not(is_withheld(&settings, "header"), "the word alone is no secret");
    cr_expect_not(is_withheld(&settings, "base-url"));
    set(&settings, "header", "Authorization: s3cret");
    set(&settings, "base-url", "http://me:s3cret@h/");
    cr_expect(is_withheld(&settings, "header"));
    cr_expect(is_withheld(&settings, "base-url"));
    cr_expect_not(is_withheld(&settings, "proxy"));
    settings_release(&settings);
}

Test(settings, that_are_not_utf_8_survive_as_json)
{
    static const enum setting_role roles[] = {SETTING_TOLD, SETTING_KEPT};
    static const char path[] = "/tmp/\xff\xc3\xa9\x01.pem";
    struct failure failure;

    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        struct settings settings = defaults();
        struct settings back = defaults();
        json_t *withheld = json_array();
        set(&settings, "cacert", path);
        json_t *object = settings_to_json(&settings, roles[i], withheld);
        cr_assert_not_null(object);
        cr_assert_eq(settings_from_json(&back, roles[i], object, &failure), 0, "%s", failure.message);
        cr_expect_str_eq(back.ca_file, path);
        cr_expect_eq(json_array_size(withheld), 0);
        json_decref(object);
        json_decref(withheld);
        settings_release(&settings);
        settings_release(&back);
    }
}

/* The defaults but for `key`, which is `value` or, when that is NULL, missing. */
static void expect_refused(const char *key, json_t *value)
{
    struct failure failure = {.code = FAILURE_NONE};
    struct settings settings = defaults();
    json_t *object = settings_to_json(&settings, SETTING_TOLD, NULL);

    if (value)
        json_object_set_new(object, key, value);
    else
        json_object_del(object, key);
    cr_expect_eq(settings_from_json(&settings, SETTING_TOLD, object, &failure), -1, "accepted: %s", key);
    cr_expect_not_null(strstr(failure.message, value && !setting_find(key, strlen(key)) ? "not know" : key),
        "%s", failure.message);
    json_decref(object);
    settings_release(&settings);
}

Test(settings, that_are_missing_unknown_or_of_another_kind_are_refused)
{
    static const char *const no_bytes[] = {"", "4", "4g", "00", "2F", "\xc3\xa9"};

    for (size_t i = 1; i < sizeof no_bytes / sizeof *no_bytes; i++)
        expect_refused("cacert", json_pack("{s:s}", "hex", no_bytes[i]));
    expect_refused("cacert", json_pack("{s:s, s:i}", "hex", "41", "more", 1));
    expect_refused("cacert", json_object());
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if ((settings_table[id].roles & SETTING_TOLD) != 0) {
            expect_refused(settings_table[id].name, NULL);
            expect_refused(settings_table[id].name, json_object());
        }
    expect_refused("unknown", json_integer(0));
    expect_refused("concurrency", json_string("16"));
    expect_refused("concurrency", json_integer(0));
    expect_refused("concurrency", json_real(1.5));
    expect_refused("header", json_null());
    expect_refused("header", json_string("A: b"));
    expect_refused("header", json_pack("[s, i]", "A: b", 1));
    expect_refused("header", json_pack("[s]", "no colon"));
    expect_refused("insecure", json_integer(0));
    expect_refused("start", json_string("tepid"));
    expect_refused("timeout", json_null());
}

Test(settings, are_copied_row_by_row)
{
    struct settings from = defaults();
    struct settings to = defaults();
    struct failure failure = {.code = FAILURE_NONE};
    char text[64];

    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        if (setting->kind == KIND_HEADING || setting_is_axis(setting))
            continue;
        set(&from, setting->name, other_value(setting, text));
        cr_assert_eq(setting_copy(&to, &from, setting, &failure), 0, "%s", failure.message);
        expect_same_value(&from, &to, setting);
    }
    settings_release(&from);
    settings_release(&to);
}

Test(settings, are_copied_with_all_levels_of_an_axis)
{
    struct settings from = defaults();
    struct settings to = defaults();
    struct failure failure = {.code = FAILURE_NONE};

    set(&from, "concurrency", "4,16");
    set(&to, "concurrency", "1,2,3");
    cr_assert_eq(setting_copy(&to, &from, &settings_table[SETTING_concurrency], &failure), 0);
    settings_release(&from);
    cr_expect_eq(to.concurrency, 4);
    cr_assert_eq(to.levels[SETTING_concurrency].count, 2);
    cr_expect_str_eq(to.levels[SETTING_concurrency].items[1], "16");
    settings_release(&to);
}

Test(settings, may_be_read_in_part)
{
    struct settings settings = defaults();
    struct failure failure = {.code = FAILURE_NONE};
    json_t *some = json_pack("{s:[i,i], s:[s,s], s:n, s:b}", "concurrency", 4, 16, "strategy", "thread-pool",
        "curl-multi", "workload", "tls", 1);
    json_t *more = json_pack("{s:[s]}", "strategy", "sequential");
    json_t *unknown = json_pack("{s:i}", "concurency", 4);
    json_t *not_kept = json_pack("{s:s}", "output", "here");

    cr_assert_eq(settings_from_json_some(&settings, SETTING_KEPT, some, &failure), 0, "%s", failure.message);
    cr_expect_eq(settings.levels[SETTING_concurrency].count, 2);
    cr_expect_eq(settings.strategies.count, 2);
    cr_expect_null(settings.workload);
    cr_expect(settings.tls);
    cr_expect_eq(settings.repeat, 10);
    cr_assert_eq(settings_from_json_some(&settings, SETTING_KEPT, more, &failure), 0, "%s", failure.message);
    cr_assert_eq(settings.strategies.count, 1);
    cr_expect_str_eq(settings.strategies.items[0], "sequential");
    cr_expect_eq(settings_from_json_some(&settings, SETTING_KEPT, unknown, &failure), -1);
    cr_expect_not_null(strstr(failure.message, "no setting 'concurency'; did you mean 'concurrency'?"), "%s",
        failure.message);
    cr_expect_eq(settings_from_json_some(&settings, SETTING_KEPT, not_kept, &failure), -1);
    json_decref(some);
    json_decref(more);
    json_decref(unknown);
    json_decref(not_kept);
    settings_release(&settings);
}
