#include "manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry.h"

#define MANIFEST_VERSION 1

static int manifest_refuse(const struct participant *participant, struct failure *failure, const char *what)
{
    return failure_set(failure, FAILURE_USAGE, "%s/" PARTICIPANT_MANIFEST ": %s", participant->folder, what);
}

static int manifest_no_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory for a participant");
}

static int manifest_open(struct participant *participant, struct failure *failure)
{
    char path[4096];
    json_error_t error;

    (void)snprintf(path, sizeof path, "%s/" PARTICIPANT_MANIFEST, participant->folder);
    participant->manifest = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!participant->manifest && error.line <= 0)
        return failure_set(failure, FAILURE_USAGE,
            "no participant in %s: %s; its folder has a file " PARTICIPANT_MANIFEST, participant->folder,
            error.text);
    if (!participant->manifest)
        return failure_set(
            failure, FAILURE_USAGE, "%s:%d:%d: %s", path, error.line, error.column, error.text);
    return 0;
}

/* What may stand in a manifest. */
static bool manifest_knows(const char *key)
{
    static const char *const keys[] = {
        "harness", "summary", "family", "command", "setup", "check", "lanes", "can", "cannot"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static int manifest_check_keys(const struct participant *participant, struct failure *failure)
{
    const char *key = NULL;
    json_t *value = NULL;

    if (json_integer_value(json_object_get(participant->manifest, "harness")) != MANIFEST_VERSION)
        return manifest_refuse(
            participant, failure, "it must begin with \"harness\": 1, the version of the protocol");
    json_object_foreach(participant->manifest, key, value)
    {
        if (!manifest_knows(key))
            return failure_set(failure, FAILURE_USAGE,
                "%s/" PARTICIPANT_MANIFEST ": unknown key '%s'; see docs/participants.md",
                participant->folder, key);
    }
    return 0;
}

/* One line. */
static int manifest_take_text(
    struct participant *participant, const char *key, const char **text, struct failure *failure)
{
    *text = json_string_value(json_object_get(participant->manifest, key));
    if (*text && **text && !strpbrk(*text, "\n\r\t"))
        return 0;
    return failure_set(failure, FAILURE_USAGE, "%s/" PARTICIPANT_MANIFEST ": '%s' must be a text of one line",
        participant->folder, key);
}

/* A program and its arguments; NULL: the key is not there. */
static int manifest_take_command(
    struct participant *participant, const char *key, const char ***command, struct failure *failure)
{
    const json_t *list = json_object_get(participant->manifest, key);
    size_t count = json_array_size(list);

    if (!list)
        return 0;
    *command = calloc(count + 1, sizeof **command);
    if (!*command)
        return manifest_no_memory(failure);
    for (size_t i = 0; i < count; i++)
        (*command)[i] = json_string_value(json_array_get(list, i));
    for (size_t i = 0; i < count; i++)
        if (!(*command)[i])
            count = 0;
    return count > 0
               ? 0
               : failure_set(failure, FAILURE_USAGE,
                     "%s/" PARTICIPANT_MANIFEST ": '%s' must be a list of texts, a program and its arguments",
                     participant->folder, key);
}

static int manifest_refuse_demand(
    const struct participant *participant, const char *key, const char *word, struct failure *failure)
{
    struct buffer words = {0};

    for (unsigned int demand = 0; demand < DEMAND_COUNT; demand++)
        buffer_printf(&words, "%s%s", demand ? ", " : "", demand_word((enum demand)demand));
    buffer_append(&words, "", 1);
    (void)failure_set(failure, FAILURE_USAGE,
        "%s/" PARTICIPANT_MANIFEST ": '%s' has %s%s%s, which is none of %s", participant->folder, key,
        word ? "'" : "", word ? word : "something", word ? "'" : "",
        words.out_of_memory ? "the known ones" : words.bytes);
    buffer_release(&words);
    return -1;
}

static int manifest_take_abilities(struct participant *participant, struct failure *failure)
{
    const json_t *can = json_object_get(participant->manifest, "can");
    json_t *cannot = json_object_get(participant->manifest, "cannot");
    const char *key = NULL;
    json_t *value = NULL;
    size_t i = 0;

    if (can && !json_is_array(can))
        return manifest_refuse(participant, failure, "'can' must be a list of words");
    json_array_foreach(can, i, value)
    {
        const char *word = json_string_value(value);
        enum demand demand = word ? demand_find(word) : DEMAND_COUNT;
        if (demand == DEMAND_COUNT)
            return manifest_refuse_demand(participant, "can", word, failure);
        participant->can |= 1U << demand;
    }
    if (cannot && !json_is_object(cannot))
        return manifest_refuse(
            participant, failure, "'cannot' must be an object: the words, and the reason for each");
    json_object_foreach(cannot, key, value)
    {
        enum demand demand = demand_find(key);
        if (demand == DEMAND_COUNT || !json_is_string(value))
            return manifest_refuse_demand(
                participant, "cannot", demand == DEMAND_COUNT ? key : NULL, failure);
        if (participant->can & 1U << demand)
            return failure_set(failure, FAILURE_USAGE,
                "%s/" PARTICIPANT_MANIFEST ": both 'can' and 'cannot' have '%s'", participant->folder, key);
    }
    return 0;
}

static int manifest_take_lanes(struct participant *participant, struct failure *failure)
{
    const json_t *lanes = json_object_get(participant->manifest, "lanes");

    if (lanes && json_integer_value(lanes) != 1)
        return manifest_refuse(
            participant, failure, "'lanes' can only be 1, for a client that sends one request at a time");
    participant->has_one_lane = lanes != NULL;
    return 0;
}

static int manifest_check_family(const struct participant *participant, struct failure *failure)
{
    static const char *const words[] = {
#define X(NAME, word) word,
        STRATEGY_FAMILIES(X)
#undef X
    };
    struct buffer all = {0};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(participant->family, words[i]) == 0) {
            buffer_release(&all);
            return 0;
        }
        buffer_printf(&all, "%s%s", i ? ", " : "", words[i]);
    }
    buffer_append(&all, "", 1);
    (void)failure_set(failure, FAILURE_USAGE,
        "%s/" PARTICIPANT_MANIFEST ": 'family' is '%s', which is none of %s", participant->folder,
        participant->family, all.out_of_memory ? "the known ones" : all.bytes);
    buffer_release(&all);
    return -1;
}

static int manifest_take(struct participant *participant, struct failure *failure)
{
    if (manifest_open(participant, failure) != 0 || manifest_check_keys(participant, failure) != 0 ||
        manifest_take_text(participant, "summary", &participant->summary, failure) != 0 ||
        manifest_take_text(participant, "family", &participant->family, failure) != 0 ||
        manifest_take_command(participant, "command", &participant->command, failure) != 0 ||
        manifest_take_command(participant, "setup", &participant->setup, failure) != 0 ||
        manifest_take_command(participant, "check", &participant->check, failure) != 0 ||
        manifest_take_lanes(participant, failure) != 0)
        return -1;
    if (manifest_check_family(participant, failure) != 0)
        return -1;
    if (!participant->command)
        return manifest_refuse(participant, failure, "there is no 'command', a program and its arguments");
    return manifest_take_abilities(participant, failure);
}

static struct participant *manifest_begin(char *folder)
{
    struct participant *participant = calloc(1, sizeof *participant);

    if (!participant) {
        free(folder);
        return NULL;
    }
    const char *slash = strrchr(folder, '/');
    participant->folder = folder;
    participant->name = slash ? slash + 1 : folder;
    return participant;
}

struct participant *manifest_read(char *folder, struct failure *failure)
{
    struct participant *participant = manifest_begin(folder);

    if (!participant)
        (void)manifest_no_memory(failure);
    else if (manifest_take(participant, failure) == 0)
        return participant;
    participant_destroy(participant);
    return NULL;
}

struct participant *manifest_missing(char *folder, const char *reason)
{
    struct participant *participant = manifest_begin(folder);

    if (!participant)
        return NULL;
    participant->summary = participant->family = "";
    participant->is_asked = true;
    participant->reason = strdup(reason);
    if (participant->reason)
        return participant;
    participant_destroy(participant);
    return NULL;
}

void participant_destroy(struct participant *participant)
{
    if (!participant)
        return;
    json_decref(participant->manifest);
    free(participant->folder);
    free((void *)participant->command);
    free((void *)participant->setup);
    free((void *)participant->check);
    free(participant->reason);
    free(participant->setup_reason);
    free(participant);
}
