/*
 * multi-epoll: one thread, one multi handle, curl_multi_socket_action on epoll.
 *
 * libcurl says which sockets to watch, and is called only for those that are ready: what waits costs nothing,
 * however many there are. The loop itself is in epoll_loop.c.
 */
#include <harness/strategy.h>

#include "epoll_loop.h"

struct multi_epoll {
    struct epoll_loop loop;
    struct window *window;
    bool is_prepared;
};

static int multi_epoll_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct multi_epoll *self = state;

    (void)values;
    self->is_prepared = true;
    if (epoll_loop_init(&self->loop, lanes) != 0)
        return -1;
    self->window = window_make(lanes, 0, 1);
    return self->window ? epoll_loop_add(&self->loop, self->window) : -1;
}

static int multi_epoll_run(struct lanes *lanes, void *state)
{
    struct multi_epoll *self = state;

    (void)lanes;
    return window_open(self->window) == 0 ? epoll_loop_run(&self->loop) : -1;
}

static void multi_epoll_release(struct lanes *lanes, void *state)
{
    struct multi_epoll *self = state;

    (void)lanes;
    window_release(self->window);
    if (self->is_prepared)
        epoll_loop_release(&self->loop);
}

static void multi_epoll_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    needs->loop_lanes = scale->lanes;
    needs->uses_socket_action = true;
    needs->files =
        strategy_loop_connections(scale, scale->lanes) + FILES_PER_EPOLL_LOOP + FILES_PER_LOOP_WINDOW;
    needs->memory_kib = scale->lanes * HANDLE_KIB;
}

const struct strategy strategy_multi_epoll = {
    .name = "multi-epoll",
    .summary = "one thread, one event loop: curl_multi_socket_action on epoll",
    .family = FAMILY_EVENT_LOOP,
    .state_size = sizeof(struct multi_epoll),
    .needs = multi_epoll_needs,
    .prepare = multi_epoll_prepare,
    .run = multi_epoll_run,
    .release = multi_epoll_release,
};
