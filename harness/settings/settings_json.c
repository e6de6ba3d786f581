#include "settings_json.h"

#include <string.h>

#include "suggest.h"
#include "utf8.h"
#include "workload.h"

/* The one member of what stands for a text that is not UTF-8. */
#define HEX_KEY "hex"

json_t *json_shown_text(const char *text)
{
    struct buffer valid = {0};
    json_t *value = NULL;

    utf8_append_valid(&valid, text, strlen(text));
    if (!valid.out_of_memory)
        value = json_stringn(valid.bytes ? valid.bytes : "", valid.size);
    buffer_release(&valid);
    return value;
}

/* Any bytes: JSON's strings are UTF-8, and the name of a file need not be. */
static json_t *setting_bytes_to_json(const char *text)
{
    struct buffer hex = {0};
    json_t *value = NULL;

    if (utf8_is_valid(text, strlen(text)))
        return json_string(text);
    for (const char *c = text; *c; c++)
        buffer_printf(&hex, "%02x", (unsigned int)(unsigned char)*c);
    if (!hex.out_of_memory)
        value = json_pack("{s:s%}", HEX_KEY, hex.bytes, hex.size);
    buffer_release(&hex);
    return value;
}

static int setting_hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, c);

    return found ? (int)(found - digits) : -1;
}

/* The other way; false when it is nothing that the function above writes. */
static bool setting_bytes_from_json(const json_t *value, struct buffer *text)
{
    const char *hex = json_string_value(json_object_get(value, HEX_KEY));

    if (!hex || json_object_size(value) != 1)
        return false;
    for (; *hex; hex += 2) {
        int high = setting_hex_digit(hex[0]);
        int low = high < 0 ? -1 : setting_hex_digit(hex[1]);
        if (low < 0 || high + low == 0)
            return false;
        buffer_append(text, (const char[]){(char)(high * 16 + low)}, 1);
    }
    return true;
}

/* A URL without its password, a header without its secret; as it is for `role` SETTING_TOLD. */
static json_t *setting_text_to_json(
    const struct setting *setting, const char *text, enum setting_role role, bool *is_withheld)
{
    struct buffer shown = {0};

    if (role == SETTING_KEPT && setting->kind == KIND_URL)
        workload_show_url(text, &shown);
    else if (role == SETTING_KEPT && setting->kind == KIND_HEADERS)
        workload_show_header(text, &shown);
    else
        buffer_append_text(&shown, text);
    buffer_append(&shown, "", 1);
    json_t *value = NULL;
    if (!shown.out_of_memory)
        value = setting_bytes_to_json(shown.bytes);
    *is_withheld = *is_withheld || !value || strcmp(shown.bytes, text) != 0;
    buffer_release(&shown);
    return value;
}

static json_t *setting_texts_to_json(
    const struct setting *setting, const struct texts *texts, enum setting_role role, bool *is_withheld)
{
    json_t *list = json_array();

    for (size_t i = 0; i < texts->count; i++)
        json_array_append_new(list, setting_text_to_json(setting, texts->items[i], role, is_withheld));
    return list && json_array_size(list) == texts->count ? list : (json_decref(list), NULL);
}

/* A value as a JSON number where the command line has a number, in the same unit. */
static json_t *setting_value_to_json(
    const struct settings *settings, const struct setting *setting, enum setting_role role, bool *is_withheld)
{
    const void *member = (const char *)settings + setting->offset;
    const char *text = NULL;
    uint64_t count = 0;

    switch (setting->kind) {
    case KIND_FLAG:
        return json_boolean(*(const bool *)member);
    case KIND_COUNT:
    case KIND_SECONDS:
        count = *(const uint64_t *)member;
        if (count < setting->least)
            return json_null();
        return setting->kind == KIND_COUNT ? json_integer((json_int_t)count)
                                           : json_real((double)count / 1000);
    case KIND_NUMBER:
        return *(const double *)member > 0 ? json_real(*(const double *)member) : json_null();
    case KIND_PERCENT:
        return json_real(*(const double *)member * 100);
    case KIND_TEXTS:
    case KIND_HEADERS:
        return setting_texts_to_json(setting, member, role, is_withheld);
    case KIND_CHOICE: {
        struct buffer word = {0};
        setting_write(settings, setting, &word);
        json_t *value = word.out_of_memory ? NULL : json_stringn(word.bytes, word.size);
        buffer_release(&word);
        return value;
    }
    default:
        text = *(const char *const *)member;
        return text ? setting_text_to_json(setting, text, role, is_withheld) : json_null();
    }
}

json_t *setting_to_json(const struct settings *settings, const struct setting *setting)
{
    bool is_withheld = false;

    return setting_value_to_json(settings, setting, SETTING_KEPT, &is_withheld);
}

/* Of an axis the list of its levels; of one that was not given, of the default alone. */
static json_t *setting_levels_to_json(
    const struct settings *settings, const struct setting *axis, bool *is_withheld)
{
    const struct texts *levels = &settings->levels[axis - settings_table];
    size_t count = levels->count > 0 ? levels->count : 1;
    json_t *list = json_array();
    struct failure failure;

    for (size_t i = 0; i < count; i++) {
        struct settings copy = *settings;
        if (levels->count == 0 || setting_choose(&copy, axis, levels->items[i], &failure) == 0)
            json_array_append_new(list, setting_value_to_json(&copy, axis, SETTING_KEPT, is_withheld));
    }
    return list && json_array_size(list) == count ? list : (json_decref(list), NULL);
}

json_t *settings_to_json(const struct settings *settings, enum setting_role role, json_t *withheld)
{
    json_t *object = json_object();

    for (size_t id = 0; object && id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        bool is_withheld = false;
        if ((setting->roles & role) == 0)
            continue;
        json_t *value = role == SETTING_KEPT && setting_is_axis(setting)
                            ? setting_levels_to_json(settings, setting, &is_withheld)
                            : setting_value_to_json(settings, setting, role, &is_withheld);
        if (json_object_set_new(object, setting->name, value) != 0) {
            json_decref(object);
            return NULL;
        }
        if (is_withheld)
            json_array_append_new(withheld, json_string(setting->name));
    }
    return object;
}

/* Appends the value as the command line would have it; false when it is of a kind that no setting has. */
static bool setting_json_to_text(const json_t *value, struct buffer *text)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        buffer_append_text(text, json_string_value(value));
        return true;
    case JSON_INTEGER:
        buffer_printf(text, "%lld", (long long)json_integer_value(value));
        return true;
    case JSON_REAL:
        buffer_printf(text, "%.12f", json_real_value(value));
        return true;
    case JSON_OBJECT:
        return setting_bytes_from_json(value, text);
    case JSON_TRUE:
    case JSON_FALSE:
        buffer_append_text(text, json_is_true(value) ? "true" : "false");
        return true;
    default:
        return false;
    }
}

/* Is a JSON value of this type what the setting is written as? */
static bool setting_has_json_kind(const struct setting *setting, const json_t *value)
{
    switch (setting->kind) {
    case KIND_FLAG:
        return json_is_boolean(value);
    case KIND_COUNT:
        return json_is_integer(value);
    case KIND_SECONDS:
    case KIND_NUMBER:
    case KIND_PERCENT:
        return json_is_number(value);
    default:
        return json_is_string(value) || json_is_object(value);
    }
}

/* Null where the command line can leave it out, and nothing else stands for it then. */
static bool setting_may_be_unset(const struct setting *setting)
{
    switch (setting->kind) {
    case KIND_COUNT:
    case KIND_SECONDS:
        return !setting->fallback && setting->least > 0;
    case KIND_NUMBER:
    case KIND_FILE:
    case KIND_URL:
        return !setting->fallback;
    case KIND_TEXT:
        return true; /* a workload may have been given as URLs */
    default:
        return false;
    }
}

static int setting_from_json_kind(const struct setting *setting, struct failure *failure)
{
    return failure_set(failure, FAILURE_USAGE, "the setting '%s' has the wrong type", setting->name);
}

/* The elements joined by commas are what the command line has for levels. */
static int setting_levels_from_json(
    struct settings *settings, const struct setting *axis, const json_t *list, struct failure *failure)
{
    bool is_unset = json_array_size(list) == 1 && json_is_null(json_array_get(list, 0));

    struct buffer text = {0};
    bool is_good = json_array_size(list) > 0;

    if (is_unset)
        return setting_may_be_unset(axis) ? 0 : setting_from_json_kind(axis, failure);

    for (size_t i = 0; is_good && i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        buffer_append_text(&text, i ? "," : "");
        is_good = setting_has_json_kind(axis, value) && setting_json_to_text(value, &text);
    }
    buffer_append(&text, "", 1);
    is_good = is_good && !text.out_of_memory;
    int result =
        is_good ? setting_read(settings, axis, text.bytes, failure) : setting_from_json_kind(axis, failure);
    buffer_release(&text);
    return result;
}

static int setting_value_from_json(
    struct settings *settings, const struct setting *setting, const json_t *value, struct failure *failure)
{
    struct buffer text = {0};
    bool is_good = setting_has_json_kind(setting, value) && setting_json_to_text(value, &text);

    buffer_append(&text, "", 1);
    is_good = is_good && !text.out_of_memory;
    int result = is_good ? setting_read(settings, setting, text.bytes, failure)
                         : setting_from_json_kind(setting, failure);
    buffer_release(&text);
    return result;
}

static int setting_from_json(struct settings *settings, const struct setting *setting, enum setting_role role,
    const json_t *value, struct failure *failure)
{
    bool is_list = setting->kind == KIND_TEXTS || setting->kind == KIND_HEADERS;
    int result = 0;

    if (!value)
        return failure_set(failure, FAILURE_USAGE, "the setting '%s' is missing", setting->name);
    if (json_is_null(value))
        return setting_may_be_unset(setting) ? 0 : setting_from_json_kind(setting, failure);
    if (role == SETTING_KEPT && setting_is_axis(setting))
        return setting_levels_from_json(settings, setting, value, failure);
    if (!is_list)
        return setting_value_from_json(settings, setting, value, failure);
    if (!json_is_array(value))
        return setting_from_json_kind(setting, failure);
    for (size_t i = 0; result == 0 && i < json_array_size(value); i++)
        result = setting_value_from_json(settings, setting, json_array_get(value, i), failure);
    return result;
}

static int setting_refuse_name(const char *name, enum setting_role role, struct failure *failure)
{
    struct suggestion suggestion = suggest_for(name, strlen(name));

    for (size_t id = 0; id < SETTING_COUNT; id++)
        if ((settings_table[id].roles & role) != 0)
            suggest_offer(&suggestion, settings_table[id].name, strlen(settings_table[id].name));
    return failure_set(
        failure, FAILURE_USAGE, "there is no setting '%s'%s", name, suggest_last(&suggestion).text);
}

int settings_from_json_some(
    struct settings *settings, enum setting_role role, json_t *object, struct failure *failure)
{
    const char *name = NULL;
    json_t *value = NULL;

    json_object_foreach(object, name, value)
    {
        const struct setting *setting = setting_find(name, strlen(name));
        if (!setting || (setting->roles & role) == 0)
            return setting_refuse_name(name, role, failure);
        setting_clear(settings, setting);
        if (setting_from_json(settings, setting, role, value, failure) != 0)
            return -1;
    }
    return 0;
}

int settings_from_json(
    struct settings *settings, enum setting_role role, const json_t *object, struct failure *failure)
{
    size_t known = 0;

    if (!json_is_object(object))
        return failure_set(failure, FAILURE_USAGE, "the settings are missing");
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        const struct setting *setting = &settings_table[id];
        if ((setting->roles & role) == 0)
            continue;
        known++;
        if (setting_from_json(settings, setting, role, json_object_get(object, setting->name), failure) != 0)
            return -1;
    }
    return known == json_object_size(object)
               ? 0
               : failure_set(failure, FAILURE_USAGE, "it has a setting that this program does not know");
}
