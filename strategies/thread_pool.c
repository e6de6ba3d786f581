/*
 * thread-pool: a fixed number of threads, each waiting for its own request.
 *
 * Thread i works on lane i. The threads are started before the clock and wait behind a gate, as a server's
 * pool would wait for work; from then on each takes batches until there are none. They share nothing but the
 * cursor behind lanes_take.
 */
#include <harness/strategy.h>

#include <stdlib.h>

#include "thread_gate.h"

enum { POOL_STACK_KIB };

static const struct strategy_option pool_options[] = {
    [POOL_STACK_KIB] = STRATEGY_OPTION_STACK_KIB,
    {.name = NULL},
};

struct pool;

struct pool_worker {
    struct pool *pool;
    size_t lane;
    pthread_t thread;
};

struct pool {
    struct lanes *lanes;
    struct pool_worker *workers;
    size_t worker_count; /* started and not yet joined */
    struct thread_gate gate;
};

static void *pool_work(void *argument)
{
    const struct pool_worker *worker = argument;
    struct lanes *lanes = worker->pool->lanes;

    for (unsigned int passes = 0; thread_gate_wait(&worker->pool->gate, passes); passes++) {
        while (lanes_take_when_due(lanes, worker->lane) == TAKE_READY) {
            CURLcode result;
            do
                result = curl_easy_perform(lanes_handle(lanes, worker->lane));
            while (lanes_advance(lanes, worker->lane, result));
        }
        thread_gate_finish(&worker->pool->gate);
    }
    return NULL;
}

static int pool_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct pool *pool = state;
    size_t stack_kib = (size_t)values->numbers[POOL_STACK_KIB];

    pool->lanes = lanes;
    thread_gate_init(&pool->gate);
    pool->workers = calloc(lanes_count(lanes), sizeof *pool->workers);
    if (!pool->workers)
        return lanes_fail(lanes, "out of memory for %zu threads", lanes_count(lanes));
    for (size_t lane = 0; lane < lanes_count(lanes); lane++) {
        struct pool_worker *worker = &pool->workers[lane];
        *worker = (struct pool_worker){.pool = pool, .lane = lane};
        lanes_prepare_blocking(lanes, lane);
        if (lanes_start_thread(lanes, &worker->thread, stack_kib, pool_work, worker) != 0)
            return -1;
        pool->worker_count++;
    }
    return 0;
}

static int pool_run(struct lanes *lanes, void *state)
{
    struct pool *pool = state;

    (void)lanes;
    thread_gate_let_through(&pool->gate, pool->worker_count);
    return 0;
}

static void pool_release(struct lanes *lanes, void *state)
{
    struct pool *pool = state;

    thread_gate_close(&pool->gate);
    while (pool->worker_count > 0)
        lanes_join_thread(lanes, pool->workers[--pool->worker_count].thread);
    free(pool->workers);
    thread_gate_release(&pool->gate);
}

static void pool_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values; /* a large stack is memory only where it is touched */
    needs->files = scale->connections + scale->lanes * FILES_PER_BLOCKING_HANDLE;
    needs->threads = scale->lanes;
    needs->memory_kib = scale->lanes * (HANDLE_KIB + THREAD_KIB);
}

const struct strategy strategy_thread_pool = {
    .name = "thread-pool",
    .summary = "a fixed number of threads, each waiting for its own request",
    .family = FAMILY_THREADS,
    .options = pool_options,
    .state_size = sizeof(struct pool),
    .needs = pool_needs,
    .prepare = pool_prepare,
    .run = pool_run,
    .release = pool_release,
};
