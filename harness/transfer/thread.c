/* thread: starting and joining, counted, with a fixed stack. */
#include "internal.h"

#include <errno.h>
#include <string.h>

static void thread_count(struct run *run)
{
    size_t threads = atomic_fetch_add(&run->threads, 1) + 1;
    size_t peak = atomic_load(&run->peak_threads);

    while (threads > peak && !atomic_compare_exchange_weak(&run->peak_threads, &peak, threads))
        continue;
}

int run_start_thread(struct run *run, pthread_t *thread, size_t stack_kib, void *(*body)(void *),
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
            atomic_load(&run->threads) + 1, strerror(error));
    thread_count(run);
    return 0;
}

void run_join_thread(struct run *run, pthread_t thread)
{
    (void)pthread_join(thread, NULL);
    atomic_fetch_sub(&run->threads, 1);
}

size_t run_peak_threads(const struct run *run)
{
    return atomic_load(&run->peak_threads);
}
