/*
 * curl-multi: one thread, one multi handle, curl_multi_perform and curl_multi_poll.
 *
 * Each turn of the loop lets libcurl do what it can for all lanes, refills those whose transfers are over,
 * and sleeps until something happens on any connection. libcurl looks at every handle at every turn. In an
 * open loop, lanes whose batches are not due yet wait in line, and an alarm clock is one more descriptor to
 * sleep on. The loop itself is in poll_loop.c.
 */
#include <harness/strategy.h>

#include "poll_loop.h"

struct multi {
    struct window *window;
};

static int multi_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct multi *self = state;

    (void)values;
    self->window = window_make(lanes, 0, 1);
    return self->window ? 0 : -1;
}

static int multi_run(struct lanes *lanes, void *state)
{
    struct multi *self = state;

    return window_open(self->window) == 0 ? poll_loop_run(lanes, self->window) : -1;
}

static void multi_release(struct lanes *lanes, void *state)
{
    struct multi *self = state;

    (void)lanes;
    window_release(self->window);
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
    .state_size = sizeof(struct multi),
    .needs = multi_needs,
    .prepare = multi_prepare,
    .run = multi_run,
    .release = multi_release,
};
