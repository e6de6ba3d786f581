/*
 * screen: what the terminal behind a descriptor can do.
 *
 *     if (screen_takes_escapes(STDERR_FILENO)) ... "\r\033[K" ...
 */
#ifndef HARNESS_REPORT_SCREEN_H
#define HARNESS_REPORT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* Is it a terminal that obeys the escape sequences of ECMA-48? Not if TERM is "dumb" or "unknown",
 * empty or not set. */
bool screen_takes_escapes(int fd);

/* How many characters fit in a line at the moment; 80 if that is not known. */
size_t screen_columns(int fd);

#endif
