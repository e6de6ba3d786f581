/*
 * sequential: one request after the other.
 *
 * The base line, and the program that everybody writes first. It waits inside libcurl for each answer, so the
 * total is the sum of all requests. One connection serves all requests to a server.
 */
#include "strategy.h"

static int sequential_run(struct lanes *lanes, void *state, struct failure *failure)
{
    (void)state;
    (void)failure;
    while (lanes_take_when_due(lanes, 0) == TAKE_READY) {
        CURLcode result;
        do
            result = curl_easy_perform(lanes_handle(lanes, 0));
        while (lanes_advance(lanes, 0, result));
    }
    return 0;
}

const struct strategy strategy_sequential = {
    .name = "sequential",
    .summary = "one request after the other",
    .family = FAMILY_BLOCKING,
    .flags = STRATEGY_ONE_LANE,
    .files_per_lane = 3,
    .run = sequential_run,
};
