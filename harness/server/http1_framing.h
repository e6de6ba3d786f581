/*
 * http1_framing: what the fields of a request say about its body and its connection, RFC 9112, 6.3 and 9.3,
 * and its host, 3.2. Only http1_parser.c includes this.
 */
#ifndef HARNESS_HTTP1_FRAMING_H
#define HARNESS_HTTP1_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "request.h"

struct http1_framing {
    bool has_length;
    uint64_t length;
    bool is_chunked;
    bool closes;
    bool keeps_alive; /* the connection goes on after this request */
    bool expects_continue;
    bool has_host;
};

/* Also sets the request's authority. Returns 0, or the status that refuses the request. */
int http1_read_framing(struct http1_framing *framing, struct request *request);

#endif
