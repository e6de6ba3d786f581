/*
 * stage: one strategy in this process, step by step as a trial takes it, or all steps at once.
 *
 *     struct scene scene = {.spec = "thread-pool", .workload = "/get\n", .base_url = url, .concurrency = 8};
 *     struct stage stage;
 *     int result = stage_play(&stage, &scene, &failure);
 *     ... stage.records, while the run and all that belongs to it is gone ...
 *     stage_close(&stage);                                  always, whatever the result
 */
#ifndef HARNESS_TESTS_STAGE_H
#define HARNESS_TESTS_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "instance.h"
#include "record.h"
#include "workload.h"

/* There are so many more records than requests, which nobody may touch. */
#define STAGE_SPARE_RECORDS 3

struct scene {
    const char *spec;     /* of the strategy and its options */
    const char *workload; /* text or JSON */
    const char *base_url;
    size_t concurrency;
    uint64_t requests; /* at least; 0: the workload once */
    bool is_empty;     /* nothing at all is to be run */
    bool no_reuse;
    bool follow_redirects;
    uint64_t timeout_ms; /* 0: longer than any check takes */
    const char *header;  /* for every request, or NULL */
};

struct stage {
    struct instance instance;
    const struct strategy *strategy;
    struct settings settings;
    const char *headers[1];
    struct shared_memory workload_memory;
    struct shared_memory records_memory;
    const struct workload *workload;
    struct workload_extent extent;
    struct records *records;
    size_t lane_count;
    size_t peak_threads; /* these two once it was released */
    size_t peak_processes;
};

/* Up to what comes before prepare. */
int stage_open(struct stage *stage, const struct scene *scene, struct failure *failure);

int stage_prepare(struct stage *stage, struct failure *failure);
int stage_run(struct stage *stage, struct failure *failure);

/* Clears the records and rewinds, for the next stage_run. */
void stage_rewind(struct stage *stage);

/* The strategy's release, and the end of the run. */
void stage_release(struct stage *stage);

/* Opens, prepares, runs, releases. */
int stage_play(struct stage *stage, const struct scene *scene, struct failure *failure);

void stage_close(struct stage *stage);

bool stage_sends_nothing(const struct stage *stage);

#endif
