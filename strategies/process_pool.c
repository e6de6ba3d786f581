/*
 * process-pool: a fixed number of processes, each waiting for its own request.
 *
 * Process i works on lane i, with a handle of its own. The processes are forked before the clock and wait
 * behind a gate, as those of a pre-forking server do (Apache's); from then on each takes batches until there
 * are none. They share the cursor behind lanes_take and the records; all else is each one's own from the
 * moment that it writes to it. This process only waits for them.
 */
#include <harness/strategy.h>

#include <signal.h>
#include <stdlib.h>

#include "process_gate.h"

/* How often this process looks whether another has died, which nobody tells it. */
#define POOL_LOOK_MS 100

struct pool {
    struct lanes *lanes;
    struct process_gate gate;
    pid_t *processes;
    size_t process_count; /* started and not yet joined */
};

struct pool_worker {
    struct pool *pool;
    size_t lane;
};

/* The whole life of a process. */
static void pool_work(void *argument)
{
    const struct pool_worker *worker = argument;
    struct lanes *lanes = worker->pool->lanes;

    lanes_prepare_blocking(lanes, worker->lane);
    while (process_gate_pass(&worker->pool->gate))
        while (lanes_take_when_due(lanes, worker->lane) == TAKE_READY) {
            CURLcode result;
            do
                result = curl_easy_perform(lanes_handle(lanes, worker->lane));
            while (lanes_advance(lanes, worker->lane, result));
        }
}

static void pool_join(struct pool *pool)
{
    while (pool->process_count > 0)
        lanes_join_process(pool->lanes, pool->processes[--pool->process_count]);
}

/* One has died: what the others have under way is not waited for. */
static void pool_break_off(struct pool *pool)
{
    for (size_t i = 0; i < pool->process_count; i++)
        (void)kill(pool->processes[i], SIGKILL);
    pool_join(pool);
}

/* Until all processes wait at the gate. */
static int pool_wait(struct pool *pool)
{
    while (!process_gate_await(&pool->gate, POOL_LOOK_MS))
        if (lanes_check_processes(pool->lanes, pool->processes, pool->process_count) != 0) {
            pool_break_off(pool);
            return -1;
        }
    return 0;
}

static int pool_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct pool *pool = state;
    size_t lane_count = lanes_count(lanes);

    (void)values;
    pool->lanes = lanes;
    if (process_gate_init(&pool->gate, lane_count) != 0)
        return lanes_fail_errno(lanes, "can't make a gate for %zu processes", lane_count);
    pool->processes = calloc(lane_count, sizeof *pool->processes);
    if (!pool->processes)
        return lanes_fail(lanes, "out of memory for %zu processes", lane_count);
    for (size_t lane = 0; lane < lane_count; lane++) {
        struct pool_worker worker = {.pool = pool, .lane = lane}; /* of which the process has a copy */
        if (lanes_start_process(lanes, lane, &pool->processes[lane], pool_work, &worker) != 0)
            return -1;
        pool->process_count++;
    }
    return pool_wait(pool);
}

static int pool_run(struct lanes *lanes, void *state)
{
    struct pool *pool = state;

    (void)lanes;
    process_gate_open(&pool->gate);
    return pool_wait(pool);
}

static void pool_release(struct lanes *lanes, void *state)
{
    struct pool *pool = state;

    (void)lanes;
    if (pool->process_count > 0)
        process_gate_close(&pool->gate);
    pool_join(pool);
    free(pool->processes);
    process_gate_release(&pool->gate);
}

/* What a process takes besides its handle: a third of it resident, the rest the kernel's (page tables,
 * stacks, maps). Measured with libcurl 7.88 at 100 to 2,000 lanes, and rounded up. */
#define PROCESS_KIB 320

/* It maps all records, and has 8 bytes in its page tables for each page of 32 of them. */
#define REQUESTS_PER_PAGE_TABLE_KIB 4096

/* The gate's. */
#define FILES_PER_PROCESS 3

static void pool_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    needs->files = scale->connections / scale->lanes + FILES_PER_BLOCKING_HANDLE + FILES_PER_PROCESS;
    needs->processes = scale->lanes;
    needs->memory_kib =
        scale->lanes * (HANDLE_KIB + PROCESS_KIB + scale->requests / REQUESTS_PER_PAGE_TABLE_KIB);
}

const struct strategy strategy_process_pool = {
    .name = "process-pool",
    .summary = "a fixed number of processes, each waiting for its own request",
    .family = FAMILY_PROCESSES,
    .state_size = sizeof(struct pool),
    .needs = pool_needs,
    .prepare = pool_prepare,
    .run = pool_run,
    .release = pool_release,
};
