#include "figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIGURE_DIGITS 3

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

void figure_write_time(struct buffer *text, double seconds)
{
    size_t unit = 0;

    while (
        unit + 1 < sizeof units / sizeof units[0] && figure_round(seconds) < units[unit].seconds * (1 - 1e-9))
        unit++;
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
