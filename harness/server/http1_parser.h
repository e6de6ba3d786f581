/*
 * http1_parser: takes requests of HTTP/1.0 and 1.1 (RFC 9112) out of a stream of bytes.
 *
 * It is our own because of what workloads may send: any token as a method and any byte in a target. llhttp
 * refuses both, its predecessor http-parser the first; which of the two a system has would decide which
 * workloads work there. It reads line by line, each when it is complete, so that the pieces in which the
 * bytes come make no difference. Lines of the head, and trailers, may end in a bare LF. What RFC 9112
 * forbids, or could be read in two ways (lengths that disagree, folded lines, a blank before a colon), is
 * refused.
 */
#ifndef HARNESS_HTTP1_PARSER_H
#define HARNESS_HTTP1_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "request.h"

enum http1_stage {
    HTTP1_REQUEST_LINE,
    HTTP1_FIELDS,
    HTTP1_BODY,       /* of known length */
    HTTP1_CHUNK_SIZE, /* the line before a chunk */
    HTTP1_CHUNK,
    HTTP1_CHUNK_END, /* the line's end behind a chunk */
    HTTP1_TRAILERS,  /* they count to the head's size, and are forgotten */
    HTTP1_WHOLE,     /* the request has been read */
    HTTP1_REFUSED,   /* it can't be answered but with `refusal` */
};

struct http1_parser {
    struct request *request; /* what is being read */
    enum http1_stage stage;
    uint64_t body_left;       /* of the body, or of the chunk */
    struct request_part line; /* the one in hand, as far as it has come; at the end of the request's text */
    int refusal;              /* a status */
    bool keeps_alive;         /* the connection goes on after this request */
    bool expects_continue;    /* the client waits for 100 before it sends the body */
};

/* Ready to read a request into a struct that is empty. */
void http1_parser_begin(struct http1_parser *parser, struct request *request);

/* Reads until the request is whole or refused, or the bytes are used up. Returns how many were used. */
size_t http1_parser_feed(struct http1_parser *parser, const char *bytes, size_t size);

#endif
