/*
 * sequential: one request after the other.
 *
 * The base line, and the program that everybody writes first. It waits inside libcurl for each answer, so the
 * total is the sum of all requests. One connection serves all requests to a server.
 */
#include <harness/strategy.h>

static int sequential_run(struct lanes *lanes, void *state)
{
    (void)state;
    while (lanes_take_when_due(lanes, 0) == TAKE_READY) {
        CURLcode result;
        do
            result = curl_easy_perform(lanes_handle(lanes, 0));
        while (lanes_advance(lanes, 0, result));
    }
    return 0;
}

static void sequential_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    needs->files = scale->connections + scale->lanes * FILES_PER_BLOCKING_HANDLE;
    needs->memory_kib = scale->lanes * HANDLE_KIB;
}

static int sequential_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    (void)state;
    (void)values;
    lanes_prepare_blocking(lanes, 0);
    return 0;
}

const struct strategy strategy_sequential = {
    .name = "sequential",
    .summary = "one request after another",
    .family = FAMILY_BLOCKING,
    .flags = STRATEGY_ONE_LANE,
    .needs = sequential_needs,
    .prepare = sequential_prepare,
    .run = sequential_run,
};
