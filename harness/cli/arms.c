#include "arms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strategy.h"

#define LABEL_SUFFIX_SIZE 24 /* "#" and any count */

static size_t arms_count_spec(const struct arms *arms, const char *spec)
{
    size_t count = 0;

    for (size_t i = 0; i < arms->count; i++)
        count += strcmp(arms->items[i].spec, spec) == 0;
    return count;
}

static int arms_no_memory(struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "out of memory for the list of strategies");
}

/* An arm for `spec`, which becomes the arm's, whatever happens. */
static int arms_append(struct arms *arms, char *spec, const struct strategy *strategy, uint64_t concurrency,
    struct failure *failure)
{
    size_t earlier = arms_count_spec(arms, spec);
    size_t label_size = strlen(spec) + LABEL_SUFFIX_SIZE;
    char *label = malloc(label_size);
    struct arm *items = realloc(arms->items, (arms->count + 1) * sizeof *items);

    arms->items = items ? items : arms->items;
    if (!items || !label) {
        free(label);
        free(spec);
        return arms_no_memory(failure);
    }
    if (earlier == 0)
        (void)snprintf(label, label_size, "%s", spec);
    else
        (void)snprintf(label, label_size, "%s#%zu", spec, earlier + 1);
    uint64_t lanes = (strategy->flags & STRATEGY_ONE_LANE) != 0 ? 1 : concurrency;
    items[arms->count++] = (struct arm){
        .label = label,
        .spec = spec,
        .family = strategy_family_word(strategy->family),
        .concurrency = lanes,
        .sends_nothing = (strategy->flags & STRATEGY_SENDS_NOTHING) != 0,
        .files = lanes * strategy->files_per_lane,
        .threads = lanes * strategy->threads_per_lane,
    };
    return 0;
}

static int arms_append_all(struct arms *arms, uint64_t concurrency, struct failure *failure)
{
    for (size_t i = 0; strategies[i]; i++) {
        if ((strategies[i]->flags & STRATEGY_SENDS_NOTHING) != 0)
            continue;
        char *spec = strdup(strategies[i]->name);
        if (!spec)
            return arms_no_memory(failure);
        if (arms_append(arms, spec, strategies[i], concurrency, failure) != 0)
            return -1;
    }
    return 0;
}

static int arms_append_name(
    struct arms *arms, const char *name, size_t length, uint64_t concurrency, struct failure *failure)
{
    const struct strategy *strategy = NULL;
    struct strategy_values values;
    char *spec = strndup(name, length);

    if (!spec)
        return arms_no_memory(failure);
    bool is_all = strcmp(spec, "all") == 0;
    if (is_all || strategy_parse(spec, &strategy, &values, failure) != 0) {
        free(spec);
        return is_all ? arms_append_all(arms, concurrency, failure) : -1;
    }
    return arms_append(arms, spec, strategy, concurrency, failure);
}

static int arms_append_names(
    struct arms *arms, const char *names, uint64_t concurrency, struct failure *failure)
{
    for (const char *name = names;; name += strcspn(name, ",") + 1) {
        if (arms_append_name(arms, name, strcspn(name, ","), concurrency, failure) != 0)
            return -1;
        if (name[strcspn(name, ",")] == '\0')
            return 0;
    }
}

int arms_expand(struct arms *arms, const char *const *names, size_t name_count, uint64_t concurrency,
    struct failure *failure)
{
    *arms = (struct arms){0};
    int result = name_count == 0 ? arms_append_all(arms, concurrency, failure) : 0;
    for (size_t i = 0; result == 0 && i < name_count; i++)
        result = arms_append_names(arms, names[i], concurrency, failure);
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
