#include "check.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "messages.h"
#include "participants.h"
#include "places.h"
#include "plugins.h"
#include "registry.h"
#include "witness.h"
#include "wrap.h"

#define CHECK_HELP                                                                                           \
    CHECK_USAGE ": participants (--list-participants, or the path of a folder with a participant.json), "    \
                "and plug-ins (./mine.so, with options if it likes: ./mine.so:key=value)"

/* Who can be checked, and where what they write goes. */
struct check {
    struct participants participants;
    struct plugins plugins;
    struct messages messages;
};

static bool check_wants_help(char *const *arguments)
{
    for (size_t i = 1; arguments[i]; i++)
        if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0)
            return true;
    return false;
}

/* What it says that it is, and then a line for each thing that it does wrong. */
static void check_print(const struct witness *witness, const struct messages *messages)
{
    const struct buffer *text = &witness->text;
    size_t at = 0;
    size_t length = 0;

    if (witness->participant)
        (void)printf(
            "%s: %s\n", witness->name, witness->client[0] ? witness->client : "it did not say what it is");
    else
        (void)printf("%s: a plug-in\n", witness->name);
    if (text->size == 0)
        (void)printf("  right: %zu requests, as the origin saw them\n", witness->requests);
    for (const char *line; (line = buffer_next_line(text, &at, &length));)
        (void)printf("  wrong: %.*s\n", (int)length, line);
    (void)fflush(stdout);
    if (text->size > 0)
        messages_show(messages, witness->name, stderr);
}

/* `witness` says who. */
static int check_witness(
    const struct check *check, struct witness *witness, bool *is_right, struct failure *failure)
{
    witness->interrupt_fd = -1;
    witness->messages_fd = check->messages.fd;
    messages_clear(&check->messages);
    int result = witness_check(witness, failure);
    if (result == 0) {
        check_print(witness, &check->messages);
        *is_right = witness->text.size == 0;
    }
    buffer_release(&witness->text);
    return result;
}

/* `options` are what follows its name. */
static int check_plugin(struct check *check, const struct plugin *plugin, const char *options, bool *is_right,
    struct failure *failure)
{
    struct strategy_values unused;
    struct buffer told = {0};

    if (plugin->unavailable)
        return failure_set(
            failure, FAILURE_USAGE, "plug-in '%s' is not available: %s", plugin->path, plugin->unavailable);
    if (strategy_parse_options(&plugin->strategy, options, &unused, failure) != 0)
        return -1;
    if (plugin->strategy.flags & STRATEGY_SENDS_NOTHING) {
        (void)printf("%s: a plug-in\n  right: it says that it sends nothing\n", plugin->name);
        return 0;
    }
    buffer_printf(&told, "%s%s", plugin->name, options);
    buffer_append(&told, "", 1);
    struct witness witness = {.name = plugin->name,
        .strategy = told.bytes,
        .plugin = plugin->path,
        .has_one_lane = (plugin->strategy.flags & STRATEGY_ONE_LANE) != 0};
    int result = told.out_of_memory ? failure_set(failure, FAILURE_RUN, "out of memory for a check")
                                    : check_witness(check, &witness, is_right, failure);
    buffer_release(&told);
    return result;
}

static int check_participant(struct check *check, const char *name, bool *is_right, struct failure *failure)
{
    struct participant *participant = NULL;

    if (participants_find(&check->participants, name, &participant, failure) != 0)
        return -1;
    if (!participant)
        return failure_set(failure, FAILURE_USAGE,
            "no participant '%s'; --list-participants has their names, and a path has a '/'", name);
    const char *reason = participant_unavailable(participant);
    if (reason)
        return failure_set(
            failure, FAILURE_USAGE, "participant '%s' is not available: %s", participant->name, reason);
    if (participant_set_up(participant, failure) != 0)
        return -1;
    struct witness witness = {
        .name = participant->name, .participant = participant, .has_one_lane = participant->has_one_lane};
    return check_witness(check, &witness, is_right, failure);
}

static int check_one(struct check *check, const char *name, bool *is_right, struct failure *failure)
{
    size_t length = plugins_name_length(name);
    struct plugin *plugin = NULL;

    if (plugins_find(&check->plugins, name, length, NULL, &plugin, failure) != 0)
        return -1;
    return plugin ? check_plugin(check, plugin, name + length, is_right, failure)
                  : check_participant(check, name, is_right, failure);
}

static int check_all(char *const *names, bool *all_right, struct failure *failure)
{
    struct check check = {.messages = MESSAGES_NONE};
    struct places places;
    int result = -1;

    if (places_find(&places, failure) == 0 && messages_open(&check.messages, failure) == 0)
        result = participants_open(&check.participants, places.participants, failure);
    for (; result == 0 && *names; names++) {
        bool is_right = true;
        result = check_one(&check, *names, &is_right, failure);
        *all_right = *all_right && is_right;
    }
    messages_close(&check.messages);
    plugins_release(&check.plugins);
    participants_release(&check.participants);
    return result;
}

int check_run(char **arguments, bool *all_right, struct failure *failure)
{
    *all_right = true;
    (void)signal(SIGPIPE, SIG_IGN);
    if (check_wants_help(arguments)) {
        struct buffer text = {0};
        wrap_append(&text, "usage: " CHECK_HELP, 0, 7, WRAP_COLUMNS);
        (void)printf("%.*s", (int)text.size, text.bytes);
        buffer_release(&text);
        return 0;
    }
    if (!arguments[1] || arguments[1][0] == '-')
        return failure_set(failure, FAILURE_USAGE, CHECK_HELP);
    return check_all(arguments + 1, all_right, failure);
}
