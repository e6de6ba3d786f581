/* thread: starting and joining, counted, with a fixed stack. */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

int lanes_start_thread(
    struct lanes *lanes, pthread_t *thread, size_t stack_kib, void *(*body)(void *), void *argument)
{
    pthread_attr_t attributes;

    if (stack_kib * 1024 < (size_t)PTHREAD_STACK_MIN)
        return lanes_fail(lanes, "a thread can't have a stack of %zu KiB: it takes %zu bytes at least",
            stack_kib, (size_t)PTHREAD_STACK_MIN);
    int error = pthread_attr_init(&attributes);
    if (error == 0) {
        error = pthread_attr_setstacksize(&attributes, stack_kib * 1024);
        if (error == 0)
            error = pthread_create(thread, &attributes, body, argument);
        (void)pthread_attr_destroy(&attributes);
    }
    if (error != 0)
        return lanes_fail(lanes,
            "can't start thread %zu: %s; lower --concurrency or raise the limit on threads (ulimit -u)",
            atomic_load(&lanes->shared->threads.now) + 1, strerror(error));
    peak_add(&lanes->shared->threads);
    return 0;
}

void lanes_join_thread(struct lanes *lanes, pthread_t thread)
{
    (void)pthread_join(thread, NULL);
    peak_subtract(&lanes->shared->threads);
}

size_t lanes_peak_threads(const struct lanes *lanes)
{
    return atomic_load(&lanes->shared->threads.most);
}
