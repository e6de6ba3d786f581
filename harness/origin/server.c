#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "exchange.h"

#define SERVER_ACCEPTS_AT_ONCE 64
#define SERVER_IDLE_TIMEOUT_MS                                                                               \
    ((uint64_t)60 * 60 * 1000) /* idle connections stay open for as long as a trial may take */
#define SERVER_DRAIN_LIMIT_NS (2 * NS_PER_S)

/* What h2o calls for every request. */
struct server_handler {
    h2o_handler_t super; /* first, so that h2o's handler is ours */
    struct server *server;
};

static void server_on_connect(h2o_socket_t *listener, const char *error);

static void server_on_closed(void *data)
{
    struct connection *connection = data;
    struct server *server = connection->server;

    (void)waiter_stop(&connection->closing);
    h2o_linklist_unlink(&connection->link);
    free(connection);
    gauge_connection_closed(server->gauge);
    if (server->listener && !h2o_socket_is_reading(server->listener))
        h2o_socket_read_start(server->listener, server_on_connect);
}

static void server_adopt(struct server *server, h2o_socket_t *socket)
{
    struct connection *connection = h2o_mem_alloc(sizeof *connection);

    *connection = (struct connection){
        .server = server, .socket = socket, .closing = {.timer.place = TIMER_IDLE, .watched_fd = -1}};
    h2o_linklist_insert(&server->connections, &connection->link);
    socket->on_close.cb = server_on_closed;
    socket->on_close.data = connection;
    gauge_connection_opened(server->gauge);
    h2o_accept(&server->accept, socket);
}

/* Out of descriptors or memory, further connections wait in the backlog until one here closes. */
static void server_accept_failed(struct server *server, int error)
{
    bool full = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;

    if (full && !h2o_linklist_is_empty(&server->connections))
        h2o_socket_read_stop(server->listener);
}

static void server_on_connect(h2o_socket_t *listener, const char *error)
{
    struct server *server = listener->data;

    if (error)
        return;
    for (int i = 0; i < SERVER_ACCEPTS_AT_ONCE; i++) {
        h2o_socket_t *socket = h2o_evloop_socket_accept(listener);
        if (!socket) {
            server_accept_failed(server, errno);
            return;
        }
        server_adopt(server, socket);
    }
}

static int server_on_request(h2o_handler_t *handler, h2o_req_t *request)
{
    exchange_begin(((struct server_handler *)handler)->server, request);
    return 0;
}

static void server_on_end(h2o_socket_t *socket, const char *error)
{
    struct server *server = socket->data;

    (void)error;
    server->stopping = true;
    h2o_socket_read_stop(socket);
}

static h2o_socket_t *server_watch(struct server *server, int fd, h2o_socket_cb callback)
{
    h2o_socket_t *socket = h2o_evloop_socket_create(server->loop, fd, H2O_SOCKET_FLAG_DONT_READ);

    socket->data = server;
    h2o_socket_read_start(socket, callback);
    return socket;
}

static int server_listen_failed(uint16_t port, int fd, struct failure *failure)
{
    int error = errno;

    if (fd >= 0)
        (void)close(fd);
    errno = error;
    if (error == EADDRINUSE)
        return failure_set(failure, FAILURE_RUN,
            "port %u is taken; name another with --port, or leave it out for a free one", port);
    if (error == EACCES)
        return failure_set(
            failure, FAILURE_RUN, "this user may not open port %u; name one above 1023 with --port", port);
    return failure_set_errno(failure, FAILURE_RUN, "can't listen on 127.0.0.1:%u", port);
}

/* A loopback port, not listening yet; 0 asks for a free one. Shared, others may bind it too as long as nobody
 * listens. Returns the descriptor, or -1 with a failure. */
static int server_bind(uint16_t *port, int is_shared, struct failure *failure)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &is_shared, sizeof is_shared) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return server_listen_failed(*port, fd, failure);
    *port = ntohs(address.sin_port);
    return fd;
}

static int server_listen(struct server *server, uint16_t port, struct failure *failure)
{
    int fd = server_bind(&port, 1, failure); /* after a restart at once */

    if (fd < 0)
        return -1;
    /* The kernel cuts the backlog to net.core.somaxconn. */
    if (listen(fd, INT_MAX) != 0)
        return server_listen_failed(port, fd, failure);
    server->port = port;
    server->listener = server_watch(server, fd, server_on_connect);
    return 0;
}

/* A port that stays taken, so that nobody else listens there either. */
static int server_refuse(struct server *server, struct failure *failure)
{
    uint16_t port = 0;

    server->refusing_fd = server_bind(&port, 0, failure);
    if (server->refusing_fd < 0)
        return -1;
    server->refusing_port = port;
    return 0;
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
    server->signals = server_watch(server, fd, server_on_end);
    return 0;
}

static int server_make_noise(struct server *server, struct failure *failure)
{
    server->noise = malloc(SERVER_NOISE_SIZE);
    if (!server->noise)
        return failure_set(failure, FAILURE_RUN, "out of memory for the origin's random bytes");
    if (getrandom(&server->random.state, sizeof server->random.state, 0) < 0)
        server->random.state = clock_utc_ns();
    for (size_t i = 0; i < SERVER_NOISE_SIZE; i++)
        server->noise[i] = (unsigned char)random_next(&server->random);
    return 0;
}

static void server_configure(struct server *server)
{
    h2o_config_init(&server->config);
    server->config.server_name = h2o_iovec_init(H2O_STRLIT(""));
    server->config.max_request_entity_size = SERVER_BODY_MAX;
    server->config.http1.req_timeout = SERVER_IDLE_TIMEOUT_MS;
    server->config.http1.upgrade_to_http2 = 0;
    h2o_hostconf_t *host =
        h2o_config_register_host(&server->config, h2o_iovec_init(H2O_STRLIT("localhost")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    struct server_handler *handler = (struct server_handler *)h2o_create_handler(path, sizeof *handler);
    handler->super.on_req = server_on_request;
    handler->server = server;
    h2o_context_init(&server->context, server->loop, &server->config);
    server->accept = (h2o_accept_ctx_t){.ctx = &server->context, .hosts = server->config.hosts};
}

int server_init(struct server *server, const struct server_options *options, struct failure *failure)
{
    server->gauge = options->gauge;
    h2o_linklist_init_anchor(&server->connections);
    server->loop = h2o_evloop_create();
    server_configure(server);
    if (server_make_noise(server, failure) != 0 ||
        waiters_init(&server->waiters, server->loop, failure) != 0 ||
        server_watch_signals(server, failure) != 0 || server_listen(server, options->port, failure) != 0 ||
        server_refuse(server, failure) != 0)
        return -1;
    if (options->lifeline >= 0)
        server->lifeline = server_watch(server, options->lifeline, server_on_end);
    return 0;
}

static void server_turn(struct server *server, int32_t most_ms)
{
    /* -1 is a signal during epoll_wait: the next turn sees to it. */
    (void)h2o_evloop_run(server->loop, most_ms);
}

/* Every connection notices its end in its own way: idle ones read it, waiting requests are watched, answers
 * can't be written. */
static void server_drain(struct server *server)
{
    uint64_t limit_ns = clock_monotonic_ns() + SERVER_DRAIN_LIMIT_NS;

    for (h2o_linklist_t *link = server->connections.next; link != &server->connections; link = link->next)
        (void)shutdown(h2o_socket_get_fd(((struct connection *)link)->socket), SHUT_RDWR);
    while (!h2o_linklist_is_empty(&server->connections) && clock_monotonic_ns() < limit_ns)
        server_turn(server, 10);
}

static void server_close(h2o_socket_t **socket)
{
    if (*socket)
        h2o_socket_close(*socket);
    *socket = NULL;
}

void server_run(struct server *server)
{
    while (!server->stopping)
        server_turn(server, INT32_MAX);
    server_close(&server->listener);
    server_drain(server);
}

static void server_dispose(struct server *server)
{
    h2o_multithread_queue_t *queue = server->context.queue;

    h2o_context_dispose(&server->context);
    h2o_config_dispose(&server->config);
    h2o_evloop_destroy(server->loop);
#if H2O_LIBRARY_VERSION_MAJOR == 0 && H2O_LIBRARY_VERSION_MINOR <= 13
    free(queue); /* h2o 2.2 forgets to */
#else
    (void)queue;
#endif
}

void server_release(struct server *server)
{
    server_close(&server->listener);
    server_close(&server->signals);
    server_close(&server->lifeline);
    waiters_release(&server->waiters);
    if (server->refusing_port != 0)
        (void)close(server->refusing_fd);
    free(server->noise);
    /* What a connection that did not end in time still holds goes with the process. */
    if (server->loop && h2o_linklist_is_empty(&server->connections))
        server_dispose(server);
    *server = (struct server){0};
}
