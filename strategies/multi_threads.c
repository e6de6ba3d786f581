/*
 * multi-threads: a few threads, each with an event loop of its own.
 *
 * Of N threads, thread k has lanes k, k + N, k + 2N, ..., with a multi handle for them. Loops share nothing
 * but the cursor behind lanes_take: no lock, and no connection. The threads are started before the clock and
 * wait behind a gate.
 */
#include <harness/strategy.h>

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "epoll_loop.h"
#include "poll_loop.h"
#include "thread_gate.h"

#define THREADS_MAX 1024

enum { LOOPS_THREADS, LOOPS_LOOP, LOOPS_STACK_KIB };
enum { LOOP_POLL, LOOP_EPOLL };

static const char *const loops_kinds[] = {
    [LOOP_POLL] = "poll",
    [LOOP_EPOLL] = "epoll",
    NULL,
};

static const struct strategy_option loops_options[] = {
    [LOOPS_THREADS] =
        {
            .name = "threads",
            .help = "threads, and so loops; at most one for each lane",
            .minimum = 1,
            .maximum = THREADS_MAX,
            .fallback = STRATEGY_AUTO,
            .automatic = "one for each processor that the trial may use",
        },
    /* epoll by default: with a few busy connections among 2,000 it takes a quarter of the CPU time of poll,
     * and with 64 busy ones 2 % more. */
    [LOOPS_LOOP] =
        {
            .name = "loop",
            .help = "that of curl-multi, or that of multi-epoll",
            .choices = loops_kinds,
            .fallback = LOOP_EPOLL,
        },
    [LOOPS_STACK_KIB] = STRATEGY_OPTION_STACK_KIB,
    {.name = NULL},
};

struct loops;

/* One thread and its loop. While it works, nothing of this is written. */
struct loops_thread {
    struct window *window;
    struct epoll_loop epoll; /* of loop=epoll */
    struct loops *loops;
    pthread_t thread;
};

struct loops {
    struct lanes *lanes;
    struct loops_thread *items;
    size_t count;        /* made */
    size_t thread_count; /* started and not yet joined */
    bool use_epoll;
    struct thread_gate gate;
};

/* Those that the trial may use. */
static size_t loops_processors(void)
{
    cpu_set_t usable;
    long online = sysconf(_SC_NPROCESSORS_ONLN);

    if (sched_getaffinity(0, sizeof usable, &usable) == 0)
        return (size_t)CPU_COUNT(&usable);
    return online > 0 ? (size_t)online : 1; /* more than a cpu_set_t has room for */
}

static size_t loops_count(const struct strategy_values *values, size_t lanes, size_t processors)
{
    long threads = values->numbers[LOOPS_THREADS];
    size_t wanted = threads == STRATEGY_AUTO ? processors : (size_t)threads;

    return wanted < lanes ? wanted : lanes;
}

/* If it fails, the other loops get no more batches, and loops_run finds out. */
static void loops_run_one(struct loops_thread *self)
{
    if (window_open(self->window) != 0)
        return;
    if (self->loops->use_epoll)
        (void)epoll_loop_run(&self->epoll);
    else
        (void)poll_loop_run(self->loops->lanes, self->window);
}

static void *loops_work(void *argument)
{
    struct loops_thread *self = argument;

    for (unsigned int passes = 0; thread_gate_wait(&self->loops->gate, passes); passes++) {
        loops_run_one(self);
        thread_gate_finish(&self->loops->gate);
    }
    return NULL;
}

/* Loop k of `count`. */
static int loops_make(struct loops *loops, size_t k, size_t count)
{
    struct loops_thread *self = &loops->items[k];

    *self = (struct loops_thread){.loops = loops, .epoll = EPOLL_LOOP_NONE};
    loops->count++;
    self->window = window_make(loops->lanes, k, count);
    if (!self->window)
        return -1;
    if (!loops->use_epoll)
        return 0;
    return epoll_loop_init(&self->epoll, loops->lanes) == 0 ? epoll_loop_add(&self->epoll, self->window) : -1;
}

static int loops_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct loops *loops = state;
    size_t count = loops_count(values, lanes_count(lanes), loops_processors());
    size_t stack_kib = (size_t)values->numbers[LOOPS_STACK_KIB];

    loops->lanes = lanes;
    loops->use_epoll = values->numbers[LOOPS_LOOP] == LOOP_EPOLL;
    thread_gate_init(&loops->gate);
    loops->items = calloc(count, sizeof *loops->items);
    if (!loops->items)
        return lanes_fail(lanes, "out of memory for %zu event loops", count);
    for (size_t k = 0; k < count; k++) {
        struct loops_thread *self = &loops->items[k];
        if (loops_make(loops, k, count) != 0 ||
            lanes_start_thread(lanes, &self->thread, stack_kib, loops_work, self) != 0)
            return -1;
        loops->thread_count++;
    }
    return 0;
}

static int loops_run(struct lanes *lanes, void *state)
{
    struct loops *loops = state;

    thread_gate_let_through(&loops->gate, loops->thread_count);
    return lanes_have_failed(lanes) ? -1 : 0;
}

static void loops_release(struct lanes *lanes, void *state)
{
    struct loops *loops = state;

    thread_gate_close(&loops->gate);
    while (loops->thread_count > 0)
        lanes_join_thread(lanes, loops->items[--loops->thread_count].thread);
    while (loops->count > 0) {
        struct loops_thread *self = &loops->items[--loops->count];
        window_release(self->window);
        epoll_loop_release(&self->epoll);
    }
    free(loops->items);
    thread_gate_release(&loops->gate);
}

static void loops_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    size_t count = loops_count(values, scale->lanes, scale->processors);

    needs->loop_lanes = strategy_loop_lanes(scale, count);
    needs->uses_socket_action = values->numbers[LOOPS_LOOP] == LOOP_EPOLL;
    needs->files =
        strategy_loops_connections(scale, count) + count * (FILES_PER_LOOP_WINDOW + FILES_PER_EPOLL_LOOP);
    needs->threads = count;
    needs->memory_kib = scale->lanes * HANDLE_KIB + count * THREAD_KIB;
}

const struct strategy strategy_multi_threads = {
    .name = "multi-threads",
    .summary = "a few threads, each with an event loop for its share of the lanes",
    .family = FAMILY_MIXED,
    .options = loops_options,
    .state_size = sizeof(struct loops),
    .needs = loops_needs,
    .prepare = loops_prepare,
    .run = loops_run,
    .release = loops_release,
};
