#include "complete.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "complete_options.h"
#include "complete_strategies.h"
#include "completion.h"
#include "named.h"
#include "origin.h"
#include "ready_made.h"
#include "settings.h"
#include "tables.h"

static void complete_offer_word(const char *name, const char *description, void *context)
{
    completion_offer(context, name, "", description);
}

static void complete_offer_values(struct completion *completion, const struct setting *setting)
{
    if (setting->kind == KIND_CHOICE)
        completion_offer_choices(completion, setting->shown);
    else if (setting->kind == KIND_FLAG)
        completion_offer_choices(completion, "false|true");
}

/* A strategy, or "concurrency=16". */
static void complete_offer_references(struct completion *completion)
{
    const char *equals = strchr(completion->value, '=');
    const struct setting *axis =
        equals ? setting_find(completion->value, (size_t)(equals - completion->value)) : NULL;

    completion_ask_for_more(completion);
    if (axis && setting_is_axis(axis)) {
        completion->value = equals + 1;
        complete_offer_values(completion, axis);
        return;
    }
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (setting_is_axis(&settings_table[id]))
            completion_offer(completion, settings_table[id].name, "=", settings_table[id].help);
    complete_offer_strategy(completion);
}

static void complete_offer_workloads(struct completion *completion)
{
    struct failure failure;

    (void)ready_made_visit(completion->places->workloads, complete_offer_word, completion, &failure);
    completion_offer_files(completion);
}

static int complete_offer_experiment(const struct named *named, void *context, struct failure *failure)
{
    (void)failure;
    completion_offer(context, named->name, "", named->claim);
    return 0;
}

static void complete_offer_experiments(struct completion *completion)
{
    struct failure failure;

    (void)named_visit(completion->places->experiments, complete_offer_experiment, completion, &failure);
    completion_offer_files(completion);
}

/* LABEL=PATH */
static void complete_offer_builds(struct completion *completion)
{
    const char *equals = strchr(completion->value, '=');

    if (!equals)
        return;
    completion->value = equals + 1;
    completion_offer_files(completion);
}

static void complete_offer_columns(struct completion *completion)
{
    completion_enter_list(completion);
    table_visit(&table_summary, complete_offer_word, completion);
}

static void complete_offer_proxies(struct completion *completion)
{
    completion_offer(
        completion, PROXY_OF_ENVIRONMENT, "", "the one that http_proxy and similar variables name");
}

/* Settings whose values their row can't tell. */
static const struct {
    enum setting_id id;
    void (*offer)(struct completion *completion);
} complete_settings[] = {
    {SETTING_workload, complete_offer_workloads},
    {SETTING_strategies, complete_offer_strategies},
    {SETTING_libcurls, complete_offer_builds},
    {SETTING_proxy, complete_offer_proxies},
    {SETTING_reference, complete_offer_references},
    {SETTING_experiment, complete_offer_experiments},
    {SETTING_columns, complete_offer_columns},
};

static void complete_value(struct completion *completion, const struct setting *setting)
{
    for (size_t i = 0; i < sizeof complete_settings / sizeof *complete_settings; i++)
        if (setting == &settings_table[complete_settings[i].id]) {
            complete_settings[i].offer(completion);
            return;
        }
    if (setting_is_axis(setting))
        completion_enter_list(completion);
    if (setting->shown && strcmp(setting->shown, "FOLDER") == 0)
        completion_offer_folders(completion);
    else if (setting->shown && strcmp(setting->shown, "FILE") == 0)
        completion_offer_files(completion);
    else
        complete_offer_values(completion, setting);
}

static void complete_offer_option_names(struct completion *completion)
{
    struct buffer name = {0};

    for (size_t id = 0; id < SETTING_COUNT; id++) {
        if (settings_table[id].kind == KIND_HEADING)
            continue;
        buffer_clear(&name);
        buffer_printf(&name, "--%s", settings_table[id].name);
        buffer_append(&name, "", 1);
        if (!name.out_of_memory)
            completion_offer(completion, name.bytes, "", settings_table[id].help);
    }
    buffer_release(&name);
}

/* "--name=value" */
static void complete_long(struct completion *completion)
{
    const char *equals = strchr(completion->word, '=');
    const struct setting *setting =
        equals ? complete_find_long(completion->word + 2, (size_t)(equals - completion->word - 2)) : NULL;

    if (!equals) {
        complete_offer_option_names(completion);
    } else if (setting) {
        completion->value = equals + 1;
        complete_value(completion, setting);
    }
}

static void complete_offer_origin_option(const char *name, const char *value, const char *help, void *context)
{
    (void)value;
    completion_offer(context, name, "", help);
}

/* Is the word `name` an option that wants an argument? */
struct complete_wish {
    const char *name;
    bool is_wanted;
};

static void complete_find_wish(const char *name, const char *value, const char *help, void *context)
{
    struct complete_wish *wish = context;

    (void)help;
    wish->is_wanted = wish->is_wanted || (value && strcmp(name, wish->name) == 0);
}

/* The arguments of its options are numbers, which nobody can propose. */
static void complete_origin(struct completion *completion)
{
    struct complete_wish wish = {.name = completion->words[completion->before - 1]};

    origin_visit_options(complete_find_wish, &wish);
    if (!wish.is_wanted)
        origin_visit_options(complete_offer_origin_option, completion);
}

static void complete_check(struct completion *completion)
{
    if (completion->word[0] == '-') {
        completion_offer(completion, "--help", "", "print the usage");
        return;
    }
    complete_offer_guests(completion);
    completion_offer_files(completion);
}

static void complete_experiment(struct completion *completion)
{
    struct complete_place place = complete_read_words(completion->words, completion->before, NULL, NULL);

    if (place.is_operand)
        return;
    if (place.wanted)
        complete_value(completion, place.wanted);
    else if (completion->word[0] == '-')
        complete_long(completion);
    else if (completion->before == 0) {
        completion_offer(completion, CHECK_COMMAND, "", CHECK_MEANING);
        completion_offer(completion, ORIGIN_COMMAND, "", ORIGIN_MEANING);
    }
}

void complete_write(const struct places *places, char *const *words, struct buffer *answer)
{
    struct completion completion = {.places = places, .words = words, .answer = answer};
    size_t count = 0;

    while (words[count])
        count++;
    if (count == 0)
        return;
    completion.before = count - 1;
    completion.word = words[completion.before];
    completion.value = completion.word;
    if (completion.before > 0 && strcmp(words[0], ORIGIN_COMMAND) == 0)
        complete_origin(&completion);
    else if (completion.before > 0 && strcmp(words[0], CHECK_COMMAND) == 0)
        complete_check(&completion);
    else
        complete_experiment(&completion);
}

int complete_role(char *const *words)
{
    struct places places;
    struct failure failure;
    struct buffer answer = {0};

    if (places_find(&places, &failure) == 0)
        complete_write(&places, words, &answer);
    if (answer.size > 0 && !answer.out_of_memory)
        (void)fwrite(answer.bytes, 1, answer.size, stdout);
    buffer_release(&answer);
    return 0;
}
