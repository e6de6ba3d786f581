/*
 * http1_parser: takes requests of HTTP/1.0 and 1.1 (RFC 9112) out of a stream of bytes.
 *
 * It is our own because of what workloads may send: any token as a method and any byte in a target. llhttp
 * refuses both, its predecessor http-parser the first; which of the two a system has would decide which
 * workloads work there. It gathers the head and then reads it line by line, so that the pieces in which the
 * bytes come make no difference. Lines may end in a bare LF. What could be read in two ways (lengths that
 * disagree, folded lines, a blank before a colon) is refused.
 */
#ifndef HARNESS_HTTP1_PARSER_H
#define HARNESS_HTTP1_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "request.h"

#define HTTP1_CHUNK_LINE_KEPT 32 /* of a line in a chunked body: a size is at its start */

enum http1_stage {
    HTTP1_HEAD,
    HTTP1_BODY,       /* of known length */
    HTTP1_CHUNK_SIZE, /* the line before a chunk */
    HTTP1_CHUNK,
    HTTP1_CHUNK_END, /* the line's end behind a chunk */
    HTTP1_TRAILER,
    HTTP1_WHOLE,   /* the request has been read */
    HTTP1_REFUSED, /* it can't be answered but with `refusal` */
};

struct http1_parser {
    struct request *request; /* what is being read */
    enum http1_stage stage;
    uint64_t body_left;  /* of the body, or of the chunk */
    size_t line_at;      /* in the head: where the line begins that is not complete yet */
    size_t line_size;    /* of the line in hand, in the stages of chunks */
    size_t trailer_size; /* of the trailer's lines before it */
    char line[HTTP1_CHUNK_LINE_KEPT];
    int refusal;           /* a status */
    bool keeps_alive;      /* the connection goes on after this request */
    bool expects_continue; /* the client waits for 100 before it sends the body */
};

/* Ready to read a request into a struct that is empty. */
void http1_parser_begin(struct http1_parser *parser, struct request *request);

/* Reads until the request is whole or refused, or the bytes are used up. Returns how many were used. */
size_t http1_parser_feed(struct http1_parser *parser, const char *bytes, size_t size);

#endif
