/*
 * multi-uring: one thread, one multi handle, curl_multi_socket_action on io_uring.
 *
 * For each descriptor that libcurl wants watched the kernel has a poll, which completes once, when the
 * descriptor is ready, or at once if it is ready already: so what libcurl left unread is not missed. At the
 * end of a turn the polls that completed and are still wanted, and those that are new, are asked for by the
 * same system call that then waits.
 */
#include "strategy.h"
#include "window.h"

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
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "sockets.h"

#define POLLS_AT_FIRST 64
#define ENTRIES        256 /* to submit; when there are more, those are submitted first, without waiting */
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
    struct window window;
    struct sockets sockets;
    bool has_ring;
};

static int uring_fail(const char *what, int error, struct failure *failure)
{
    return failure_set(failure, FAILURE_RUN, "io_uring %s: %s%s", what, strerror(error),
        error == ENOMEM ? "; raise the limit on locked memory (ulimit -l)" : "");
}

/* Completions beyond this number would wait in the kernel's memory, which costs more. From Linux 5.19 on a
 * completion need not interrupt the thread, which comes by the kernel often enough. An errno, or 0. */
static int uring_open(struct io_uring *ring, size_t completions)
{
    struct io_uring_params params = {
        .flags = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
        .cq_entries = (unsigned int)completions};

    int result = io_uring_queue_init_params(ENTRIES, ring, &params);
    if (result == -EINVAL) {
        params.flags &= ~(unsigned int)IORING_SETUP_COOP_TASKRUN;
        result = io_uring_queue_init_params(ENTRIES, ring, &params);
    }
    return -result;
}

/* Some sandboxes let a ring be made, and nothing be entered. */
static int uring_try(struct io_uring *ring)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(ring);

    if (!entry)
        return EBUSY;
    io_uring_prep_nop(entry);
    int result = io_uring_submit(ring);
    return result < 0 ? -result : 0;
}

/* The newest thing that it needs is to wait with a time-out (IORING_FEAT_EXT_ARG). */
static const char *multi_uring_unavailable(void)
{
    struct io_uring ring;
    bool is_new_enough = false;
    int error = uring_open(&ring, ENTRIES);

    if (error == 0) {
        is_new_enough = ring.features & IORING_FEAT_EXT_ARG;
        error = uring_try(&ring);
        io_uring_queue_exit(&ring);
    }
    switch (error) {
    case 0:
        return is_new_enough ? NULL : "the kernel's io_uring is older than Linux 5.11";
    case EPERM:
        return "the kernel refuses io_uring: Operation not permitted; the setting "
               "kernel.io_uring_disabled or a container's seccomp profile can do so";
    case ENOSYS:
        return "the kernel refuses io_uring: Function not implemented";
    case EINVAL:
        return "the kernel refuses io_uring: Invalid argument";
    case EMFILE:
        return "the kernel refuses io_uring: Too many open files; raise the limit on open files (ulimit -n)";
    case ENOMEM:
        return "the kernel refuses io_uring: Cannot allocate memory; raise the limit on locked memory "
               "(ulimit -l)";
    default:
        return "the kernel refuses io_uring";
    }
}

/* The number's poll, with a place for it among the completed; NULL without memory. */
static struct poll *uring_poll(struct multi_uring *self, int fd)
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

static int uring_next_entry(struct multi_uring *self, struct io_uring_sqe **entry, struct failure *failure)
{
    *entry = io_uring_get_sqe(&self->ring);
    if (*entry)
        return 0;
    int result = io_uring_submit(&self->ring);
    *entry = io_uring_get_sqe(&self->ring);
    return *entry ? 0 : uring_fail("submission", result < 0 ? -result : EBUSY, failure);
}

static int uring_ask(struct multi_uring *self, int fd, struct failure *failure)
{
    struct poll *poll = &self->polls[fd];
    struct io_uring_sqe *entry = NULL;

    if (uring_next_entry(self, &entry, failure) != 0)
        return -1;
    io_uring_prep_poll_add(entry, fd,
        (poll->wanted & CURL_POLL_IN ? POLLIN : 0U) | (poll->wanted & CURL_POLL_OUT ? POLLOUT : 0U));
    poll->generation++;
    poll->is_pending = true;
    io_uring_sqe_set_data64(entry, poll_name(poll, fd));
    return 0;
}

/* Until then a poll holds its connection open, though the descriptor is closed. */
static int uring_cancel(struct multi_uring *self, int fd, struct failure *failure)
{
    struct poll *poll = &self->polls[fd];
    struct io_uring_sqe *entry = NULL;

    if (uring_next_entry(self, &entry, failure) != 0)
        return -1;
    io_uring_prep_poll_remove(entry, poll_name(poll, fd));
    io_uring_sqe_set_data64(entry, NO_POLL);
    poll->is_pending = false;
    return 0;
}

/* Enters what the kernel is to be asked for when the turn ends. */
static int uring_enter_changes(struct multi_uring *self, struct failure *failure)
{
    struct socket_change change;

    while (sockets_next_change(&self->sockets, &change)) {
        struct poll *poll = uring_poll(self, change.fd);
        if (!poll)
            return failure_set(failure, FAILURE_RUN, "out of memory for an event loop");
        poll->wanted = change.after;
        if (poll->is_pending && uring_cancel(self, change.fd, failure) != 0)
            return -1;
        if (poll->wanted != 0 && uring_ask(self, change.fd, failure) != 0)
            return -1;
    }
    while (self->completed_count > 0) {
        int fd = self->completed[--self->completed_count];
        if (self->polls[fd].wanted != 0 && !self->polls[fd].is_pending && uring_ask(self, fd, failure) != 0)
            return -1;
    }
    return 0;
}

/* One completion. An alarm clock's only ends the sleep: sockets_settle looks at the time. */
static int uring_act(struct multi_uring *self, const struct io_uring_cqe *completion, struct failure *failure)
{
    uint64_t name = completion->user_data;
    int fd = (int)(uint32_t)name;
    int events = completion->res;

    if (name == NO_POLL || name != poll_name(&self->polls[fd], fd) || !self->polls[fd].is_pending)
        return 0;
    self->polls[fd].is_pending = false;
    self->completed[self->completed_count++] = fd;
    if (events < 0)
        return uring_fail("poll", -events, failure);
    int ready = (events & POLLIN ? CURL_CSELECT_IN : 0) | (events & POLLOUT ? CURL_CSELECT_OUT : 0) |
                (events & (POLLERR | POLLHUP) ? CURL_CSELECT_ERR : 0);
    return sockets_act(&self->sockets, fd, ready, failure);
}

/* A time-out of 0 is not given to the kernel, which would set a timer; if there is nothing to submit either,
 * there is no system call. */
static int uring_submit(struct multi_uring *self, int timeout_ms)
{
    struct __kernel_timespec timeout = {
        .tv_sec = timeout_ms / MS_PER_S, .tv_nsec = timeout_ms % MS_PER_S * NS_PER_MS};
    struct io_uring_cqe *first = NULL;

    return timeout_ms == 0 ? io_uring_submit(&self->ring)
                           : io_uring_submit_and_wait_timeout(&self->ring, &first, 1, &timeout, NULL);
}

static int uring_wait(struct multi_uring *self, struct failure *failure)
{
    const struct io_uring_cqe *completion = NULL;
    unsigned int head = 0;
    unsigned int count = 0;

    int result = uring_submit(self, sockets_timeout_ms(&self->sockets));
    bool is_busy = result == -EBUSY || result == -EAGAIN; /* some completions are to be taken first */
    if (result < 0 && result != -ETIME && result != -EINTR && !is_busy)
        return uring_fail("submission", -result, failure);
    result = 0;
    io_uring_for_each_cqe(&self->ring, head, completion)
    {
        count++;
        if (result == 0)
            result = uring_act(self, completion, failure);
    }
    io_uring_cq_advance(&self->ring, count);
    return result;
}

static int multi_uring_prepare(
    struct lanes *lanes, void *state, const struct strategy_values *values, struct failure *failure)
{
    struct multi_uring *self = state;

    (void)values;
    sockets_init(&self->sockets);
    int error = uring_open(&self->ring, 2 * lanes_count(lanes) + ENTRIES);
    if (error != 0)
        return uring_fail("set-up", error, failure);
    self->has_ring = true;
    if (window_init(&self->window, lanes, 0, 1, failure) != 0)
        return -1;
    struct poll *alarm = uring_poll(self, self->window.alarm_clock);
    if (!alarm)
        return failure_set(failure, FAILURE_RUN, "out of memory for an event loop");
    alarm->wanted = CURL_POLL_IN;
    if (uring_ask(self, self->window.alarm_clock, failure) != 0)
        return -1;
    return sockets_attach(&self->sockets, &self->window, failure);
}

/* What libcurl wanted last is submitted too: connections that it has closed are so for the server as well. */
static int multi_uring_run(struct lanes *lanes, void *state, struct failure *failure)
{
    struct multi_uring *self = state;

    (void)lanes;
    if (window_open(&self->window, failure) != 0)
        return -1;
    while (true) {
        if (sockets_settle(&self->sockets, failure) != 0 || uring_enter_changes(self, failure) != 0)
            return -1;
        if (!sockets_have_work(&self->sockets))
            break;
        if (uring_wait(self, failure) != 0)
            return -1;
    }
    int result = io_uring_submit(&self->ring);
    return result >= 0 ? 0 : uring_fail("submission", -result, failure);
}

static void multi_uring_release(struct lanes *lanes, void *state)
{
    struct multi_uring *self = state;

    (void)lanes;
    if (self->has_ring)
        io_uring_queue_exit(&self->ring);
    free(self->polls);
    free(self->completed);
    window_release(&self->window);
    sockets_release(&self->sockets);
}

#else

static const char *multi_uring_unavailable(void)
{
    return HARNESS_MISSING;
}

#endif

const struct strategy strategy_multi_uring = {
    .name = "multi-uring",
    .summary = "one thread, one event loop: curl_multi_socket_action on io_uring",
    .family = FAMILY_EVENT_LOOP,
    .unavailable = multi_uring_unavailable,
    .needs = multi_uring_needs,
#ifdef HARNESS_HAS_URING
    .state_size = sizeof(struct multi_uring),
    .prepare = multi_uring_prepare,
    .run = multi_uring_run,
    .release = multi_uring_release,
#endif
};
