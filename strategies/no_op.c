/*
 * no-op: takes every batch and sends nothing.
 *
 * What is left is the harness itself: handing out batches, setting options on a handle, keeping records.
 * Subtract it in thought from the others' CPU time a request.
 */
#include <harness/strategy.h>

static int no_op_run(struct lanes *lanes, void *state)
{
    (void)state;
    while (lanes_take_when_due(lanes, 0) == TAKE_READY)
        while (lanes_advance(lanes, 0, CURLE_OK))
            continue;
    return 0;
}

static void no_op_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    (void)scale;
    (void)needs; /* nothing */
}

const struct strategy strategy_no_op = {
    .name = "no-op",
    .summary = "sends nothing; shows what harness itself costs",
    .family = FAMILY_NONE,
    .flags = STRATEGY_ONE_LANE | STRATEGY_SENDS_NOTHING,
    .needs = no_op_needs,
    .run = no_op_run,
};
