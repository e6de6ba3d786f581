/*
 * http2: what faults do to HTTP/2 that no answer can. Each ends the exchange, or is followed by what does.
 */
#ifndef HARNESS_HTTP2_H
#define HARNESS_HTTP2_H

#include <stdint.h>

struct exchange;

/* RFC 9113, 7 */
#define HTTP2_NO_ERROR       0U
#define HTTP2_INTERNAL_ERROR 2U
#define HTTP2_REFUSED_STREAM 7U

/* Ends the exchange's stream with RST_STREAM. Its neighbours go on. */
void http2_reset_stream(struct exchange *exchange, uint32_t code);

/* GOAWAY: no stream of the connection that was opened by now was processed. Then the connection ends, without
 * answers that were not sent yet. */
void http2_go_away(struct exchange *exchange);

#endif
