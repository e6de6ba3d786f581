#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"

#define SERVER_ACCEPTS_AT_ONCE 64
#define SERVER_PORT_TRIES      16
#define SERVER_RETRY_NS                                                                                      \
    (100 * NS_PER_MS) /* accepting, where nothing here may end the want of descriptors                       \
                       */

/* So many handshakes leave some MiB behind; and how long nothing has to happen until they are given back. */
#define SERVER_MANY_HANDSHAKES 256
#define SERVER_QUIET_MS        1000

#define SERVER_OF(watch, member) ((struct server *)(void *)((char *)(watch)-offsetof(struct server, member)))

void server_connection_opened(struct server *server, struct connection *connection)
{
    connection->previous = NULL;
    connection->next = server->connections;
    if (server->connections)
        server->connections->previous = connection;
    server->connections = connection;
    gauge_connection_opened(server->gauge);
}

static void server_watch_listeners(struct server *server, uint32_t events)
{
    for (unsigned int i = 0; i < server->listener_count; i++)
        (void)loop_watch(&server->loop, &server->listeners[i].watch, events);
}

static void server_accept_again(struct server *server)
{
    loop_cancel(&server->loop, &server->retry);
    server_watch_listeners(server, EPOLLIN);
}

static void server_on_retry(struct wakeup *retry)
{
    server_accept_again(SERVER_OF(retry, retry));
}

void server_connection_closed(struct server *server, struct connection *connection)
{
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    gauge_connection_closed(server->gauge);
    server_accept_again(server); /* where it failed for want of descriptors, there is one again */
}

/* Out of descriptors or memory, further connections wait in the backlog until one here closes, or somebody
 * else gives up what we lack. */
static void server_accept_failed(struct server *server, int error)
{
    bool full = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;

    loop_cancel(&server->loop, &server->retry);
    if (full && loop_wake_after(&server->loop, &server->retry, SERVER_RETRY_NS) == 0)
        server_watch_listeners(server, EPOLLERR);
}

static void server_on_connect(struct watch *watch, uint32_t events)
{
    struct server *server = ((struct server_listener *)watch)->server; /* its first member */

    (void)events;
    for (int i = 0; i < SERVER_ACCEPTS_AT_ONCE; i++) {
        int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            server_accept_failed(server, errno);
            return;
        }
        connection_open(server, fd);
    }
}

static void server_on_signal(struct watch *signals, uint32_t events)
{
    (void)events;
    SERVER_OF(signals, signals)->stopping = true;
}

static void server_on_parent_end(struct watch *lifeline, uint32_t events)
{
    (void)events;
    SERVER_OF(lifeline, lifeline)->stopping = true;
}

static void server_close(struct server *server, struct watch *watch)
{
    if (watch->fd < 0)
        return;
    loop_forget(&server->loop, watch);
    (void)close(watch->fd);
    watch->fd = -1;
}

static void server_stop_listening(struct server *server)
{
    while (server->listener_count > 0)
        server_close(server, &server->listeners[--server->listener_count].watch);
}

static int server_listen_failed(unsigned int last, uint16_t port, int fd, struct failure *failure)
{
    int error = errno;

    if (fd >= 0)
        (void)close(fd);
    errno = error;
    if (error == EADDRINUSE && port == 0)
        return failure_set(failure, FAILURE_RUN,
            "no local port is free; close connections, wait until the ports of closed ones are free (up to a "
            "minute), or widen net.ipv4.ip_local_port_range");
    if (error == EADDRINUSE)
        return failure_set(failure, FAILURE_RUN,
            "port %u is taken; name another with --port, or leave it out for a free one", port);
    if (error == EACCES)
        return failure_set(
            failure, FAILURE_RUN, "this user may not open port %u; name one above 1023 with --port", port);
    return failure_set_errno(failure, FAILURE_RUN, "can't listen on 127.0.0.%u:%u", last, port);
}

/* `last`: of the address, 127.0.0.`last`. */
static int server_bind_address(unsigned int last, uint16_t *port, bool is_shared, struct failure *failure)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t size = sizeof address;
    int reuse = is_shared;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return server_listen_failed(last, *port, fd, failure);
    *port = ntohs(address.sin_port);
    return fd;
}

int server_bind(uint16_t *port, bool is_shared, struct failure *failure)
{
    return server_bind_address(1, port, is_shared, failure);
}

static int server_watch(struct server *server, struct watch *watch, int fd,
    void (*on_ready)(struct watch *watch, uint32_t events), struct failure *failure)
{
    watch->fd = fd;
    watch->on_ready = on_ready;
    if (loop_watch(&server->loop, watch, EPOLLIN) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't watch a descriptor");
    return 0;
}

/* The next address, on the same port as those before. */
static int server_listen(struct server *server, struct failure *failure)
{
    struct server_listener *listener = &server->listeners[server->listener_count];
    unsigned int last = server->listener_count + 1;
    int fd = server_bind_address(last, &server->port, true, failure); /* shared: after a restart at once */

    if (fd < 0)
        return -1;
    /* The kernel cuts the backlog to net.core.somaxconn. */
    if (listen(fd, INT_MAX) != 0)
        return server_listen_failed(last, server->port, fd, failure);
    server->listener_count++;
    listener->server = server;
    return server_watch(server, &listener->watch, fd, server_on_connect, failure);
}

/* A port that is free on the first address may be taken on the others: then it tries another one. */
static int server_listen_on_all(
    struct server *server, const struct server_options *options, struct failure *failure)
{
    unsigned int count = options->addresses > 1 ? options->addresses : 1;
    int result = -1;

    for (int tries = options->port == 0 ? SERVER_PORT_TRIES : 1; tries > 0 && result != 0; tries--) {
        server_stop_listening(server);
        server->port = options->port;
        result = 0;
        while (result == 0 && server->listener_count < count)
            result = server_listen(server, failure);
    }
    return result;
}

static int server_watch_signals(struct server *server, struct failure *failure)
{
    sigset_t ends;

    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    int fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0 || sigprocmask(SIG_BLOCK, &ends, NULL) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't watch for signals");
    return server_watch(server, &server->signals, fd, server_on_signal, failure);
}

static void server_clear(struct server *server, const struct server_options *options)
{
    *server = (struct server){
        .gauge = options->gauge,
        .tls = options->tls,
        .site = options->site,
        .handle = options->handle,
        .reads_body = options->reads_body,
        .signals.fd = -1,
        .lifeline.fd = -1,
        .retry = {.timer.place = TIMER_IDLE, .on_due = server_on_retry},
    };
}

int server_init(struct server *server, const struct server_options *options, struct failure *failure)
{
    server_clear(server, options);
    if (loop_init(&server->loop, failure) != 0)
        return -1;
    server->input = malloc(SERVER_INPUT_SIZE);
    if (!server->input)
        return failure_set(failure, FAILURE_RUN, "out of memory for the server's input");
    if (server_watch_signals(server, failure) != 0 || server_listen_on_all(server, options, failure) != 0)
        return -1;
    if (options->lifeline < 0)
        return 0;
    return server_watch(server, &server->lifeline, options->lifeline, server_on_parent_end, failure);
}

/* What handshakes took lies in pieces between what connections keep: whole pages go back to the system. That
 * takes some milliseconds, so it waits until nobody asks for anything. */
static void server_tidy_memory(struct server *server)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
    server->handshakes = 0;
}

void server_run(struct server *server)
{
    while (!server->stopping) {
        bool is_untidy = server->handshakes >= SERVER_MANY_HANDSHAKES;
        if (!loop_turn(&server->loop, is_untidy ? SERVER_QUIET_MS : -1) && is_untidy)
            server_tidy_memory(server);
    }
}

void server_release(struct server *server)
{
    if (!server->gauge) /* never initialised */
        return;
    while (server->connections)
        connection_close(server->connections, false);
    server_stop_listening(server);
    server_close(server, &server->signals);
    server_close(server, &server->lifeline);
    loop_release(&server->loop);
    free(server->input);
    *server = (struct server){.gauge = NULL};
}
