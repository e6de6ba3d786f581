/*
 * transport: the bytes of one connection, in clear or through TLS, without ever blocking.
 *
 *     ssize_t got = transport_receive(&transport, bytes, sizeof bytes);
 *     if (got > 0) ...
 */
#ifndef HARNESS_TRANSPORT_H
#define HARNESS_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TRANSPORT_RECORD_SIZE 16384 /* the most bytes in one of TLS's records (RFC 8446, 5.1) */

struct ssl_st;

enum transport_result {
    TRANSPORT_END = 0,     /* the client sends no more */
    TRANSPORT_AGAIN = -1,  /* nothing to be had at the moment */
    TRANSPORT_BROKEN = -2, /* the connection can only be closed */
    TRANSPORT_CLEAR =
        -3, /* of the handshake: the client speaks HTTP in clear, and so does the transport now */
};

struct transport {
    int fd;
    struct ssl_st *ssl; /* owned; NULL: in clear */
    bool wants_output;  /* TLS: the handshake, or receiving, can't go on before the socket takes output.
                           Whoever  sends knows from the result */
};

/* TLS's handshake; 1 when it is over (in clear: at once), or a result. */
int transport_shake_hands(struct transport *transport);

/* The bytes received, at least 1, or a result. With room for TRANSPORT_RECORD_SIZE, nothing that was read
 * from the socket waits in TLS afterwards, so the socket tells when there is more. */
ssize_t transport_receive(struct transport *transport, char *bytes, size_t size);

/* The bytes taken, at least 1, or a result, never TRANSPORT_END. After TRANSPORT_AGAIN, call it again with
 * the same bytes (more may follow them). */
ssize_t transport_send(struct transport *transport, const char *bytes, size_t size);

/* Says that no more will be sent. */
void transport_end(struct transport *transport);

/* Closes the socket: in order, or with a reset, which throws away what was not sent yet. */
void transport_close(struct transport *transport, bool resets);

#endif
