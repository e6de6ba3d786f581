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

_Static_assert(SERVER_INPUT_SIZE >= TRANSPORT_RECORD_SIZE, "what TLS keeps back the loop does not tell of");

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

static struct connection *connection_of_closing(struct wakeup *wakeup)
{
    return (struct connection *)(void *)((char *)wakeup - offsetof(struct connection, closing));
}

/* The one wake-up that a connection has is for its end: what it was for before no longer counts. */
static int connection_wake_after(
    struct connection *connection, uint64_t delay_ns, void (*on_due)(struct wakeup *closing))
{
    struct loop *loop = &connection->server->loop;

    loop_cancel(loop, &connection->closing);
    connection->closing.on_due = on_due;
    return loop_wake_after(loop, &connection->closing, delay_ns);
}

static void connection_on_drain_limit(struct wakeup *closing)
{
    connection_close(connection_of_closing(closing), false);
}

/* All is said, but the client may still be sending: closing now would make the kernel answer with a reset,
 * which could overtake what was said. */
static void connection_begin_to_drain(struct connection *connection)
{
    connection->end = CONNECTION_IS_DRAINED;
    transport_end(&connection->transport);
    if (connection_wake_after(connection, CONNECTION_DRAIN_LIMIT_NS, connection_on_drain_limit) != 0 ||
        loop_watch(&connection->server->loop, &connection->watch, EPOLLIN | EPOLLRDHUP) != 0)
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

/* Whoever does not take what there is for them gets no more made: their input waits in the kernel. */
static bool connection_wants_input(const struct connection *connection)
{
    return connection->end == CONNECTION_STAYS && !connection->is_full && !connection_has_output(connection);
}

static void connection_on_idle_limit(struct wakeup *closing)
{
    struct connection *connection = connection_of_closing(closing);

    connection->closes_idle = false;
    connection->protocol->retire(connection);
    connection_settle(connection);
}

void connection_close_when_idle(struct connection *connection, uint64_t delay_ns)
{
    connection->closes_idle = true;
    connection->idle_limit_ns = delay_ns;
}

void connection_end_idleness(struct connection *connection)
{
    if (connection->closes_idle)
        loop_cancel(&connection->server->loop, &connection->closing);
}

/* When there is no memory for the timer, the connection stays open. */
static void connection_time_idleness(struct connection *connection)
{
    if (!connection->closes_idle)
        return;
    if (connection_has_output(connection) || !connection->protocol->is_idle(connection))
        connection_end_idleness(connection);
    else if (!timer_is_waiting(&connection->closing.timer))
        (void)connection_wake_after(connection, connection->idle_limit_ns, connection_on_idle_limit);
}

static void connection_wait(struct connection *connection)
{
    bool blocked = connection_has_output(connection) || connection->transport.wants_output;
    uint32_t events = blocked ? EPOLLOUT : 0;

    if (connection->end == CONNECTION_STAYS)
        events |= connection_wants_input(connection) ? EPOLLIN | EPOLLRDHUP : EPOLLRDHUP;
    connection_time_idleness(connection);
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

/* TLS only: which version it is to be was said in the handshake. */
static void connection_on_handshake(struct connection *connection)
{
    const struct ssl_st *ssl = connection->transport.ssl;

    connection->is_open = true;
    connection->server->handshakes++;
    gauge_handshake_ended(connection->server->gauge, tls_was_resumed(ssl));
    connection_speaks(connection, tls_speaks_http2(ssl) ? &http2_protocol : &http1_protocol);
}

/* A client that speaks in clear where TLS is spoken gets to know it. */
static void connection_refuse_clear(struct connection *connection)
{
    static const char page[] = "This port answers HTTPS only: begin the URL with https://.\n";

    buffer_printf(&connection->output,
        "HTTP/1.1 400 Bad Request\r\nContent-Type: " CONTENT_TYPE_TEXT "\r\nContent-Length: %zu\r\n"
        "Connection: close\r\n\r\n%s",
        sizeof page - 1, page);
    connection->ends_amid = true;
    connection_end(connection, CONNECTION_ENDS);
}

/* True: it is over, and went well. */
static bool connection_shake_hands(struct connection *connection)
{
    int result = transport_shake_hands(&connection->transport);

    if (result == 1)
        connection_on_handshake(connection);
    else if (result == TRANSPORT_CLEAR)
        connection_refuse_clear(connection);
    else if (result != TRANSPORT_AGAIN)
        connection_end(connection, CONNECTION_ENDS_NOW);
    return connection->is_open && connection->end == CONNECTION_STAYS;
}

/* A client that sends no more has gone (see server.h), but what it is owed already it may still read. */
static void connection_on_client_end(struct connection *connection)
{
    connection_end(connection, connection_has_output(connection) ? CONNECTION_ENDS : CONNECTION_ENDS_NOW);
}

/* True: there may be more. */
static bool connection_read_once(struct connection *connection)
{
    char *input = connection->server->input;
    ssize_t got = transport_receive(&connection->transport, input, SERVER_INPUT_SIZE);

    if (got > 0)
        connection_receive(connection, input, (size_t)got);
    else if (got == TRANSPORT_END)
        connection_on_client_end(connection);
    else if (got != TRANSPORT_AGAIN)
        connection_end(connection, CONNECTION_ENDS_NOW);
    /* Of TLS one record comes at a time. */
    bool was_filled = got == (ssize_t)SERVER_INPUT_SIZE || (got > 0 && connection->transport.ssl);
    return was_filled && connection->end == CONNECTION_STAYS && !connection->is_full;
}

static void connection_read(struct connection *connection)
{
    if (!connection->is_open && !connection_shake_hands(connection))
        return;
    for (int i = 0; i < CONNECTION_READS_AT_ONCE; i++)
        if (!connection_read_once(connection))
            return;
}

static void connection_on_ready(struct watch *watch, uint32_t events)
{
    struct connection *connection = (struct connection *)watch;

    if (connection->end == CONNECTION_IS_DRAINED) {
        connection_drain(connection);
        return;
    }
    bool has_input = (events & ~(uint32_t)EPOLLOUT) != 0;
    if (connection_wants_input(connection)) {
        if (has_input || connection->transport.wants_output)
            connection_read(connection);
    } else if (has_input) {
        connection->ends_amid = true; /* what came before the client's end is not read */
        connection_on_client_end(connection);
    }
    connection_settle(connection);
}

void connection_read_on(struct connection *connection)
{
    connection->is_full = false; /* connection_settle sees to it */
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
