#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "detectable.h"
#include "first_place.h"
#include "interval.h"
#include "outlier.h"
#include "quantile.h"
#include "scalability.h"

/* The words of the column ranked_by, which are the names of columns. */
#define RANKED_BY_WALL     "wall_s"
#define RANKED_BY_REQUESTS "request_p90_s"

static const struct {
    const char *word;
    const char *phrase;
} rankings[RANKING_COUNT] = {
#define X(NAME, word, phrase) [RANKING_##NAME] = {word, phrase},
    RANKINGS(X)
#undef X
};

const char *ranking_phrase(enum ranking ranking)
{
    return rankings[ranking].phrase;
}

double summary_figure(const struct summary *summary)
{
    return summary->is_ranked_by_requests ? summary->row.request_p90_s : summary->row.median_s;
}

size_t summary_count_ranked(const struct summary *summaries, size_t count)
{
    size_t ranked = 0;

    for (size_t arm = 0; arm < count; arm++)
        ranked += summaries[arm].row.ranked;
    return ranked;
}

size_t summary_count_first(const struct summary *summaries, size_t count)
{
    size_t first = 0;

    for (size_t arm = 0; arm < count; arm++)
        first += summaries[arm].shares_first;
    return first;
}

/* The median of a series, without changing it. */
static double summary_median(const struct tally *tally, const double *series, double *scratch)
{
    memcpy(scratch, series, tally->rounds * sizeof *scratch);
    return sample_median(scratch, sample_sort(scratch, tally->rounds));
}

/* The median of times of requests: the lower of the two middle ones, a value that occurred. */
static double summary_request_median(const struct tally *tally, const double *series, double *scratch)
{
    memcpy(scratch, series, tally->rounds * sizeof *scratch);
    return sample_quantile_occurring(scratch, sample_sort(scratch, tally->rounds), 0.5);
}

static double summary_max(const struct tally *tally, const double *series, double *scratch)
{
    memcpy(scratch, series, tally->rounds * sizeof *scratch);
    return sample_max(scratch, sample_sort(scratch, tally->rounds));
}

/* That of all answers in all rounds. */
static const char *summary_http_version(const struct tally *tally, const struct tally_arm *arm)
{
    uint8_t version = HTTP_VERSION_NONE;

    for (size_t round = 0; round < tally->rounds; round++)
        if (!isnan(arm->http_version[round]))
            version = http_version_join(version, (uint8_t)arm->http_version[round]);
    return http_version_word(version);
}

static struct lower_bound summary_bound(const struct tally *tally)
{
    struct lower_bound bound = {0};

    for (uint64_t batch = 0; batch < tally->extent.batch_count; batch++) {
        uint64_t size = workload_batch(tally->workload, batch % tally->workload->batch_count)->request_count;
        bound_add_batch(
            &bound, tally->kept.least_s + workload_first_index(tally->workload, batch), (size_t)size);
    }
    return bound;
}

static void summary_describe(
    struct summary_row *row, const struct tally *tally, const struct tally_arm *arm, double *scratch)
{
    memcpy(scratch, arm->wall_s, tally->rounds * sizeof *scratch);
    struct sample_summary wall = sample_summarise(scratch, tally->rounds);
    row->median_s = wall.median;
    row->min_s = wall.min;
    row->mean_s = wall.mean;
    row->max_s = wall.max;
    row->mad_s = wall.count > 1 ? wall.mad : NAN; /* one value deviates from nothing */
    row->trials = arm->counts.trials;
    row->failed_requests = arm->counts.failed_requests;
    row->request_p50_s = summary_request_median(tally, arm->request_p50_s, scratch);
    row->request_p90_s = summary_request_median(tally, arm->request_p90_s, scratch);
    row->request_p99_s = summary_request_median(tally, arm->request_p99_s, scratch);
    row->request_max_s = summary_max(tally, arm->request_max_s, scratch);
    row->requests_per_s = summary_median(tally, arm->requests_per_s, scratch);
    row->cpu_us_per_request = summary_median(tally, arm->cpu_us, scratch);
    row->voluntary_switches = summary_median(tally, arm->voluntary_switches, scratch);
    row->involuntary_switches = summary_median(tally, arm->involuntary_switches, scratch);
    row->peak_memory_kib = summary_median(tally, arm->peak_memory_kib, scratch);
    row->peak_threads = summary_median(tally, arm->peak_threads, scratch);
    row->peak_processes = summary_median(tally, arm->peak_processes, scratch);
    row->http_version = summary_http_version(tally, arm);
    row->connections_opened = summary_median(tally, arm->connections_opened, scratch);
    row->handshakes_full = summary_median(tally, arm->handshakes_full, scratch);
    row->handshakes_resumed = summary_median(tally, arm->handshakes_resumed, scratch);
    if (tally->is_open_loop)
        row->saturated = truth_of(arm->counts.saturated_trials * 2 > arm->counts.trials);
    row->max_backlog = summary_median(tally, arm->max_backlog, scratch);
    row->origin_share = summary_median(tally, arm->origin_share, scratch);
}

static size_t summary_reference(const struct tally *tally, size_t arm)
{
    return arms_reference(tally->arms, tally->arm_count, tally->settings->reference, arm);
}

size_t summary_comparisons(const struct tally *tally)
{
    size_t sending = 0;

    for (size_t arm = 0; arm < tally->arm_count; arm++)
        sending += !tally->arms[arm].sends_nothing;
    return sending > 1 ? sending - 1 : 1;
}

static void summary_compare(
    struct summary *summary, const struct tally *tally, size_t arm, size_t comparisons, double *scratch)
{
    size_t reference = summary->reference;
    const struct tally_arm *one = &tally->of_arms[arm];
    const struct tally_arm *other = &tally->of_arms[reference];
    struct summary_row *row = &summary->row;

    struct ratio_interval figure = interval_of_ratio(
        one->fair_figure_s, other->fair_figure_s, tally->rounds_begun, comparisons, scratch);
    struct ratio_interval cpu =
        interval_of_ratio(one->fair_cpu_us, other->fair_cpu_us, tally->rounds_begun, comparisons, scratch);
    row->reference = tally->arms[reference].name;
    row->rounds = figure.used;
    row->rounds_missing = figure.rounds_needed > figure.used ? figure.rounds_needed - figure.used : 0;
    row->ratio = figure.estimate;
    row->ratio_low = figure.low;
    row->ratio_high = figure.high;
    row->detectable = detectable_difference(&figure);
    row->cpu_ratio = cpu.estimate;
    row->cpu_ratio_low = cpu.low;
    row->cpu_ratio_high = cpu.high;
    summary->rounds_needed = interval_exists(&figure) ? 0 : figure.rounds_needed;
    enum verdict_figure kind = tally->is_open_loop ? VERDICT_REQUEST_TIME : VERDICT_WALL_TIME;
    enum verdict verdict = verdict_of(&figure, tally->settings->threshold);
    enum verdict cpu_verdict = verdict_of(&cpu, tally->settings->threshold);
    verdict_phrase(verdict, kind, &figure, tally->settings->threshold, summary->verdict_text,
        sizeof summary->verdict_text);
    verdict_phrase(cpu_verdict, VERDICT_CPU_TIME, &cpu, tally->settings->threshold, summary->cpu_verdict_text,
        sizeof summary->cpu_verdict_text);
    summary->verdict = verdict;
    summary->cpu_verdict = cpu_verdict;
    verdict_short(
        verdict, &figure, tally->settings->threshold, summary->verdict_short, sizeof summary->verdict_short);
    verdict_short(cpu_verdict, &cpu, tally->settings->threshold, summary->cpu_verdict_short,
        sizeof summary->cpu_verdict_short);
    row->verdict = verdict_word(verdict);
    row->verdict_text = summary->verdict_text;
    row->cpu_verdict = verdict_word(cpu_verdict);
    row->cpu_verdict_text = summary->cpu_verdict_text;
}

/* Two arms that are the same: what is found between them is this machine's noise. */
static void summary_control(struct summary *summary, const struct tally *tally, size_t arm, double *scratch)
{
    size_t original = arms_original(tally->arms, tally->arm_count, arm);

    summary->false_difference = 0;
    if (original == arm)
        return;
    struct ratio_interval figure = interval_of_ratio(tally->of_arms[arm].fair_figure_s,
        tally->of_arms[original].fair_figure_s, tally->rounds_begun, 1, scratch);
    if (verdict_claims_difference(verdict_of(&figure, 0)))
        summary->false_difference = fmax(fabs(figure.low - 1), fabs(figure.high - 1));
    summary->control_of = tally->arms[original].name;
}

/* What the arm is ranked by, and its trials that have failures with it. */
static const double *summary_series(const struct tally *tally, const struct tally_arm *arm)
{
    return tally->is_open_loop ? arm->fair_figure_s : arm->wall_s;
}

/* A median for itself: the exact interval from order statistics (interval.h). Whether arms differ is for the
 * ratios to say, which are paired by round. */
static void summary_find_interval(
    const struct tally *tally, const double *series, double *low, double *high, double *scratch)
{
    memcpy(scratch, series, tally->rounds * sizeof *scratch);
    size_t known = sample_sort(scratch, tally->rounds);
    size_t rank = interval_rank(known, 1, NULL);

    *low = rank > 0 ? scratch[rank - 1] : NAN;
    *high = rank > 0 ? scratch[known - rank] : NAN;
}

/* Of the levels of concurrency at which the arm is otherwise the same. */
static void summary_fit_scalability(
    struct summary *summaries, const struct tally *tally, size_t arm, double *concurrency, double *throughput)
{
    struct summary_row *row = &summaries[arm].row;
    const struct arm *self = &tally->arms[arm];
    size_t count = 0;

    for (size_t other = 0; !tally->is_open_loop && other < tally->arm_count; other++)
        if (arms_differ_in_concurrency_only(&tally->arms[other], self)) {
            concurrency[count] = (double)tally->arms[other].settings.concurrency;
            throughput[count++] = summaries[other].row.requests_per_s;
        }
    const struct scalability fit = scalability_fit(concurrency, throughput, count);
    row->usl_lambda = fit.lambda;
    row->usl_sigma = fit.sigma;
    row->usl_kappa = fit.kappa;
    row->usl_residual = row->requests_per_s / scalability_at(&fit, (double)self->settings.concurrency) - 1;
    row->usl_peak = scalability_peak(&fit);
    row->usl_describes = scalability_exists(&fit)
                             ? truth_of(scalability_describes(&fit, concurrency, throughput, count))
                             : TRUTH_MISSING;
}

/* 0, or -1 when memory runs out. */
static int summary_fit_all(struct summary *summaries, const struct tally *tally)
{
    double *numbers = calloc(2 * tally->arm_count + 1, sizeof *numbers);

    for (size_t arm = 0; numbers && arm < tally->arm_count; arm++)
        summary_fit_scalability(summaries, tally, arm, numbers, numbers + tally->arm_count);
    free(numbers);
    return numbers ? 0 : -1;
}

/* Of fewer trials nothing can be said to be unusual. */
#define OUTLIER_TRIALS_MIN 6

static void summary_flag_outliers(
    struct summary *summary, const struct tally *tally, const struct tally_arm *arm, double *scratch)
{
    const double *series = summary_series(tally, arm);

    summary->row.usual_low_s = summary->row.usual_high_s = NAN;
    if (summary->row.trials < OUTLIER_TRIALS_MIN)
        return;
    memcpy(scratch, series, tally->rounds * sizeof *scratch);
    struct sample_summary figures = sample_summarise(scratch, tally->rounds);
    summary->row.usual_low_s = fmax(0, figures.median - OUTLIER_LIMIT * figures.mad);
    summary->row.usual_high_s = figures.median + OUTLIER_LIMIT * figures.mad;
    summary->outliers = outlier_count(series, tally->rounds, figures.median, figures.mad);
    summary->has_slow_first_round = outlier_is_slow_first_round(series[0], figures.median, figures.mad);
}

static void summary_refer_to_nothing(struct summary_row *row)
{
    row->ratio = row->ratio_low = row->ratio_high = row->detectable = NAN;
    row->cpu_ratio = row->cpu_ratio_low = row->cpu_ratio_high = NAN;
    row->rounds = row->rounds_missing = MISSING_COUNT;
}

/* How many of a series' values are known. */
static size_t summary_count_known(const double *series, size_t rounds)
{
    size_t known = 0;

    for (size_t round = 0; round < rounds; round++)
        known += isnan(series[round]) ? 0 : 1;
    return known;
}

/* An arm that failed once is not ranked: what it did in the other rounds may be what it could do at its best.
 */
static enum ranking summary_ranking(const struct tally *tally, size_t arm, const struct summary_row *row)
{
    const struct tally_arm *of_arm = &tally->of_arms[arm];

    if (tally->arms[arm].sends_nothing)
        return RANKING_SENDS_NOTHING;
    if (of_arm->counts.begun == 0)
        return RANKING_NO_TRIALS;
    if (of_arm->counts.failed_requests > 0)
        return RANKING_FAILED_REQUESTS;
    if (summary_count_known(of_arm->fair_wall_s, tally->rounds) < of_arm->counts.begun)
        return RANKING_FAILED_TRIALS;
    if (tally->other_work && tally->other_work[arm])
        return RANKING_OTHER_WORK;
    if (row->saturated == TRUTH_YES)
        return RANKING_SATURATED;
    if (summary_count_known(of_arm->fair_figure_s, tally->rounds) < of_arm->counts.begun)
        return RANKING_TOO_FEW_REQUESTS;
    return RANKING_RANKED;
}

/* Was a difference found between two that share the first place? There may be one too small to count. */
static bool summary_first_differ(const struct summary *summaries, size_t count)
{
    for (size_t arm = 0; arm < count; arm++) {
        const struct summary *summary = &summaries[arm];
        if (summary->shares_first && summary->row.verdict && summaries[summary->reference].shares_first &&
            verdict_claims_difference(summary->verdict))
            return true;
    }
    return false;
}

/* If most share it, the finding is that they do not differ, as long as they don't. */
static void summary_name_first(struct summary *summaries, size_t count)
{
    size_t first = summary_count_first(summaries, count);
    bool is_most = first * 2 > summary_count_ranked(summaries, count);
    bool is_alike = first > 1 && is_most && !summary_first_differ(summaries, count);

    for (size_t arm = 0; arm < count; arm++) {
        if (summaries[arm].row.shares_first != TRUTH_YES)
            continue;
        summaries[arm].is_like_first = is_alike;
        summaries[arm].row.first_place = first == 1 ? "fastest"
                                         : is_alike ? "no-difference"
                                                    : "among-the-fastest";
    }
}

/* Which ranked arms share the first place; of too few rounds nothing is said. */
static int summary_find_first(struct summary *summaries, const struct tally *tally, size_t comparisons)
{
    const double **figures = calloc(tally->arm_count, sizeof *figures);
    size_t *arms = calloc(tally->arm_count, sizeof *arms);
    bool *first = calloc(2 * tally->arm_count, sizeof *first); /* and as much for scratch */
    size_t ranked = 0;

    for (size_t arm = 0; figures && arms && first && arm < tally->arm_count; arm++)
        if (summaries[arm].row.ranked) {
            figures[ranked] = tally->of_arms[arm].fair_figure_s;
            arms[ranked++] = arm;
        }
    bool has_memory = figures && arms && first;
    if (has_memory && ranked > 0)
        first_place(figures, ranked, tally->rounds_begun, comparisons, tally->settings->threshold, first,
            first + tally->arm_count);
    size_t needed = ranked > 1 ? interval_rounds_needed(comparisons) : 0;
    bool is_told = tally->rounds_begun >= needed;
    for (size_t i = 0; i < ranked; i++) {
        struct summary *summary = &summaries[arms[i]];
        summary->shares_first = first[i];
        summary->first_rounds = is_told ? 0 : needed;
        summary->row.first_rounds_missing = is_told ? 0 : needed - tally->rounds_begun;
        summary->row.shares_first = is_told ? truth_of(first[i]) : TRUTH_MISSING;
    }
    free(figures);
    free(arms);
    free(first);
    return has_memory ? 0 : -1;
}

/* Places by the median of what decides; arms that are equal in it have the same. */
static void summary_number_ranks(struct summary *summaries, size_t count)
{
    for (size_t arm = 0; arm < count; arm++) {
        summaries[arm].row.rank = summaries[arm].row.ranked ? 1 : MISSING_COUNT;
        for (size_t other = 0; summaries[arm].row.ranked && other < count; other++)
            summaries[arm].row.rank += summaries[other].row.ranked &&
                                       summary_figure(&summaries[other]) < summary_figure(&summaries[arm]);
    }
}

static void summary_of_arm(struct summary *summary, const struct tally *tally,
    const struct lower_bound *bound, size_t arm, size_t comparisons, double *scratch)
{
    struct summary_row *row = &summary->row;
    size_t reference = summary_reference(tally, arm);
    bool sends_nothing = tally->arms[arm].sends_nothing;

    row->arm = tally->arms[arm].name;
    row->strategy = tally->arms[arm].label;
    row->family = tally->arms[arm].family;
    row->settings = &tally->arms[arm].settings;
    summary->reference = reference;
    summary->is_ranked_by_requests = tally->is_open_loop;
    summary_describe(row, tally, &tally->of_arms[arm], scratch);
    row->ranked_by = summary->is_ranked_by_requests ? RANKED_BY_REQUESTS : RANKED_BY_WALL;
    row->threshold = tally->settings->threshold;
    row->lower_bound_s = sends_nothing ? NAN : bound_seconds(bound, (size_t)row->settings->concurrency);
    /* Trials whose batches broke off early say nothing about it, and the schedule decides its own length. */
    row->efficiency = tally->is_open_loop
                          ? NAN
                          : bound_efficiency(row->lower_bound_s,
                                summary_median(tally, tally->of_arms[arm].fair_wall_s, scratch));
    if (arm == reference)
        summary_refer_to_nothing(row);
    else
        summary_compare(summary, tally, arm, comparisons, scratch);
    summary_control(summary, tally, arm, scratch);
    summary_find_interval(
        tally, summary_series(tally, &tally->of_arms[arm]), &row->figure_low_s, &row->figure_high_s, scratch);
    summary_find_interval(tally, tally->of_arms[arm].requests_per_s, &row->requests_per_s_low,
        &row->requests_per_s_high, scratch);
    summary_flag_outliers(summary, tally, &tally->of_arms[arm], scratch);
    summary->ranking = summary_ranking(tally, arm, row);
    row->ranked = summary->ranking == RANKING_RANKED;
    row->not_ranked_because = rankings[summary->ranking].word;
    row->first_rounds_missing = MISSING_COUNT;
}

struct summary *summarise(const struct tally *tally, struct failure *failure)
{
    struct summary *summaries = calloc(tally->arm_count, sizeof *summaries);
    double *scratch = calloc(tally->rounds + 1, sizeof *scratch);
    struct lower_bound bound = summary_bound(tally);
    size_t comparisons = summary_comparisons(tally);

    for (size_t arm = 0; summaries && scratch && arm < tally->arm_count; arm++)
        summary_of_arm(&summaries[arm], tally, &bound, arm, comparisons, scratch);
    if (summaries && scratch && summary_find_first(summaries, tally, comparisons) == 0 &&
        summary_fit_all(summaries, tally) == 0) {
        summary_number_ranks(summaries, tally->arm_count);
        summary_name_first(summaries, tally->arm_count);
        free(scratch);
        return summaries;
    }
    free(scratch);
    free(summaries);
    failure_set(failure, FAILURE_RUN, "out of memory for the summary of %zu strategies", tally->arm_count);
    return NULL;
}

double summary_detectable(const struct summary *summaries, size_t count)
{
    double largest = NAN;

    for (size_t arm = 0; arm < count; arm++)
        if (summaries[arm].row.ranked && !isnan(summaries[arm].row.detectable))
            largest = fmax(isnan(largest) ? 0 : largest, summaries[arm].row.detectable);
    return largest;
}
