#include "finding_words.h"

#include <math.h>
#include <string.h>

#define SENTENCE_SIZE 512

/* What a comparison comes to, where several are told together. Differences come first. */
enum finding_kind {
    KIND_LESS,
    KIND_PERHAPS_LESS,
    KIND_MORE,
    KIND_PERHAPS_MORE,
    KIND_EQUIVALENT,
    KIND_NONE,
    KIND_UNDECIDED,
    KIND_NOT_RANKED,
};

static enum finding_kind finding_kind(const struct comparison *comparison)
{
    static const enum finding_kind kinds[VERDICT_COUNT] = {
        [VERDICT_NO_INTERVAL] = KIND_UNDECIDED,
        [VERDICT_FASTER] = KIND_LESS,
        [VERDICT_PERHAPS_FASTER] = KIND_PERHAPS_LESS,
        [VERDICT_SLOWER] = KIND_MORE,
        [VERDICT_PERHAPS_SLOWER] = KIND_PERHAPS_MORE,
        [VERDICT_EQUIVALENT] = KIND_EQUIVALENT,
        [VERDICT_NO_DIFFERENCE] = KIND_NONE,
    };

    return comparison->not_ranked ? KIND_NOT_RANKED : kinds[comparison->verdict];
}

/* What is said of the part that all of them are of; NULL: nothing, or not the same. */
static const char *finding_where(const struct comparisons *comparisons)
{
    const char *where = comparisons->count > 0 ? comparisons->items[0].part->where : NULL;

    for (size_t i = 0; where && i < comparisons->count; i++) {
        const struct comparison *item = &comparisons->items[i];
        const char *of_reference = item->reference_part->where;
        if (!item->part->where || strcmp(item->part->where, where) != 0 || !of_reference ||
            strcmp(of_reference, where) != 0)
            where = NULL;
    }
    return where;
}

/* The arm, and what is said of its part, unless that has been said. NUL at the end. */
static void finding_name(
    const struct evidence *part, const struct evidence_arm *arm, const char *where, struct buffer *name)
{
    buffer_append_text(name, arm->name);
    if (part->where && !where)
        buffer_printf(name, " %s", part->where);
    buffer_append(name, "", 1);
}

/* Is it of times that are the origin's more than the arms'? Of what can't be told there is nothing to doubt.
 */
static bool finding_is_doubtful(const struct comparison *comparison)
{
    return comparison->origin_bound == TRUTH_YES && finding_kind(comparison) < KIND_UNDECIDED;
}

static const char *finding_doubt(const struct comparison *comparison)
{
    return finding_is_doubtful(comparison) ? " (the origin was at its limit)" : "";
}

static void finding_write_one(const struct question *question, const struct comparison *comparison,
    const char *where, struct buffer *text)
{
    char sentence[SENTENCE_SIZE];
    struct buffer one = {0};
    struct buffer other = {0};

    finding_name(comparison->part, comparison->arm, where, &one);
    finding_name(comparison->reference_part, comparison->reference, where, &other);
    if (one.out_of_memory || other.out_of_memory) {
        text->out_of_memory = true;
    } else if (comparison->not_ranked) {
        buffer_printf(text, "%s and %s can't be compared by %s: %s is not ranked (%s)", one.bytes,
            other.bytes, evidence_noun(question->by), comparison->not_ranked_name, comparison->not_ranked);
    } else {
        const struct verdict_pair pair = {one.bytes, other.bytes, evidence_noun(question->by)};
        verdict_sentence(comparison->verdict, &pair, &comparison->interval, comparison->part->threshold,
            sentence, sizeof sentence);
        buffer_printf(text, "%s%s", sentence, finding_doubt(comparison));
    }
    buffer_release(&one);
    buffer_release(&other);
}

static void finding_write_difference(const char *word, bool is_perhaps_small,
    const struct comparison *comparison, const char *noun, struct buffer *text)
{
    buffer_printf(text, "takes %s%s%s", word, *noun ? " " : "", noun);
    if (is_perhaps_small)
        buffer_printf(text, " (perhaps by less than %g %%)", comparison->part->threshold * 100);
}

/* The verb of a group. The noun follows where it is the first. */
static void finding_write_verb(
    const struct question *question, const struct comparison *comparison, bool is_first, struct buffer *text)
{
    const char *noun = evidence_noun(question->by);
    enum finding_kind kind = finding_kind(comparison);

    switch (kind) {
    case KIND_LESS:
    case KIND_PERHAPS_LESS:
        finding_write_difference("less", kind == KIND_PERHAPS_LESS, comparison, is_first ? noun : "", text);
        break;
    case KIND_MORE:
    case KIND_PERHAPS_MORE:
        finding_write_difference("more", kind == KIND_PERHAPS_MORE, comparison, is_first ? noun : "", text);
        break;
    case KIND_EQUIVALENT:
        buffer_printf(text, "is equivalent within %g %%%s%s", comparison->part->threshold * 100,
            is_first ? " by " : "", is_first ? noun : "");
        break;
    case KIND_NONE:
        buffer_printf(text, "shows no detected difference%s%s", is_first ? " in " : "", is_first ? noun : "");
        break;
    case KIND_UNDECIDED:
        buffer_printf(text, "can't be told apart%s%s (%zu rounds are needed, %zu can be compared)",
            is_first ? " by " : "", is_first ? noun : "", comparison->interval.rounds_needed,
            comparison->interval.used);
        break;
    case KIND_NOT_RANKED:
        buffer_printf(text, "can't be compared%s%s (%s: %s)", is_first ? " by " : "", is_first ? noun : "",
            comparison->not_ranked_name, comparison->not_ranked);
        break;
    }
}

/* Where the group from `first` to `last` lies among all: "at 16 connections", "from 64 on". */
static void finding_write_levels(const struct question *question, const struct comparisons *comparisons,
    size_t first, size_t last, struct buffer *text)
{
    const char *from = comparisons->items[first].level;
    const char *to = comparisons->items[last].level;
    bool is_first = first == 0;
    bool is_last = last + 1 == comparisons->count;
    bool differs = finding_kind(&comparisons->items[last]) <= KIND_PERHAPS_MORE;
    const char *unit = is_first && question->unit ? question->unit : "";
    const char *gap = is_first && question->unit ? " " : "";

    if (first == last && (is_first || !is_last || !differs))
        buffer_printf(text, " at %s%s%s", from, gap, unit);
    else if (is_first && is_last)
        buffer_printf(text, " at all of %s to %s%s%s", from, to, gap, unit);
    else if (is_last && differs)
        buffer_printf(text, " from %s%s%s on", from, gap, unit);
    else
        buffer_printf(text, " at %s to %s%s%s", from, to, gap, unit);
}

/* Is there a difference at the last level, so that it is told how much? */
static bool finding_tells_last(const struct comparisons *comparisons)
{
    const struct comparison *last = &comparisons->items[comparisons->count - 1];

    return !last->not_ranked && verdict_claims_difference(last->verdict);
}

static void finding_write_last(
    const struct question *question, const struct comparisons *comparisons, struct buffer *text)
{
    const struct comparison *last = &comparisons->items[comparisons->count - 1];
    char phrase[VERDICT_PHRASE_SIZE];

    if (!finding_tells_last(comparisons))
        return;
    verdict_phrase(last->verdict, evidence_kind(question->by), &last->interval, last->part->threshold, phrase,
        sizeof phrase);
    buffer_printf(text, " (%s at %s%s)", phrase, last->level,
        finding_is_doubtful(last) ? ", where the origin was at its limit" : "");
}

/* Are two neighbours told together? */
static bool finding_is_alike(const struct comparison *one, const struct comparison *other)
{
    return finding_kind(one) == finding_kind(other) && finding_is_doubtful(one) == finding_is_doubtful(other);
}

/* "compared with B, A takes more CPU at 16 connections, and takes less from 64 on" */
static void finding_write_levelled(
    const struct question *question, const struct comparisons *comparisons, struct buffer *text)
{
    size_t next = 0;

    buffer_printf(text, "compared with %s, %s ",
        question->reference.strategy ? question->reference.strategy : question->arm.strategy,
        question->arm.strategy);
    for (size_t first = 0; first < comparisons->count; first = next) {
        const struct comparison *group = &comparisons->items[first];
        for (next = first + 1; next < comparisons->count; next++)
            if (!finding_is_alike(group, &comparisons->items[next]))
                break;
        buffer_append_text(text, first == 0 ? "" : next == comparisons->count ? " and " : ", ");
        finding_write_verb(question, group, first == 0, text);
        finding_write_levels(question, comparisons, first, next - 1, text);
        if (next < comparisons->count || !finding_tells_last(comparisons))
            buffer_append_text(text, finding_doubt(group));
    }
    finding_write_last(question, comparisons, text);
}

static const char *selector_words(const struct selector *selector)
{
    return selector->strategy ? selector->strategy : "any strategy";
}

/* `*said` is where the clause before it was, which is not said again. */
static void finding_write_clause(const struct question *question, const struct comparisons *comparisons,
    const char **said, struct buffer *text)
{
    const char *where = finding_where(comparisons);

    if (comparisons->count == 0) {
        buffer_printf(text, "nothing was run that compares %s with %s by %s", selector_words(&question->arm),
            selector_words(question->reference.strategy ? &question->reference : &question->arm),
            evidence_noun(question->by));
        return;
    }
    if (where && (!*said || strcmp(where, *said) != 0))
        buffer_printf(text, "%s, ", where);
    *said = where;
    if (question->over && question->arm.strategy && comparisons->count > 1) {
        finding_write_levelled(question, comparisons, text);
        return;
    }
    for (size_t i = 0; i < comparisons->count; i++) {
        buffer_append_text(text, i == 0 ? "" : "; ");
        finding_write_one(question, &comparisons->items[i], where, text);
    }
}

/* Was anything run that answers one of them? */
static bool finding_has_answers(const struct comparisons *answers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (answers[i].count > 0)
            return true;
    return false;
}

void finding_write(
    const struct question *questions, const struct comparisons *answers, size_t count, struct buffer *text)
{
    bool has_answers = finding_has_answers(answers, count);
    const char *gap = "";
    const char *said = NULL;

    for (size_t i = 0; i < count; i++) {
        if (has_answers && answers[i].count == 0)
            continue;
        buffer_append_text(text, gap);
        finding_write_clause(&questions[i], &answers[i], &said, text);
        gap = "; ";
    }
    buffer_append_text(text, ".");
}

/* Null for what is not a number. */
static json_t *finding_number(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

/* Null for what is not known. */
static json_t *finding_truth(enum truth truth)
{
    return truth == TRUTH_MISSING ? json_null() : json_boolean(truth == TRUTH_YES);
}

static json_t *finding_comparison(const struct question *question, const struct comparison *comparison)
{
    const struct ratio_interval *interval = &comparison->interval;

    return json_pack("{s:s?, s:s, s:s?, s:s, s:s, s:s?, s:I, s:o, s:o, s:o, s:f, s:o, s:s?}", /* one a line */
        "part", comparison->part->part,                                                       /**/
        "arm", comparison->arm->name,                                                         /**/
        "reference_part", comparison->reference_part->part,                                   /**/
        "reference", comparison->reference->name,                                             /**/
        "by", evidence_word(question->by),                                                    /**/
        "not_ranked_because", comparison->not_ranked,                                         /**/
        "rounds", (json_int_t)interval->used,                                                 /**/
        "ratio", finding_number(interval->estimate),                                          /**/
        "ratio_low", finding_number(interval->low),                                           /**/
        "ratio_high", finding_number(interval->high),                                         /**/
        "threshold", comparison->part->threshold,                                             /**/
        "origin_bound", finding_truth(comparison->origin_bound),                              /**/
        "verdict", comparison->not_ranked ? NULL : verdict_word(comparison->verdict));
}

json_t *finding_to_json(const struct question *questions, const struct comparisons *answers, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        for (size_t item = 0; item < answers[i].count; item++)
            json_array_append_new(list, finding_comparison(&questions[i], &answers[i].items[item]));
    return list;
}
