#include "finding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool selector_has_strategy(const struct selector *selector, const struct evidence_arm *arm)
{
    size_t length = selector->strategy ? strlen(selector->strategy) : 0;

    if (!selector->strategy || strcmp(arm->strategy, selector->strategy) == 0)
        return true;
    return !strchr(selector->strategy, ':') && strncmp(arm->strategy, selector->strategy, length) == 0 &&
           arm->strategy[length] == ':';
}

bool selector_means_part(const struct selector *selector, const char *name)
{
    size_t length = selector->part ? strlen(selector->part) : 0;

    if (!selector->part)
        return true;
    return name && strncmp(name, selector->part, length) == 0 &&
           (name[length] == '\0' || name[length] == '-');
}

static bool selector_means(
    const struct selector *selector, const struct evidence *part, const struct evidence_arm *arm)
{
    if (!selector_means_part(selector, part->part))
        return false;
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (selector->levels[id] && (!arm->levels[id] || strcmp(selector->levels[id], arm->levels[id]) != 0))
            return false;
    return selector_has_strategy(selector, arm);
}

/* The value of an axis, or of an option among those named; "" when the arm has none. */
static void finding_level(const char *over, const struct evidence_arm *arm, char *level, size_t size)
{
    const struct setting *axis = setting_find(over, strlen(over));
    size_t length = strlen(over);

    level[0] = '\0';
    if (axis && setting_is_axis(axis)) {
        (void)snprintf(level, size, "%s", arm->levels[axis - settings_table]);
        return;
    }
    for (const char *option = strchr(arm->strategy, ':'); option; option = strchr(option, ':')) {
        option++;
        if (strncmp(option, over, length) == 0 && option[length] == '=')
            (void)snprintf(level, size, "%.*s", (int)strcspn(option + length + 1, ":"), option + length + 1);
    }
}

/* Are the two alike in all that the question does not tell apart? */
static bool finding_is_level(const struct question *question, const struct comparison *comparison,
    const struct evidence_arm *reference)
{
    char level[sizeof comparison->level];

    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (comparison->arm->levels[id] && !question->reference.levels[id] &&
            strcmp(comparison->arm->levels[id], reference->levels[id]) != 0)
            return false;
    if (!question->reference.strategy && strcmp(comparison->arm->strategy, reference->strategy) != 0)
        return false;
    if (!question->over)
        return true;
    finding_level(question->over, reference, level, sizeof level);
    return strcmp(comparison->level, level) == 0;
}

/* False: there is none. */
static bool finding_refer(const struct question *question, const struct evidence *parts, size_t part_count,
    struct comparison *comparison)
{
    for (size_t i = 0; i < part_count; i++) {
        const struct evidence *part = &parts[i];
        if (!question->reference.part && part != comparison->part)
            continue;
        for (size_t arm = 0; arm < part->arm_count; arm++)
            if (&part->arms[arm] != comparison->arm &&
                selector_means(&question->reference, part, &part->arms[arm]) &&
                finding_is_level(question, comparison, &part->arms[arm])) {
                comparison->reference_part = part;
                comparison->reference = &part->arms[arm];
                return true;
            }
    }
    return false;
}

/* Has no trial such a figure? A p99, for one, needs 1,000 requests. */
static bool finding_lacks_figure(
    const struct evidence *part, const struct evidence_arm *arm, enum evidence_figure by)
{
    for (size_t round = 0; round < part->rounds; round++)
        if (!isnan(arm->series[by][round]))
            return false;
    return true;
}

static void finding_refuse(struct comparison *comparison, const struct evidence *part,
    const struct evidence_arm *arm, enum evidence_figure by)
{
    if (comparison->not_ranked)
        return;
    if (arm->ranking != RANKING_RANKED)
        comparison->not_ranked = ranking_phrase(arm->ranking);
    else if (finding_lacks_figure(part, arm, by))
        comparison->not_ranked = "too few requests per trial for such a figure";
    comparison->not_ranked_name = arm->name;
}

/* Of different parts, all arms of both are held against the reference. */
static size_t finding_comparisons(const struct comparison *comparison)
{
    if (comparison->part == comparison->reference_part)
        return comparison->part->comparisons;
    return comparison->part->comparisons + comparison->reference_part->comparisons + 1;
}

/* Of one of the two is enough. */
static enum truth finding_origin_bound(const struct question *question, const struct comparison *comparison)
{
    enum truth one = comparison->arm->origin_bound;
    enum truth other = comparison->reference->origin_bound;

    if (!evidence_is_time(question->by) || comparison->not_ranked)
        return TRUTH_MISSING;
    return one > other ? one : other;
}

static int finding_decide(
    const struct question *question, struct comparison *comparison, struct failure *failure)
{
    size_t rounds = comparison->part->rounds < comparison->reference_part->rounds
                        ? comparison->part->rounds
                        : comparison->reference_part->rounds;
    double *scratch = calloc(rounds + 1, sizeof *scratch);

    if (!scratch)
        return failure_set(failure, FAILURE_RUN, "out of memory for a comparison");
    finding_refuse(comparison, comparison->part, comparison->arm, question->by);
    finding_refuse(comparison, comparison->reference_part, comparison->reference, question->by);
    comparison->interval = interval_of_ratio(comparison->arm->series[question->by],
        comparison->reference->series[question->by], rounds, finding_comparisons(comparison), scratch);
    comparison->origin_bound = finding_origin_bound(question, comparison);
    comparison->verdict = verdict_of(&comparison->interval, comparison->part->threshold);
    free(scratch);
    return 0;
}

static int comparisons_append(
    struct comparisons *comparisons, const struct comparison *comparison, struct failure *failure)
{
    struct comparison *items = realloc(comparisons->items, (comparisons->count + 1) * sizeof *items);

    if (!items)
        return failure_set(failure, FAILURE_RUN, "out of memory for a comparison");
    comparisons->items = items;
    items[comparisons->count++] = *comparison;
    return 0;
}

/* Moves the last one to its place among the others, which are sorted. */
static void comparisons_sort_last(struct comparisons *comparisons)
{
    for (size_t i = comparisons->count; i-- > 1;) {
        struct comparison *item = &comparisons->items[i];
        if (strtod(item->level, NULL) >= strtod(item[-1].level, NULL))
            return;
        struct comparison moved = *item;
        *item = item[-1];
        item[-1] = moved;
    }
}

static int finding_compare_arm(const struct question *question, const struct evidence *parts,
    size_t part_count, struct comparison *comparison, struct comparisons *comparisons,
    struct failure *failure)
{
    if (question->over)
        finding_level(question->over, comparison->arm, comparison->level, sizeof comparison->level);
    if ((question->over && comparison->level[0] == '\0') ||
        !finding_refer(question, parts, part_count, comparison))
        return 0;
    if (finding_decide(question, comparison, failure) != 0 ||
        comparisons_append(comparisons, comparison, failure) != 0)
        return -1;
    comparisons_sort_last(comparisons);
    return 0;
}

int finding_compare(const struct question *question, const struct evidence *parts, size_t part_count,
    struct comparisons *comparisons, struct failure *failure)
{
    for (size_t i = 0; i < part_count; i++)
        for (size_t arm = 0; arm < parts[i].arm_count; arm++) {
            struct comparison comparison = {.part = &parts[i], .arm = &parts[i].arms[arm]};
            if (selector_means(&question->arm, &parts[i], comparison.arm) &&
                finding_compare_arm(question, parts, part_count, &comparison, comparisons, failure) != 0)
                return -1;
        }
    return 0;
}

void comparisons_release(struct comparisons *comparisons)
{
    free(comparisons->items);
    *comparisons = (struct comparisons){0};
}
