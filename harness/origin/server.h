/*
 * server: one event loop that accepts connections and answers their requests.
 *
 *     struct server server = {0};
 *     if (server_init(&server, &options, &failure) == 0)
 *         ... server.port is open ...
 *         server_run(&server);
 *     server_release(&server);
 *
 * Everything belongs to the thread that runs the loop.
 */
#ifndef HARNESS_SERVER_H
#define HARNESS_SERVER_H

#include <h2o.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "gauge.h"
#include "random.h"
#include "waiters.h"

#define SERVER_BYTES_MAX  ((size_t)100 * 1024)       /* the most that /bytes gives, as httpbin does */
#define SERVER_NOISE_SIZE (2 * SERVER_BYTES_MAX)     /* the random bytes that answers are taken from */
#define SERVER_BODY_MAX   ((size_t)16 * 1024 * 1024) /* larger bodies get 413 */

struct server_options {
    uint16_t port;       /* 0: a free one */
    struct gauge *gauge; /* lasts longer than the server */
    int lifeline; /* a pipe's end; when the other end closes, the server ends. -1: it goes on until a signal
                   */
};

struct raw;

/* An open connection: all can be closed at the end, and faults reach past h2o. */
struct connection {
    h2o_linklist_t link; /* first, so that a link is its connection */
    struct server *server;
    h2o_socket_t *socket;
    struct raw *raw;       /* what answers in place of h2o; NULL: h2o does */
    struct waiter closing; /* when it waits: for the time to close the connection */
    bool drops_next;       /* closes when the next request comes, instead of answering it */
};

struct server {
    uint16_t port; /* where it listens, on 127.0.0.1 */
    struct gauge *gauge;
    struct random random;
    unsigned char *noise; /* SERVER_NOISE_SIZE random bytes */
    struct waiters waiters;
    h2o_evloop_t *loop;
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    h2o_socket_t *listener;
    h2o_socket_t *signals;
    h2o_socket_t *lifeline;
    h2o_linklist_t connections; /* of struct connection */
    int refusing_fd;            /* bound to refusing_port, and never listening */
    uint16_t refusing_port;     /* where connections are refused, on 127.0.0.1; 0: nowhere yet */
    bool stopping;
};

/* Listens. `server` is zeroed, and must stay where it is. SIGTERM and SIGINT are blocked from now on: they
 * end server_run. After -1 as well, call server_release. */
int server_init(struct server *server, const struct server_options *options, struct failure *failure);

/* Serves until it is told to end, then closes all connections. */
void server_run(struct server *server);

/* Also for a server that was never, or only partly, initialised. */
void server_release(struct server *server);

#endif
