/* thread: starting and joining, counted, with a fixed stack. */
#include "internal.h"

#include <errno.h>
#include <string.h>

static void thread_count(struct lanes *lanes)
{
    size_t threads = atomic_fetch_add(&lanes->shared->threads, 1) + 1;
    size_t peak = atomic_load(&lanes->shared->peak_threads);

    while (threads > peak && !atomic_compare_exchange_weak(&lanes->shared->peak_threads, &peak, threads))
        continue;
}

int lanes_start_thread(struct lanes *lanes, pthread_t *thread, size_t stack_kib, void *(*body)(void *),
    void *argument, struct failure *failure)
{
    pthread_attr_t attributes;

    int error = pthread_attr_init(&attributes);
    if (error == 0) {
        error = pthread_attr_setstacksize(&attributes, stack_kib * 1024);
        if (error == 0)
            error = pthread_create(thread, &attributes, body, argument);
        (void)pthread_attr_destroy(&attributes);
    }
    if (error != 0)
        return failure_set(failure, FAILURE_RUN,
            "can't start thread %zu: %s; lower --concurrency or raise the limit on threads (ulimit -u)",
            atomic_load(&lanes->shared->threads) + 1, strerror(error));
    thread_count(lanes);
    return 0;
}

void lanes_join_thread(struct lanes *lanes, pthread_t thread)
{
    (void)pthread_join(thread, NULL);
    atomic_fetch_sub(&lanes->shared->threads, 1);
}

size_t lanes_peak_threads(const struct lanes *lanes)
{
    return atomic_load(&lanes->shared->peak_threads);
}
