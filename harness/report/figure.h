/*
 * figure: how a number is printed where a person reads it. The charts follow the same rule (plot/style.py).
 *
 *     figure_write_time(&text, 0.0668);      "66.8 ms"
 *
 * Three significant digits, in s from 1 s on, in ms from 1 ms on, else in µs; "-" where it is missing.
 *
 * In a column of a table all numbers have one unit and the same decimals, so that their lengths compare:
 *
 *     struct figure_scale scale = figure_scale_times(seconds, count);      scale.name is "ms"
 *     figure_write_scaled(&text, seconds[0], &scale);                      "66.8"
 */
#ifndef HARNESS_REPORT_FIGURE_H
#define HARNESS_REPORT_FIGURE_H

#include <stddef.h>

#include "buffer.h"

void figure_write_time(struct buffer *text, double seconds);

/* "66.8 to 69.0 ms" as two times with their units, or one where both read the same. */
void figure_write_time_range(struct buffer *text, double from_s, double to_s);

/* How long somebody has to wait: "12 s", "1 min 50 s", "21 minutes", "3 h 50 min". */
void figure_write_duration(struct buffer *text, double seconds);

/* A plain number and its unit, as " MiB"; " %" where it is a percentage. */
void figure_write_number(struct buffer *text, double value, const char *unit);

struct figure_scale {
    double unit;      /* what 1 in the column stands for */
    const char *name; /* static */
    int decimals;
};

/* As many decimals as the least number but 0 needs for three significant digits, or less where the largest
 * would have more than five; NaNs do not count. Times get the unit of the least, or a larger one where the
 * largest would have more than five digits before the point. */
struct figure_scale figure_scale_times(const double *seconds, size_t count);

/* The same in a given unit. */
struct figure_scale figure_scale_numbers(const double *values, size_t count, double unit, const char *name);

/* The number alone; "-" where it is missing. */
void figure_write_scaled(struct buffer *text, double value, const struct figure_scale *scale);

#endif
