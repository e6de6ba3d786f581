#include "thread_gate.h"

void thread_gate_init(struct thread_gate *gate)
{
    *gate = (struct thread_gate){.passes = 0};
    (void)pthread_mutex_init(&gate->mutex, NULL);
    (void)pthread_cond_init(&gate->changed, NULL);
}

bool thread_gate_wait(struct thread_gate *gate, unsigned int passes)
{
    pthread_mutex_lock(&gate->mutex);
    while (gate->passes == passes && !gate->is_closed)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    bool is_open = gate->passes != passes;
    pthread_mutex_unlock(&gate->mutex);
    return is_open;
}

void thread_gate_finish(struct thread_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    if (--gate->working == 0)
        pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->mutex);
}

void thread_gate_let_through(struct thread_gate *gate, size_t thread_count)
{
    pthread_mutex_lock(&gate->mutex);
    gate->working = thread_count;
    gate->passes++;
    pthread_cond_broadcast(&gate->changed);
    while (gate->working > 0)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    pthread_mutex_unlock(&gate->mutex);
}

void thread_gate_close(struct thread_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->is_closed = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->mutex);
}

void thread_gate_release(struct thread_gate *gate)
{
    (void)pthread_cond_destroy(&gate->changed);
    (void)pthread_mutex_destroy(&gate->mutex);
}
