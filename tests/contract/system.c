#include "system.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usage.h"

/* The linker's names: a call of NAME goes to __wrap_NAME, and __real_NAME is the original. */
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __real_pthread_join(pthread_t, void **);
int __wrap_pthread_join(pthread_t, void **);
pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __real_waitpid(pid_t, int *, int);
pid_t __wrap_waitpid(pid_t, int *, int);
CURL *__real_curl_easy_init(void);
CURL *__wrap_curl_easy_init(void);
CURLM *__real_curl_multi_init(void);
CURLM *__wrap_curl_multi_init(void);
CURLMcode __real_curl_multi_add_handle(CURLM *, CURL *);
CURLMcode __wrap_curl_multi_add_handle(CURLM *, CURL *);
void *__real_calloc(size_t, size_t);
void *__wrap_calloc(size_t, size_t);

static _Atomic size_t epoll_changes;

struct counted {
    _Atomic size_t now;
    _Atomic size_t most;
};

/* In pages that forked processes share. */
struct system {
    _Atomic size_t calls_to_go; /* until one fails; 0: none is to fail */
    _Atomic bool has_failed;
    struct counted threads;
    struct counted processes;
};

static struct system *system_pages;
static pthread_once_t system_once = PTHREAD_ONCE_INIT;

static void system_map(void)
{
    system_pages =
        mmap(NULL, sizeof *system_pages, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (system_pages == MAP_FAILED)
        abort();
}

static struct system *system_get(void)
{
    (void)pthread_once(&system_once, system_map);
    return system_pages;
}

static bool system_fails_now(void)
{
    struct system *system = system_get();
    size_t to_go = atomic_load(&system->calls_to_go);

    while (to_go > 0 && !atomic_compare_exchange_weak(&system->calls_to_go, &to_go, to_go - 1))
        continue;
    if (to_go == 1)
        atomic_store(&system->has_failed, true);
    return to_go == 1;
}

static void system_count(struct counted *counted)
{
    size_t now = atomic_fetch_add(&counted->now, 1) + 1;
    size_t most = atomic_load(&counted->most);

    while (now > most && !atomic_compare_exchange_weak(&counted->most, &most, now))
        continue;
}

int __wrap_pthread_create(
    pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    if (system_fails_now())
        return EAGAIN;
    int error = __real_pthread_create(thread, attributes, body, argument);
    if (error == 0)
        system_count(&system_get()->threads);
    return error;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    int error = __real_pthread_join(thread, result);

    if (error == 0)
        atomic_fetch_sub(&system_get()->threads.now, 1);
    return error;
}

pid_t __wrap_fork(void)
{
    if (system_fails_now()) {
        errno = EAGAIN;
        return -1;
    }
    pid_t pid = __real_fork();
    if (pid > 0)
        system_count(&system_get()->processes);
    return pid;
}

/* The origin, too, is waited for, though not forked; but then nobody asks any more. */
pid_t __wrap_waitpid(pid_t pid, int *how, int options)
{
    pid_t ended = __real_waitpid(pid, how, options);

    if (ended > 0)
        atomic_fetch_sub(&system_get()->processes.now, 1);
    return ended;
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

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's begin with __ */
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
    return atomic_load(&system_get()->threads.now);
}

size_t system_processes(void)
{
    return atomic_load(&system_get()->processes.now);
}

size_t system_peak_threads(void)
{
    return atomic_load(&system_get()->threads.most);
}

size_t system_peak_processes(void)
{
    return atomic_load(&system_get()->processes.most);
}

static void system_reset_peak(struct counted *counted)
{
    atomic_store(&counted->most, atomic_load(&counted->now));
}

void system_reset_peaks(void)
{
    system_reset_peak(&system_get()->threads);
    system_reset_peak(&system_get()->processes);
}

void system_fail(size_t nth)
{
    if (nth > 0)
        atomic_store(&system_get()->has_failed, false);
    atomic_store(&system_get()->calls_to_go, nth);
}

bool system_has_failed(void)
{
    return atomic_load(&system_get()->has_failed);
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

struct descriptor_count {
    struct system_descriptors found;
    pid_t besides;
};

static void system_add_descriptors(pid_t pid, void *context)
{
    struct descriptor_count *count = context;
    char folder[64];

    if (pid == count->besides)
        return;
    (void)snprintf(folder, sizeof folder, "/proc/%d/fd", (int)pid);
    size_t open = system_count_entries(folder);
    open -= pid == getpid(); /* the folder's own */
    count->found.all += open;
    if (open > count->found.most)
        count->found.most = open;
}

struct system_descriptors system_count_descriptors(pid_t besides)
{
    struct descriptor_count count = {.besides = besides};

    system_add_descriptors(getpid(), &count);
    usage_visit_children(getpid(), system_add_descriptors, &count);
    return count.found;
}
