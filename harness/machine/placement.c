#include "placement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A processor's number at *text, which then points behind it; -1 when there is none. */
static long placement_read_number(const char **text)
{
    char *end = NULL;

    if (**text < '0' || **text > '9')
        return -1;
    long number = strtol(*text, &end, 10);
    *text = end;
    return number < CPU_SETSIZE ? number : -1;
}

/* "3" or "3-5" at *text. */
static bool placement_read_range(const char **text, cpu_set_t *set)
{
    long first = placement_read_number(text);
    long last = first;

    if (first >= 0 && **text == '-') {
        (*text)++;
        last = placement_read_number(text);
    }
    for (long cpu = first; first >= 0 && cpu <= last; cpu++)
        CPU_SET((size_t)cpu, set);
    return first >= 0 && last >= first;
}

static int placement_parse(const char *list, const char *option, const cpu_set_t *usable, cpu_set_t *set,
    bool *is_short, struct failure *failure)
{
    const char *rest = list;
    cpu_set_t common;
    bool is_list = true;

    CPU_ZERO(set);
    while (is_list && *rest != '\0') {
        is_list = placement_read_range(&rest, set) && (*rest == ',' || *rest == '\0');
        rest += *rest == ',';
    }
    if (!is_list || CPU_COUNT(set) == 0)
        return failure_set(
            failure, FAILURE_USAGE, "%s takes a list of processors such as 0-2,5, not '%s'", option, list);
    CPU_AND(&common, set, usable);
    *is_short = *is_short || !CPU_EQUAL(&common, set);
    *set = common;
    if (CPU_COUNT(set) == 0) {
        char text[PLACEMENT_TEXT_SIZE];
        placement_write(usable, true, text);
        return failure_set(
            failure, FAILURE_USAGE, "%s '%s' names none of the available processors: %s", option, list, text);
    }
    return 0;
}

static void placement_keep_apart(struct placement *placement, const cpu_set_t *usable)
{
    size_t last = 0;

    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        last = CPU_ISSET(cpu, usable) ? cpu : last;
    CPU_ZERO(&placement->origin);
    CPU_SET(last, &placement->origin);
    placement->client = *usable;
    CPU_CLR(last, &placement->client);
    placement->is_client_set = placement->is_origin_set = true;
}

int placement_choose(
    struct placement *placement, const char *client_list, const char *origin_list, struct failure *failure)
{
    const cpu_set_t *usable = &placement->usable;

    *placement =
        (struct placement){.is_client_set = client_list != NULL, .is_origin_set = origin_list != NULL};
    if (sched_getaffinity(0, sizeof placement->usable, &placement->usable) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't find out which processors are available");
    if (client_list && placement_parse(client_list, "--client-cpus", usable, &placement->client,
                           &placement->is_short, failure) != 0)
        return -1;
    if (origin_list && placement_parse(origin_list, "--origin-cpus", usable, &placement->origin,
                           &placement->is_short, failure) != 0)
        return -1;
    if (!client_list && !origin_list && CPU_COUNT(usable) >= PLACEMENT_APART_FROM)
        placement_keep_apart(placement, usable);
    return 0;
}

static int placement_apply(pid_t pid, const cpu_set_t *set, bool is_set, struct failure *failure)
{
    if (is_set && sched_setaffinity(pid, sizeof *set, set) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't set the processors of a process");
    return 0;
}

int placement_of_origin(const struct placement *placement, pid_t origin, struct failure *failure)
{
    return placement_apply(origin, &placement->origin, placement->is_origin_set, failure);
}

int placement_of_trials(struct placement *placement, struct failure *failure)
{
    if (placement_apply(0, &placement->client, placement->is_client_set, failure) != 0)
        return -1;
    placement->is_moved = placement->is_client_set;
    return 0;
}

void placement_undo(struct placement *placement)
{
    if (placement->is_moved)
        (void)sched_setaffinity(0, sizeof placement->usable, &placement->usable);
    placement->is_moved = false;
}

size_t placement_count_client(const struct placement *placement)
{
    return (size_t)CPU_COUNT(placement->is_client_set ? &placement->client : &placement->usable);
}

/* The end of the run of processors in `set` that begins at `first`. */
static size_t placement_run_end(const cpu_set_t *set, size_t first)
{
    size_t last = first;

    while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
        last++;
    return last;
}

void placement_write(const cpu_set_t *set, bool is_set, char text[PLACEMENT_TEXT_SIZE])
{
    size_t used = 0;

    (void)snprintf(text, PLACEMENT_TEXT_SIZE, "any");
    for (size_t cpu = 0; is_set && cpu < CPU_SETSIZE && used < PLACEMENT_TEXT_SIZE; cpu++) {
        if (!CPU_ISSET(cpu, set))
            continue;
        size_t last = placement_run_end(set, cpu);
        int length = snprintf(text + used, PLACEMENT_TEXT_SIZE - used, last > cpu ? "%s%zu-%zu" : "%s%zu",
            used > 0 ? "," : "", cpu, last);
        used += length > 0 ? (size_t)length : 0;
        cpu = last;
    }
}
