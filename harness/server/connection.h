/*
 * connection: one client's connection: its input is handed to a version of HTTP, its output waits until the
 * client takes it. Only files of the server's own include this.
 *
 * Nothing is written or closed amid a call: whoever answers only appends to the output, or says how the
 * connection is to end. Every entry from the loop (input, room for output, a moment) ends in
 * connection_settle, which sends and closes, or, where all has been said already, in connection_close.
 */
#ifndef HARNESS_CONNECTION_H
#define HARNESS_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "exchange.h"
#include "loop.h"
#include "transport.h"

#define CONNECTION_OUTPUT_ENOUGH ((size_t)256 * 1024) /* no further answers are made before some is taken */
#define CONNECTION_PREFACE       "PRI * HTTP/2.0" /* begins HTTP/2 (RFC 9113, 3.4), and no request of HTTP/1 */
#define CONNECTION_PREFACE_SIZE  (sizeof CONNECTION_PREFACE - 1)

struct server;

/* A version of HTTP. */
struct protocol {
    /* Makes its state of the connection; NULL when out of memory. */
    void *(*open)(struct connection *connection);

    /* Takes all of these bytes. */
    void (*receive)(struct connection *connection, const char *bytes, size_t size);

    /* The output has been taken: goes on with what waited for that, if there is any. */
    void (*produce)(struct connection *connection);

    /* The exchange has its answer. Ends it before the last of that can be handed to the socket: nobody who
     * has seen the answer may still see the request in flight. */
    void (*answer)(struct exchange *exchange);

    /* From now on only the exchange's script speaks. */
    void (*take_over)(struct exchange *exchange);

    /* The pause of the exchange's script is over. */
    void (*go_on)(struct exchange *exchange);

    /* Nothing is under way: no request, not even a part of one, and no answer that was not handed over. */
    bool (*is_idle)(const struct connection *connection);

    /* No further requests: ends the connection as soon as the version can do so in good manners. */
    void (*retire)(struct connection *connection);

    /* Ends all exchanges, and frees its state. */
    void (*leave)(struct connection *connection);
};

enum connection_end {
    CONNECTION_STAYS,
    CONNECTION_ENDS,       /* when the output has been taken */
    CONNECTION_ENDS_NOW,   /* what was not taken yet is lost */
    CONNECTION_IS_RESET,   /* now, with a reset */
    CONNECTION_IS_DRAINED, /* all was said; what the client still sends is read and thrown away */
    CONNECTION_IS_CLOSED,
};

struct connection {
    struct watch watch; /* first, so that a watch is its connection */
    struct server *server;
    struct connection *previous; /* in the server's list */
    struct connection *next;
    struct transport transport;
    const struct protocol *protocol; /* NULL: not known yet */
    void *state;                     /* the protocol's */
    struct buffer output;
    size_t output_at; /* what is before has been taken */
    enum connection_end end;
    bool is_open;      /* the handshake is over */
    bool is_full;      /* it wants no more input for now, whether or not its output is taken */
    bool ends_amid;    /* there may be input that nobody reads: a plain close would reset the connection */
    bool ends_at_next; /* see exchange_close_connection_at_next */
    char preface[CONNECTION_PREFACE_SIZE];
    size_t preface_size;
    bool closes_idle; /* after idle_limit_ns, see exchange_close_connection_after */
    uint64_t idle_limit_ns;
    struct wakeup closing;
};

extern const struct protocol http1_protocol;
extern const struct protocol http2_protocol;

/* Takes over the socket, and everything of the connection from then on. */
void connection_open(struct server *server, int fd);

/* Sends and closes, see above. The connection may be gone afterwards. */
void connection_settle(struct connection *connection);

/* At once. */
void connection_close(struct connection *connection, bool resets);

/* A connection that was full wants input again, once this call from the loop has ended. */
void connection_read_on(struct connection *connection);

/* How it is to end; the quickest end that was asked for counts. */
void connection_end(struct connection *connection, enum connection_end end);

/* Closes it, in the manners of its version, once it has been idle for so long; each request ends the time. */
void connection_close_when_idle(struct connection *connection, uint64_t delay_ns);
void connection_end_idleness(struct connection *connection);

/* What the versions of HTTP have in common about an exchange, in the order of its life. */
void exchange_init(struct exchange *exchange, struct connection *connection);
bool exchange_reads_body(const struct exchange *exchange);   /* of a request whose head is complete */
void exchange_begin(struct exchange *exchange);              /* its request is complete: it is handled */
void exchange_end(struct exchange *exchange, bool answered); /* tells the gauge */
void exchange_recycle(struct exchange *exchange);            /* ready for the next request */
void exchange_release(struct exchange *exchange);            /* ends it first, if it is under way */

/* The script's next bytes, in exchange->step_bytes; false when there are none at the moment. */
bool exchange_has_bytes(struct exchange *exchange);

#endif
