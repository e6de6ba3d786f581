/*
 * arms: the strategies asked for, as arms of the experiment.
 *
 *     struct arms arms;
 *     arms_expand(&arms, options.strategies.items, options.strategies.count, options.concurrency, &failure);
 *     ... arms.items, arms.count ...
 *     arms_release(&arms);
 */
#ifndef HARNESS_CLI_ARMS_H
#define HARNESS_CLI_ARMS_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "report.h"

struct arms {
    struct arm *items; /* owned, with their labels and specs */
    size_t count;
};

/*
 * Each name is "all", or names of strategies with their options, separated by commas. A strategy named again
 * is a second arm, with "#2" after its name: a control. No names at all mean "all".
 */
int arms_expand(struct arms *arms, const char *const *names, size_t name_count, uint64_t concurrency,
    struct failure *failure);

void arms_release(struct arms *arms);

#endif
