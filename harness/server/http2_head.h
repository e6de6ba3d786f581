/*
 * http2_head: the heads of requests and answers as HTTP/2 has them, field by field: RFC 9113, 8.3. Only
 * http2.c includes this.
 */
#ifndef HARNESS_HTTP2_HEAD_H
#define HARNESS_HTTP2_HEAD_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>

#include "exchange.h"
#include "request.h"

/* Adds a field, or what a pseudo-header says, to the request. False: the request is refused, see its
 * `refusal`. */
bool http2_read_field(struct request *request, struct span name, struct span value);

/* After the last field: takes the authority from Host, for clients that say it the old way. */
void http2_complete_head(struct request *request);

#define HTTP2_FIELDS_MAX (EXCHANGE_HEADERS_MAX + 3)

/* The head of an answer, as nghttp2 takes it. Its fields point into itself and into the answer. */
struct http2_head {
    nghttp2_nv fields[HTTP2_FIELDS_MAX];
    size_t count;
    char status[8];
    char length[24];
};

void http2_fill_head(struct http2_head *head, const struct answer *answer);

/* Points to both. `name` must be static, and in lower case. */
nghttp2_nv http2_field(const char *name, struct span value);

#endif
