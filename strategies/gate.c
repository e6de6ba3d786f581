#include "gate.h"

void gate_init(struct gate *gate)
{
    *gate = (struct gate){.passes = 0};
    (void)pthread_mutex_init(&gate->mutex, NULL);
    (void)pthread_cond_init(&gate->changed, NULL);
}

bool gate_wait(struct gate *gate, unsigned int passes)
{
    pthread_mutex_lock(&gate->mutex);
    while (gate->passes == passes && !gate->is_closed)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    bool is_open = gate->passes != passes;
    pthread_mutex_unlock(&gate->mutex);
    return is_open;
}

void gate_finish(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    if (--gate->working == 0)
        pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->mutex);
}

void gate_let_through(struct gate *gate, size_t thread_count)
{
    pthread_mutex_lock(&gate->mutex);
    gate->working = thread_count;
    gate->passes++;
    pthread_cond_broadcast(&gate->changed);
    while (gate->working > 0)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    pthread_mutex_unlock(&gate->mutex);
}

void gate_close(struct gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->is_closed = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->mutex);
}

void gate_release(struct gate *gate)
{
    (void)pthread_cond_destroy(&gate->changed);
    (void)pthread_mutex_destroy(&gate->mutex);
}
