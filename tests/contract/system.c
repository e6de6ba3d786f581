#include "system.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The linker's names: a call of NAME goes to __wrap_NAME, and __real_NAME is the original. */
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __real_pthread_join(pthread_t, void **);
int __wrap_pthread_join(pthread_t, void **);
CURL *__real_curl_easy_init(void);
CURL *__wrap_curl_easy_init(void);
CURLM *__real_curl_multi_init(void);
CURLM *__wrap_curl_multi_init(void);
CURLMcode __real_curl_multi_add_handle(CURLM *, CURL *);
CURLMcode __wrap_curl_multi_add_handle(CURLM *, CURL *);
void *__real_calloc(size_t, size_t);
void *__wrap_calloc(size_t, size_t);

/* Calls to go until one fails; 0: none is to fail. */
static _Atomic size_t calls_to_go;
static _Atomic bool has_failed;
static _Atomic size_t threads;
static _Atomic size_t peak_threads;
static _Atomic size_t epoll_changes;

static bool system_fails_now(void)
{
    size_t to_go = atomic_load(&calls_to_go);

    while (to_go > 0 && !atomic_compare_exchange_weak(&calls_to_go, &to_go, to_go - 1))
        continue;
    if (to_go == 1)
        atomic_store(&has_failed, true);
    return to_go == 1;
}

static void system_count_thread(void)
{
    size_t now = atomic_fetch_add(&threads, 1) + 1;
    size_t peak = atomic_load(&peak_threads);

    while (now > peak && !atomic_compare_exchange_weak(&peak_threads, &peak, now))
        continue;
}

int __wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    if (system_fails_now())
        return EAGAIN;
    int error = __real_pthread_create(thread, attributes, body, argument);
    if (error == 0)
        system_count_thread();
    return error;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    int error = __real_pthread_join(thread, result);

    if (error == 0)
        atomic_fetch_sub(&threads, 1);
    return error;
}

CURL *__wrap_curl_easy_init(void)
{
    return system_fails_now() ? NULL : __real_curl_easy_init();
}

CURLM *__wrap_curl_multi_init(void)
{
    return system_fails_now() ? NULL : __real_curl_multi_init();
}

/* In run: a loop that can't go on, with transfers under way. */
CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *handle)
{
    return system_fails_now() ? CURLM_OUT_OF_MEMORY : __real_curl_multi_add_handle(multi, handle);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return system_fails_now() ? NULL : __real_calloc(count, size);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    atomic_fetch_add(&epoll_changes, 1);
    return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

size_t system_epoll_changes(void)
{
    return atomic_load(&epoll_changes);
}

size_t system_threads(void)
{
    return atomic_load(&threads);
}

size_t system_peak_threads(void)
{
    return atomic_load(&peak_threads);
}

void system_reset_peak(void)
{
    atomic_store(&peak_threads, atomic_load(&threads));
}

void system_fail(size_t nth)
{
    if (nth > 0)
        atomic_store(&has_failed, false);
    atomic_store(&calls_to_go, nth);
}

bool system_has_failed(void)
{
    return atomic_load(&has_failed);
}

size_t system_count_entries(const char *folder)
{
    DIR *stream = opendir(folder);
    size_t count = 0;

    if (!stream)
        return 0;
    for (const struct dirent *entry; (entry = readdir(stream));)
        count += entry->d_name[0] != '.';
    (void)closedir(stream);
    return count;
}
