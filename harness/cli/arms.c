#include "arms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strategy.h"

#define LABEL_SUFFIX_SIZE 24 /* "#" and any count */

/* Used when no level is given. */
static const struct option_counts default_levels = {.items = (uint64_t[]){16}, .count = 1};

static int arms_no_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory for the list of strategies");
}

static size_t arms_count_same(const struct arms *arms, const char *spec, uint64_t concurrency)
{
    size_t count = 0;

    for (size_t i = 0; i < arms->count; i++)
        count += strcmp(arms->items[i].spec, spec) == 0 && arms->items[i].concurrency == concurrency;
    return count;
}

/* More than anybody compares; and looking for earlier arms takes its time. */
#define ARMS_MAX 1000

/* An arm at one level. */
static int arms_append(struct arms *arms, const char *spec, const struct strategy *strategy, uint64_t level,
    struct failure *failure)
{
    if (arms->count == ARMS_MAX)
        return failure_set(failure, FAILURE_USAGE,
            "more than %d strategies and levels; name fewer with --strategy and --concurrency", ARMS_MAX);
    size_t earlier = arms_count_same(arms, spec, level);
    size_t label_size = strlen(spec) + LABEL_SUFFIX_SIZE;
    char *label = malloc(label_size);
    char *own_spec = strdup(spec);
    struct arm *items = realloc(arms->items, (arms->count + 1) * sizeof *items);

    arms->items = items ? items : arms->items;
    if (!items || !label || !own_spec) {
        free(label);
        free(own_spec);
        return arms_no_memory(failure);
    }
    (void)snprintf(label, label_size, earlier == 0 ? "%s" : "%s#%zu", spec, earlier + 1);
    items[arms->count++] = (struct arm){
        .label = label,
        .spec = own_spec,
        .family = strategy_family_word(strategy->family),
        .concurrency = level,
        .sends_nothing = (strategy->flags & STRATEGY_SENDS_NOTHING) != 0,
        .files = level * strategy->files_per_lane,
        .threads = level * strategy->threads_per_lane,
    };
    return 0;
}

static bool arms_is_repeated(const struct option_counts *levels, size_t place)
{
    for (size_t i = 0; i < place; i++)
        if (levels->items[i] == levels->items[place])
            return true;
    return false;
}

static int arms_append_levels(struct arms *arms, const char *spec, const struct strategy *strategy,
    const struct option_counts *levels, struct failure *failure)
{
    if ((strategy->flags & STRATEGY_ONE_LANE) != 0)
        return arms_append(arms, spec, strategy, 1, failure);
    for (size_t i = 0; i < levels->count; i++)
        if (!arms_is_repeated(levels, i) && arms_append(arms, spec, strategy, levels->items[i], failure) != 0)
            return -1;
    return 0;
}

static int arms_append_all(struct arms *arms, const struct option_counts *levels, struct failure *failure)
{
    for (size_t i = 0; strategies[i]; i++)
        if ((strategies[i]->flags & STRATEGY_SENDS_NOTHING) == 0 &&
            arms_append_levels(arms, strategies[i]->name, strategies[i], levels, failure) != 0)
            return -1;
    return 0;
}

static int arms_append_name(struct arms *arms, const char *name, size_t length,
    const struct option_counts *levels, struct failure *failure)
{
    const struct strategy *strategy = NULL;
    struct strategy_values values;
    char *spec = strndup(name, length);
    int result = -1;

    if (!spec)
        return arms_no_memory(failure);
    if (strcmp(spec, "all") == 0)
        result = arms_append_all(arms, levels, failure);
    else if (strategy_parse(spec, &strategy, &values, failure) == 0)
        result = arms_append_levels(arms, spec, strategy, levels, failure);
    free(spec);
    return result;
}

static int arms_append_names(
    struct arms *arms, const char *names, const struct option_counts *levels, struct failure *failure)
{
    for (const char *name = names;; name += strcspn(name, ",") + 1) {
        if (arms_append_name(arms, name, strcspn(name, ","), levels, failure) != 0)
            return -1;
        if (name[strcspn(name, ",")] == '\0')
            return 0;
    }
}

int arms_expand(struct arms *arms, const struct option_texts *names, const struct option_counts *levels,
    struct failure *failure)
{
    const struct option_counts *used = levels->count > 0 ? levels : &default_levels;
    int result = 0;

    *arms = (struct arms){0};
    if (names->count == 0)
        result = arms_append_all(arms, used, failure);
    for (size_t i = 0; result == 0 && i < names->count; i++)
        result = arms_append_names(arms, names->items[i], used, failure);
    if (result != 0)
        arms_release(arms);
    return result;
}

void arms_release(struct arms *arms)
{
    for (size_t i = 0; i < arms->count; i++) {
        free((char *)(uintptr_t)arms->items[i].label); /* NOLINT(performance-no-int-to-ptr) */
        free((char *)(uintptr_t)arms->items[i].spec);  /* NOLINT(performance-no-int-to-ptr) */
    }
    free(arms->items);
    *arms = (struct arms){0};
}
