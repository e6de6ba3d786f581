/*
 * play: a scene before the origin's gauge, for the checks of the contract.
 *
 *     static int judge(const struct stage *stage, const struct gauge *gauge, struct failure *failure);
 *     return contract_play(contract, &scene, judge, failure);
 *
 * What is judged in every scene: each request has a record, of a lane that there is, the records beyond are
 * untouched, the origin never saw more requests at once than there are lanes, and all connections are closed
 * in the end. A strategy that sends nothing is judged by that and by having sent nothing; `judge` is for the
 * others.
 */
#ifndef HARNESS_TESTS_PLAY_H
#define HARNESS_TESTS_PLAY_H

#include "buffer.h"
#include "contract.h"
#include "stage.h"

typedef int play_judge(const struct stage *stage, const struct gauge *gauge, struct failure *failure);

int contract_play(
    struct contract *contract, const struct scene *scene, play_judge *judge, struct failure *failure);

/* As contract_play does before and after: waits for a quiet origin and sets its gauge to zero. */
int play_begin(struct contract *contract, struct failure *failure);
int play_end(struct contract *contract, struct failure *failure);

/* Reads the witnesses of a stage that has run. */
int play_judge_stage(
    const struct stage *stage, const struct gauge *gauge, play_judge *judge, struct failure *failure);

/* Appends a workload of so many batches of so many requests, /anything/bB/rR, as JSON that ends in NUL. */
void play_write_batches(struct buffer *json, size_t batch_count, size_t request_count);

/* How many batches keep every lane busy `times` times over. */
size_t play_batches(const struct contract *contract, const char *spec, size_t times);

/* Has request r of the extent this outcome? */
int play_expect(const struct stage *stage, uint64_t request, enum outcome outcome, struct failure *failure);

/* Have they all? */
int play_expect_all(const struct stage *stage, enum outcome outcome, struct failure *failure);

/* The index within its batch of request r of the extent, and its batch. */
uint64_t play_place(const struct stage *stage, uint64_t request, uint64_t *batch);

/* Waits until `count` is `wanted`, for a few seconds at most. Is it? */
bool play_becomes(const _Atomic uint64_t *count, uint64_t wanted);

void play_pause_ms(int milliseconds);

#endif
