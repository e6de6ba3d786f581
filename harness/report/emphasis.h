/*
 * emphasis: how text stands out on a terminal that takes the escape sequences of ECMA-48.
 *
 *     buffer_append_text(&text, emphasis_start(EMPHASIS_STRONG, in_colour));
 *     ...
 *     buffer_append_text(&text, emphasis_end(EMPHASIS_STRONG, in_colour));
 *
 * Nothing is said by colour alone: without it, and for those who don't see it, the words are the same.
 */
#ifndef HARNESS_REPORT_EMPHASIS_H
#define HARNESS_REPORT_EMPHASIS_H

#include <stdbool.h>

enum emphasis {
    EMPHASIS_NONE,
    EMPHASIS_STRONG,
    EMPHASIS_LESS,  /* it takes less: green */
    EMPHASIS_MORE,  /* it takes more: red */
    EMPHASIS_FAINT, /* nothing was shown */
    EMPHASIS_COUNT
};

/* Static texts; empty where there is nothing to do. */
const char *emphasis_start(enum emphasis emphasis, bool in_colour);
const char *emphasis_end(enum emphasis emphasis, bool in_colour);

#endif
