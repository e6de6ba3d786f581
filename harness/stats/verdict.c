#include "verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const words[VERDICT_COUNT] = {
#define X(NAME, word) [VERDICT_##NAME] = (word),
    VERDICTS(X)
#undef X
};

const char *verdict_word(enum verdict verdict)
{
    return words[verdict];
}

/* The words for taking less, for taking more, and for taking a multiple. */
static const struct {
    const char *less;
    const char *more;
    const char *times;
} verdict_words[] = {
    [VERDICT_WALL_TIME] = {"faster", "slower", "times as long"},
    [VERDICT_CPU_TIME] = {"less CPU", "more CPU", "times the CPU"},
    [VERDICT_REQUEST_TIME] = {"shorter", "longer", "times as long"},
    [VERDICT_MEMORY] = {"less memory", "more memory", "times the memory"},
};

/* From this ratio on a difference is said as a multiple: nobody reads "slower by 1110 %". */
#define VERDICT_TIMES_FROM 2

enum verdict verdict_of(const struct ratio_interval *interval, double threshold)
{
    double least = 1 - threshold;
    double most = 1 + threshold;

    if (!interval_exists(interval))
        return VERDICT_NO_INTERVAL;
    if (interval->high < least)
        return VERDICT_FASTER;
    if (interval->low > most)
        return VERDICT_SLOWER;
    if (interval->low >= least && interval->high <= most)
        return VERDICT_EQUIVALENT;
    if (interval->high < 1)
        return VERDICT_PERHAPS_FASTER;
    if (interval->low > 1)
        return VERDICT_PERHAPS_SLOWER;
    return VERDICT_NO_DIFFERENCE;
}

bool verdict_claims_difference(enum verdict verdict)
{
    return verdict == VERDICT_FASTER || verdict == VERDICT_SLOWER || verdict == VERDICT_PERHAPS_FASTER ||
           verdict == VERDICT_PERHAPS_SLOWER;
}

/* A number as it is printed. */
struct verdict_number {
    char text[32];
};

/*
 * In percent, with one decimal below 100 and none above. Never "-0.0", and what is less than the whole never
 * rounds to 100: nothing is faster by 100 %.
 */
static struct verdict_number verdict_percent(double fraction, bool with_sign)
{
    double tenths = fraction < 1 ? fmin(round(fraction * 1000), 999) : round(fraction * 1000);
    int decimals = fabs(tenths) < 1000 ? 1 : 0;
    struct verdict_number percent;

    if (tenths == 0)
        return (struct verdict_number){"0.0"};
    (void)snprintf(percent.text, sizeof percent.text, with_sign ? "%+.*f" : "%.*f", decimals, tenths / 10);
    return percent;
}

/* With three significant digits: 2.04, 10.9, 112. */
static struct verdict_number verdict_times(double ratio)
{
    struct verdict_number times;
    int decimals = ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0;

    (void)snprintf(times.text, sizeof times.text, "%.*f", decimals, ratio);
    return times;
}

/* "19.0 to 46.0", or one number where both read the same. */
struct verdict_range {
    char text[72];
};

static struct verdict_range verdict_range(struct verdict_number from, struct verdict_number to)
{
    struct verdict_range range;

    if (strcmp(from.text, to.text) == 0)
        (void)snprintf(range.text, sizeof range.text, "%s", from.text);
    else
        (void)snprintf(range.text, sizeof range.text, "%s to %s", from.text, to.text);
    return range;
}

static struct verdict_range verdict_range_less(const struct ratio_interval *interval)
{
    return verdict_range(
        verdict_percent(1 - interval->high, false), verdict_percent(1 - interval->low, false));
}

static struct verdict_range verdict_range_more(const struct ratio_interval *interval)
{
    return verdict_range(
        verdict_percent(interval->low - 1, false), verdict_percent(interval->high - 1, false));
}

static void verdict_phrase_more(
    enum verdict_figure figure, const struct ratio_interval *interval, char *phrase, size_t size)
{
    if (interval->low >= VERDICT_TIMES_FROM)
        (void)snprintf(phrase, size, "%s %s",
            verdict_range(verdict_times(interval->low), verdict_times(interval->high)).text,
            verdict_words[figure].times);
    else
        (void)snprintf(
            phrase, size, "%s by %s %%", verdict_words[figure].more, verdict_range_more(interval).text);
}

void verdict_phrase(enum verdict verdict, enum verdict_figure figure, const struct ratio_interval *interval,
    double threshold, char *phrase, size_t size)
{
    const char *less = verdict_words[figure].less;
    double band_percent = threshold * 100;

    switch (verdict) {
    case VERDICT_NO_INTERVAL:
        (void)snprintf(phrase, size, "no interval: %zu rounds are needed, %zu can be compared",
            interval->rounds_needed, interval->used);
        break;
    case VERDICT_FASTER:
        (void)snprintf(phrase, size, "%s by %s %%", less, verdict_range_less(interval).text);
        break;
    case VERDICT_SLOWER:
        verdict_phrase_more(figure, interval, phrase, size);
        break;
    case VERDICT_PERHAPS_FASTER:
        (void)snprintf(phrase, size, "%s, perhaps by less than %g %% (%s %%)", less, band_percent,
            verdict_range_less(interval).text);
        break;
    case VERDICT_PERHAPS_SLOWER:
        (void)snprintf(phrase, size, "%s, perhaps by less than %g %% (%s %%)", verdict_words[figure].more,
            band_percent, verdict_range_more(interval).text);
        break;
    case VERDICT_EQUIVALENT:
        (void)snprintf(phrase, size, "equivalent within %g %%", band_percent);
        break;
    case VERDICT_NO_DIFFERENCE:
        (void)snprintf(phrase, size, "no difference detected (could be %s %% to %s %%)",
            verdict_percent(interval->low - 1, true).text, verdict_percent(interval->high - 1, true).text);
        break;
    case VERDICT_COUNT:
        break;
    }
}

static void verdict_short_more(
    const char *lead, const struct ratio_interval *interval, char *phrase, size_t size)
{
    if (interval->low >= VERDICT_TIMES_FROM)
        (void)snprintf(phrase, size, "%s times",
            verdict_range(verdict_times(interval->low), verdict_times(interval->high)).text);
    else
        (void)snprintf(phrase, size, "%s%s %% more", lead, verdict_range_more(interval).text);
}

void verdict_short(
    enum verdict verdict, const struct ratio_interval *interval, double threshold, char *phrase, size_t size)
{
    bool is_perhaps = verdict == VERDICT_PERHAPS_FASTER || verdict == VERDICT_PERHAPS_SLOWER;
    const char *lead = is_perhaps ? "perhaps " : "";

    switch (verdict) {
    case VERDICT_FASTER:
    case VERDICT_PERHAPS_FASTER:
        (void)snprintf(phrase, size, "%s%s %% less", lead, verdict_range_less(interval).text);
        break;
    case VERDICT_SLOWER:
    case VERDICT_PERHAPS_SLOWER:
        verdict_short_more(lead, interval, phrase, size);
        break;
    case VERDICT_EQUIVALENT:
        (void)snprintf(phrase, size, "equivalent within %g %%", threshold * 100);
        break;
    case VERDICT_NO_DIFFERENCE:
        (void)snprintf(phrase, size, "undecided, %s to %s %%", verdict_percent(interval->low - 1, true).text,
            verdict_percent(interval->high - 1, true).text);
        break;
    case VERDICT_NO_INTERVAL:
    case VERDICT_COUNT:
        (void)snprintf(phrase, size, "-");
        break;
    }
}

static void verdict_sentence_more(
    const struct verdict_pair *pair, const struct ratio_interval *interval, char *sentence, size_t size)
{
    if (interval->low >= VERDICT_TIMES_FROM)
        (void)snprintf(sentence, size, "%s takes %s times the %s of %s", pair->one,
            verdict_range(verdict_times(interval->low), verdict_times(interval->high)).text, pair->noun,
            pair->other);
    else
        (void)snprintf(sentence, size, "%s takes %s %% more %s than %s", pair->one,
            verdict_range_more(interval).text, pair->noun, pair->other);
}

void verdict_sentence(enum verdict verdict, const struct verdict_pair *pair,
    const struct ratio_interval *interval, double threshold, char *sentence, size_t size)
{
    const char *one = pair->one;
    const char *other = pair->other;
    const char *noun = pair->noun;
    double band_percent = threshold * 100;

    switch (verdict) {
    case VERDICT_NO_INTERVAL:
        (void)snprintf(sentence, size,
            "whether %s and %s differ in %s can't be told: %zu rounds are needed, %zu can be compared", one,
            other, noun, interval->rounds_needed, interval->used);
        break;
    case VERDICT_FASTER:
        (void)snprintf(sentence, size, "%s takes %s %% less %s than %s", one,
            verdict_range_less(interval).text, noun, other);
        break;
    case VERDICT_SLOWER:
        verdict_sentence_more(pair, interval, sentence, size);
        break;
    case VERDICT_PERHAPS_FASTER:
        (void)snprintf(sentence, size, "%s takes less %s than %s, perhaps by less than %g %% (%s %%)", one,
            noun, other, band_percent, verdict_range_less(interval).text);
        break;
    case VERDICT_PERHAPS_SLOWER:
        (void)snprintf(sentence, size, "%s takes more %s than %s, perhaps by less than %g %% (%s %%)", one,
            noun, other, band_percent, verdict_range_more(interval).text);
        break;
    case VERDICT_EQUIVALENT:
        (void)snprintf(
            sentence, size, "%s and %s are equivalent within %g %% by %s", one, other, band_percent, noun);
        break;
    case VERDICT_NO_DIFFERENCE:
        (void)snprintf(sentence, size,
            "no difference in %s was detected between %s and %s (could be %s %% to %s %%)", noun, one, other,
            verdict_percent(interval->low - 1, true).text, verdict_percent(interval->high - 1, true).text);
        break;
    case VERDICT_COUNT:
        break;
    }
}
