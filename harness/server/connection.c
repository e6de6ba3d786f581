#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "clock.h"
#include "gauge.h"
#include "server.h"
#include "tls.h"

#define CONNECTION_READS_AT_ONCE  4  /* of one connection, in one turn of the loop */
#define CONNECTION_STRETCHES      16 /* of output, likewise */
#define CONNECTION_DRAIN_LIMIT_NS NS_PER_S
#define CONNECTION_DISCARD_SIZE   ((size_t)64 * 1024)

void connection_end(struct connection *connection, enum connection_end end)
{
    if (connection->end == CONNECTION_STAYS || end > connection->end)
        connection->end = end;
}

static bool connection_has_output(const struct connection *connection)
{
    return connection->output.size > connection->output_at;
}

static void connection_on_forgotten(struct watch *watch)
{
    free(watch); /* which is its connection */
}

void connection_close(struct connection *connection, bool resets)
{
    struct server *server = connection->server;

    if (connection->end == CONNECTION_IS_CLOSED)
        return;
    connection->end = CONNECTION_IS_CLOSED;
    if (connection->state)
        connection->protocol->leave(connection);
    loop_cancel(&server->loop, &connection->closing);
    loop_forget(&server->loop, &connection->watch);
    transport_close(&connection->transport, resets);
    buffer_release(&connection->output);
    server_connection_closed(server, connection);
}

static void connection_on_drain_limit(struct wakeup *wakeup)
{
    connection_close(
        (struct connection *)(void *)((char *)wakeup - offsetof(struct connection, closing)), false);
}

/* All is said, but the client may still be sending: closing now would make the kernel answer with a reset,
 * which could overtake what was said. */
static void connection_begin_to_drain(struct connection *connection)
{
    struct loop *loop = &connection->server->loop;

    connection->end = CONNECTION_IS_DRAINED;
    transport_end(&connection->transport);
    loop_cancel(loop, &connection->closing);
    connection->closing.on_due = connection_on_drain_limit;
    if (loop_wake_after(loop, &connection->closing, CONNECTION_DRAIN_LIMIT_NS) != 0 ||
        loop_watch(loop, &connection->watch, EPOLLIN | EPOLLRDHUP) != 0)
        connection_close(connection, false);
}

/* TCP takes MSG_TRUNC for "throw away" (tcp(7)). */
static void connection_drain(struct connection *connection)
{
    ssize_t got = recv(connection->transport.fd, NULL, CONNECTION_DISCARD_SIZE, MSG_TRUNC);

    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
        connection_close(connection, false);
}

static void connection_finish(struct connection *connection)
{
    if (connection->ends_amid)
        connection_begin_to_drain(connection);
    else
        connection_close(connection, false);
}

/* Sends what the client takes. */
static void connection_flush(struct connection *connection)
{
    struct buffer *output = &connection->output;

    if (output->out_of_memory)
        connection_end(connection, CONNECTION_ENDS_NOW);
    while (connection_has_output(connection)) {
        ssize_t sent = transport_send(&connection->transport, output->bytes + connection->output_at,
            output->size - connection->output_at);
        if (sent == TRANSPORT_AGAIN)
            return;
        if (sent <= 0) {
            connection_end(connection, CONNECTION_ENDS_NOW);
            return;
        }
        connection->output_at += (size_t)sent;
    }
    connection->output_at = 0;
    buffer_reuse(output);
}

static void connection_wait(struct connection *connection)
{
    bool blocked = connection_has_output(connection) || connection->transport.wants_output;
    uint32_t events = blocked ? EPOLLOUT : 0;

    if (connection->end == CONNECTION_STAYS)
        events |= connection->is_full ? EPOLLRDHUP : EPOLLIN | EPOLLRDHUP;
    if (loop_watch(&connection->server->loop, &connection->watch, events) != 0)
        connection_close(connection, false);
}

static bool connection_ends_now(const struct connection *connection)
{
    return connection->end == CONNECTION_ENDS_NOW || connection->end == CONNECTION_IS_RESET;
}

/* Sends, and makes more to send. True: there may be more. */
static bool connection_make_progress(struct connection *connection)
{
    connection_flush(connection);
    if (connection_has_output(connection) || connection->end != CONNECTION_STAYS || !connection->state)
        return false;
    connection->protocol->produce(connection);
    return connection_has_output(connection) || connection->end != CONNECTION_STAYS;
}

void connection_settle(struct connection *connection)
{
    for (int i = 0; i < CONNECTION_STRETCHES && !connection_ends_now(connection); i++)
        if (!connection_make_progress(connection))
            break;
    if (connection_ends_now(connection))
        connection_close(connection, connection->end == CONNECTION_IS_RESET);
    else if (connection->end == CONNECTION_ENDS && !connection_has_output(connection))
        connection_finish(connection);
    else
        connection_wait(connection);
}

static void connection_speaks(struct connection *connection, const struct protocol *protocol)
{
    connection->protocol = protocol;
    connection->state = protocol->open(connection);
    if (!connection->state)
        connection_end(connection, CONNECTION_ENDS_NOW);
}

static void connection_hand_over(struct connection *connection, const char *bytes, size_t size)
{
    if (size > 0 && connection->state)
        connection->protocol->receive(connection, bytes, size);
}

/* In clear the first bytes tell which version the client speaks. Returns how many it took. */
static size_t connection_recognise(struct connection *connection, const char *bytes, size_t size)
{
    size_t used = 0;

    while (!connection->protocol && used < size) {
        bool fits = bytes[used] == CONNECTION_PREFACE[connection->preface_size];
        connection->preface[connection->preface_size++] = bytes[used++];
        if (!fits)
            connection_speaks(connection, &http1_protocol);
        else if (connection->preface_size == CONNECTION_PREFACE_SIZE)
            connection_speaks(connection, &http2_protocol);
    }
    if (connection->protocol)
        connection_hand_over(connection, connection->preface, connection->preface_size);
    return used;
}

static void connection_receive(struct connection *connection, const char *bytes, size_t size)
{
    size_t used = connection->protocol ? 0 : connection_recognise(connection, bytes, size);

    connection_hand_over(connection, bytes + used, size - used);
}

/* True: it is over, and went well. */
static bool connection_shake_hands(struct connection *connection)
{
    int result = transport_shake_hands(&connection->transport);

    if (result == 1) {
        connection->is_open = true;
        if (connection->transport.ssl) {
            gauge_handshake_ended(connection->server->gauge, tls_was_resumed(connection->transport.ssl));
            connection_speaks(
                connection, tls_speaks_http2(connection->transport.ssl) ? &http2_protocol : &http1_protocol);
        }
    } else if (result != TRANSPORT_AGAIN) {
        connection_end(connection, CONNECTION_ENDS_NOW);
    }
    return connection->is_open && connection->end == CONNECTION_STAYS;
}

/* A client that sends no more has gone, but what it is owed already it may still read. */
static void connection_on_client_end(struct connection *connection)
{
    connection_end(connection, connection_has_output(connection) ? CONNECTION_ENDS : CONNECTION_ENDS_NOW);
}

static void connection_read(struct connection *connection)
{
    struct transport *transport = &connection->transport;
    char *input = connection->server->input;

    if (!connection->is_open && !connection_shake_hands(connection))
        return;
    /* What TLS has read from the socket already, the loop will not tell of again. */
    for (int i = 0; i < CONNECTION_READS_AT_ONCE || transport->ssl; i++) {
        if (connection->end != CONNECTION_STAYS || connection->is_full)
            return;
        ssize_t got = transport_receive(transport, input, SERVER_INPUT_SIZE);
        if (got == TRANSPORT_AGAIN)
            return;
        if (got == TRANSPORT_END)
            connection_on_client_end(connection);
        else if (got < 0)
            connection_end(connection, CONNECTION_ENDS_NOW);
        else
            connection_receive(connection, input, (size_t)got);
        if (!transport->ssl && (size_t)got < SERVER_INPUT_SIZE)
            return;
    }
}

static void connection_on_ready(struct watch *watch, uint32_t events)
{
    struct connection *connection = (struct connection *)watch;

    if (connection->end == CONNECTION_IS_DRAINED) {
        connection_drain(connection);
        return;
    }
    if (connection->is_full && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        connection_end(connection, CONNECTION_ENDS_NOW);
    else if ((events & ~(uint32_t)EPOLLOUT) != 0 || connection->transport.wants_output)
        connection_read(connection);
    connection_settle(connection);
}

void connection_read_on(struct connection *connection)
{
    connection->is_full = false;
    if (connection->transport.ssl)
        connection_read(connection);
}

static int connection_prepare(struct connection *connection)
{
    struct server *server = connection->server;
    int on = 1;

    (void)setsockopt(connection->transport.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (server->tls) {
        connection->transport.ssl = tls_accept(server->tls, connection->transport.fd);
        if (!connection->transport.ssl)
            return -1;
    }
    connection->is_open = !server->tls;
    return loop_watch(&server->loop, &connection->watch, EPOLLIN | EPOLLRDHUP);
}

void connection_open(struct server *server, int fd)
{
    struct connection *connection = calloc(1, sizeof *connection);

    if (!connection) {
        struct transport transport = {.fd = fd};
        transport_close(&transport, true);
        return;
    }
    connection->watch =
        (struct watch){.fd = fd, .on_ready = connection_on_ready, .on_forgotten = connection_on_forgotten};
    connection->server = server;
    connection->transport.fd = fd;
    connection->closing.timer.place = TIMER_IDLE;
    server_connection_opened(server, connection);
    if (connection_prepare(connection) != 0)
        connection_close(connection, true);
}
