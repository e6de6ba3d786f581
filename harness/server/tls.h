/*
 * tls: TLS 1.2 and 1.3 for a server on loopback, with a certificate authority of its own.
 *
 *     struct tls *tls = tls_create(&failure);
 *     ... let clients trust tls_authority(tls), a PEM file's content ...
 *     SSL *ssl = tls_accept(tls, fd);
 *
 * Authority and certificate are made anew each time, in a few milliseconds, and no key ever reaches a file.
 * The certificate names localhost, 127.0.0.1 to 127.0.0.16, and ::1. Sessions can be resumed (tickets). ALPN
 * prefers HTTP/2.
 */
#ifndef HARNESS_TLS_H
#define HARNESS_TLS_H

#include <stdbool.h>

#include "failure.h"
#include "span.h"

struct ssl_st;
struct tls;

/* NULL with a failure. */
struct tls *tls_create(struct failure *failure);

/* Also of NULL. */
void tls_destroy(struct tls *tls);

/* The authority's certificate in PEM; lasts as long as `tls`. */
struct span tls_authority(const struct tls *tls);

/* The server's side of a connection, before the handshake; NULL when out of memory. The caller frees it. */
struct ssl_st *tls_accept(const struct tls *tls, int fd);

/* After the handshake: did it resume a session, and did ALPN choose HTTP/2? */
bool tls_was_resumed(const struct ssl_st *ssl);
bool tls_speaks_http2(const struct ssl_st *ssl);

#endif
