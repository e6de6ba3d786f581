/*
 * server: an HTTP server in one thread: it listens on loopback, and hands requests to one function.
 *
 *     struct server server = {0};
 *     if (server_init(&server, &options, &failure) == 0)
 *         ... server.port is open ...
 *         server_run(&server);
 *     server_release(&server);
 *
 * HTTP/1.1 and HTTP/2, over TLS (with ALPN) or in clear (HTTP/2 with prior knowledge only; a wish to upgrade
 * is not granted, and the request answered as it came, as RFC 9110, 7.8 allows). Everything belongs to the
 * thread that runs the loop.
 *
 * A client that ends its side of the connection has left, as far as anyone can see who sends it nothing: what
 * was written for it by then it may still read, and what is under way is given up. So clients that wait for
 * the answer must not half-close before they have it (as nc -N does).
 */
#ifndef HARNESS_SERVER_H
#define HARNESS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "gauge.h"
#include "loop.h"

#define SERVER_INPUT_SIZE ((size_t)64 * 1024)

/* 127.0.0.1 to 127.0.0.16, which the certificate names (tls.c). */
#define SERVER_ADDRESSES_MAX 16

struct connection;
struct exchange;
struct tls;

struct server_options {
    uint16_t port;                             /* 0: a free one */
    unsigned int addresses;                    /* to listen on, from 127.0.0.1 on; 0 and 1: that alone */
    struct gauge *gauge;                       /* lasts longer than the server, as the next two */
    const struct tls *tls;                     /* NULL: in clear */
    void *site;                                /* for `handle`, see exchange_site */
    void (*handle)(struct exchange *exchange); /* see exchange.h */
    /* HTTP/2 only: is the body of this request, of which there is only the head yet, to be read? If not, it
     * is handled now, and its stream's window stays closed. NULL: all are. */
    bool (*reads_body)(const struct exchange *exchange);
    int lifeline; /* a pipe's end; when the other end closes, the server ends. -1: it goes on until a signal
                   */
};

struct server_listener {
    struct watch watch;
    struct server *server;
};

struct server {
    struct loop loop;
    uint16_t port; /* where it listens, on each of its addresses */
    struct gauge *gauge;
    const struct tls *tls;
    void *site;
    void (*handle)(struct exchange *exchange);
    bool (*reads_body)(const struct exchange *exchange);
    char *input; /* SERVER_INPUT_SIZE bytes: what was read last, from whichever connection */
    struct connection *connections; /* those that are open */
    struct server_listener listeners[SERVER_ADDRESSES_MAX];
    unsigned int listener_count; /* those that listen */
    struct watch signals;
    struct watch lifeline;
    struct wakeup retry; /* while the listeners are not watched, for want of descriptors */
    uint64_t handshakes; /* of TLS, since memory was last tidied */
    bool stopping;
};

/* Listens. `server` is zeroed, and must stay where it is. SIGTERM and SIGINT are blocked from now on: they
 * end server_run. SIGPIPE must be ignored. After -1 as well, call server_release. */
int server_init(struct server *server, const struct server_options *options, struct failure *failure);

/* Serves until it is told to end. */
void server_run(struct server *server);

/* Closes all connections. Also for a server that was never, or only partly, initialised. */
void server_release(struct server *server);

/* A loopback port, not listening yet; `*port` 0 asks for a free one. Shared, others may bind it too as long
 * as nobody listens. Returns the descriptor, or -1 with a failure. */
int server_bind(uint16_t *port, bool is_shared, struct failure *failure);

/* For connection.c: keeps the list and the gauge. */
void server_connection_opened(struct server *server, struct connection *connection);
void server_connection_closed(struct server *server, struct connection *connection);

#endif
