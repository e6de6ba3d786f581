#include "figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE_DIGITS      3
#define FIGURE_DIGITS_MOST 5 /* of the largest in a column */

static const struct {
    double seconds;
    const char *unit;
} units[] = {{1, " s"}, {1e-3, " ms"}, {1e-6, " µs"}};

/* The value that its significant digits stand for: 0.99966 is 1.00, and so a second and not 1000 ms. */
static double figure_round(double value)
{
    char text[40];

    (void)snprintf(text, sizeof text, "%.*e", FIGURE_DIGITS - 1, value);
    return strtod(text, NULL);
}

void figure_write_number(struct buffer *text, double value, const char *unit)
{
    if (isnan(value)) {
        buffer_append_text(text, "-");
        return;
    }
    double rounded = figure_round(value);
    int before = rounded == 0 ? FIGURE_DIGITS : (int)floor(log10(fabs(rounded)) + 1e-9) + 1;

    buffer_printf(text, "%.*f%s", before < FIGURE_DIGITS ? FIGURE_DIGITS - before : 0, rounded, unit);
}

static size_t figure_unit_of(double seconds)
{
    size_t unit = 0;

    while (
        unit + 1 < sizeof units / sizeof units[0] && figure_round(seconds) < units[unit].seconds * (1 - 1e-9))
        unit++;
    return unit;
}

void figure_write_time(struct buffer *text, double seconds)
{
    size_t unit = figure_unit_of(seconds);

    figure_write_number(text, seconds / units[unit].seconds, units[unit].unit);
}

void figure_write_time_range(struct buffer *text, double from_s, double to_s)
{
    size_t start = text->size;

    figure_write_time(text, from_s);
    size_t length = text->size - start;
    buffer_append_text(text, " to ");
    size_t second = text->size;
    figure_write_time(text, to_s);
    bool is_one = !text->out_of_memory && text->size - second == length &&
                  memcmp(text->bytes + start, text->bytes + second, length) == 0;
    if (is_one)
        text->size = start + length;
}

/* The least but 0, and the largest; both 0 where there is none. */
struct figure_range {
    double least;
    double most;
};

static struct figure_range figure_range_of(const double *values, size_t count)
{
    struct figure_range range = {0};

    for (size_t i = 0; i < count; i++) {
        double value = fabs(values[i]);
        if (isnan(value) || value == 0)
            continue;
        range.least = range.least == 0 ? value : fmin(range.least, value);
        range.most = fmax(range.most, value);
    }
    return range;
}

/* Before the point; 0 and less for what is less than 0.1. */
static int figure_digits_before(double value)
{
    return (int)floor(log10(value) + 1e-9) + 1;
}

/* At least one digit of the least is not 0. */
static int figure_decimals(const struct figure_range *range, double unit)
{
    if (range->most == 0)
        return 0;
    int before = figure_digits_before(figure_round(range->least / unit));
    int most_before = figure_digits_before(figure_round(range->most / unit));
    int wanted = FIGURE_DIGITS - before;
    int allowed = most_before > 0 ? FIGURE_DIGITS_MOST - most_before : FIGURE_DIGITS_MOST;
    int decimals = wanted < allowed ? wanted : allowed;

    decimals = decimals < 1 - before ? 1 - before : decimals;
    return decimals < 0 ? 0 : decimals;
}

struct figure_scale figure_scale_numbers(const double *values, size_t count, double unit, const char *name)
{
    struct figure_range range = figure_range_of(values, count);

    return (struct figure_scale){unit, name, figure_decimals(&range, unit)};
}

struct figure_scale figure_scale_times(const double *seconds, size_t count)
{
    struct figure_range range = figure_range_of(seconds, count);
    size_t unit = figure_unit_of(range.least);

    if (range.most == 0)
        return (struct figure_scale){1, "", 0};
    while (unit > 0 && figure_digits_before(range.most / units[unit].seconds) > FIGURE_DIGITS_MOST)
        unit--;
    return (struct figure_scale){
        units[unit].seconds, units[unit].unit + 1, figure_decimals(&range, units[unit].seconds)};
}

void figure_write_scaled(struct buffer *text, double value, const struct figure_scale *scale)
{
    if (isnan(value))
        buffer_append_text(text, "-");
    else
        buffer_printf(text, "%.*f", scale->decimals, value / scale->unit);
}

#define MINUTE_S       60
#define HOUR_MIN       60
#define MINUTES_FROM_S 95
#define SECONDS_TO_S   600 /* where minutes still have seconds */
#define HOURS_FROM_MIN 120

void figure_write_duration(struct buffer *text, double seconds)
{
    double minutes = round(seconds / MINUTE_S);
    double whole_s = ceil(seconds);

    if (whole_s < MINUTES_FROM_S)
        buffer_printf(text, "%.0f s", whole_s);
    else if (whole_s < SECONDS_TO_S && fmod(whole_s, MINUTE_S) > 0)
        buffer_printf(text, "%.0f min %02.0f s", floor(whole_s / MINUTE_S), fmod(whole_s, MINUTE_S));
    else if (minutes < HOURS_FROM_MIN)
        buffer_printf(text, "%.0f minutes", minutes);
    else
        buffer_printf(text, "%.0f h %02.0f min", floor(minutes / HOUR_MIN), fmod(minutes, HOUR_MIN));
}
