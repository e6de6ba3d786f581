#include "delay.h"

#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "exchange.h"
#include "server.h"

#define DELAY_HANGUPS_AT_ONCE 64

/* One waiting request, in its memory pool. */
struct delay {
    struct timer timer; /* first, so that a timer is its delay */
    struct exchange exchange;
    void (*answer)(struct exchange *exchange);
    int watched_fd; /* the client's socket; -1 when nobody watches it */
};

static struct delays *delay_list(const struct delay *delay)
{
    return &delay->exchange.server->delays;
}

static void delays_arm(struct delays *delays)
{
    const struct timer *first = timers_first(&delays->timers);
    struct itimerspec alarm = {{0}, {0}};

    if (!first || (delays->armed_ns != 0 && delays->armed_ns <= first->due_ns))
        return;
    delays->armed_ns = first->due_ns;
    alarm.it_value.tv_sec = (time_t)(first->due_ns / NS_PER_S);
    alarm.it_value.tv_nsec = (long)(first->due_ns % NS_PER_S);
    (void)timerfd_settime(h2o_socket_get_fd(delays->alarm), TFD_TIMER_ABSTIME, &alarm, NULL);
}

/* Takes it out of the heap and out of the epoll; false when it was not waiting any more. */
static bool delay_stop_waiting(struct delay *delay)
{
    struct delays *delays = delay_list(delay);

    if (!timer_is_waiting(&delay->timer))
        return false;
    timers_remove(&delays->timers, &delay->timer);
    if (delay->watched_fd >= 0)
        (void)epoll_ctl(h2o_socket_get_fd(delays->hangups), EPOLL_CTL_DEL, delay->watched_fd, NULL);
    delay->watched_fd = -1;
    return true;
}

static void delay_abandon(struct delay *delay)
{
    if (delay_stop_waiting(delay))
        exchange_abandon(&delay->exchange);
}

/* The request's memory goes: its connection, or its stream, was closed. */
static void delay_dispose(void *bytes)
{
    struct delay *delay = bytes;

    if (delay_stop_waiting(delay))
        gauge_request_ended(delay->exchange.server->gauge, false);
}

static void delays_on_alarm(h2o_socket_t *socket, const char *error)
{
    struct delays *delays = socket->data;
    uint64_t expirations;
    uint64_t now_ns = clock_monotonic_ns();
    struct timer *first;

    (void)error;
    (void)!read(h2o_socket_get_fd(socket), &expirations, sizeof expirations);
    delays->armed_ns = 0;
    while ((first = timers_first(&delays->timers)) && first->due_ns <= now_ns) {
        struct delay *delay = (struct delay *)first;
        (void)delay_stop_waiting(delay);
        delay->answer(&delay->exchange);
    }
    delays_arm(delays);
}

static void delays_on_hangup(h2o_socket_t *socket, const char *error)
{
    struct epoll_event events[DELAY_HANGUPS_AT_ONCE];
    int count = epoll_wait(h2o_socket_get_fd(socket), events, DELAY_HANGUPS_AT_ONCE, 0);

    (void)error;
    for (int i = 0; i < count; i++)
        delay_abandon(events[i].data.ptr);
}

/* Watches the client when h2o does not: with HTTP/2 it goes on reading, and disposes of the request itself.
 */
static void delay_watch(struct delay *delay)
{
    h2o_req_t *request = delay->exchange.request;
    struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = delay};

    if (request->version >= 0x200)
        return;
    int fd = h2o_socket_get_fd(request->conn->callbacks->get_socket(request->conn));
    if (epoll_ctl(h2o_socket_get_fd(delay_list(delay)->hangups), EPOLL_CTL_ADD, fd, &event) == 0)
        delay->watched_fd = fd;
}

void delay_answer(struct exchange *exchange, uint64_t delay_ns, void (*answer)(struct exchange *exchange))
{
    struct delays *delays = &exchange->server->delays;

    if (delay_ns == 0) {
        answer(exchange);
        return;
    }
    struct delay *delay = h2o_mem_alloc_shared(&exchange->request->pool, sizeof *delay, delay_dispose);
    *delay = (struct delay){
        .timer = {.due_ns = clock_monotonic_ns() + delay_ns, .place = TIMER_IDLE},
        .exchange = *exchange,
        .answer = answer,
        .watched_fd = -1,
    };
    if (timers_add(&delays->timers, &delay->timer) != 0) {
        exchange_abandon(exchange);
        return;
    }
    delay_watch(delay);
    delays_arm(delays);
}

static h2o_socket_t *delays_listen(struct delays *delays, h2o_loop_t *loop, int fd, h2o_socket_cb callback)
{
    h2o_socket_t *socket = h2o_evloop_socket_create(loop, fd, H2O_SOCKET_FLAG_DONT_READ);

    socket->data = delays;
    h2o_socket_read_start(socket, callback);
    return socket;
}

int delays_init(struct delays *delays, h2o_loop_t *loop, struct failure *failure)
{
    int alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

    if (alarm < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't make a timer");
    delays->alarm = delays_listen(delays, loop, alarm, delays_on_alarm);
    int hangups = epoll_create1(EPOLL_CLOEXEC);
    if (hangups < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't make an epoll");
    delays->hangups = delays_listen(delays, loop, hangups, delays_on_hangup);
    return 0;
}

void delays_release(struct delays *delays)
{
    if (delays->alarm)
        h2o_socket_close(delays->alarm);
    if (delays->hangups)
        h2o_socket_close(delays->hangups);
    timers_release(&delays->timers);
    *delays = (struct delays){0};
}
