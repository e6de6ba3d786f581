/*
 * stats_dump: every statistic of numbers on standard input, for a comparison with another program.
 *
 * Each line of input is one request, its answer one line of "name value" pairs:
 *
 *     sample V...                        count missing min median mean max mad, then quantiles q0 .. q100 by
 * 5 ratio COMPARISONS ROUNDS A... R... used left_out needed rank level estimate low high detectable rank N
 * COMPARISONS                 rank level needed tail N K                           tail
 *
 * Numbers as strtod takes them, "nan" for a missing one.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binomial.h"
#include "detectable.h"
#include "interval.h"
#include "quantile.h"

/* The numbers of a line; allocated, the caller frees. */
static double *dump_numbers(const char *text, size_t *count)
{
    double *numbers = malloc((strlen(text) / 2 + 1) * sizeof *numbers);
    char *end;

    *count = 0;
    if (!numbers)
        return NULL;
    for (double number = strtod(text, &end); end != text; number = strtod(text, &end)) {
        numbers[(*count)++] = number;
        text = end;
    }
    return numbers;
}

static void dump_sample(double *values, size_t count)
{
    struct sample_summary summary = sample_summarise(values, count);

    printf("count %zu missing %zu min %.17g median %.17g mean %.17g max %.17g mad %.17g", summary.count,
        summary.missing, summary.min, summary.median, summary.mean, summary.max, summary.mad);
    for (int percent = 0; percent <= 100; percent += 5)
        printf(" q%d %.17g", percent, sample_quantile(values, summary.count, percent / 100.0));
    printf("\n");
}

static int dump_ratio(const double *numbers, size_t count)
{
    size_t comparisons = count > 1 ? (size_t)numbers[0] : 0;
    size_t rounds = count > 1 ? (size_t)numbers[1] : 0;
    double *scratch = count == 2 + 2 * rounds ? malloc((rounds + 1) * sizeof *scratch) : NULL;

    if (!scratch)
        return -1;
    struct ratio_interval ratio =
        interval_of_ratio(numbers + 2, numbers + 2 + rounds, rounds, comparisons, scratch);
    printf("used %zu left_out %zu needed %zu rank %zu level %.17g estimate %.17g low %.17g high %.17g "
           "detectable %.17g\n",
        ratio.used, ratio.left_out, ratio.rounds_needed, ratio.rank, ratio.level, ratio.estimate, ratio.low,
        ratio.high, detectable_difference(&ratio));
    free(scratch);
    return 0;
}

static void dump_tail(size_t n, size_t k)
{
    struct binomial coins = binomial_start(n);

    while (coins.k < k && coins.k < n)
        binomial_advance(&coins);
    printf("tail %.17Lg\n", k >= n ? 1 : coins.tail);
}

static void dump_rank(size_t n, size_t comparisons)
{
    double level;
    size_t rank = interval_rank(n, comparisons, &level);

    printf("rank %zu level %.17g needed %zu\n", rank, level, interval_rounds_needed(comparisons));
}

static int dump_line(const char *line)
{
    const char *rest = line + strcspn(line, " \n");
    size_t word_size = (size_t)(rest - line);
    size_t count;
    double *numbers = dump_numbers(rest, &count);
    int result = numbers ? 0 : -1;

    if (numbers && strncmp(line, "sample", word_size) == 0)
        dump_sample(numbers, count);
    else if (numbers && strncmp(line, "ratio", word_size) == 0)
        result = dump_ratio(numbers, count);
    else if (numbers && strncmp(line, "rank", word_size) == 0 && count == 2)
        dump_rank((size_t)numbers[0], (size_t)numbers[1]);
    else if (numbers && strncmp(line, "tail", word_size) == 0 && count == 2)
        dump_tail((size_t)numbers[0], (size_t)numbers[1]);
    else
        result = -1;
    free(numbers);
    return result;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    int result = 0;

    while (result == 0 && getline(&line, &size, stdin) > 0) {
        result = dump_line(line);
        if (result != 0)
            (void)fprintf(stderr, "stats_dump: can't answer: %s", line);
    }
    free(line);
    return result == 0 ? 0 : 1;
}
