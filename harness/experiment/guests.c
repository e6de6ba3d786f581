#include "guests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batches_file.h"
#include "plan.h"
#include "witness.h"

static bool guests_are_there(const struct arms *arms, bool are_participants)
{
    for (size_t arm = 0; arm < arms->count; arm++)
        if (are_participants ? arms->items[arm].participant != NULL : arm_is_guest(&arms->items[arm]))
            return true;
    return false;
}

static int guests_make_files(struct guests *guests, const char *base_url, struct failure *failure)
{
    const struct experiment_task *task = guests->task;
    struct settings settings = *task->settings; /* whose texts are borrowed */

    settings.base_url = base_url;
    guests->batches_fd = batches_file_make(&settings, task->workload->bytes, failure);
    if (guests->batches_fd < 0 || settings.rate <= 0)
        return guests->batches_fd < 0 ? -1 : 0;
    guests->due_fd = batches_file_make_due(&settings, task->extent, failure);
    return guests->due_fd < 0 ? -1 : 0;
}

/* The first arm that is checked for this one too: of the same participant, or of a plug-in with the same
 * options. */
static size_t guests_first_of(const struct arms *arms, size_t arm)
{
    const struct arm *self = &arms->items[arm];
    size_t first = 0;

    while (arms->items[first].participant != self->participant || arms->items[first].build != self->build ||
           strcmp(arms->items[first].again, self->again) != 0)
        first++;
    return first;
}

/* One that sends nothing can't do other work. */
static bool guests_is_checked(const struct arm *arm)
{
    return arm_is_guest(arm) && !arm->sends_nothing;
}

static void guests_tell(const char *name, const struct buffer *text)
{
    size_t at = 0;
    size_t length = 0;

    for (const char *line; (line = buffer_next_line(text, &at, &length));)
        (void)fprintf(stderr, "harness: %s %s: %.*s\n", name,
            line > text->bytes ? "moreover" : "did other work than was asked for, and is not ranked",
            (int)length, line);
}

/* NULL when memory runs out. */
static char *guests_first_line(const struct buffer *text)
{
    size_t at = 0;
    size_t length = 0;
    const char *line = buffer_next_line(text, &at, &length);

    return line ? strndup(line, length) : NULL;
}

static int guests_note(struct guests *guests, size_t arm, char *other_work, struct failure *failure)
{
    guests->other_work[arm] = other_work;
    return other_work ? 0 : failure_set(failure, FAILURE_RUN, "out of memory for what a check found");
}

static int guests_check(struct guests *guests, const struct guests_place *place, size_t arm, bool *goes_on,
    struct failure *failure)
{
    const struct arm *checked = &guests->task->arms->items[arm];
    struct witness witness = {.name = checked->label,
        .participant = checked->participant,
        .strategy = checked->told,
        .plugin = checked->plugin,
        .build = checked->build,
        .has_one_lane = checked->has_one_lane,
        .interrupt_fd = place->interrupt_fd,
        .messages_fd = place->messages_fd};
    int result = witness_check(&witness, failure);

    *goes_on = !witness.was_interrupted;
    if (result == 0 && witness.text.size > 0) {
        guests_tell(witness.name, &witness.text);
        result = guests_note(guests, arm, guests_first_line(&witness.text), failure);
    }
    buffer_release(&witness.text);
    return result;
}

/* Each once; what was found goes for all its arms. */
static int guests_check_all(struct guests *guests, const struct guests_place *place, struct failure *failure)
{
    const struct arms *arms = guests->task->arms;
    bool goes_on = true;
    int result = 0;

    guests->other_work = calloc(arms->count, sizeof *guests->other_work);
    if (!guests->other_work)
        return failure_set(failure, FAILURE_RUN, "out of memory for the checks");
    for (size_t arm = 0; result == 0 && goes_on && arm < arms->count; arm++) {
        size_t first = guests_first_of(arms, arm);
        if (guests_is_checked(&arms->items[arm]) && first == arm)
            result = guests_check(guests, place, arm, &goes_on, failure);
        else if (guests->other_work[first])
            result = guests_note(guests, arm, strdup(guests->other_work[first]), failure);
    }
    return result;
}

int guests_receive(struct guests *guests, const struct experiment_task *task,
    const struct guests_place *place, struct failure *failure)
{
    guests->task = task;
    if (!guests_are_there(task->arms, false))
        return 0;
    if (guests_are_there(task->arms, true) && guests_make_files(guests, place->base_url, failure) != 0)
        return -1;
    return guests_check_all(guests, place, failure);
}

struct trial_guest guests_task(const struct guests *guests, const struct arm *arm,
    const struct settings *settings, struct records *records)
{
    return (struct trial_guest){.participant = arm->participant,
        .batches_fd = guests->batches_fd,
        .due_fd = guests->due_fd,
        .workload = guests->task->workload->bytes,
        .extent = guests->task->extent,
        .settings = settings,
        .records = records};
}

void guests_release(struct guests *guests)
{
    for (size_t arm = 0; guests->other_work && arm < guests->task->arms->count; arm++)
        free(guests->other_work[arm]);
    free((void *)guests->other_work);
    if (guests->batches_fd >= 0)
        (void)close(guests->batches_fd);
    if (guests->due_fd >= 0)
        (void)close(guests->due_fd);
    *guests = GUESTS_NONE;
}
