/*
 * multi-sharded: one thread, one epoll, several multi handles.
 *
 * Before each transfer, libcurl looks through the multi handle's connections to the same server for one that
 * is free. With several multi handles, each of some of the lanes, it has fewer to look through; one thread
 * still serves them all. Connections are not shared between shards, nor what TLS and HTTP/2 share with them.
 */
#include <harness/strategy.h>

#include <stdlib.h>

#include "epoll_loop.h"

enum { SHARDED_SHARDS };

#define SHARDS_MAX 1024

/* Looking through this many connections costs less than a turn of another shard. */
#define LANES_PER_SHARD 64

static const struct strategy_option sharded_options[] = {
    [SHARDED_SHARDS] =
        {
            .name = "shards",
            .help = "multi handles",
            .minimum = 1,
            .maximum = SHARDS_MAX,
            .fallback = STRATEGY_AUTO,
            .automatic = "one for each 64 lanes",
        },
    {.name = NULL},
};

struct sharded {
    struct epoll_loop loop;
    struct window **windows;
    size_t window_count;
    bool is_prepared;
};

static size_t sharded_count(const struct strategy_values *values, size_t lanes)
{
    size_t wanted = (size_t)values->numbers[SHARDED_SHARDS];

    if (wanted == STRATEGY_AUTO)
        wanted = (lanes + LANES_PER_SHARD - 1) / LANES_PER_SHARD;
    if (wanted > SHARDS_MAX)
        wanted = SHARDS_MAX;
    return wanted < lanes ? wanted : lanes;
}

static int sharded_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct sharded *sharded = state;
    size_t count = sharded_count(values, lanes_count(lanes));

    sharded->is_prepared = true;
    if (epoll_loop_init(&sharded->loop, lanes) != 0)
        return -1;
    sharded->windows = calloc(count, sizeof(struct window *));
    if (!sharded->windows)
        return lanes_fail(lanes, "out of memory for %zu shards", count);
    for (size_t i = 0; i < count; i++) {
        struct window *window = window_make(lanes, i, count);
        if (!window)
            return -1;
        sharded->windows[sharded->window_count++] = window;
        if (epoll_loop_add(&sharded->loop, window) != 0)
            return -1;
    }
    return 0;
}

static int sharded_run(struct lanes *lanes, void *state)
{
    struct sharded *sharded = state;

    (void)lanes;
    for (size_t i = 0; i < sharded->window_count; i++)
        if (window_open(sharded->windows[i]) != 0)
            return -1;
    return epoll_loop_run(&sharded->loop);
}

static void sharded_release(struct lanes *lanes, void *state)
{
    struct sharded *sharded = state;

    (void)lanes;
    while (sharded->window_count > 0)
        window_release(sharded->windows[--sharded->window_count]);
    free((void *)sharded->windows);
    if (sharded->is_prepared)
        epoll_loop_release(&sharded->loop);
}

static void sharded_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    size_t count = sharded_count(values, scale->lanes);

    needs->loop_lanes = strategy_loop_lanes(scale, count);
    needs->uses_socket_action = true;
    needs->files =
        strategy_loops_connections(scale, count) + count * FILES_PER_LOOP_WINDOW + FILES_PER_EPOLL_LOOP;
    needs->memory_kib = scale->lanes * HANDLE_KIB;
}

const struct strategy strategy_multi_sharded = {
    .name = "multi-sharded",
    .summary = "one thread, one event loop, several multi handles: connections are found sooner",
    .family = FAMILY_EVENT_LOOP,
    .options = sharded_options,
    .state_size = sizeof(struct sharded),
    .needs = sharded_needs,
    .prepare = sharded_prepare,
    .run = sharded_run,
    .release = sharded_release,
};
