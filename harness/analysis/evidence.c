#include "evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "warnings.h"

static const struct {
    const char *word;
    const char *noun;
    enum verdict_figure kind;
    size_t offset; /* of a series in struct tally_arm */
} figures[] = {
#define X(NAME, word, kind, noun, series)                                                                    \
    [EVIDENCE_##NAME] = {(word), (noun), VERDICT_##kind, offsetof(struct tally_arm, series)},
    EVIDENCE_FIGURES(X)
#undef X
};

const char *evidence_word(enum evidence_figure figure)
{
    return figures[figure].word;
}

const char *evidence_noun(enum evidence_figure figure)
{
    return figures[figure].noun;
}

enum verdict_figure evidence_kind(enum evidence_figure figure)
{
    return figures[figure].kind;
}

bool evidence_is_time(enum evidence_figure figure)
{
    enum verdict_figure kind = evidence_kind(figure);

    return kind == VERDICT_WALL_TIME || kind == VERDICT_REQUEST_TIME;
}

/* NULL when memory runs out. */
static double *evidence_series(const struct tally *tally, size_t arm, enum evidence_figure figure)
{
    const struct tally_arm *of_arm = &tally->of_arms[arm];
    double *copy = calloc(tally->rounds_begun + 1, sizeof *copy);
    const double *series;

    memcpy(&series, (const char *)of_arm + figures[figure].offset, sizeof series);
    for (size_t round = 0; copy && round < tally->rounds_begun; round++)
        copy[round] = isnan(of_arm->fair_wall_s[round]) ? NAN : series[round];
    return copy;
}

/* The value on the axis, for the caller to free; NULL when memory runs out. */
static char *evidence_level(const struct arm *arm, const struct setting *axis)
{
    struct buffer text = {0};

    setting_write(&arm->settings, axis, &text);
    buffer_append(&text, "", 1);
    if (text.out_of_memory)
        buffer_release(&text);
    return text.bytes;
}

static bool evidence_take_arm(
    struct evidence_arm *taken, const struct tally *tally, const struct summary *summaries, size_t arm)
{
    const struct arm *from = &tally->arms[arm];

    taken->ranking = summaries[arm].ranking;
    taken->origin_bound = warnings_origin_bound(&summaries[arm].row);
    taken->name = strdup(from->name);
    taken->strategy = strdup(from->spec);
    bool has_memory = taken->name && taken->strategy;
    for (size_t id = 0; id < SETTING_COUNT; id++)
        if (setting_is_axis(&settings_table[id])) {
            taken->levels[id] = evidence_level(from, &settings_table[id]);
            has_memory = has_memory && taken->levels[id];
        }
    for (size_t figure = 0; figure < EVIDENCE_FIGURE_COUNT; figure++) {
        taken->series[figure] = evidence_series(tally, arm, (enum evidence_figure)figure);
        has_memory = has_memory && taken->series[figure];
    }
    return has_memory;
}

int evidence_take(struct evidence *evidence, const struct plan *plan, const struct tally *tally,
    const struct summary *summaries, struct failure *failure)
{
    evidence->arms = calloc(tally->arm_count, sizeof *evidence->arms);
    evidence->arm_count = evidence->arms ? tally->arm_count : 0;
    evidence->rounds = tally->rounds_begun;
    evidence->comparisons = summary_comparisons(tally);
    evidence->threshold = plan->settings->threshold;
    bool has_memory = evidence->arms != NULL;
    for (size_t arm = 0; has_memory && arm < tally->arm_count; arm++)
        has_memory = evidence_take_arm(&evidence->arms[arm], tally, summaries, arm);
    return has_memory ? 0 : failure_set(failure, FAILURE_RUN, "out of memory for what is to be compared");
}

void evidence_release(struct evidence *evidence)
{
    for (size_t arm = 0; arm < evidence->arm_count; arm++) {
        struct evidence_arm *taken = &evidence->arms[arm];
        free(taken->name);
        free(taken->strategy);
        for (size_t id = 0; id < SETTING_COUNT; id++)
            free(taken->levels[id]);
        for (size_t figure = 0; figure < EVIDENCE_FIGURE_COUNT; figure++)
            free(taken->series[figure]);
    }
    free(evidence->arms);
    evidence->arms = NULL;
    evidence->arm_count = 0;
}
