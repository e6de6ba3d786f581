/*
 * status: what `/status/{codes}` answers: one code ("404"), or a list to draw from, with weights
 * ("200:3,500:1").
 */
#ifndef HARNESS_STATUS_H
#define HARNESS_STATUS_H

#include <stddef.h>

/* What comes with some codes besides the code; NULL where there is nothing. */
struct status_extra {
    int code;
    const char *header;
    const char *header_value;
    const char *content_type;
    const char *body;
};

/* The code that `codes` names; of a list the one at `draw`, 0 <= draw < 1, of the sum of the weights. Returns
 * -1 when it is not such a list, a weight is negative, no weight is positive, or a code is not a final status
 * (200 .. 999). */
int status_choose(const char *codes, size_t size, double draw);

/* NULL for codes that come with nothing special. */
const struct status_extra *status_extra(int code);

#endif
