/*
 * curl-multi: one thread, one multi handle, curl_multi_perform and curl_multi_poll.
 *
 * Each turn of the loop lets libcurl do what it can for all lanes, refills those whose transfers are over,
 * and sleeps until something happens on any connection. libcurl looks at every handle at every turn. In an
 * open loop, lanes whose batches are not due yet wait in line, and an alarm clock is one more descriptor to
 * sleep on. The loop itself is in poll_loop.c.
 */
#include "poll_loop.h"
#include "strategy.h"

static int multi_prepare(
    struct lanes *lanes, void *state, const struct strategy_values *values, struct failure *failure)
{
    (void)values;
    return window_init(state, lanes, 0, 1, failure);
}

static int multi_run(struct lanes *lanes, void *state, struct failure *failure)
{
    (void)lanes;
    return window_open(state, failure) == 0 ? poll_loop_run(state, failure) : -1;
}

static void multi_release(struct lanes *lanes, void *state)
{
    (void)lanes;
    window_release(state);
}

static void multi_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    needs->loop_lanes = scale->lanes;
    needs->files = strategy_loop_connections(scale, scale->lanes) + FILES_PER_LOOP_WINDOW;
    needs->memory_kib = scale->lanes * HANDLE_KIB;
}

const struct strategy strategy_curl_multi = {
    .name = "curl-multi",
    .summary = "one thread, one event loop: curl_multi_perform and curl_multi_poll",
    .family = FAMILY_EVENT_LOOP,
    .state_size = sizeof(struct window),
    .needs = multi_needs,
    .prepare = multi_prepare,
    .run = multi_run,
    .release = multi_release,
};
