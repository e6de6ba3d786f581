/* bare_ways: see there. Nothing is swallowed, and nothing gone on with: a call that fails ends the program.
 */
#include "bare_ways.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bare_options.h"
#include "clock.h"

#define POLL_LIMIT_MS 1000
#define STACK_SIZE    ((size_t)256 * 1024) /* as the strategies' default */
#define EVENTS        64

void bare_fail(const char *what)
{
    (void)fprintf(stderr, "bare_loops: %s\n", what);
    exit(1); /* NOLINT(concurrency-mt-unsafe): nothing is worth tidying up */
}

static void bare_check(CURLcode result)
{
    if (result != CURLE_OK)
        bare_fail(curl_easy_strerror(result));
}

static bool bare_takes(struct bare *bare)
{
    return atomic_fetch_add_explicit(&bare->taken, 1, memory_order_relaxed) < bare->plan.requests;
}

/* ---- blocking: sequential and pool ---- */

/* Without a URL it makes what each handle has for itself and comes no further. */
static void blocking_prepare(CURL *handle, const char *url)
{
    (void)curl_easy_setopt(handle, CURLOPT_URL, NULL);
    (void)curl_easy_perform(handle);
    (void)curl_easy_setopt(handle, CURLOPT_URL, url);
}

static void blocking_work(struct bare *bare, size_t lane)
{
    while (bare_takes(bare))
        bare_check(curl_easy_perform(bare->handles[lane]));
}

static void sequential_prepare(struct bare *bare)
{
    blocking_prepare(bare->handles[0], bare->plan.url);
}

static void sequential_run(struct bare *bare)
{
    blocking_work(bare, 0);
}

static void sequential_release(struct bare *bare)
{
    (void)bare;
}

struct pool_worker {
    struct bare *bare;
    size_t lane;
};

/* Not inline, for callgrind. */
__attribute__((noinline)) static void *bare_pool_work(void *argument)
{
    struct pool_worker *worker = argument;
    struct bare *bare = worker->bare;

    for (;;) {
        (void)pthread_barrier_wait(&bare->gate);
        if (bare->is_closing)
            break;
        blocking_work(bare, worker->lane);
        (void)pthread_barrier_wait(&bare->gate);
    }
    free(worker);
    return NULL;
}

static void pool_prepare(struct bare *bare)
{
    pthread_attr_t attributes;

    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    (void)pthread_barrier_init(&bare->gate, NULL, (unsigned int)bare->plan.lanes + 1);
    bare->threads = calloc(bare->plan.lanes, sizeof *bare->threads);
    for (size_t lane = 0; bare->threads && lane < bare->plan.lanes; lane++) {
        struct pool_worker *worker = malloc(sizeof *worker);
        if (!worker)
            bare_fail("out of memory");
        *worker = (struct pool_worker){bare, lane};
        blocking_prepare(bare->handles[lane], bare->plan.url);
        if (pthread_create(&bare->threads[lane], &attributes, bare_pool_work, worker) != 0)
            bare_fail("can't start a thread");
    }
    (void)pthread_attr_destroy(&attributes);
}

static void pool_run(struct bare *bare)
{
    (void)pthread_barrier_wait(&bare->gate);
    (void)pthread_barrier_wait(&bare->gate);
}

static void pool_release(struct bare *bare)
{
    bare->is_closing = true;
    (void)pthread_barrier_wait(&bare->gate);
    for (size_t lane = 0; lane < bare->plan.lanes; lane++)
        (void)pthread_join(bare->threads[lane], NULL);
    (void)pthread_barrier_destroy(&bare->gate);
    free(bare->threads);
}

/* ---- loops: what multi and socket have in common ---- */

static void loop_prepare(struct bare *bare)
{
    bare->multi = curl_multi_init();
    if (!bare->multi)
        bare_fail("can't make a multi handle");
    bare_options_set_multi(bare->multi);
}

static void loop_release(struct bare *bare)
{
    (void)curl_multi_cleanup(bare->multi);
}

static void loop_add(struct bare *bare, CURL *handle)
{
    if (curl_multi_add_handle(bare->multi, handle) != CURLM_OK)
        bare_fail("curl_multi_add_handle");
}

/* How many it has started. Half of those that wait are before the others, and half behind them. */
static size_t loop_open(struct bare *bare)
{
    const struct bare_plan *plan = &bare->plan;
    size_t before = plan->waiting / 2;
    size_t started = plan->waiting;

    for (size_t i = 0; i < before; i++)
        loop_add(bare, bare->handles[plan->lanes + i]);
    for (size_t lane = 0; lane < plan->lanes && bare_takes(bare); lane++, started++)
        loop_add(bare, bare->handles[lane]);
    for (size_t i = before; i < plan->waiting; i++)
        loop_add(bare, bare->handles[plan->lanes + i]);
    return started;
}

/* Those that wait are told by the mark that their lane is `bare`. */
static bool loop_goes_on(struct bare *bare, CURL *handle)
{
    char *mark = NULL;

    if (bare->plan.waiting > 0)
        (void)curl_easy_getinfo(handle, CURLINFO_PRIVATE, &mark);
    return mark != (char *)bare && bare_takes(bare);
}

/* Takes out the transfers that are over and starts others. How many were over. */
static size_t loop_collect(struct bare *bare, size_t *under_way)
{
    size_t ended = 0;
    int queued = 0;

    for (CURLMsg *message; (message = curl_multi_info_read(bare->multi, &queued)); ended++) {
        CURL *handle = message->easy_handle;
        bare_check(message->data.result);
        (void)curl_multi_remove_handle(bare->multi, handle);
        if (loop_goes_on(bare, handle))
            loop_add(bare, handle);
        else
            --*under_way;
    }
    return ended;
}

/* ---- multi: curl_multi_perform and curl_multi_poll ---- */

static void multi_run(struct bare *bare)
{
    size_t under_way = loop_open(bare);
    int running = 0;

    while (under_way > 0) {
        if (curl_multi_perform(bare->multi, &running) != CURLM_OK)
            bare_fail("curl_multi_perform");
        if (loop_collect(bare, &under_way) == 0 &&
            curl_multi_poll(bare->multi, NULL, 0, POLL_LIMIT_MS, NULL) != CURLM_OK)
            bare_fail("curl_multi_poll");
    }
}

/* ---- socket: curl_multi_socket_action, each change told to epoll at once, as libcurl's examples do ---- */

static int socket_watch(CURL *handle, curl_socket_t fd, int what, void *data, void *known)
{
    struct bare *bare = data;
    struct epoll_event event = {.data.fd = fd};

    (void)handle;
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
    int operation = what == CURL_POLL_REMOVE ? EPOLL_CTL_DEL : known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    (void)epoll_ctl(bare->epoll, operation, fd, &event); /* it may be closed already */
    (void)curl_multi_assign(bare->multi, fd, operation == EPOLL_CTL_DEL ? NULL : bare);
    return 0;
}

static int socket_set_timer(CURLM *multi, long after_ms, void *data)
{
    struct bare *bare = data;

    (void)multi;
    bare->act_at_ns = after_ms < 0 ? 0 : clock_monotonic_ns() + (uint64_t)after_ms * NS_PER_MS;
    return 0;
}

static void socket_prepare(struct bare *bare)
{
    loop_prepare(bare);
    bare->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (bare->epoll < 0)
        bare_fail("epoll_create1");
    (void)curl_multi_setopt(bare->multi, CURLMOPT_SOCKETFUNCTION, socket_watch);
    (void)curl_multi_setopt(bare->multi, CURLMOPT_SOCKETDATA, bare);
    (void)curl_multi_setopt(bare->multi, CURLMOPT_TIMERFUNCTION, socket_set_timer);
    (void)curl_multi_setopt(bare->multi, CURLMOPT_TIMERDATA, bare);
}

static int socket_wait_ms(const struct bare *bare)
{
    uint64_t now_ns = clock_monotonic_ns();

    if (bare->act_at_ns == 0)
        return POLL_LIMIT_MS;
    return bare->act_at_ns <= now_ns ? 0 : (int)((bare->act_at_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void socket_act(struct bare *bare, curl_socket_t fd, uint32_t events)
{
    int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    int running = 0;

    if (curl_multi_socket_action(bare->multi, fd, what, &running) != CURLM_OK)
        bare_fail("curl_multi_socket_action");
}

static void socket_run(struct bare *bare)
{
    size_t under_way = loop_open(bare);
    struct epoll_event events[EVENTS];

    while (under_way > 0) {
        int count = epoll_wait(bare->epoll, events, EVENTS, socket_wait_ms(bare));
        for (int i = 0; i < count; i++)
            socket_act(bare, events[i].data.fd, events[i].events);
        if (bare->act_at_ns != 0 && clock_monotonic_ns() >= bare->act_at_ns) {
            bare->act_at_ns = 0;
            socket_act(bare, CURL_SOCKET_TIMEOUT, 0);
        }
        (void)loop_collect(bare, &under_way);
    }
}

static void socket_release(struct bare *bare)
{
    loop_release(bare);
    (void)close(bare->epoll);
}

static const struct bare_way ways[] = {
    {"sequential", sequential_prepare, sequential_run, sequential_release, false},
    {"pool", pool_prepare, pool_run, pool_release, false},
    {"multi", loop_prepare, multi_run, loop_release, true},
    {"socket", socket_prepare, socket_run, socket_release, true},
};

const struct bare_way *bare_way_find(const char *name)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    return NULL;
}
