#include "complete_strategies.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "complete_options.h"
#include "participants.h"
#include "plugins.h"
#include "registry.h"

static void complete_offer_participants(struct completion *completion)
{
    struct participants participants = {0};
    struct failure failure;

    if (participants_open(&participants, completion->places->participants, &failure) == 0)
        for (size_t i = 0; i < participants.count; i++)
            completion_offer(completion, participants.items[i]->name, "", participants.items[i]->summary);
    participants_release(&participants);
}

static void complete_offer_plugin(const char *name, void *context)
{
    completion_offer(context, name, "", "a plug-in");
}

void complete_offer_guests(struct completion *completion)
{
    complete_offer_participants(completion);
    plugins_visit_names(complete_offer_plugin, completion);
}

static void complete_offer_contestants(struct completion *completion)
{
    for (size_t i = 0; strategies[i]; i++)
        if (!strategy_unavailable(strategies[i]))
            completion_offer(completion, strategies[i]->name, "", strategies[i]->summary);
    complete_offer_guests(completion);
}

static void complete_offer_option_values(struct completion *completion, const struct strategy_option *option)
{
    for (size_t i = 0; option->choices && option->choices[i]; i++)
        completion_offer(completion, option->choices[i], "", "");
    if (option->automatic)
        completion_offer(completion, "auto", "", option->automatic);
}

/* Behind "thread-pool:": the option that is named, or the names of all that are not there yet. */
static void complete_offer_options_of(
    struct completion *completion, const struct strategy *strategy, const char *options)
{
    const char *pair = strrchr(options, ':') + 1;
    const char *equals = strchr(pair, '=');
    char given[64];

    completion->value = equals ? equals + 1 : pair;
    for (const struct strategy_option *option = strategy->options; option && option->name; option++) {
        (void)snprintf(given, sizeof given, ":%s=", option->name);
        if (equals && strstr(pair, given + 1) == pair)
            complete_offer_option_values(completion, option);
        else if (!equals && !strstr(options, given))
            completion_offer(completion, option->name, "=", option->help);
    }
}

/* A strategy of this program, or a plug-in of HARNESS_PLUGIN_PATH, which is loaded to be asked. */
static void complete_offer_options(struct completion *completion, const char *options)
{
    size_t length = strcspn(completion->value, ":@");
    struct plugins plugins = {0};
    struct plugin *plugin = NULL;
    struct failure failure;

    for (size_t i = 0; strategies[i]; i++)
        if (strlen(strategies[i]->name) == length &&
            strncmp(strategies[i]->name, completion->value, length) == 0) {
            complete_offer_options_of(completion, strategies[i], options);
            return;
        }
    if (plugins_find(&plugins, completion->value, length, NULL, &plugin, &failure) == 0 && plugin)
        complete_offer_options_of(completion, &plugin->strategy, options);
    plugins_release(&plugins);
}

/* Is a name among those that are visited? */
struct complete_name {
    const char *text;
    size_t length;
    bool is_found;
};

static void complete_find_name(const char *name, void *context)
{
    struct complete_name *sought = context;

    sought->is_found = sought->is_found ||
                       (strlen(name) == sought->length && strncmp(name, sought->text, sought->length) == 0);
}

/* Participants take no build of libcurl. */
static bool complete_takes_build(const char *name, size_t length)
{
    struct complete_name sought = {.text = name, .length = length};

    complete_find_name("all", &sought);
    for (size_t i = 0; strategies[i]; i++)
        complete_find_name(strategies[i]->name, &sought);
    plugins_visit_names(complete_find_name, &sought);
    return sought.is_found;
}

/* The label of --libcurl LABEL=PATH. */
static void complete_offer_label(const struct setting *setting, const char *argument, void *context)
{
    const char *equals = strchr(argument, '=');
    struct buffer label = {0};

    if (setting != &settings_table[SETTING_libcurls] || !equals || equals == argument)
        return;
    buffer_append(&label, argument, (size_t)(equals - argument));
    buffer_append(&label, "", 1);
    if (!label.out_of_memory)
        completion_offer(context, label.bytes, "", equals + 1);
    buffer_release(&label);
}

/* Behind "curl-multi@" */
static void complete_offer_labels(struct completion *completion, const char *label)
{
    if (!complete_takes_build(completion->value, (size_t)(label - 1 - completion->value)))
        return;
    completion->value = label;
    (void)complete_read_words(completion->words, completion->before, complete_offer_label, completion);
}

void complete_offer_strategy(struct completion *completion)
{
    const char *options = strchr(completion->value, ':');
    const char *at = strchr(completion->value, '@');

    if (strchr("./~", completion->value[0]) && completion->value[0])
        completion_offer_files(completion);
    else if (at && !options)
        complete_offer_labels(completion, at + 1);
    else if (options)
        complete_offer_options(completion, options);
    else
        complete_offer_contestants(completion);
}

void complete_offer_strategies(struct completion *completion)
{
    completion_enter_list(completion);
    completion_offer(completion, "all", "", "every strategy that can run here");
    completion_offer(completion, "external", "", "every participant that can run here");
    complete_offer_strategy(completion);
}
