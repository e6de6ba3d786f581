/*
 * http2: what faults do to HTTP/2 that no answer can. The first two end the exchange; the last is
 * followed by an answer.
 */
#ifndef HARNESS_HTTP2_H
#define HARNESS_HTTP2_H

#include <stdint.h>

struct exchange;

/* RFC 9113, 7 */
#define HTTP2_INTERNAL_ERROR 2U
#define HTTP2_REFUSED_STREAM 7U

#define HTTP2_STREAMS_MAX 100000U /* at once on a connection, as many as the harness can have requests */

/* Ends the exchange's stream with RST_STREAM. Its neighbours go on. */
void http2_reset_stream(struct exchange *exchange, uint32_t code);

/* GOAWAY: of the connection's streams those up to the last that got an answer (or its beginning) may have
 * been processed, and no later ones; when none got any, no stream was. Then the connection ends, without
 * answers that were not sent yet. */
void http2_go_away(struct exchange *exchange);

/* SETTINGS: from now on the client may have no more than so many streams open at once on the connection.
 * Those that are open stay. What it opens beyond that before it has acknowledged this is refused with
 * HTTP2_REFUSED_STREAM; later, that is an error which ends the connection (RFC 9113, 5.1.2). */
void http2_limit_streams(struct exchange *exchange, uint32_t count);

#endif
