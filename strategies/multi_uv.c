/*
 * multi-uv: one thread, one multi handle, curl_multi_socket_action on libuv.
 *
 * libuv calls multi_uv_turn each time before it sleeps. There libcurl does what is due, and libuv is told
 * what is to be watched otherwise than before: starting and stopping a poll handle are system calls, so that
 * only the net difference of a turn is worth them. A time-out of 0 stays 0, which to libuv means not to
 * sleep.
 */
#include <harness/strategy.h>

/* libuv's own: its epoll, a descriptor to be woken by, a pipe for signals of the loop and one of the process,
 * and from 1.45 on an io_uring or two. */
#define FILES_PER_UV_LOOP 8

static void multi_uv_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    needs->loop_lanes = scale->lanes;
    needs->uses_socket_action = true;
    needs->files = strategy_loop_connections(scale, scale->lanes) + FILES_PER_UV_LOOP + FILES_PER_LOOP_WINDOW;
    needs->memory_kib = scale->lanes * HANDLE_KIB;
}

#ifdef HARNESS_HAS_UV

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

#define WATCHES_AT_FIRST 64

struct multi_uv {
    uv_loop_t loop;
    uv_prepare_t turn;
    uv_timer_t timer;
    uv_poll_t alarm;
    struct watch **watches; /* [descriptor]; NULL: it was never watched */
    size_t watch_count;
    struct lanes *lanes;
    struct window *window;
    struct sockets *sockets;
    int result; /* of the run */
    bool has_loop;
};

/* Of a descriptor's number: the connections that have it one after the other use one poll handle. */
struct watch {
    uv_poll_t poll;
    struct multi_uv *owner;
    int fd;
    int events; /* UV_READABLE, UV_WRITABLE */
};

static int multi_uv_fail(const struct multi_uv *self, const char *call, int error)
{
    return lanes_fail(self->lanes, "%s: %s", call, uv_strerror(error));
}

static int multi_uv_grow(struct multi_uv *self, int fd)
{
    size_t count = self->watch_count ? self->watch_count : WATCHES_AT_FIRST;

    while (count <= (size_t)fd)
        count *= 2;
    struct watch **watches = realloc(self->watches, count * sizeof(struct watch *));
    if (!watches)
        return -1;
    for (size_t i = self->watch_count; i < count; i++)
        watches[i] = NULL;
    self->watches = watches;
    self->watch_count = count;
    return 0;
}

/* Makes the number's watch, unless it has one. */
static int multi_uv_add(struct multi_uv *self, int fd)
{
    if ((size_t)fd < self->watch_count && self->watches[fd])
        return 0;
    bool has_room = (size_t)fd < self->watch_count || multi_uv_grow(self, fd) == 0;
    struct watch *watch = has_room ? calloc(1, sizeof *watch) : NULL;
    if (!watch)
        return lanes_fail(self->lanes, "out of memory for an event loop");
    int error = uv_poll_init(&self->loop, &watch->poll, fd);
    if (error != 0) {
        free(watch);
        return multi_uv_fail(self, "uv_poll_init", error);
    }
    watch->poll.data = watch;
    watch->owner = self;
    watch->fd = fd;
    self->watches[fd] = watch;
    return 0;
}

static void watch_on_ready(uv_poll_t *poll, int status, int events);

static int watch_start(struct watch *watch)
{
    int error = uv_poll_start(&watch->poll, watch->events, watch_on_ready);

    return error == 0 ? 0 : multi_uv_fail(watch->owner, "uv_poll_start", error);
}

static void watch_stop(struct watch *watch)
{
    if (uv_is_active((uv_handle_t *)&watch->poll))
        (void)uv_poll_stop(&watch->poll);
}

/* When a socket has an error libuv stops to watch it, though libcurl may have more to read from it. */
static void watch_on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct multi_uv *self = watch->owner;
    int ready = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) |
                (status != 0 ? CURL_CSELECT_ERR : 0);

    if (self->result == 0 && status != 0)
        self->result = watch_start(watch);
    if (self->result == 0)
        self->result = sockets_act(self->sockets, watch->fd, ready);
}

/* What was closed in this turn has left the epoll by itself, and libuv does not mind. */
static int multi_uv_apply_changes(struct multi_uv *self)
{
    struct socket_change change;

    while (sockets_next_change(self->sockets, &change)) {
        if (change.after != 0) {
            if (multi_uv_add(self, change.fd) != 0)
                return -1;
            struct watch *watch = self->watches[change.fd];
            watch->events = (change.after & CURL_POLL_IN ? UV_READABLE : 0) |
                            (change.after & CURL_POLL_OUT ? UV_WRITABLE : 0);
            if (watch_start(watch) != 0)
                return -1;
        } else if ((size_t)change.fd < self->watch_count && self->watches[change.fd]) {
            watch_stop(self->watches[change.fd]);
        }
    }
    return 0;
}

/* These end libuv's sleep, and the turn that follows looks at the time. */
static void multi_uv_on_timer(uv_timer_t *timer)
{
    (void)timer;
}

static void multi_uv_on_alarm(uv_poll_t *alarm, int status, int events)
{
    (void)alarm;
    (void)status;
    (void)events;
}

static void multi_uv_turn(uv_prepare_t *turn)
{
    struct multi_uv *self = turn->data;

    if (self->result == 0)
        self->result = sockets_settle(self->sockets);
    if (self->result == 0)
        self->result = multi_uv_apply_changes(self);
    if (self->result != 0 || !sockets_have_work(self->sockets))
        uv_stop(&self->loop);
    else
        (void)uv_timer_start(&self->timer, multi_uv_on_timer, (uint64_t)sockets_timeout_ms(self->sockets), 0);
}

static int multi_uv_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct multi_uv *self = state;

    (void)values;
    self->lanes = lanes;
    self->sockets = sockets_make(lanes);
    if (!self->sockets)
        return -1;
    int error = uv_loop_init(&self->loop);
    if (error != 0)
        return multi_uv_fail(self, "uv_loop_init", error);
    self->has_loop = true;
    (void)uv_timer_init(&self->loop, &self->timer);
    (void)uv_prepare_init(&self->loop, &self->turn);
    (void)uv_prepare_start(&self->turn, multi_uv_turn);
    self->turn.data = self;
    self->window = window_make(lanes, 0, 1);
    if (!self->window)
        return -1;
    error = uv_poll_init(&self->loop, &self->alarm, window_alarm_clock(self->window));
    if (error != 0)
        return multi_uv_fail(self, "uv_poll_init", error);
    error = uv_poll_start(&self->alarm, UV_READABLE, multi_uv_on_alarm);
    if (error != 0)
        return multi_uv_fail(self, "uv_poll_start", error);
    return sockets_attach(self->sockets, self->window);
}

static int multi_uv_run(struct lanes *lanes, void *state)
{
    struct multi_uv *self = state;

    (void)lanes;
    self->result = window_open(self->window);
    if (self->result == 0)
        (void)uv_run(&self->loop, UV_RUN_DEFAULT);
    return self->result;
}

static void multi_uv_close(uv_handle_t *handle, void *unused)
{
    (void)unused;
    uv_close(handle, NULL);
}

/* libuv wants to be done with a descriptor before it is closed. */
static void multi_uv_release(struct lanes *lanes, void *state)
{
    struct multi_uv *self = state;

    (void)lanes;
    if (self->has_loop) {
        uv_walk(&self->loop, multi_uv_close, NULL);
        (void)uv_run(&self->loop, UV_RUN_DEFAULT);
        int error = uv_loop_close(&self->loop);
        assert(error == 0); /* all handles are closed */
        (void)error;
    }
    for (size_t fd = 0; fd < self->watch_count; fd++)
        free(self->watches[fd]);
    free(self->watches);
    window_release(self->window);
    sockets_release(self->sockets);
}

#else

static const char *multi_uv_missing(void)
{
    return HARNESS_MISSING;
}

#endif

const struct strategy strategy_multi_uv = {
    .name = "multi-uv",
    .summary = "one thread, one event loop: curl_multi_socket_action on libuv",
    .family = FAMILY_EVENT_LOOP,
    .needs = multi_uv_needs,
#ifdef HARNESS_HAS_UV
    .state_size = sizeof(struct multi_uv),
    .prepare = multi_uv_prepare,
    .run = multi_uv_run,
    .release = multi_uv_release,
#else
    .unavailable = multi_uv_missing,
#endif
};
