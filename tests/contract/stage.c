#include "stage.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

#define STAGE_TIMEOUT_MS 30000

static void stage_set(struct stage *stage, const struct scene *scene)
{
    stage->headers[0] = scene->header;
    stage->settings = (struct transfer_settings){
        .base_url = scene->base_url,
        .headers = stage->headers,
        .header_count = scene->header != NULL,
        .timeout_ms = scene->timeout_ms ? scene->timeout_ms : STAGE_TIMEOUT_MS,
        .connect_timeout_ms = STAGE_TIMEOUT_MS,
        .reuse_connections = !scene->no_reuse,
    };
}

int stage_open(struct stage *stage, const struct scene *scene, struct failure *failure)
{
    *stage = (struct stage){.workload_memory = SHARED_MEMORY_NONE, .records_memory = SHARED_MEMORY_NONE};
    stage_set(stage, scene);
    if (strategy_parse(scene->spec, &stage->strategy, &stage->values, failure) != 0 ||
        workload_parse(
            scene->workload, strlen(scene->workload), "contract", &stage->workload_memory, failure) != 0)
        return -1;
    stage->workload = stage->workload_memory.bytes;
    if (!scene->is_empty)
        stage->extent = workload_extent(stage->workload, scene->requests);
    uint64_t record_count = stage->extent.request_count + STAGE_SPARE_RECORDS;
    if (records_create(&stage->records_memory, record_count, failure) != 0)
        return -1;
    stage->records = stage->records_memory.bytes;
    stage->lane_count = (stage->strategy->flags & STRATEGY_ONE_LANE) != 0 ? 1 : scene->concurrency;
    stage->lanes = lanes_create(
        &stage->settings, stage->workload, stage->extent, stage->records, stage->lane_count, failure);
    stage->state = calloc(1, stage->strategy->state_size + 1);
    if (!stage->lanes)
        return -1;
    if (!stage->state)
        return failure_set(failure, FAILURE_RUN, "out of memory");
    if (stage_sends_nothing(stage))
        lanes_expect_no_answers(stage->lanes);
    return 0;
}

int stage_prepare(struct stage *stage, struct failure *failure)
{
    if (!stage->strategy->prepare)
        return 0;
    return stage->strategy->prepare(stage->lanes, stage->state, &stage->values, failure);
}

int stage_run(struct stage *stage, struct failure *failure)
{
    stage->records->clock_started_ns = clock_monotonic_ns();
    return stage->strategy->run(stage->lanes, stage->state, failure);
}

void stage_rewind(struct stage *stage)
{
    records_clear(stage->records);
    lanes_rewind(stage->lanes);
}

void stage_release(struct stage *stage)
{
    if (stage->lanes && stage->state) {
        if (stage->strategy->release)
            stage->strategy->release(stage->lanes, stage->state);
        stage->peak_threads = lanes_peak_threads(stage->lanes);
    }
    free(stage->state);
    lanes_destroy(stage->lanes);
    stage->state = NULL;
    stage->lanes = NULL;
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
