#include "repeat.h"

#include <string.h>
#include <unistd.h>

#include "settings_json.h"

static json_t *repeat_read(const char *folder, struct failure *failure)
{
    json_error_t error = {0};
    struct buffer path = {0};

    buffer_printf(&path, "%s/experiment.json", folder);
    buffer_append(&path, "", 1);
    json_t *document = path.out_of_memory ? NULL : json_load_file(path.bytes, 0, &error);
    buffer_release(&path);
    if (!document)
        failure_set(failure, FAILURE_USAGE,
            "--repeat-from '%s': experiment.json can't be read: %s; name the folder of an experiment", folder,
            error.text);
    return document;
}

static int repeat_read_settings(
    struct settings *then, const json_t *document, const char *folder, struct failure *failure)
{
    struct failure reason;

    if (settings_from_json(then, SETTING_KEPT, json_object_get(document, "settings"), &reason) == 0)
        return 0;
    return failure_set(failure, reason.code,
        "--repeat-from '%s': experiment.json: %s; it was written by another version of this program, or "
        "changed since",
        folder, reason.message);
}

/* What had a secret can't be repeated, unless it is given again. */
static int repeat_check_withheld(
    const json_t *document, const struct options *now, const char *folder, struct failure *failure)
{
    const json_t *withheld = json_object_get(document, "withheld");

    if (!json_is_array(withheld))
        return failure_set(failure, FAILURE_USAGE,
            "--repeat-from '%s': experiment.json does not say which secrets were withheld; it was changed "
            "since",
            folder);

    for (size_t i = 0; i < json_array_size(withheld); i++) {
        const char *name = json_string_value(json_array_get(withheld, i));
        const struct setting *setting = name ? setting_find(name, strlen(name)) : NULL;
        if (setting == &settings_table[SETTING_workload])
            return failure_set(failure, FAILURE_USAGE,
                "--repeat-from '%s': the workload had secrets, which were not saved; run the original one "
                "again, its --workload or its URLs, with the same --seed",
                folder);
        if (setting && !now->is_given[setting - settings_table])
            return failure_set(failure, FAILURE_USAGE,
                "--repeat-from '%s': --%s had a secret or a password, which was not saved; give all of it "
                "again, every --%s",
                folder, name, name);
    }
    return 0;
}

static int repeat_take_workload(struct settings *then, const char *folder, struct failure *failure)
{
    struct buffer path = {0};
    int result = -1;

    buffer_printf(&path, "%s/workload.json", folder);
    buffer_append(&path, "", 1);
    setting_clear(then, &settings_table[SETTING_workload]);
    if (path.out_of_memory)
        failure_set(failure, FAILURE_RUN, "out of memory");
    else if (access(path.bytes, R_OK) != 0)
        failure_set_errno(failure, FAILURE_USAGE, "--repeat-from: can't read '%s'", path.bytes);
    else
        result = setting_read(then, &settings_table[SETTING_workload], path.bytes, failure);
    buffer_release(&path);
    return result;
}

static int repeat_check_options(const struct options *now, struct failure *failure)
{
    if (now->url_count > 0)
        return failure_set(failure, FAILURE_USAGE,
            "--repeat-from and URLs: the workload is that of the earlier experiment; drop one");
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        unsigned int roles = settings_table[id].roles;
        if (now->is_given[id] && (roles & SETTING_KEPT) != 0 && (roles & SETTING_AGAIN) == 0)
            return failure_set(failure, FAILURE_USAGE,
                "--repeat-from and --%s: the experiment is repeated as it was; drop one of them",
                settings_table[id].name);
    }
    return 0;
}

int repeat_load(struct settings *then, const struct options *now, struct failure *failure)
{
    const char *folder = now->settings.repeat_from;
    json_t *document = NULL;

    if (settings_init(then, failure) != 0 || repeat_check_options(now, failure) != 0)
        return -1;
    document = repeat_read(folder, failure);
    int result = document ? 0 : -1;
    if (result == 0)
        result = repeat_read_settings(then, document, folder, failure);
    if (result == 0)
        result = repeat_check_withheld(document, now, folder, failure);
    if (result == 0)
        result = options_take_given(now, then, failure);
    if (result == 0)
        result = repeat_take_workload(then, folder, failure);
    if (result == 0)
        result = settings_check(then, failure);
    json_decref(document);
    return result;
}
