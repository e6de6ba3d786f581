#include "stage.h"

#include <string.h>

#define STAGE_TIMEOUT_MS 30000

static void stage_set(struct stage *stage, const struct scene *scene)
{
    stage->headers[0] = scene->header;
    stage->settings = (struct settings){
        .base_url = scene->base_url,
        .headers = {.items = stage->headers, .count = scene->header != NULL},
        .concurrency = scene->concurrency,
        .timeout_ms = scene->timeout_ms ? scene->timeout_ms : STAGE_TIMEOUT_MS,
        .connect_timeout_ms = STAGE_TIMEOUT_MS,
        .no_reuse = scene->no_reuse,
        .follow_redirects = scene->follow_redirects,
    };
}

/* As the role of a trial does it. */
static int stage_make(struct stage *stage, const char *spec, struct failure *failure)
{
    const struct job job = {.settings = &stage->settings,
        .workload = stage->workload,
        .extent = stage->extent,
        .records = stage->records};

    int result = instance_make(&stage->instance, spec, &job, failure);
    stage->strategy = stage->instance.strategy;
    if (stage->instance.lanes)
        stage->lane_count = lanes_count(stage->instance.lanes);
    return result;
}

int stage_open(struct stage *stage, const struct scene *scene, struct failure *failure)
{
    *stage = (struct stage){.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};
    stage_set(stage, scene);
    if (workload_parse(
            scene->workload, strlen(scene->workload), "contract", &stage->workload_memory, failure) != 0)
        return -1;
    stage->workload = stage->workload_memory.bytes;
    if (!scene->is_empty)
        stage->extent = workload_extent(stage->workload, scene->requests);
    uint64_t record_count = stage->extent.request_count + STAGE_SPARE_RECORDS;
    if (records_create(&stage->records_memory, record_count, failure) != 0)
        return -1;
    stage->records = stage->records_memory.bytes;
    return stage_make(stage, scene->spec, failure);
}

int stage_prepare(struct stage *stage, struct failure *failure)
{
    return instance_prepare(&stage->instance, failure);
}

int stage_run(struct stage *stage, struct failure *failure)
{
    return instance_run(&stage->instance, failure);
}

void stage_rewind(struct stage *stage)
{
    instance_rewind(&stage->instance);
}

void stage_release(struct stage *stage)
{
    if (stage->instance.lanes) {
        stage->peak_threads = lanes_peak_threads(stage->instance.lanes);
        stage->peak_processes = lanes_peak_processes(stage->instance.lanes);
    }
    instance_release(&stage->instance);
}

int stage_play(struct stage *stage, const struct scene *scene, struct failure *failure)
{
    int result = stage_open(stage, scene, failure);

    if (result == 0)
        result = stage_prepare(stage, failure);
    if (result == 0)
        result = stage_run(stage, failure);
    stage_release(stage);
    return result;
}

void stage_close(struct stage *stage)
{
    stage_release(stage);
    shared_memory_release(&stage->records_memory);
    shared_memory_release(&stage->workload_memory);
}

bool stage_sends_nothing(const struct stage *stage)
{
    return (stage->strategy->flags & STRATEGY_SENDS_NOTHING) != 0;
}
