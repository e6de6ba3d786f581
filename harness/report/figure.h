/*
 * figure: how a number is printed where a person reads it. The charts follow the same rule (plot/style.py).
 *
 *     figure_write_time(&text, 0.0668);      "66.8 ms"
 *
 * Three significant digits, in s from 1 s on, in ms from 1 ms on, else in µs; "-" where it is missing.
 */
#ifndef HARNESS_REPORT_FIGURE_H
#define HARNESS_REPORT_FIGURE_H

#include "buffer.h"

void figure_write_time(struct buffer *text, double seconds);

/* "66.8 to 69.0 ms" as two times with their units, or one where both read the same. */
void figure_write_time_range(struct buffer *text, double from_s, double to_s);

/* A plain number and its unit, as " MiB"; " %" where it is a percentage. */
void figure_write_number(struct buffer *text, double value, const char *unit);

#endif
