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
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HARNESS_HAS_UV
#include <uv.h>
#endif
#ifdef HARNESS_HAS_URING
#include <liburing.h>
#endif

#include "children.h"
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
void *__real_realloc(void *, size_t);
void *__wrap_realloc(void *, size_t);
void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);
int __real_mprotect(void *, size_t, int);
int __wrap_mprotect(void *, size_t, int);
int __real_timerfd_create(int, int);
int __wrap_timerfd_create(int, int);
int __real_eventfd(unsigned int, int);
int __wrap_eventfd(unsigned int, int);
int __real_epoll_create1(int);
int __wrap_epoll_create1(int);
int __real_epoll_ctl(int, int, int, struct epoll_event *);
int __wrap_epoll_ctl(int, int, int, struct epoll_event *);

static _Atomic size_t epoll_changes;

struct counted {
    _Atomic size_t now;
    _Atomic size_t most;
};

/* In pages that forked processes share. */
struct system {
    _Atomic size_t calls_to_go; /* until one fails; 0: none is to fail */
    _Atomic bool has_failed;
    _Atomic bool fails_of_lanes_only;
    struct counted threads;
    struct counted processes;
};

static struct system *system_pages;
static pthread_once_t system_once = PTHREAD_ONCE_INIT;

static void system_map(void)
{
    system_pages =
        __real_mmap(NULL, sizeof *system_pages, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (system_pages == MAP_FAILED)
        abort();
}

static struct system *system_get(void)
{
    (void)pthread_once(&system_once, system_map);
    return system_pages;
}

static bool system_fails_now(enum system_calls kind)
{
    struct system *system = system_get();
    if (kind == SYSTEM_OTHERS && atomic_load(&system->fails_of_lanes_only))
        return false;
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
    if (system_fails_now(SYSTEM_OF_LANES))
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
    if (system_fails_now(SYSTEM_OF_LANES)) {
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
    return system_fails_now(SYSTEM_OF_LANES) ? NULL : __real_curl_easy_init();
}

CURLM *__wrap_curl_multi_init(void)
{
    return system_fails_now(SYSTEM_OF_LANES) ? NULL : __real_curl_multi_init();
}

/* In run: a loop that can't go on, with transfers under way. */
CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *handle)
{
    return system_fails_now(SYSTEM_OF_LANES) ? CURLM_OUT_OF_MEMORY
                                             : __real_curl_multi_add_handle(multi, handle);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return system_fails_now(SYSTEM_OF_LANES) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return system_fails_now(SYSTEM_OTHERS) ? NULL : __real_realloc(memory, size);
}

/* Is this call to fail? Then errno says so. */
static bool system_refuses(int error)
{
    bool fails = system_fails_now(SYSTEM_OTHERS);

    if (fails)
        errno = error;
    return fails;
}

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    return system_refuses(ENOMEM) ? MAP_FAILED : __real_mmap(address, size, protection, flags, fd, offset);
}

int __wrap_mprotect(void *address, size_t size, int protection)
{
    return system_refuses(ENOMEM) ? -1 : __real_mprotect(address, size, protection);
}

int __wrap_timerfd_create(int clock, int flags)
{
    return system_refuses(EMFILE) ? -1 : __real_timerfd_create(clock, flags);
}

int __wrap_eventfd(unsigned int value, int flags)
{
    return system_refuses(EMFILE) ? -1 : __real_eventfd(value, flags);
}

int __wrap_epoll_create1(int flags)
{
    return system_refuses(EMFILE) ? -1 : __real_epoll_create1(flags);
}

int __wrap_epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    return system_refuses(ENOSPC) ? -1 : __real_epoll_ctl(epoll, operation, fd, event);
}

/* Errors of libuv and liburing are negative. */
#ifdef HARNESS_HAS_UV
int __real_uv_loop_init(uv_loop_t *);
int __wrap_uv_loop_init(uv_loop_t *);
int __real_uv_poll_init(uv_loop_t *, uv_poll_t *, int);
int __wrap_uv_poll_init(uv_loop_t *, uv_poll_t *, int);
int __real_uv_poll_start(uv_poll_t *, int, uv_poll_cb);
int __wrap_uv_poll_start(uv_poll_t *, int, uv_poll_cb);

int __wrap_uv_loop_init(uv_loop_t *loop)
{
    return system_fails_now(SYSTEM_OTHERS) ? -ENOMEM : __real_uv_loop_init(loop);
}

int __wrap_uv_poll_init(uv_loop_t *loop, uv_poll_t *poll, int fd)
{
    return system_fails_now(SYSTEM_OTHERS) ? -ENOMEM : __real_uv_poll_init(loop, poll, fd);
}

int __wrap_uv_poll_start(uv_poll_t *poll, int events, uv_poll_cb on_ready)
{
    return system_fails_now(SYSTEM_OTHERS) ? -ENOMEM : __real_uv_poll_start(poll, events, on_ready);
}
#endif

#ifdef HARNESS_HAS_URING
int __real_io_uring_queue_init_params(unsigned int, struct io_uring *, struct io_uring_params *);
int __wrap_io_uring_queue_init_params(unsigned int, struct io_uring *, struct io_uring_params *);
int __real_io_uring_submit(struct io_uring *);
int __wrap_io_uring_submit(struct io_uring *);
int __real_io_uring_submit_and_wait_timeout(
    struct io_uring *, struct io_uring_cqe **, unsigned int, struct __kernel_timespec *, sigset_t *);
int __wrap_io_uring_submit_and_wait_timeout(
    struct io_uring *, struct io_uring_cqe **, unsigned int, struct __kernel_timespec *, sigset_t *);

int __wrap_io_uring_queue_init_params(
    unsigned int entries, struct io_uring *ring, struct io_uring_params *params)
{
    return system_fails_now(SYSTEM_OTHERS) ? -ENOMEM
                                           : __real_io_uring_queue_init_params(entries, ring, params);
}

int __wrap_io_uring_submit(struct io_uring *ring)
{
    return system_fails_now(SYSTEM_OTHERS) ? -ENOMEM : __real_io_uring_submit(ring);
}

int __wrap_io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **first,
    unsigned int count, struct __kernel_timespec *timeout, sigset_t *signals)
{
    return system_fails_now(SYSTEM_OTHERS)
               ? -ENOMEM
               : __real_io_uring_submit_and_wait_timeout(ring, first, count, timeout, signals);
}
#endif

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

void system_fail(size_t nth, enum system_calls kind)
{
    if (nth > 0)
        atomic_store(&system_get()->has_failed, false);
    atomic_store(&system_get()->fails_of_lanes_only, kind == SYSTEM_OF_LANES);
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
    children_visit(getpid(), system_add_descriptors, &count);
    return count.found;
}
