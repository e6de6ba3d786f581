/*
 * gate: threads that are started before the clock and wait to be let through, once for each run.
 *
 *     gate_init(&gate);
 *     ... start threads, each: for (unsigned int passes = 0; gate_wait(&gate, passes); passes++) {
 *                                  ... work ...
 *                                  gate_finish(&gate);
 *                              }
 *     gate_let_through(&gate, thread_count);       returns when all have finished
 *     gate_close(&gate);                           now the threads can be joined
 *     gate_release(&gate);
 */
#ifndef HARNESS_STRATEGIES_GATE_H
#define HARNESS_STRATEGIES_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t working;      /* guarded by mutex, like all below */
    unsigned int passes; /* how often it was opened */
    bool is_closed;
};

void gate_init(struct gate *gate);

/* For the threads: waits until the gate opens once more than `passes` times. False: it is closed for good. */
bool gate_wait(struct gate *gate, unsigned int passes);

/* For the threads: what the gate was opened for is done. What the thread has written can be read by whoever
 * opened it. */
void gate_finish(struct gate *gate);

/* Opens the gate to so many threads, and waits until each has finished. */
void gate_let_through(struct gate *gate, size_t thread_count);

void gate_close(struct gate *gate);

/* When all threads are joined. */
void gate_release(struct gate *gate);

#endif
