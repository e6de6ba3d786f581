#include "participants.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "manifest.h"
#include "process_ask.h"
#include "registry.h"
#include "wrap.h"

/* Where the words begin in the list. */
#define DESCRIPTION_COLUMN 25

/* To find out whether a program can run here; and to compile one. */
#define CHECK_PATIENCE_S 60
#define SETUP_PATIENCE_S 600

static int participants_no_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory for the list of participants");
}

/* Takes over the participant. */
static int participants_append(
    struct participants *participants, struct participant *participant, struct failure *failure)
{
    struct participant **items =
        participant ? realloc(participants->items, (participants->count + 1) * sizeof(struct participant *))
                    : NULL;

    if (!items) {
        participant_destroy(participant);
        return participants_no_memory(failure);
    }
    participants->items = items;
    items[participants->count++] = participant;
    return 0;
}

/* "FOLDER/NAME", for the caller to free; NULL when memory runs out, or if that has no manifest. */
static char *participants_path(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + sizeof "//" PARTICIPANT_MANIFEST;
    char *path = malloc(size);
    struct stat file;

    if (!path)
        return NULL;
    size_t length = (size_t)snprintf(path, size, "%s/%s", folder, name);
    (void)snprintf(path + length, size - length, "/" PARTICIPANT_MANIFEST);
    if (stat(path, &file) != 0) {
        free(path);
        return NULL;
    }
    path[length] = '\0';
    return path;
}

static int participants_add(struct participants *participants, const char *path, struct failure *failure)
{
    struct failure reason;
    char *folder = strdup(path);
    struct participant *participant = folder ? manifest_read(folder, &reason) : NULL;

    if (!participant && folder && reason.code == FAILURE_USAGE) {
        folder = strdup(path);
        participant = folder ? manifest_missing(folder, reason.message) : NULL;
    }
    return participants_append(participants, participant, failure);
}

int participants_open(struct participants *participants, const char *folder, struct failure *failure)
{
    struct dirent **entries = NULL;
    char absolute[PATH_MAX];
    int result = 0;
    int count = realpath(folder, absolute) ? scandir(absolute, &entries, NULL, alphasort) : 0;

    *participants = (struct participants){0};
    if (count < 0)
        return errno == ENOMEM
                   ? participants_no_memory(failure)
                   : failure_set_errno(failure, FAILURE_RUN, "can't read the folder '%s'", folder);
    for (int i = 0; i < count; i++) {
        char *path = result == 0 && entries[i]->d_name[0] != '.'
                         ? participants_path(absolute, entries[i]->d_name)
                         : NULL;
        if (path)
            result = participants_add(participants, path, failure);
        free(path);
        free(entries[i]);
    }
    free((void *)entries);
    return result;
}

static int participants_read_named(struct participants *participants, const char *name,
    struct participant **participant, struct failure *failure)
{
    char *folder = realpath(name, NULL);

    struct stat file;

    if (!folder)
        return failure_set_errno(failure, FAILURE_USAGE, "no participant in the folder '%s'", name);
    if (stat(folder, &file) == 0 && !S_ISDIR(file.st_mode)) {
        free(folder);
        return failure_set(failure, FAILURE_USAGE,
            "'%s' is neither the folder of a participant nor a plug-in, whose name would end with .so", name);
    }
    for (size_t i = 0; i < participants->count; i++)
        if (strcmp(participants->items[i]->folder, folder) == 0) {
            *participant = participants->items[i];
            free(folder);
            return 0;
        }
    struct participant *added = manifest_read(folder, failure);
    *participant = added;
    return added ? participants_append(participants, added, failure) : -1;
}

int participants_find(struct participants *participants, const char *name, struct participant **participant,
    struct failure *failure)
{
    *participant = NULL;
    if (strchr(name, '/'))
        return participants_read_named(participants, name, participant, failure);
    for (size_t i = 0; i < participants->count; i++)
        if (strcmp(participants->items[i]->name, name) == 0)
            *participant = participants->items[i];
    return 0;
}

void participants_release(struct participants *participants)
{
    for (size_t i = 0; i < participants->count; i++)
        participant_destroy(participants->items[i]);
    free((void *)participants->items);
    *participants = (struct participants){0};
}

/* Why the command did not end well, for the caller to free; NULL: it did. */
static char *participant_try(
    const struct participant *participant, const char *const *command, int patience_s)
{
    const struct process_start start = {
        .program = command[0], .arguments = command, .folder = participant->folder};
    struct process_answer answer;
    struct buffer reason = {0};

    if (process_ask(&start, patience_s * 1000, &answer) != 0)
        buffer_printf(&reason, "'%s' can't be run: %s", command[0], strerror(errno));
    else if (process_has_succeeded(&answer))
        return NULL;
    else if (answer.was_late)
        buffer_printf(&reason, "'%s' has not come to an end after %d seconds", command[0], patience_s);
    else
        buffer_printf(&reason, "%s", answer.err[0] ? answer.err : "it ends with a failure, and no reason");
    buffer_append(&reason, "", 1);
    if (reason.out_of_memory)
        buffer_release(&reason);
    return reason.bytes ? reason.bytes : strdup("out of memory");
}

const char *participant_unavailable(struct participant *participant)
{
    if (!participant->is_asked && participant->check)
        participant->reason = participant_try(participant, participant->check, CHECK_PATIENCE_S);
    participant->is_asked = true;
    return participant->reason;
}

int participant_set_up(struct participant *participant, struct failure *failure)
{
    if (!participant->is_set_up && participant->setup)
        participant->setup_reason = participant_try(participant, participant->setup, SETUP_PATIENCE_S);
    participant->is_set_up = true;
    return !participant->setup_reason
               ? 0
               : failure_set(failure, FAILURE_USAGE, "participant '%s' can't be set up: %s; leave it out",
                     participant->name, participant->setup_reason);
}

int participant_accepts(const struct participant *participant, unsigned int demands, struct failure *failure)
{
    unsigned int lacking = demands & ~participant->can;
    unsigned int demand = 0;

    if (lacking == 0)
        return 0;
    while (!(lacking & 1U << demand))
        demand++;
    const char *word = demand_word((enum demand)demand);
    const char *reason =
        json_string_value(json_object_get(json_object_get(participant->manifest, "cannot"), word));
    return failure_set(failure, FAILURE_USAGE, "%s can't do %s: %s; leave one of the two out",
        participant->name, demand_what((enum demand)demand),
        reason ? reason : "its manifest does not say that it can");
}

void participants_describe(const struct participants *participants, struct buffer *text)
{
    for (size_t i = 0; i < participants->count; i++) {
        struct participant *participant = participants->items[i];
        const char *reason = participant_unavailable(participant);
        struct buffer name = {0};
        struct buffer words = {0};
        buffer_append_text(&name, participant->name);
        buffer_printf(&words, "%s [%s]", participant->summary, participant->family);
        wrap_append_item(text, &name, DESCRIPTION_COLUMN, &words);
        if (reason)
            strategy_describe_unavailable(reason, text);
    }
}
