#include "waiters.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alarm_clock.h"
#include "clock.h"

#define WAITERS_HANGUPS_AT_ONCE 64
#define WAITERS_DISCARD_SIZE    ((size_t)64 * 1024)

static void waiters_arm(struct waiters *waiters)
{
    const struct timer *first = timers_first(&waiters->timers);

    if (!first || first->due_ns == WAITER_FOREVER ||
        (waiters->armed_ns != 0 && waiters->armed_ns <= first->due_ns))
        return;
    waiters->armed_ns = first->due_ns;
    alarm_clock_set(h2o_socket_get_fd(waiters->alarm), first->due_ns);
}

bool waiter_stop(struct waiter *waiter)
{
    struct waiters *waiters = waiter->waiters;

    if (!timer_is_waiting(&waiter->timer))
        return false;
    timers_remove(&waiters->timers, &waiter->timer);
    if (waiter->watched_fd >= 0)
        (void)epoll_ctl(h2o_socket_get_fd(waiters->hangups), EPOLL_CTL_DEL, waiter->watched_fd, NULL);
    waiter->watched_fd = -1;
    return true;
}

static void waiters_on_alarm(h2o_socket_t *socket, const char *error)
{
    struct waiters *waiters = socket->data;
    uint64_t expirations;
    uint64_t now_ns = clock_monotonic_ns();
    struct timer *first;

    (void)error;
    (void)!read(h2o_socket_get_fd(socket), &expirations, sizeof expirations);
    waiters->armed_ns = 0;
    while ((first = timers_first(&waiters->timers)) && first->due_ns <= now_ns) {
        struct waiter *waiter = (struct waiter *)first;
        (void)waiter_stop(waiter);
        waiter->on_due(waiter);
    }
    waiters_arm(waiters);
}

/* TCP takes MSG_TRUNC for "throw away" (tcp(7)). */
static void waiter_discard_input(const struct waiter *waiter)
{
    if (waiter->watched_fd >= 0)
        (void)recv(waiter->watched_fd, NULL, WAITERS_DISCARD_SIZE, MSG_TRUNC | MSG_DONTWAIT);
}

static void waiters_on_hangup(h2o_socket_t *socket, const char *error)
{
    struct epoll_event events[WAITERS_HANGUPS_AT_ONCE];
    int count = epoll_wait(h2o_socket_get_fd(socket), events, WAITERS_HANGUPS_AT_ONCE, 0);

    (void)error;
    for (int i = 0; i < count; i++) {
        struct waiter *waiter = events[i].data.ptr;
        if ((events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0)
            waiter_discard_input(waiter);
        else if (waiter_stop(waiter))
            waiter->on_gone(waiter);
    }
}

static void waiter_watch(struct waiter *waiter, int fd)
{
    uint32_t input = waiter->discards_input ? EPOLLIN : 0;
    struct epoll_event event = {.events = EPOLLRDHUP | input, .data.ptr = waiter};

    waiter->watched_fd = -1;
    if (fd >= 0 && epoll_ctl(h2o_socket_get_fd(waiter->waiters->hangups), EPOLL_CTL_ADD, fd, &event) == 0)
        waiter->watched_fd = fd;
}

int waiter_start(struct waiters *waiters, struct waiter *waiter, uint64_t delay_ns, int watched_fd)
{
    uint64_t now_ns = clock_monotonic_ns();

    waiter->waiters = waiters;
    waiter->timer.due_ns = delay_ns < WAITER_FOREVER - now_ns ? now_ns + delay_ns : WAITER_FOREVER;
    if (timers_add(&waiters->timers, &waiter->timer) != 0)
        return -1;
    waiter_watch(waiter, watched_fd);
    waiters_arm(waiters);
    return 0;
}

static h2o_socket_t *waiters_listen(struct waiters *waiters, h2o_loop_t *loop, int fd, h2o_socket_cb callback)
{
    h2o_socket_t *socket = h2o_evloop_socket_create(loop, fd, H2O_SOCKET_FLAG_DONT_READ);

    socket->data = waiters;
    h2o_socket_read_start(socket, callback);
    return socket;
}

int waiters_init(struct waiters *waiters, h2o_loop_t *loop, struct failure *failure)
{
    int alarm = alarm_clock_open();

    if (alarm < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't make a timer");
    waiters->alarm = waiters_listen(waiters, loop, alarm, waiters_on_alarm);
    int hangups = epoll_create1(EPOLL_CLOEXEC);
    if (hangups < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't make an epoll descriptor");
    waiters->hangups = waiters_listen(waiters, loop, hangups, waiters_on_hangup);
    return 0;
}

void waiters_release(struct waiters *waiters)
{
    if (waiters->alarm)
        h2o_socket_close(waiters->alarm);
    if (waiters->hangups)
        h2o_socket_close(waiters->hangups);
    timers_release(&waiters->timers);
    *waiters = (struct waiters){0};
}
