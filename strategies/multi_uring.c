/*
 * multi-uring: one thread, one multi handle, curl_multi_socket_action on io_uring.
 *
 * For each descriptor that libcurl wants watched the kernel has a poll, which completes once, when the
 * descriptor is ready, or at once if it is ready already: so what libcurl left unread is not missed. At the
 * end of a turn the polls that completed and are still wanted, and those that are new, are asked for by the
 * same system call that then waits.
 */
#include <harness/strategy.h>

/* The ring. */
#define FILES_PER_URING_LOOP 1

static void multi_uring_needs(
    const struct strategy_values *values, const struct strategy_scale *scale, struct strategy_needs *needs)
{
    (void)values;
    needs->loop_lanes = scale->lanes;
    needs->uses_socket_action = true;
    needs->files =
        strategy_loop_connections(scale, scale->lanes) + FILES_PER_URING_LOOP + FILES_PER_LOOP_WINDOW;
    needs->memory_kib = scale->lanes * HANDLE_KIB;
}

#ifdef HARNESS_HAS_URING

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "uring.h"

#define POLLS_AT_FIRST 64
#define NO_POLL        UINT64_MAX
#define MS_PER_S       1000
#define NS_PER_MS      1000000LL

/* Of a descriptor's number. */
struct poll {
    uint32_t generation; /* of the poll that was asked for last: what comes of earlier ones is void */
    int wanted;          /* CURL_POLL_IN, CURL_POLL_OUT; 0: nothing */
    bool is_pending;     /* the kernel has it, or gets it with what is submitted next */
};

struct multi_uring {
    struct io_uring ring;
    struct poll *polls; /* [descriptor] */
    size_t poll_count;
    int *completed; /* descriptors whose polls have, in this turn; room for poll_count */
    size_t completed_count;
    struct lanes *lanes;
    struct window *window;
    struct sockets *sockets;
    bool has_ring;
};

static int multi_uring_fail(const struct multi_uring *self, const char *what, int error)
{
    return lanes_fail(self->lanes, "io_uring %s: %s%s", what, strerror(error),
        error == ENOMEM ? "; raise the limit on locked memory (ulimit -l)" : "");
}

/* The number's poll, with a place for it among the completed; NULL without memory. */
static struct poll *multi_uring_poll(struct multi_uring *self, int fd)
{
    size_t count = self->poll_count ? self->poll_count : POLLS_AT_FIRST;

    if ((size_t)fd < self->poll_count)
        return &self->polls[fd];
    while (count <= (size_t)fd)
        count *= 2;
    struct poll *polls = realloc(self->polls, count * sizeof *polls);
    if (!polls)
        return NULL;
    self->polls = polls;
    int *completed = realloc(self->completed, count * sizeof *completed);
    if (!completed)
        return NULL;
    self->completed = completed;
    for (size_t i = self->poll_count; i < count; i++)
        polls[i] = (struct poll){0};
    self->poll_count = count;
    return &polls[fd];
}

static uint64_t poll_name(const struct poll *poll, int fd)
{
    return (uint64_t)poll->generation << 32 | (uint32_t)fd;
}

static int multi_uring_next_entry(struct multi_uring *self, struct io_uring_sqe **entry)
{
    *entry = io_uring_get_sqe(&self->ring);
    if (*entry)
        return 0;
    int result = io_uring_submit(&self->ring);
    *entry = io_uring_get_sqe(&self->ring);
    return *entry ? 0 : multi_uring_fail(self, "submission", result < 0 ? -result : EBUSY);
}

static int multi_uring_ask(struct multi_uring *self, int fd)
{
    struct poll *poll = &self->polls[fd];
    struct io_uring_sqe *entry = NULL;

    if (multi_uring_next_entry(self, &entry) != 0)
        return -1;
    io_uring_prep_poll_add(entry, fd,
        (poll->wanted & CURL_POLL_IN ? POLLIN : 0U) | (poll->wanted & CURL_POLL_OUT ? POLLOUT : 0U));
    poll->generation++;
    poll->is_pending = true;
    io_uring_sqe_set_data64(entry, poll_name(poll, fd));
    return 0;
}

/* Until then a poll holds its connection open, though the descriptor is closed. */
static int multi_uring_cancel(struct multi_uring *self, int fd)
{
    struct poll *poll = &self->polls[fd];
    struct io_uring_sqe *entry = NULL;

    if (multi_uring_next_entry(self, &entry) != 0)
        return -1;
    io_uring_prep_poll_remove(entry, poll_name(poll, fd));
    io_uring_sqe_set_data64(entry, NO_POLL);
    poll->is_pending = false;
    return 0;
}

/* Enters what the kernel is to be asked for when the turn ends. */
static int multi_uring_enter_changes(struct multi_uring *self)
{
    struct socket_change change;

    while (sockets_next_change(self->sockets, &change)) {
        struct poll *poll = multi_uring_poll(self, change.fd);
        if (!poll)
            return lanes_fail(self->lanes, "out of memory for an event loop");
        poll->wanted = change.after;
        if (poll->is_pending && multi_uring_cancel(self, change.fd) != 0)
            return -1;
        if (poll->wanted != 0 && multi_uring_ask(self, change.fd) != 0)
            return -1;
    }
    while (self->completed_count > 0) {
        int fd = self->completed[--self->completed_count];
        if (self->polls[fd].wanted != 0 && !self->polls[fd].is_pending && multi_uring_ask(self, fd) != 0)
            return -1;
    }
    return 0;
}

/* One completion. An alarm clock's only ends the sleep: sockets_settle looks at the time. */
static int multi_uring_act(struct multi_uring *self, const struct io_uring_cqe *completion)
{
    uint64_t name = completion->user_data;
    int fd = (int)(uint32_t)name;
    int events = completion->res;

    if (name == NO_POLL || name != poll_name(&self->polls[fd], fd) || !self->polls[fd].is_pending)
        return 0;
    self->polls[fd].is_pending = false;
    self->completed[self->completed_count++] = fd;
    if (events < 0)
        return multi_uring_fail(self, "poll", -events);
    int ready = (events & POLLIN ? CURL_CSELECT_IN : 0) | (events & POLLOUT ? CURL_CSELECT_OUT : 0) |
                (events & (POLLERR | POLLHUP) ? CURL_CSELECT_ERR : 0);
    return sockets_act(self->sockets, fd, ready);
}

/* Some completions are to be taken first: what was to be submitted is so by the next call. */
static bool multi_uring_is_busy(int result)
{
    return result == -EBUSY || result == -EAGAIN;
}

/* A time-out of 0 is not given to the kernel, which would set a timer; if there is nothing to submit either,
 * there is no system call. */
static int multi_uring_submit(struct multi_uring *self, int timeout_ms)
{
    struct __kernel_timespec timeout = {
        .tv_sec = timeout_ms / MS_PER_S, .tv_nsec = timeout_ms % MS_PER_S * NS_PER_MS};
    struct io_uring_cqe *first = NULL;

    return timeout_ms == 0 ? io_uring_submit(&self->ring)
                           : io_uring_submit_and_wait_timeout(&self->ring, &first, 1, &timeout, NULL);
}

static int multi_uring_wait(struct multi_uring *self)
{
    const struct io_uring_cqe *completion = NULL;
    unsigned int head = 0;
    unsigned int count = 0;

    int result = multi_uring_submit(self, sockets_timeout_ms(self->sockets));
    if (result < 0 && result != -ETIME && result != -EINTR && !multi_uring_is_busy(result))
        return multi_uring_fail(self, "submission", -result);
    result = 0;
    io_uring_for_each_cqe(&self->ring, head, completion)
    {
        count++;
        if (result == 0)
            result = multi_uring_act(self, completion);
    }
    io_uring_cq_advance(&self->ring, count);
    return result;
}

static int multi_uring_prepare(struct lanes *lanes, void *state, const struct strategy_values *values)
{
    struct multi_uring *self = state;

    (void)values;
    self->lanes = lanes;
    self->sockets = sockets_make(lanes);
    if (!self->sockets)
        return -1;
    int error = uring_open(&self->ring, 2 * lanes_count(lanes));
    if (error != 0)
        return multi_uring_fail(self, "set-up", error);
    self->has_ring = true;
    self->window = window_make(lanes, 0, 1);
    if (!self->window)
        return -1;
    int alarm_clock = window_alarm_clock(self->window);
    struct poll *alarm = multi_uring_poll(self, alarm_clock);
    if (!alarm)
        return lanes_fail(self->lanes, "out of memory for an event loop");
    alarm->wanted = CURL_POLL_IN;
    if (multi_uring_ask(self, alarm_clock) != 0)
        return -1;
    return sockets_attach(self->sockets, self->window);
}

/* What libcurl wanted last is submitted too: connections that it has closed are so for the server as well. */
static int multi_uring_run(struct lanes *lanes, void *state)
{
    struct multi_uring *self = state;

    (void)lanes;
    if (window_open(self->window) != 0)
        return -1;
    while (true) {
        if (sockets_settle(self->sockets) != 0 || multi_uring_enter_changes(self) != 0)
            return -1;
        if (!sockets_have_work(self->sockets))
            break;
        if (multi_uring_wait(self) != 0)
            return -1;
    }
    int result = io_uring_submit(&self->ring);
    return result >= 0 || multi_uring_is_busy(result) ? 0 : multi_uring_fail(self, "submission", -result);
}

static void multi_uring_release(struct lanes *lanes, void *state)
{
    struct multi_uring *self = state;

    (void)lanes;
    if (self->has_ring)
        io_uring_queue_exit(&self->ring);
    free(self->polls);
    free(self->completed);
    window_release(self->window);
    sockets_release(self->sockets);
}

#else

static const char *uring_unavailable(void)
{
    return HARNESS_MISSING;
}

#endif

const struct strategy strategy_multi_uring = {
    .name = "multi-uring",
    .summary = "one thread, one event loop: curl_multi_socket_action on io_uring",
    .family = FAMILY_EVENT_LOOP,
    .unavailable = uring_unavailable,
    .needs = multi_uring_needs,
#ifdef HARNESS_HAS_URING
    .state_size = sizeof(struct multi_uring),
    .prepare = multi_uring_prepare,
    .run = multi_uring_run,
    .release = multi_uring_release,
#endif
};
