/*
 * arms: the strategies asked for, as arms of the experiment.
 *
 *     struct arms arms;
 *     arms_expand(&arms, &options.strategies, &options.concurrency, &failure);
 *     ... arms.items, arms.count ...
 *     arms_release(&arms);
 */
#ifndef HARNESS_CLI_ARMS_H
#define HARNESS_CLI_ARMS_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "options.h"
#include "plan.h"

struct arms {
    struct arm *items; /* owned, with their labels and specs */
    size_t count;
};

/*
 * Each name is "all", or names of strategies with their options, separated by commas; no names at all mean
 * "all". Each strategy becomes an arm at each level of concurrency, but sequential and its like only at 1. A
 * strategy named again is a second arm, with "#2" after its name: a control. A level given twice counts once.
 */
int arms_expand(struct arms *arms, const struct option_texts *names, const struct option_counts *levels,
    struct failure *failure);

void arms_release(struct arms *arms);

#endif
