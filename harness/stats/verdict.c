#include "verdict.h"

#include <math.h>
#include <stdio.h>

/* The words for taking less and for taking more. */
static const struct {
    const char *less;
    const char *more;
} verdict_words[] = {
    [VERDICT_WALL_TIME] = {"faster", "slower"},
    [VERDICT_CPU_TIME] = {"less CPU", "more CPU"},
};

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

struct percent {
    char text[32];
};

/*
 * In percent, with one decimal below 100 and none above. Never "-0.0", and what is less than the whole never
 * rounds to 100: nothing is faster by 100 %.
 */
static struct percent verdict_percent(double fraction, bool with_sign)
{
    double tenths = fraction < 1 ? fmin(round(fraction * 1000), 999) : round(fraction * 1000);
    int decimals = fabs(tenths) < 1000 ? 1 : 0;
    struct percent percent;

    if (tenths == 0)
        return (struct percent){"0.0"};
    (void)snprintf(percent.text, sizeof percent.text, with_sign ? "%+.*f" : "%.*f", decimals, tenths / 10);
    return percent;
}

static void verdict_by(const char *word, double from, double to, char *phrase, size_t size)
{
    (void)snprintf(phrase, size, "%s by %s to %s %%", word, verdict_percent(from, false).text,
        verdict_percent(to, false).text);
}

void verdict_phrase(enum verdict verdict, enum verdict_figure figure, const struct ratio_interval *interval,
    double threshold, char *phrase, size_t size)
{
    const char *less = verdict_words[figure].less;
    const char *more = verdict_words[figure].more;
    double band_percent = threshold * 100;

    switch (verdict) {
    case VERDICT_NO_INTERVAL:
        (void)snprintf(phrase, size, "no interval: %zu rounds are needed, %zu can be compared",
            interval->rounds_needed, interval->used);
        break;
    case VERDICT_FASTER:
        verdict_by(less, 1 - interval->high, 1 - interval->low, phrase, size);
        break;
    case VERDICT_SLOWER:
        verdict_by(more, interval->low - 1, interval->high - 1, phrase, size);
        break;
    case VERDICT_PERHAPS_FASTER:
        (void)snprintf(phrase, size, "%s, perhaps by less than %g%% (%s to %s %%)", less, band_percent,
            verdict_percent(1 - interval->high, false).text, verdict_percent(1 - interval->low, false).text);
        break;
    case VERDICT_PERHAPS_SLOWER:
        (void)snprintf(phrase, size, "%s, perhaps by less than %g%% (%s to %s %%)", more, band_percent,
            verdict_percent(interval->low - 1, false).text, verdict_percent(interval->high - 1, false).text);
        break;
    case VERDICT_EQUIVALENT:
        (void)snprintf(phrase, size, "equivalent within %g%%", band_percent);
        break;
    case VERDICT_NO_DIFFERENCE:
        (void)snprintf(phrase, size, "no difference detected (could be %s %% to %s %%)",
            verdict_percent(interval->low - 1, true).text, verdict_percent(interval->high - 1, true).text);
        break;
    }
}
