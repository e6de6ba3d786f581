/*
 * coroutines: code that waits for its own request, as a thread's does, on one thread.
 *
 * Each lane has a stack. The code on it starts a transfer and hands over to the loop of multi-epoll, which
 * goes on there when the transfer has ended: what green threads, fibers, and async and await come down to.
 * Stacks are made, and entered for the first time, before the clock.
 */
#include <harness/strategy.h>

#ifdef HARNESS_HAS_UCONTEXT

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "epoll_loop.h"
#include "fiber.h"

#endif

enum { COROUTINES_STACK_KIB };

static const struct strategy_option coroutines_options[] = {
    [COROUTINES_STACK_KIB] =
        {
            .name = "stack-kib",
            .help = "stack of each coroutine, in KiB",
            .minimum = 16,
            .maximum = 65536,
            .fallback = 64,
        },
    {.name = NULL},
};

#ifdef HARNESS_HAS_UCONTEXT

/* What a coroutine takes, in whole pages: 3.4 KiB of its stack are touched as a rule, 8.2 at most, measured
 * with libcurl 7.88 and 8.14 in every fault of the origin. */
#define COROUTINE_KIB 12

struct coroutines;

struct coroutine {
    struct fiber fiber;
    struct coroutines *all;
    size_t lane;
    CURLcode result; /* of the transfer that it was resumed for */
};

struct coroutines {
    struct lanes *lanes;
    struct window *window;
    struct epoll_loop loop;
    struct fiber thread; /* that of the loop */
    struct coroutine *items;
    size_t count; /* made */
    bool is_prepared;
};

static void coroutine_yield(struct coroutine *self)
{
    fiber_switch(&self->fiber, &self->all->thread);
}

/* As curl_easy_perform. If the transfer can't be started, the loop ends, and never comes back here. */
static CURLcode coroutine_perform(struct coroutine *self)
{
    (void)window_start(self->all->window, self->lane);
    coroutine_yield(self);
    return self->result;
}

/* As lanes_take_when_due. */
static enum take coroutine_take_when_due(struct coroutine *self)
{
    enum take take = TAKE_DONE;

    while ((take = lanes_take(self->all->lanes, self->lane)) == TAKE_NOT_BEFORE) {
        window_wait(self->all->window, self->lane);
        coroutine_yield(self);
    }
    return take;
}

static void coroutine_work(void *argument)
{
    struct coroutine *self = argument;

    while (true) {
        coroutine_yield(self); /* until a run begins */
        while (coroutine_take_when_due(self) == TAKE_READY) {
            CURLcode result;
            do
                result = coroutine_perform(self);
            while (lanes_advance(self->all->lanes, self->lane, result));
        }
    }
}

/* For the loop: the lane's coroutine goes on, until it waits again. */
static int coroutines_go_on(void *context, size_t lane, const CURLcode *result)
{
    struct coroutines *self = context;
    struct coroutine *coroutine = &self->items[lane];

    if (result)
        coroutine->result = *result;
    fiber_switch(&self->thread, &coroutine->fiber);
    return lanes_have_failed(self->lanes) ? -1 : 0;
}

static int coroutines_fail_to_start(struct coroutines *self, struct coroutine *coroutine, size_t stack_kib)
{
    (void)lanes_fail(self->lanes,
        "can't make another stack of %zu KiB: %s; lower --concurrency, or raise vm.max_map_count, of which a "
        "stack takes two",
        stack_kib, strerror(errno));
    fiber_release(&coroutine->fiber);
    return -1;
}

static int coroutines_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct coroutines *self = state;
    size_t stack_kib = (size_t)values->numbers[COROUTINES_STACK_KIB];

    self->is_prepared = true;
    self->lanes = lanes;
    self->thread = FIBER_OF_THREAD;
    if (epoll_loop_init(&self->loop, lanes) != 0)
        return -1;
    self->window = window_make(lanes, 0, 1);
    if (!self->window || epoll_loop_add(&self->loop, self->window) != 0)
        return -1;
    window_set_go_on(self->window, coroutines_go_on, self);
    self->items = calloc(lanes_count(lanes), sizeof *self->items);
    if (!self->items)
        return lanes_fail(lanes, "out of memory for %zu coroutines", lanes_count(lanes));
    for (; self->count < lanes_count(lanes); self->count++) {
        struct coroutine *coroutine = &self->items[self->count];
        *coroutine = (struct coroutine){.all = self, .lane = self->count};
        if (fiber_start(&coroutine->fiber, &self->thread, stack_kib, coroutine_work, coroutine) != 0)
            return coroutines_fail_to_start(self, coroutine, stack_kib);
    }
    return 0;
}

static int coroutines_run(struct lanes *lanes, void *state)
{
    struct coroutines *self = state;

    (void)lanes;
    return window_open(self->window) == 0 ? epoll_loop_run(&self->loop) : -1;
}

static void coroutines_release(struct lanes *lanes, void *state)
{
    struct coroutines *self = state;

    (void)lanes;
    while (self->count > 0)
        fiber_release(&self->items[--self->count].fiber);
    free(self->items);
    window_release(self->window);
    if (self->is_prepared)
        epoll_loop_release(&self->loop);
}

static void coroutines_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values; /* a large stack is memory only where it is touched */
    needs->loop_lanes = scale->lanes;
    needs->uses_socket_action = true;
    needs->files =
        strategy_loop_connections(scale, scale->lanes) + FILES_PER_EPOLL_LOOP + FILES_PER_LOOP_WINDOW;
    needs->memory_kib = scale->lanes * (HANDLE_KIB + COROUTINE_KIB);
}

#else

static const char *coroutines_unavailable(void)
{
    return "this build has no ucontext, which some C libraries lack";
}

#endif

const struct strategy strategy_coroutines = {
    .name = "coroutines",
    .summary = "one thread, a coroutine for each lane, which waits for its own request",
    .family = FAMILY_COROUTINES,
    .options = coroutines_options,
#ifdef HARNESS_HAS_UCONTEXT
    .state_size = sizeof(struct coroutines),
    .needs = coroutines_needs,
    .prepare = coroutines_prepare,
    .run = coroutines_run,
    .release = coroutines_release,
#else
    .unavailable = coroutines_unavailable,
#endif
};
