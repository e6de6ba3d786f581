#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "binomial.h"
#include "bound.h"
#include "detectable.h"
#include "first_place.h"
#include "inflight.h"
#include "interval.h"
#include "outlier.h"
#include "quantile.h"
#include "radix.h"
#include "random.h"
#include "scalability.h"
#include "selection.h"
#include "verdict.h"

#define THRESHOLD 0.02

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

#define assert_near(actual, expected, tolerance)                                                             \
    cr_assert(fabs((double)(actual) - (double)(expected)) <= (tolerance), "%s is %.17g, not %.17g", #actual, \
        (double)(actual), (double)(expected))
#define assert_missing(actual) cr_assert(isnan(actual), "%s is %.17g, not missing", #actual, (double)(actual))

/* Skewed times around 1, the same for the same seed. */
static void draw_times(unsigned short seed, double *times, size_t count)
{
    unsigned short state[3] = {seed, 7, 11};

    for (size_t index = 0; index < count; index++)
        times[index] = 1 + 0.1 * -log(1 - erand48(state));
}

Test(quantile, sorts_and_puts_missing_values_last)
{
    double values[] = {3, NAN, 1, 2, NAN, 1};

    cr_assert_eq(sample_sort(values, 6), 4);
    cr_assert_arr_eq(values, ((double[]){1, 1, 2, 3}), 4 * sizeof *values);
    cr_assert(isnan(values[4]) && isnan(values[5]));
}

/* Numbers on both sides of 0 and of many sizes, as the 64 random bits of a key say. */
static double number_of(uint64_t key)
{
    double size = ldexp(1 + (double)(key & 0xffff) / 65536, (int)(key >> 16 & 63) - 32);

    return key >> 32 & 1 ? -size : size;
}

static void assert_ascending(const uint64_t *keys, const double *numbers, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        cr_assert_leq(keys[i - 1], keys[i], "key %zu of %zu", i, count);
        cr_assert_leq(numbers[i - 1], numbers[i], "number %zu of %zu", i, count);
    }
}

/* Sorting keeps the sum of the keys, and how many numbers are negative. */
Test(radix, sorts_few_and_many)
{
    static const size_t counts[] = {0, 1, 2, 511, 512, 513, 100000};
    static uint64_t keys[100000];
    static double numbers[100000];
    uint64_t state = 1;

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint64_t sum = 0;
        uint64_t negative = 0;
        for (size_t k = 0; k < counts[i]; k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            keys[k] = state;
            numbers[k] = number_of(state);
            sum += keys[k];
            negative += numbers[k] < 0;
        }
        radix_sort(keys, counts[i]);
        radix_sort_numbers(numbers, counts[i]);
        assert_ascending(keys, numbers, counts[i]);
        for (size_t k = 0; k < counts[i]; k++) {
            sum -= keys[k];
            cr_assert_eq(numbers[k] < 0, k < negative);
        }
        cr_assert_eq(sum, 0, "of %zu", counts[i]);
    }
}

/* Most digits are those of all, an odd number of them is not; the first ones are equal. */
Test(radix, leaves_out_digits_that_all_have)
{
    static uint64_t keys[1000];
    static double numbers[1000];

    for (size_t i = 0; i < 1000; i++) {
        keys[i] = UINT64_C(0x5500000000000000) | (uint64_t)(i < 500 ? 1 : 999 - i % 200) << 24;
        numbers[i] = i % 2 ? 0.5 : 0.25;
    }
    radix_sort(keys, 1000);
    radix_sort_numbers(numbers, 1000);
    assert_ascending(keys, numbers, 1000);
    cr_assert_eq(keys[499] >> 24 & 0xffff, 1);
    cr_assert_eq(keys[999] >> 24 & 0xffff, 999);
    cr_assert_eq(numbers[499], 0.25);
    cr_assert_eq(numbers[500], 0.5);
}

Test(quantile, interpolates_as_type_7)
{
    const double sorted[] = {10, 20, 30, 40};

    assert_near(sample_quantile(sorted, 4, 0), 10, 0);
    assert_near(sample_quantile(sorted, 4, 1), 40, 0);
    assert_near(sample_quantile(sorted, 4, 0.5), 25, 1e-12);
    assert_near(sample_quantile(sorted, 4, 0.25), 17.5, 1e-12); /* h = 0.75 */
    assert_near(sample_quantile(sorted, 4, 0.9), 37, 1e-12);    /* h = 2.7 */
}

Test(quantile, of_one_value_is_that_value_and_of_none_is_missing)
{
    const double one = 5;

    assert_near(sample_quantile(&one, 1, 0.99), 5, 0);
    assert_near(sample_median(&one, 1), 5, 0);
    assert_near(sample_mad(&one, 1), 0, 0);
    assert_missing(sample_quantile(&one, 0, 0.5));
    assert_missing(sample_mad(&one, 0));
    assert_missing(sample_mean(&one, 0));
    assert_missing(sample_min(&one, 0));
    assert_missing(sample_max(&one, 0));
}

Test(quantile, mad_of_odd_even_and_tied_samples)
{
    /* median 4; deviations 3 2 0 1 6, sorted 0 1 2 3 6 */
    assert_near(sample_mad((double[]){1, 2, 4, 5, 10}, 5), 2, 0);
    /* median 3; deviations 2 1 1 7, sorted 1 1 2 7 */
    assert_near(sample_mad((double[]){1, 2, 4, 10}, 4), 1.5, 0);
    assert_near(sample_mad((double[]){3, 7}, 2), 2, 0);
    assert_near(sample_mad((double[]){5, 5, 5, 9}, 4), 0, 0);
    /* all deviations on one side of a tied median: median 1; deviations 0 0 0 8 9 */
    assert_near(sample_mad((double[]){1, 1, 1, 9, 10}, 5), 0, 0);
}

Test(quantile, percentiles_need_their_least_number_of_values)
{
    static const struct {
        enum percentile percentile;
        size_t least;
    } expected[] = {{PERCENTILE_50, 1}, {PERCENTILE_90, 50}, {PERCENTILE_95, 100}, {PERCENTILE_99, 1000}};
    double values[1000];

    for (size_t index = 0; index < COUNT_OF(values); index++)
        values[index] = (double)index;
    for (size_t row = 0; row < COUNT_OF(expected); row++) {
        assert_missing(sample_percentile(values, expected[row].least - 1, expected[row].percentile));
        cr_assert(!isnan(sample_percentile(values, expected[row].least, expected[row].percentile)));
    }
    assert_near(sample_percentile(values, 1000, PERCENTILE_99), 989, 0);
}

/* Half took 1 ms and half 1 s: nobody waited for 500 ms. */
Test(quantile, percentiles_are_values_that_occurred)
{
    const double two_modes[] = {0.001, 0.001, 0.001, 1, 1, 1};
    double tens[50];

    assert_near(sample_percentile(two_modes, 6, PERCENTILE_50), 0.001, 0);
    assert_near(sample_quantile_occurring(two_modes, 6, 0), 0.001, 0);
    assert_near(sample_quantile_occurring(two_modes, 6, 0.51), 1, 0);
    assert_near(sample_quantile_occurring(two_modes, 6, 1), 1, 0);
    assert_missing(sample_quantile_occurring(two_modes, 0, 0.5));
    for (size_t index = 0; index < COUNT_OF(tens); index++)
        tens[index] = (double)(index + 1);
    assert_near(sample_percentile(tens, COUNT_OF(tens), PERCENTILE_90), 45, 0);
}

static float selected(const double *values, size_t count, uint64_t rank)
{
    static struct selection selection;

    selection_begin(&selection, rank);
    do
        for (size_t i = 0; i < count; i++)
            selection_add(&selection, (float)values[i]);
    while (!selection_is_done(&selection));
    return selection.value;
}

Test(selection, finds_what_sorting_finds_at_each_rank)
{
    double values[] = {3.5, 0, 1e-9, 1e9, 3.5, 3.5000002, 0.25, 1.17549435e-38, 7, 3.5, 0.25};
    double sorted[sizeof values / sizeof values[0]];
    const size_t count = sizeof values / sizeof values[0];

    memcpy(sorted, values, sizeof values);
    cr_assert_eq(sample_sort(sorted, count), count);
    for (size_t rank = 0; rank < count; rank++)
        cr_expect_eq(selected(values, count, rank), (float)sorted[rank], "rank %zu", rank);
}

Test(quantile, percentiles_have_the_rank_of_their_value)
{
    double sorted[1000];

    for (size_t i = 0; i < 1000; i++)
        sorted[i] = (double)i;
    cr_expect_eq(sample_percentile_rank(0, PERCENTILE_50), SAMPLE_NO_RANK);
    cr_expect_eq(sample_percentile_rank(49, PERCENTILE_90), SAMPLE_NO_RANK);
    cr_expect_eq(sample_percentile_rank(50, PERCENTILE_90), 44);
    for (size_t count = 50; count <= 1000; count++)
        cr_assert_eq((double)sample_percentile_rank(count, PERCENTILE_90),
            sample_percentile(sorted, count, PERCENTILE_90), "of %zu", count);
}

Test(quantile, summary_counts_what_is_missing)
{
    double values[] = {NAN, 4, 2, NAN, 9};
    double nothing[] = {NAN, NAN};
    struct sample_summary summary = sample_summarise(values, 5);
    struct sample_summary empty = sample_summarise(nothing, 2);

    cr_assert(summary.count == 3 && summary.missing == 2);
    cr_assert(summary.min == 2 && summary.median == 4 && summary.mean == 5 && summary.max == 9);
    cr_assert_eq(summary.mad, 2);
    cr_assert(empty.count == 0 && empty.missing == 2);
    assert_missing(empty.median);
    assert_missing(empty.mad);
}

Test(outlier, is_beyond_ten_standard_deviations_by_mad)
{
    cr_assert_not(outlier_is_flagged(10 + 14.82, 10, 1));
    cr_assert(outlier_is_flagged(10 + 14.83, 10, 1));
    cr_assert(outlier_is_flagged(10 - 14.83, 10, 1));
    cr_assert_eq(outlier_count((double[]){10, 100, NAN, -100, 11}, 5, 10, 1), 2);
}

Test(outlier, without_spread_every_other_value_is_one)
{
    cr_assert_eq(outlier_score(10, 10, 0), 0);
    cr_assert_eq(outlier_score(10.001, 10, 0), INFINITY);
    cr_assert(outlier_is_flagged(10.001, 10, 0));
}

Test(outlier, missing_values_are_none)
{
    assert_missing(outlier_score(NAN, 1, 1));
    cr_assert_not(outlier_is_flagged(NAN, 1, 1));
    cr_assert_not(outlier_is_flagged(1, NAN, NAN));
    cr_assert_not(outlier_is_slow_first_round(NAN, 1, 1));
}

Test(outlier, first_round_counts_only_when_slow)
{
    cr_assert(outlier_is_slow_first_round(30, 10, 1));
    cr_assert_not(outlier_is_slow_first_round(-30, 10, 1));
    cr_assert_not(outlier_is_slow_first_round(12, 10, 1));
}

/* P(B <= k) for n coins. */
static long double tail_of(size_t n, size_t k)
{
    struct binomial coins = binomial_start(n);

    while (coins.k < k)
        binomial_advance(&coins);
    return coins.tail;
}

Test(binomial, tails_of_four_coins)
{
    const double sixteenths[] = {1, 5, 11, 15, 16};

    for (size_t k = 0; k < COUNT_OF(sixteenths); k++)
        assert_near(tail_of(4, k), sixteenths[k] / 16, 1e-15);
    assert_near(tail_of(0, 0), 1, 0);
}

Test(binomial, tails_are_symmetric_for_ten_thousand_coins)
{
    assert_near(tail_of(10000, 4999) + tail_of(10000, 5000), 1, 1e-11);
    assert_near(tail_of(9999, 4999), 0.5, 1e-11);
}

/* Ranks from the sign test's table: 6 to 8 rounds 1, 9 to 11 rounds 2, 12 to 14 rounds 3, 20 rounds 6. */
Test(interval, ranks_are_those_of_the_sign_test)
{
    static const size_t expected[][2] = {{0, 0}, {1, 0}, {5, 0}, {6, 1}, {8, 1}, {9, 2}, {11, 2}, {12, 3},
        {14, 3}, {15, 4}, {20, 6}, {25, 8}, {100, 40}};
    double level;

    for (size_t row = 0; row < COUNT_OF(expected); row++)
        cr_assert_eq(interval_rank(expected[row][0], 1, NULL), expected[row][1], "n = %zu", expected[row][0]);
    interval_rank(6, 1, &level);
    assert_near(level, 1 - 2.0 / 64, 1e-15);
    interval_rank(9, 1, &level);
    assert_near(level, 1 - 2 * 10.0 / 512, 1e-15);
    interval_rank(5, 1, &level);
    assert_missing(level);
}

Test(interval, more_comparisons_need_more_rounds)
{
    cr_assert_eq(interval_rounds_needed(0), 6);
    cr_assert_eq(interval_rounds_needed(1), 6);
    cr_assert_eq(interval_rounds_needed(2), 7);
    cr_assert_eq(interval_rounds_needed(3), 7);
    cr_assert_eq(interval_rounds_needed(11), 9); /* 2 / 2^9 = 0.0039 <= 0.05 / 11 = 0.0045 */
    for (size_t comparisons = 1; comparisons < 200; comparisons++) {
        size_t needed = interval_rounds_needed(comparisons);
        cr_assert_eq(interval_rank(needed, comparisons, NULL), 1);
        cr_assert_eq(interval_rank(needed - 1, comparisons, NULL), 0);
    }
}

Test(interval, of_six_rounds_is_from_the_least_to_the_greatest_ratio)
{
    const double arm[] = {2, 3, 4, 5, 6, 7};
    const double reference[] = {1, 1, 1, 1, 1, 1};
    double scratch[6];
    struct ratio_interval ratio = interval_of_ratio(arm, reference, 6, 1, scratch);

    cr_assert(interval_exists(&ratio) && ratio.used == 6 && ratio.left_out == 0 && ratio.rank == 1);
    assert_near(ratio.estimate, sqrt(4.0 * 5.0), 1e-12);
    assert_near(ratio.low, 2, 1e-12);
    assert_near(ratio.high, 7, 1e-12);
    assert_near(ratio.level, 0.96875, 1e-15);
}

Test(interval, pairs_by_round_so_that_common_noise_cancels)
{
    const double arm[] = {1.1, 11, 2.2, 22, 3.3, 33};
    const double reference[] = {1, 10, 2, 20, 3, 30};
    double scratch[6];
    struct ratio_interval ratio = interval_of_ratio(arm, reference, 6, 1, scratch);

    assert_near(ratio.low, 1.1, 1e-12);
    assert_near(ratio.high, 1.1, 1e-12);
}

Test(interval, leaves_out_rounds_in_which_one_failed_and_says_how_many)
{
    const double arm[] = {1, NAN, 1, 0, 1, -1, 1, 1};
    const double reference[] = {2, 2, NAN, 2, 2, 2, INFINITY, 2};
    double scratch[8];
    struct ratio_interval ratio = interval_of_ratio(arm, reference, 8, 1, scratch);

    cr_assert(ratio.used == 3 && ratio.left_out == 5 && ratio.rounds_needed == 6);
    assert_near(ratio.estimate, 0.5, 1e-12);
    cr_assert_not(interval_exists(&ratio));
    assert_missing(ratio.low);
    assert_missing(ratio.high);
    assert_missing(ratio.level);
    assert_missing(interval_of_ratio(arm, reference, 0, 1, scratch).estimate);
}

Test(interval, holds_the_estimate_and_swapping_inverts_it)
{
    double arm[60];
    double reference[60];
    double scratch[60];
    int intervals = 0;

    for (unsigned short seed = 1; seed <= 500; seed++) {
        size_t rounds = seed % 60 + 1U;
        draw_times(seed, arm, rounds);
        draw_times((unsigned short)(seed + 1000), reference, rounds);
        arm[seed % rounds] = seed % 5 == 0 ? NAN : 1; /* a failure, or a tie */
        reference[0] = 1;
        struct ratio_interval ratio = interval_of_ratio(arm, reference, rounds, seed % 12, scratch);
        struct ratio_interval swapped = interval_of_ratio(reference, arm, rounds, seed % 12, scratch);
        cr_assert_eq(interval_exists(&ratio), ratio.used >= ratio.rounds_needed);
        cr_assert(ratio.used == swapped.used && ratio.rank == swapped.rank);
        if (!interval_exists(&ratio))
            continue;
        intervals++;
        cr_assert(ratio.low <= ratio.estimate && ratio.estimate <= ratio.high);
        cr_assert(ratio.level >= 1 - (double)INTERVAL_ALPHA / (seed % 12 ? seed % 12 : 1));
        assert_near(ratio.estimate * swapped.estimate, 1, 1e-14);
        assert_near(ratio.low * swapped.high, 1, 1e-14);
        assert_near(ratio.high * swapped.low, 1, 1e-14);
    }
    cr_assert_gt(intervals, 400);
}

static const struct {
    double low, high;
    enum verdict verdict;
    const char *phrase;
} verdicts[] = {
    {0.816, 0.879, VERDICT_FASTER, "faster by 12.1 to 18.4 %"},
    {0.00001, 0.2, VERDICT_FASTER, "faster by 80.0 to 99.9 %"},
    {1.05, 1.1049, VERDICT_SLOWER, "slower by 5.0 to 10.5 %"},
    {1.5, 17.2, VERDICT_SLOWER, "slower by 50.0 to 1620 %"},
    {0.95, 0.99, VERDICT_PERHAPS_FASTER, "faster, perhaps by less than 2 % (1.0 to 5.0 %)"},
    {0.95, 0.98, VERDICT_PERHAPS_FASTER, "faster, perhaps by less than 2 % (2.0 to 5.0 %)"},
    {1.001, 1.3, VERDICT_PERHAPS_SLOWER, "slower, perhaps by less than 2 % (0.1 to 30.0 %)"},
    {1.02, 1.3, VERDICT_PERHAPS_SLOWER, "slower, perhaps by less than 2 % (2.0 to 30.0 %)"},
    {0.985, 1.015, VERDICT_EQUIVALENT, "equivalent within 2 %"},
    {0.98, 1.02, VERDICT_EQUIVALENT, "equivalent within 2 %"},
    {1.005, 1.015, VERDICT_EQUIVALENT, "equivalent within 2 %"},
    {0.988, 1.0341, VERDICT_NO_DIFFERENCE, "no difference detected (could be -1.2 % to +3.4 %)"},
    {0.9999, 1.03, VERDICT_NO_DIFFERENCE, "no difference detected (could be 0.0 % to +3.0 %)"},
    {1, 1.03, VERDICT_NO_DIFFERENCE, "no difference detected (could be 0.0 % to +3.0 %)"},
};

Test(verdict, has_one_phrase_for_every_interval)
{
    for (size_t row = 0; row < COUNT_OF(verdicts); row++) {
        struct ratio_interval ratio = {.rank = 1, .low = verdicts[row].low, .high = verdicts[row].high};
        enum verdict verdict = verdict_of(&ratio, THRESHOLD);
        char phrase[VERDICT_PHRASE_SIZE];
        cr_assert_eq(verdict, verdicts[row].verdict, "%g to %g: %d", ratio.low, ratio.high, verdict);
        verdict_phrase(verdict, VERDICT_WALL_TIME, &ratio, THRESHOLD, phrase, sizeof phrase);
        cr_assert_str_eq(phrase, verdicts[row].phrase);
    }
}

Test(verdict, of_twice_as_long_and_more_is_a_multiple_and_equal_ends_are_one_number)
{
    struct ratio_interval many = {.rank = 1, .low = 10.85, .high = 12.1};
    struct ratio_interval exact = {.rank = 1, .low = 1.5, .high = 1.5};
    char phrase[VERDICT_PHRASE_SIZE];

    verdict_phrase(VERDICT_SLOWER, VERDICT_WALL_TIME, &many, THRESHOLD, phrase, sizeof phrase);
    cr_assert_str_eq(phrase, "10.8 to 12.1 times as long");
    verdict_phrase(VERDICT_SLOWER, VERDICT_CPU_TIME, &many, THRESHOLD, phrase, sizeof phrase);
    cr_assert_str_eq(phrase, "10.8 to 12.1 times the CPU");
    verdict_phrase(VERDICT_SLOWER, VERDICT_WALL_TIME, &exact, THRESHOLD, phrase, sizeof phrase);
    cr_assert_str_eq(phrase, "slower by 50.0 %");
    verdict_phrase(VERDICT_SLOWER, VERDICT_REQUEST_TIME, &exact, THRESHOLD, phrase, sizeof phrase);
    cr_assert_str_eq(phrase, "longer by 50.0 %");
}

Test(verdict, of_cpu_time_speaks_of_cpu)
{
    struct ratio_interval less = {.rank = 1, .low = 0.8, .high = 0.9};
    struct ratio_interval more = {.rank = 1, .low = 1.01, .high = 1.2};
    char phrase[VERDICT_PHRASE_SIZE];

    verdict_phrase(VERDICT_FASTER, VERDICT_CPU_TIME, &less, THRESHOLD, phrase, sizeof phrase);
    cr_assert_str_eq(phrase, "less CPU by 10.0 to 20.0 %");
    verdict_phrase(VERDICT_PERHAPS_SLOWER, VERDICT_CPU_TIME, &more, THRESHOLD, phrase, sizeof phrase);
    cr_assert_str_eq(phrase, "more CPU, perhaps by less than 2 % (1.0 to 20.0 %)");
}

Test(verdict, has_a_short_form_for_the_cell_of_a_table)
{
    static const struct {
        double low;
        double high;
        const char *phrase;
    } cells[] = {
        {0.816, 0.879, "12.1 to 18.4 % less"},
        {1.05, 1.1049, "5.0 to 10.5 % more"},
        {10.85, 12.1, "10.8 to 12.1 times"},
        {0.95, 0.99, "perhaps 1.0 to 5.0 % less"},
        {1.001, 1.3, "perhaps 0.1 to 30.0 % more"},
        {0.985, 1.015, "equivalent within 2 %"},
        {0.988, 1.0341, "undecided, -1.2 to +3.4 %"},
    };
    char phrase[VERDICT_SHORT_SIZE];

    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        struct ratio_interval ratio = {.rank = 1, .low = cells[i].low, .high = cells[i].high};
        verdict_short(verdict_of(&ratio, THRESHOLD), &ratio, THRESHOLD, phrase, sizeof phrase);
        cr_expect_str_eq(phrase, cells[i].phrase);
    }
    struct ratio_interval none = {.rounds_needed = 6, .used = 4};
    verdict_short(verdict_of(&none, THRESHOLD), &none, THRESHOLD, phrase, sizeof phrase);
    cr_expect_str_eq(phrase, "-");
}

Test(verdict, is_a_sentence_as_well)
{
    static const struct verdict_pair pair = {"epoll", "poll", "time"};
    static const struct {
        struct ratio_interval interval;
        const char *sentence;
    } rows[] = {
        {{.rank = 1, .low = 0.816, .high = 0.879}, "epoll takes 12.1 to 18.4 % less time than poll"},
        {{.rank = 1, .low = 1.05, .high = 1.1049}, "epoll takes 5.0 to 10.5 % more time than poll"},
        {{.rank = 1, .low = 10.85, .high = 12.1}, "epoll takes 10.8 to 12.1 times the time of poll"},
        {{.rank = 1, .low = 0.95, .high = 0.99},
            "epoll takes less time than poll, perhaps by less than 2 % (1.0 to 5.0 %)"},
        {{.rank = 1, .low = 1.001, .high = 1.3},
            "epoll takes more time than poll, perhaps by less than 2 % (0.1 to 30.0 %)"},
        {{.rank = 1, .low = 0.985, .high = 1.015}, "epoll and poll are equivalent within 2 % by time"},
        {{.rank = 1, .low = 0.988, .high = 1.0341},
            "no difference in time was detected between epoll and poll (could be -1.2 % to +3.4 %)"},
        {{.used = 4, .rounds_needed = 6, .low = NAN, .high = NAN},
            "whether epoll and poll differ in time can't be told: 6 rounds are needed, 4 can be compared"},
    };
    char sentence[256];

    for (size_t row = 0; row < COUNT_OF(rows); row++) {
        verdict_sentence(verdict_of(&rows[row].interval, THRESHOLD), &pair, &rows[row].interval, THRESHOLD,
            sentence, sizeof sentence);
        cr_expect_str_eq(sentence, rows[row].sentence);
    }
}

Test(verdict, without_an_interval_says_how_many_rounds_are_needed)
{
    struct ratio_interval ratio = {.used = 4, .rounds_needed = 6, .low = NAN, .high = NAN};
    char phrase[VERDICT_PHRASE_SIZE];

    cr_assert_eq(verdict_of(&ratio, THRESHOLD), VERDICT_NO_INTERVAL);
    verdict_phrase(VERDICT_NO_INTERVAL, VERDICT_WALL_TIME, &ratio, THRESHOLD, phrase, sizeof phrase);
    cr_assert_str_eq(phrase, "no interval: 6 rounds are needed, 4 can be compared");
}

Test(verdict, names_the_threshold_that_was_asked_for)
{
    struct ratio_interval ratio = {.rank = 1, .low = 0.98, .high = 1.01};
    char phrase[VERDICT_PHRASE_SIZE];

    verdict_phrase(verdict_of(&ratio, 0.035), VERDICT_WALL_TIME, &ratio, 0.035, phrase, sizeof phrase);
    cr_assert_str_eq(phrase, "equivalent within 3.5 %");
    cr_assert_eq(verdict_of(&ratio, 0), VERDICT_NO_DIFFERENCE);
}

Test(verdict, claims_a_difference_only_when_one_is_named)
{
    cr_assert(verdict_claims_difference(VERDICT_FASTER) && verdict_claims_difference(VERDICT_SLOWER));
    cr_assert(verdict_claims_difference(VERDICT_PERHAPS_FASTER));
    cr_assert(verdict_claims_difference(VERDICT_PERHAPS_SLOWER));
    cr_assert_not(verdict_claims_difference(VERDICT_EQUIVALENT));
    cr_assert_not(verdict_claims_difference(VERDICT_NO_DIFFERENCE));
    cr_assert_not(verdict_claims_difference(VERDICT_NO_INTERVAL));
}

Test(bound, is_the_longest_batch_or_the_even_share)
{
    const double batches[] = {1, 2, 0.5, 0.5, 4};
    struct lower_bound bound = {0};

    bound_add_batch(&bound, batches, 2);
    bound_add_batch(&bound, batches + 2, 2);
    bound_add_batch(&bound, batches + 4, 1);
    assert_near(bound_seconds(&bound, 1), 8, 1e-12);
    assert_near(bound_seconds(&bound, 2), 4, 1e-12);
    assert_near(bound_seconds(&bound, 16), 4, 1e-12);
    assert_near(bound_efficiency(bound_seconds(&bound, 2), 5), 0.8, 1e-12);
}

Test(bound, keeps_each_requests_least_known_duration)
{
    double least[] = {NAN, NAN, NAN};
    struct lower_bound bound = {0};

    bound_keep_least(least, (double[]){3, NAN, NAN}, 3);
    bound_keep_least(least, (double[]){2, 5, NAN}, 3);
    bound_keep_least(least, (double[]){4, NAN, NAN}, 3);
    bound_add_batch(&bound, least, 3);
    cr_assert(least[0] == 2 && least[1] == 5 && isnan(least[2]));
    cr_assert(bound.requests == 2 && bound.missing == 1);
    assert_near(bound_seconds(&bound, 1), 7, 1e-12);
}

Test(bound, is_missing_when_nothing_is_known)
{
    struct lower_bound bound = {0};

    assert_missing(bound_seconds(&bound, 4));
    bound_add_batch(&bound, &(double){NAN}, 1);
    assert_missing(bound_seconds(&bound, 4));
    bound_add_batch(&bound, &(double){1}, 1);
    assert_missing(bound_seconds(&bound, 0));
    assert_missing(bound_efficiency(NAN, 1));
    assert_missing(bound_efficiency(1, 0));
    assert_missing(bound_efficiency(1, NAN));
}

/* z(0.975) = 1.959964, z(0.8) = 0.841621: 1 + 0.841621 / 1.959964 = 1.429406 */
Test(detectable, adds_to_half_the_interval_what_power_asks_for)
{
    struct ratio_interval ratio = {.rank = 1, .level = 0.95, .low = exp(-0.03), .high = exp(0.05)};

    assert_near(log1p(detectable_difference(&ratio)), 0.04 * 1.429406, 1e-7);
}

Test(detectable, is_the_same_for_both_directions_and_missing_without_an_interval)
{
    struct ratio_interval ratio = {.rank = 1, .level = 0.97, .low = 0.9, .high = 1.3};
    struct ratio_interval swapped = {.rank = 1, .level = 0.97, .low = 1 / 1.3, .high = 1 / 0.9};
    struct ratio_interval none = {.rank = 0, .level = NAN, .low = NAN, .high = NAN};
    struct ratio_interval exact = {.rank = 1, .level = 0.97, .low = 1.1, .high = 1.1};

    assert_near(detectable_difference(&ratio), detectable_difference(&swapped), 1e-12);
    assert_near(detectable_difference(&exact), 0, 0);
    assert_missing(detectable_difference(&none));
}

Test(first_place, is_shared_by_those_whom_nobody_beats)
{
    const double fast[] = {1.0, 1.1, 1.0, 1.2, 1.0, 1.1, 1.0, 1.1};
    const double fast_too[] = {1.1, 1.0, 1.1, 1.0, 1.2, 1.0, 1.1, 1.0};
    const double slow[] = {2.0, 2.1, 2.0, 2.2, 2.0, 2.1, 2.0, 2.1};
    const double *times[] = {slow, fast, fast_too};
    bool first[3];
    bool scratch[3];

    first_place(times, 3, 8, 2, 0, first, scratch);
    cr_assert(!first[0] && first[1] && first[2]);
    first_place(times, 3, 7, 2, 0, first, scratch);
    cr_assert(!first[0] && first[1] && first[2]);
    first_place(times, 3, 6, 2, 0, first, scratch); /* two comparisons need 7 rounds */
    cr_assert(first[0] && first[1] && first[2]);
    first_place(times, 1, 8, 1, 0, first, scratch);
    cr_assert(first[0]);
}

Test(first_place, is_shared_by_those_who_differ_by_no_more_than_the_threshold)
{
    const double one[] = {1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00};
    const double close[] = {1.01, 1.01, 1.01, 1.01, 1.01, 1.01, 1.01, 1.01};
    bool first[2];
    bool scratch[2];

    first_place((const double *const[]){one, close}, 2, 8, 1, 0.02, first, scratch);
    cr_assert(first[0] && first[1]);
    first_place((const double *const[]){one, close}, 2, 8, 1, 0.005, first, scratch);
    cr_assert(first[0] && !first[1]);
}

Test(first_place, leaves_failed_rounds_out_and_counts_ties_for_the_slower)
{
    const double fast[] = {1, 1, 1, 1, 1, 1, NAN, 1};
    const double slow[] = {2, 2, 2, 2, 2, 2, 2, NAN};
    const double tied[] = {1, 2, 2, 2, 2, 2, 2, 2};
    bool first[2];
    bool scratch[2];

    first_place((const double *const[]){fast, slow}, 2, 8, 1, 0, first, scratch);
    cr_assert(first[0] && !first[1], "six rounds can be compared");
    first_place((const double *const[]){fast, tied}, 2, 6, 1, 0, first, scratch);
    cr_assert(first[0] && first[1], "in one of six rounds the second was not slower");
}

/* Each arm takes 1, 2 or 3 in turn, so that each is beaten in two rounds of three. */
Test(first_place, is_shared_by_all_when_each_is_beaten_by_another)
{
    enum { ROUNDS = 300 };
    double arms[3][ROUNDS];
    bool first[3];
    bool scratch[3];

    for (size_t arm = 0; arm < 3; arm++)
        for (size_t round = 0; round < ROUNDS; round++)
            arms[arm][round] = 1 + (double)((arm + round) % 3);
    first_place((const double *const[]){arms[0], arms[1], arms[2]}, 3, ROUNDS, 2, 0, first, scratch);
    cr_assert(first[0] && first[1] && first[2]);
}

/* Of any data: an arm alone in first place is, in the words of the verdicts, faster than each of the others.
 */
Test(first_place, never_contradicts_a_verdict)
{
    enum { ARMS = 5, ROUNDS = 12, EXPERIMENTS = 3000 };
    struct random random = {1};
    double arms[ARMS][ROUNDS];
    double scratch[ROUNDS];
    size_t alone = 0;

    for (int experiment = 0; experiment < EXPERIMENTS; experiment++) {
        const double *figures[ARMS];
        bool first[ARMS];
        bool unused[ARMS];
        size_t first_count = 0;
        size_t leader = 0;
        for (size_t arm = 0; arm < ARMS; arm++) {
            double advantage = 1 + 0.3 * random_unit(&random);
            for (size_t round = 0; round < ROUNDS; round++)
                arms[arm][round] = advantage + 0.1 * random_unit(&random);
            figures[arm] = arms[arm];
        }
        first_place(figures, ARMS, ROUNDS, ARMS - 1, 0.02, first, unused);
        for (size_t arm = 0; arm < ARMS; arm++) {
            first_count += first[arm];
            leader = first[arm] ? arm : leader;
        }
        cr_assert_gt(first_count, 0);
        for (size_t arm = 0; arm < ARMS && first_count == 1; arm++) {
            if (arm == leader)
                continue;
            struct ratio_interval ratio =
                interval_of_ratio(figures[leader], figures[arm], ROUNDS, ARMS - 1, scratch);
            cr_assert_eq(verdict_of(&ratio, 0.02), VERDICT_FASTER);
            ratio = interval_of_ratio(figures[arm], figures[leader], ROUNDS, ARMS - 1, scratch);
            cr_assert_eq(verdict_of(&ratio, 0.02), VERDICT_SLOWER);
        }
        alone += first_count == 1;
    }
    cr_expect_gt(alone, EXPERIMENTS / 10);
}

Test(inflight, counts_overlaps)
{
    uint64_t started[] = {300, 100, 0, 150};
    uint64_t finished[] = {400, 200, 120, 250};
    struct inflight inflight = inflight_count(started, finished, 4, 400);

    cr_assert_eq(inflight.max, 2); /* at 100 and at 150; the first is over at 120 */
    assert_near(inflight.mean, (100 + 120 + 100 + 100) / 400.0, 1e-12);
}

Test(inflight, one_that_starts_when_another_finishes_does_not_overlap_it)
{
    uint64_t started[] = {0, 10, 20};
    uint64_t finished[] = {10, 20, 30};
    struct inflight inflight = inflight_count(started, finished, 3, 30);

    cr_assert_eq(inflight.max, 1);
    assert_near(inflight.mean, 1, 1e-12);
}

Test(inflight, of_nothing_or_no_time)
{
    uint64_t started[] = {5, 7};
    uint64_t finished[] = {5, 9};
    struct inflight none = inflight_count(NULL, NULL, 0, 100);
    struct inflight timeless = inflight_count(started, finished, 2, 0);
    struct inflight instant = inflight_count(started, finished, 1, 10);

    cr_assert(none.max == 0 && none.mean == 0);
    cr_assert_eq(timeless.max, 1);
    assert_missing(timeless.mean);
    cr_assert(instant.max == 0 && instant.mean == 0);
}

static void expect_law(const struct scalability *law, const double *concurrency, size_t count)
{
    double throughput[8];

    for (size_t i = 0; i < count; i++)
        throughput[i] = scalability_at(law, concurrency[i]);
    struct scalability fit = scalability_fit(concurrency, throughput, count);
    assert_near(fit.lambda / law->lambda, 1, 1e-6);
    assert_near(fit.sigma, law->sigma, 1e-6);
    assert_near(fit.kappa, law->kappa, 1e-9);
}

Test(scalability, finds_the_law_that_throughputs_follow)
{
    const double concurrency[] = {1, 4, 16, 64, 256};

    expect_law(&(struct scalability){.lambda = 100}, concurrency, 5); /* a straight line */
    expect_law(&(struct scalability){.lambda = 1500, .sigma = 0.05}, concurrency, 5);
    expect_law(&(struct scalability){.lambda = 0.3, .sigma = 0.02, .kappa = 0.0001}, concurrency, 4);
}

/* Made up, with a peak between 8 and 16. */
Test(scalability, of_throughputs_that_fall_has_a_peak)
{
    const double concurrency[] = {1, 2, 4, 8, 16, 32};
    const double throughput[] = {100, 180, 300, 420, 440, 330};
    struct scalability fit = scalability_fit(concurrency, throughput, 6);

    cr_expect(scalability_exists(&fit));
    double peak = scalability_peak(&fit);
    cr_expect(peak > 8 && peak < 20, "the peak is at %g", peak);
    cr_expect_lt(scalability_at(&fit, peak * 1.1), scalability_at(&fit, peak));
    cr_expect_lt(scalability_at(&fit, peak / 1.1), scalability_at(&fit, peak));
    cr_expect(scalability_describes(&fit, concurrency, throughput, 6));
    for (size_t i = 0; i < 6; i++)
        cr_expect_lt(fabs(throughput[i] / scalability_at(&fit, concurrency[i]) - 1), 0.1);
}

Test(scalability, does_not_describe_what_it_is_far_off)
{
    const double concurrency[] = {1, 2, 4, 8, 16};
    const double throughput[] = {100, 20, 400, 30, 500};
    struct scalability fit = scalability_fit(concurrency, throughput, 5);

    cr_expect(scalability_exists(&fit));
    cr_expect_not(scalability_describes(&fit, concurrency, throughput, 5));
}

Test(scalability, has_no_negative_terms)
{
    const double concurrency[] = {1, 2, 4, 8};
    const double faster_than_a_line[] = {100, 210, 450, 1000};
    struct scalability fit = scalability_fit(concurrency, faster_than_a_line, 4);

    cr_expect_eq(fit.sigma, 0);
    cr_expect_eq(fit.kappa, 0);
    cr_expect(fit.lambda > 100 && fit.lambda < 125);
    assert_missing(scalability_peak(&fit));
}

Test(scalability, needs_four_levels)
{
    const double concurrency[] = {1, 2, 4, 4, 8, 0.5, 16};
    const double throughput[] = {10, 20, 40, 41, NAN, 5, -1};

    struct scalability fit = scalability_fit(concurrency, throughput, 7);
    cr_expect_not(scalability_exists(&fit));
    assert_missing(fit.sigma);
    assert_missing(scalability_at(&fit, 4));
    assert_missing(scalability_peak(&fit));
    cr_expect_not(scalability_describes(&fit, concurrency, throughput, 7));
    fit = scalability_fit(concurrency, throughput, 0);
    cr_expect_not(scalability_exists(&fit));
}
