/*
 * thread_gate: threads that are started before the clock and wait to be let through, once for each run.
 *
 *     thread_gate_init(&gate);
 *     ... start threads, each:
 *         for (unsigned int passes = 0; thread_gate_wait(&gate, passes); passes++) {
 *             ... work ...
 *             thread_gate_finish(&gate);
 *         }
 *     thread_gate_let_through(&gate, thread_count);      returns when all have finished
 *     thread_gate_close(&gate);                          now the threads can be joined
 *     thread_gate_release(&gate);
 */
#ifndef HARNESS_STRATEGIES_THREAD_GATE_H
#define HARNESS_STRATEGIES_THREAD_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct thread_gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    size_t working;      /* guarded by mutex, like all below */
    unsigned int passes; /* how often it was opened */
    bool is_closed;
};

void thread_gate_init(struct thread_gate *gate);

/* For the threads: waits until the gate opens once more than `passes` times. False: it is closed for good. */
bool thread_gate_wait(struct thread_gate *gate, unsigned int passes);

/* For the threads: what the gate was opened for is done. What the thread has written can be read by whoever
 * opened it. */
void thread_gate_finish(struct thread_gate *gate);

/* Opens the gate to so many threads, and waits until each has finished. */
void thread_gate_let_through(struct thread_gate *gate, size_t thread_count);

void thread_gate_close(struct thread_gate *gate);

/* When all threads are joined. */
void thread_gate_release(struct thread_gate *gate);

#endif
