#include "named.h"

#include <stdlib.h>
#include <string.h>

#include "arms.h"
#include "ready_made.h"
#include "registry.h"
#include "settings_json.h"
#include "suggest.h"

/* About what the charts of a part take, on two cores. */
#define NAMED_CHARTS_S 3.0

static int named_fail(const struct named *named, struct failure *failure, const char *what)
{
    char message[sizeof failure->message];

    (void)snprintf(message, sizeof message, "%s", what);
    return failure_set(failure, FAILURE_USAGE, "experiment '%s': %s", named->name, message);
}

static int named_fail_key(
    const struct named *named, struct failure *failure, const char *place, const char *key, const char *wants)
{
    return failure_set(
        failure, FAILURE_USAGE, "experiment '%s': %s: '%s' has to be %s", named->name, place, key, wants);
}

/* Only these keys, ended by NULL, may be in the object. */
static int named_check_keys(const struct named *named, const char *place, json_t *object,
    const char *const *keys, struct failure *failure)
{
    const char *found = NULL;
    json_t *value = NULL;

    if (!json_is_object(object))
        return failure_set(
            failure, FAILURE_USAGE, "experiment '%s': %s has to be an object", named->name, place);
    json_object_foreach(object, found, value)
    {
        struct suggestion suggestion = suggest_for(found, strlen(found));
        size_t i = 0;
        for (; keys[i] && strcmp(keys[i], found) != 0; i++)
            suggest_offer(&suggestion, keys[i], strlen(keys[i]));
        if (!keys[i])
            return failure_set(failure, FAILURE_USAGE, "experiment '%s': %s has no key '%s'%s", named->name,
                place, found, suggest_last(&suggestion).text);
    }
    return 0;
}

/* A text, or NULL where there is none. */
static int named_read_text(const struct named *named, const char *place, const json_t *object,
    const char *key, const char **text, struct failure *failure)
{
    const json_t *value = json_object_get(object, key);

    *text = json_string_value(value);
    return !value || *text ? 0 : named_fail_key(named, failure, place, key, "a text");
}

static int named_read_part(
    const struct named *named, struct named_part *part, json_t *object, struct failure *failure)
{
    static const char *const keys[] = {
        "name", "where", "settings", "workload", "round_s", "as-many-as-allowed", NULL};
    static const char place[] = "a part";

    if (named_check_keys(named, place, object, keys, failure) != 0 ||
        named_read_text(named, place, object, "name", &part->name, failure) != 0 ||
        named_read_text(named, place, object, "where", &part->where, failure) != 0)
        return -1;
    if (part->name && (strchr(part->name, '/') || part->name[0] == '.' || part->name[0] == '\0'))
        return named_fail_key(named, failure, place, "name", "the name of a folder");
    part->settings = json_object_get(object, "settings");
    part->workload = json_object_get(object, "workload");
    if (!part->workload)
        return named_fail_key(named, failure, place, "workload", "the name of a workload, or a workload");
    if (!json_is_number(json_object_get(object, "round_s")))
        return named_fail_key(named, failure, place, "round_s", "the seconds that a round takes");
    part->round_s = json_number_value(json_object_get(object, "round_s"));
    part->is_scaled = json_is_true(json_object_get(object, "as-many-as-allowed"));
    return 0;
}

static int named_read_parts(struct named *named, struct failure *failure)
{
    json_t *list = json_object_get(named->document, "parts");

    if (json_array_size(list) == 0)
        return named_fail(named, failure, "'parts' has to be a list of at least one");
    named->parts = calloc(json_array_size(list), sizeof *named->parts);
    if (!named->parts)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    named->part_count = json_array_size(list);
    for (size_t i = 0; i < named->part_count; i++) {
        if (named_read_part(named, &named->parts[i], json_array_get(list, i), failure) != 0)
            return -1;
        if (named->part_count > 1 && !named->parts[i].name)
            return named_fail_key(named, failure, "a part", "name", "given where there are several parts");
        for (size_t other = 0; other < i; other++)
            if (strcmp(named->parts[other].name, named->parts[i].name) == 0)
                return named_fail_key(named, failure, "a part", "name", "different from the others'");
    }
    return 0;
}

static int named_read_selector(const struct named *named, const char *place, struct selector *selector,
    json_t *object, struct failure *failure)
{
    const char *key = NULL;
    json_t *value = NULL;

    if (!json_is_object(object))
        return failure_set(
            failure, FAILURE_USAGE, "experiment '%s': %s has to be an object", named->name, place);
    json_object_foreach(object, key, value)
    {
        const struct setting *setting = setting_find(key, strlen(key));
        const char *text = json_string_value(value);
        if (!text)
            return named_fail_key(named, failure, place, key, "a text");
        if (strcmp(key, "part") == 0)
            selector->part = text;
        else if (strcmp(key, "strategy") == 0)
            selector->strategy = text;
        else if (setting && setting_is_axis(setting))
            selector->levels[setting - settings_table] = text;
        else
            return failure_set(failure, FAILURE_USAGE,
                "experiment '%s': %s: '%s' is neither 'part' nor 'strategy' nor a setting that takes several "
                "values",
                named->name, place, key);
    }
    return 0;
}

static int named_read_figure(
    const struct named *named, const json_t *object, enum evidence_figure *by, struct failure *failure)
{
    const char *word = json_string_value(json_object_get(object, "by"));
    struct buffer words = {0};

    for (int figure = 0; figure < EVIDENCE_FIGURE_COUNT; figure++) {
        *by = (enum evidence_figure)figure;
        if (word && strcmp(word, evidence_word(*by)) == 0) {
            buffer_release(&words);
            return 0;
        }
        buffer_printf(&words, "%s%s", figure == 0 ? "" : ", ", evidence_word(*by));
    }
    buffer_append(&words, "", 1);
    (void)named_fail_key(named, failure, "a question", "by", words.out_of_memory ? "a figure" : words.bytes);
    buffer_release(&words);
    return -1;
}

static int named_read_question(
    const struct named *named, struct question *question, json_t *object, struct failure *failure)
{
    static const char *const keys[] = {"compare", "with", "by", "over", "unit", NULL};
    static const char place[] = "a question";

    if (named_check_keys(named, place, object, keys, failure) != 0 ||
        named_read_selector(
            named, "'compare'", &question->arm, json_object_get(object, "compare"), failure) != 0 ||
        named_read_selector(
            named, "'with'", &question->reference, json_object_get(object, "with"), failure) != 0 ||
        named_read_figure(named, object, &question->by, failure) != 0 ||
        named_read_text(named, place, object, "over", &question->over, failure) != 0)
        return -1;
    if (question->over && !question->arm.strategy)
        return named_fail_key(named, failure, place, "over", "with a strategy in 'compare'");
    return named_read_text(named, place, object, "unit", &question->unit, failure);
}

static int named_check_selector(
    const struct named *named, const struct selector *selector, struct failure *failure)
{
    for (size_t part = 0; selector->part && part < named->part_count; part++)
        if (selector_means_part(selector, named->parts[part].name))
            return 0;
    return selector->part ? named_fail_key(named, failure, "a question", "part", "one of the parts") : 0;
}

static int named_read_questions(struct named *named, struct failure *failure)
{
    json_t *list = json_object_get(named->document, "questions");

    if (json_array_size(list) == 0)
        return named_fail(named, failure, "'questions' has to be a list of at least one");
    named->questions = calloc(json_array_size(list), sizeof *named->questions);
    if (!named->questions)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    named->question_count = json_array_size(list);
    for (size_t i = 0; i < named->question_count; i++)
        if (named_read_question(named, &named->questions[i], json_array_get(list, i), failure) != 0 ||
            named_check_selector(named, &named->questions[i].arm, failure) != 0 ||
            named_check_selector(named, &named->questions[i].reference, failure) != 0)
            return -1;
    return 0;
}

/* Are the settings of every part settings, with values that they take? */
static int named_check_settings(const struct named *named, struct failure *failure)
{
    int result = 0;

    for (size_t part = 0; result == 0 && part < named->part_count; part++) {
        struct settings settings;
        result = named_settings(named, part, NULL, &settings, failure);
        settings_release(&settings);
    }
    return result;
}

static int named_read(struct named *named, const char *path, struct failure *failure)
{
    static const char *const keys[] = {"claim", "settings", "parts", "questions", NULL};
    json_error_t error = {.text = ""};

    named->document = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!named->document)
        return failure_set(failure, FAILURE_USAGE, "experiment '%s': '%s', line %d, column %d: %s",
            named->name, path, error.line, error.column, error.text);
    if (named_check_keys(named, "the file", named->document, keys, failure) != 0 ||
        named_read_text(named, "the file", named->document, "claim", &named->claim, failure) != 0)
        return -1;
    if (!named->claim)
        return named_fail_key(named, failure, "the file", "claim", "given");
    named->settings = json_object_get(named->document, "settings");
    if (named_read_parts(named, failure) != 0 || named_read_questions(named, failure) != 0)
        return -1;
    return named_check_settings(named, failure);
}

static void named_say_unknown(
    const char *name, const char *folder, const char *meant, const char *names, struct failure *failure)
{
    failure_set(failure, FAILURE_USAGE,
        "no ready-made experiment '%s'%sthose in '%s' are: %s; --list-experiments describes them", name,
        meant, folder, names);
}

int named_load(struct named *named, const char *name, const char *folder, struct failure *failure)
{
    bool is_file = strpbrk(name, "/.") != NULL;
    struct buffer path = {0};

    *named = (struct named){.name = strdup(name)};
    if (!named->name)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    if (!is_file && !ready_made_find(folder, name, &path)) {
        buffer_release(&path);
        return ready_made_refuse(folder, name, named_say_unknown, failure);
    }
    int result = named_read(named, is_file ? name : path.bytes, failure);
    buffer_release(&path);
    return result;
}

void named_release(struct named *named)
{
    free(named->name);
    free(named->parts);
    free(named->questions);
    json_decref(named->document);
    *named = (struct named){.name = NULL};
}

static int named_read_settings(
    const struct named *named, struct settings *settings, json_t *object, struct failure *failure)
{
    struct failure reason;

    if (!object || settings_from_json_some(settings, SETTING_KEPT, object, &reason) == 0)
        return 0;
    return named_fail(named, failure, reason.message);
}

int named_settings(const struct named *named, size_t part, const struct options *now,
    struct settings *settings, struct failure *failure)
{
    const struct named_part *of = &named->parts[part];
    const struct setting *workload = &settings_table[SETTING_workload];
    const char *name = json_string_value(of->workload);

    if (settings_init(settings, failure) != 0 ||
        named_read_settings(named, settings, named->settings, failure) != 0 ||
        named_read_settings(named, settings, of->settings, failure) != 0)
        return -1;
    setting_clear(settings, workload);
    if (name && setting_read(settings, workload, name, failure) != 0)
        return -1;
    if (now && options_take_given(now, settings, failure) != 0)
        return -1;
    return settings_check(settings, failure);
}

/* A strategy in the file, with its options. Why it can't run; NULL: it can. */
static const char *named_unavailable(const char *spec, struct failure *failure)
{
    const struct strategy *strategy = NULL;
    struct strategy_values values;
    const char *reason = NULL;
    char *told = strdup(spec);

    if (!told) {
        (void)failure_set(failure, FAILURE_RUN, "out of memory");
        return failure->message;
    }
    arms_cut_label(told); /* a build that is not there is refused later, whatever runs on it */
    if (strcmp(told, "all") != 0)
        reason = strategy_parse(told, &strategy, &values, failure) != 0 ? failure->message
                                                                        : strategy_unavailable(strategy);
    free(told);
    return reason;
}

int named_leave_out(struct settings *settings, struct buffer *left_out, struct failure *failure)
{
    struct settings kept = {0};
    const struct setting *row = &settings_table[SETTING_strategies];
    struct failure reason;
    int result = 0;

    for (size_t i = 0; result == 0 && i < settings->strategies.count; i++) {
        const char *spec = settings->strategies.items[i];
        const char *why = named_unavailable(spec, &reason);
        if (!why) {
            result = setting_read(&kept, row, spec, failure);
            continue;
        }
        buffer_printf(left_out, "%s: %.*s\n", spec, (int)strcspn(why, ";"), why); /* without the remedy */
        if (settings->reference && strcmp(settings->reference, spec) == 0)
            setting_clear(settings, &settings_table[SETTING_reference]);
    }
    buffer_append(left_out, "", 1);
    if (result == 0)
        result = setting_copy(settings, &kept, row, failure);
    setting_clear(&kept, row);
    return result;
}

/* In the file. */
static size_t named_strategy_count(const struct named *named, size_t part)
{
    const char *key = settings_table[SETTING_strategies].name;
    size_t of_part = json_array_size(json_object_get(named->parts[part].settings, key));

    return of_part > 0 ? of_part : json_array_size(json_object_get(named->settings, key));
}

double named_seconds(const struct named *named, size_t part, const struct settings *settings)
{
    double rounds = (double)(settings->warmup + settings->repeat);
    size_t planned = named_strategy_count(named, part);
    double share = planned == 0 ? 1 : (double)settings->strategies.count / (double)planned;

    return named->parts[part].round_s * share * rounds + (settings->no_charts ? 0 : NAMED_CHARTS_S);
}
