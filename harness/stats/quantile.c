#include "quantile.h"

#include <math.h>

#include "radix.h"

/* Moves the missing values to the end; returns how many are present. */
static size_t sample_partition(double *values, size_t count)
{
    size_t present = 0;

    for (size_t index = 0; index < count; index++) {
        double value = values[index];
        if (isnan(value))
            continue;
        values[index] = values[present];
        values[present++] = value;
    }
    return present;
}

size_t sample_sort(double *values, size_t count)
{
    size_t present = sample_partition(values, count);

    radix_sort_numbers(values, present);
    return present;
}

double sample_quantile(const double *sorted, size_t count, double probability)
{
    if (count == 0)
        return NAN;

    double place = (double)(count - 1) * probability;
    size_t below = (size_t)place;
    double fraction = place - (double)below;

    if (fraction == 0 || below + 1 >= count)
        return sorted[below];
    return sorted[below] + fraction * (sorted[below + 1] - sorted[below]);
}

/* count * probability is compared without its rounding error: 0.9 of 50 is the 45th value, not the 46th. */
static size_t sample_rank_occurring(size_t count, double probability)
{
    double place = ceil((double)count * probability * (1 - 1e-12));

    return place > 1 ? (size_t)place - 1 : 0;
}

double sample_quantile_occurring(const double *sorted, size_t count, double probability)
{
    return count > 0 ? sorted[sample_rank_occurring(count, probability)] : NAN;
}

double sample_median(const double *sorted, size_t count)
{
    return sample_quantile(sorted, count, 0.5);
}

/*
 * In a sorted sample the deviations grow from the median outwards on both sides, so taking the smaller
 * of the two next ones, half of the sample long, arrives at the middle deviation.
 */
double sample_mad(const double *sorted, size_t count)
{
    double median = sample_median(sorted, count);
    size_t below = count / 2; /* values[0 .. below) are still to be taken on the left */
    size_t above = count / 2; /* values[above .. count) on the right */
    double previous = NAN;
    double deviation = NAN;

    for (size_t taken = 0; taken <= count / 2 && taken < count; taken++) {
        double left = below > 0 ? median - sorted[below - 1] : INFINITY;
        double right = above < count ? sorted[above] - median : INFINITY;
        previous = deviation;
        deviation = fmin(left, right);
        if (left < right)
            below--;
        else
            above++;
    }
    return count % 2 == 1 || count == 0 ? deviation : previous + (deviation - previous) / 2;
}

double sample_min(const double *sorted, size_t count)
{
    return count > 0 ? sorted[0] : NAN;
}

double sample_max(const double *sorted, size_t count)
{
    return count > 0 ? sorted[count - 1] : NAN;
}

double sample_mean(const double *values, size_t count)
{
    long double sum = 0;

    for (size_t index = 0; index < count; index++)
        sum += values[index];
    return count > 0 ? (double)(sum / (long double)count) : NAN;
}

/* The one table of percentiles, and of how many values each asks for. */
static const struct {
    double probability;
    size_t minimum_count;
} percentiles[PERCENTILES] = {
    [PERCENTILE_50] = {0.50, 1},
    [PERCENTILE_90] = {0.90, 50},
    [PERCENTILE_95] = {0.95, 100},
    [PERCENTILE_99] = {0.99, 1000},
};

size_t sample_percentile_rank(size_t count, enum percentile percentile)
{
    if (count < percentiles[percentile].minimum_count)
        return SAMPLE_NO_RANK;
    return sample_rank_occurring(count, percentiles[percentile].probability);
}

double sample_percentile(const double *sorted, size_t count, enum percentile percentile)
{
    size_t rank = sample_percentile_rank(count, percentile);

    return rank == SAMPLE_NO_RANK ? NAN : sorted[rank];
}

struct sample_summary sample_summarise(double *values, size_t count)
{
    size_t present = sample_sort(values, count);

    return (struct sample_summary){
        .count = present,
        .missing = count - present,
        .min = sample_min(values, present),
        .median = sample_median(values, present),
        .mean = sample_mean(values, present),
        .max = sample_max(values, present),
        .mad = sample_mad(values, present),
    };
}
