#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "detectable.h"
#include "first_place.h"
#include "outlier.h"
#include "quantile.h"

/* The median of a series, without changing it. */
static double summary_median(const struct tally *tally, const double *series, double *scratch)
{
    memcpy(scratch, series, tally->rounds * sizeof *scratch);
    return sample_median(scratch, sample_sort(scratch, tally->rounds));
}

static struct lower_bound summary_bound(const struct tally *tally)
{
    struct lower_bound bound = {0};

    for (uint64_t batch = 0; batch < tally->extent.batch_count; batch++) {
        uint64_t size = workload_batch(tally->workload, batch % tally->workload->batch_count)->request_count;
        bound_add_batch(&bound, tally->least_s + workload_first_index(tally->workload, batch), (size_t)size);
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
    row->mad_s = wall.mad;
    row->runs = arm->runs;
    row->failed_requests = arm->failed_requests;
    row->request_p50_s = summary_median(tally, arm->request_p50_s, scratch);
    row->request_p90_s = summary_median(tally, arm->request_p90_s, scratch);
    row->request_p99_s = summary_median(tally, arm->request_p99_s, scratch);
    row->cpu_us_per_request = summary_median(tally, arm->cpu_us, scratch);
    row->peak_memory_kib = summary_median(tally, arm->peak_memory_kib, scratch);
    row->peak_threads = summary_median(tally, arm->peak_threads, scratch);
    row->connections_opened = summary_median(tally, arm->connections_opened, scratch);
    if (tally->is_open_loop)
        row->saturated = arm->saturated_runs * 2 > arm->runs ? "true" : "false";
    row->max_backlog = summary_median(tally, arm->max_backlog, scratch);
    row->origin_share = summary_median(tally, arm->origin_share, scratch);
}

/* Thread-pool is what a sceptic would use; sequential is a straw man. */
#define DEFAULT_REFERENCE "thread-pool"

/*
 * The arm that `arm` is compared with: of the reference's label and the same concurrency, else the first of
 * that label (sequential has one level only), else the first of all.
 */
static size_t summary_reference(const struct tally *tally, size_t arm)
{
    const char *label = tally->reference ? tally->reference : DEFAULT_REFERENCE;
    size_t found = tally->arm_count;

    for (size_t other = 0; other < tally->arm_count; other++) {
        if (strcmp(tally->arms[other].label, label) != 0)
            continue;
        if (tally->arms[other].concurrency == tally->arms[arm].concurrency)
            return other;
        found = found == tally->arm_count ? other : found;
    }
    for (size_t other = 0; found == tally->arm_count && other < tally->arm_count; other++)
        found = tally->arms[other].sends_nothing ? found : other;
    return found == tally->arm_count ? 0 : found;
}

/* How many arms are held against another one. */
static size_t summary_comparisons(const struct tally *tally)
{
    size_t compared = 0;

    for (size_t arm = 0; arm < tally->arm_count; arm++)
        compared += !tally->arms[arm].sends_nothing && summary_reference(tally, arm) != arm;
    return compared;
}

static void summary_compare(
    struct summary *summary, const struct tally *tally, size_t arm, size_t reference, double *scratch)
{
    const struct tally_arm *one = &tally->of_arms[arm];
    const struct tally_arm *other = &tally->of_arms[reference];
    size_t comparisons = summary_comparisons(tally);
    struct summary_row *row = &summary->row;

    struct ratio_interval wall =
        interval_of_ratio(one->fair_wall_s, other->fair_wall_s, tally->rounds_begun, comparisons, scratch);
    struct ratio_interval cpu =
        interval_of_ratio(one->fair_cpu_us, other->fair_cpu_us, tally->rounds_begun, comparisons, scratch);
    row->reference = tally->arms[reference].label;
    row->ratio = wall.estimate;
    row->ratio_low = wall.low;
    row->ratio_high = wall.high;
    row->detectable = detectable_difference(&wall);
    row->cpu_ratio = cpu.estimate;
    row->cpu_ratio_low = cpu.low;
    row->cpu_ratio_high = cpu.high;
    summary->rounds_needed = interval_exists(&wall) ? 0 : wall.rounds_needed;
    verdict_phrase(verdict_of(&wall, tally->threshold), VERDICT_WALL_TIME, &wall, tally->threshold,
        summary->verdict, sizeof summary->verdict);
    verdict_phrase(verdict_of(&cpu, tally->threshold), VERDICT_CPU_TIME, &cpu, tally->threshold,
        summary->cpu_verdict, sizeof summary->cpu_verdict);
    row->verdict = summary->verdict;
    row->cpu_verdict = summary->cpu_verdict;
}

/* The arm of which `arm` is a control: the same strategy with the same options at the same concurrency. */
static size_t summary_original(const struct tally *tally, size_t arm)
{
    for (size_t other = 0; other < arm; other++)
        if (strcmp(tally->arms[other].spec, tally->arms[arm].spec) == 0 &&
            tally->arms[other].concurrency == tally->arms[arm].concurrency)
            return other;
    return arm;
}

/* Two arms that are the same: what is found between them is this machine's noise. */
static void summary_control(struct summary *summary, const struct tally *tally, size_t arm, double *scratch)
{
    size_t original = summary_original(tally, arm);

    summary->false_difference = 0;
    if (original == arm)
        return;
    struct ratio_interval wall = interval_of_ratio(tally->of_arms[arm].fair_wall_s,
        tally->of_arms[original].fair_wall_s, tally->rounds_begun, 1, scratch);
    if (verdict_claims_difference(verdict_of(&wall, 0)))
        summary->false_difference = fmax(fabs(wall.low - 1), fabs(wall.high - 1));
    summary->control_of = tally->arms[original].label;
}

/* Of fewer trials nothing can be said to be unusual. */
#define OUTLIER_RUNS_MIN 6

static void summary_flag_outliers(
    struct summary *summary, const struct tally *tally, const struct tally_arm *arm)
{
    const struct summary_row *row = &summary->row;

    if (row->runs < OUTLIER_RUNS_MIN)
        return;
    summary->outliers = outlier_count(arm->wall_s, tally->rounds, row->median_s, row->mad_s);
    summary->has_slow_first_round = outlier_is_slow_first_round(arm->wall_s[0], row->median_s, row->mad_s);
}

static void summary_refer_to_nothing(struct summary_row *row)
{
    row->ratio = row->ratio_low = row->ratio_high = row->detectable = NAN;
    row->cpu_ratio = row->cpu_ratio_low = row->cpu_ratio_high = NAN;
}

/* Which ranked arms share the first place. */
static int summary_find_first(struct summary *summaries, const struct tally *tally, double *scratch)
{
    const double **times = calloc(tally->arm_count, sizeof *times);
    size_t *arms = calloc(tally->arm_count, sizeof *arms);
    bool *first = calloc(tally->arm_count, sizeof *first);
    size_t ranked = 0;

    for (size_t arm = 0; times && arms && first && arm < tally->arm_count; arm++)
        if (summaries[arm].is_ranked) {
            times[ranked] = tally->of_arms[arm].fair_wall_s;
            arms[ranked++] = arm;
        }
    bool has_memory = times && arms && first;
    if (has_memory && ranked > 0)
        first_place(times, ranked, tally->rounds_begun, scratch, first);
    size_t needed = interval_rounds_needed(first_place_comparisons(ranked));
    for (size_t i = 0; i < ranked; i++) {
        summaries[arms[i]].shares_first = first[i];
        summaries[arms[i]].ranking_needs = ranked > 1 && tally->rounds_begun < needed ? needed : 0;
    }
    free(times);
    free(arms);
    free(first);
    return has_memory ? 0 : -1;
}

static void summary_of_arm(struct summary *summary, const struct tally *tally,
    const struct lower_bound *bound, size_t arm, double *scratch)
{
    struct summary_row *row = &summary->row;
    size_t reference = summary_reference(tally, arm);
    bool sends_nothing = tally->arms[arm].sends_nothing;

    row->strategy = tally->arms[arm].label;
    row->family = tally->arms[arm].family;
    row->concurrency = tally->arms[arm].concurrency;
    summary->reference = sends_nothing ? arm : reference;
    summary_describe(row, tally, &tally->of_arms[arm], scratch);
    row->lower_bound_s = sends_nothing ? NAN : bound_seconds(bound, (size_t)row->concurrency);
    row->efficiency = bound_efficiency(row->lower_bound_s, row->median_s);
    if (arm == reference || sends_nothing)
        summary_refer_to_nothing(row);
    else
        summary_compare(summary, tally, arm, reference, scratch);
    summary_control(summary, tally, arm, scratch);
    summary_flag_outliers(summary, tally, &tally->of_arms[arm]);
    summary->is_ranked = row->runs > 0 && row->failed_requests == 0 && !sends_nothing;
}

struct summary *summarise(const struct tally *tally, struct failure *failure)
{
    struct summary *summaries = calloc(tally->arm_count, sizeof *summaries);
    double *scratch = calloc(tally->rounds + 1, sizeof *scratch);
    struct lower_bound bound = summary_bound(tally);

    for (size_t arm = 0; summaries && scratch && arm < tally->arm_count; arm++)
        summary_of_arm(&summaries[arm], tally, &bound, arm, scratch);
    if (summaries && scratch && summary_find_first(summaries, tally, scratch) == 0) {
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
        if (summaries[arm].is_ranked && !isnan(summaries[arm].row.detectable))
            largest = fmax(isnan(largest) ? 0 : largest, summaries[arm].row.detectable);
    return largest;
}
