/*
 * request: what a client asks for, whatever the version of HTTP that brought it.
 *
 * A zeroed struct is an empty request. Spans that the readers below give last until the request is cleared.
 */
#ifndef HARNESS_REQUEST_H
#define HARNESS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "span.h"

#define REQUEST_HEAD_MAX   ((size_t)64 * 1024) /* names, values and target together; larger ones get 431 */
#define REQUEST_FIELDS_MAX ((size_t)500)       /* more get 431 too */
#define REQUEST_BODY_MAX   ((size_t)16 * 1024 * 1024) /* larger ones get 413 */

/* A part of the head, by its place in `text`, which moves while it grows. */
struct request_part {
    uint32_t at;
    uint32_t size;
};

struct request_field {
    struct request_part name;
    struct request_part value;
};

struct request {
    struct buffer text; /* the head's parts, one after the other */
    struct request_part method;
    struct request_part target;    /* path and query; starts with '/', or is "*"; empty with CONNECT */
    struct request_part authority; /* "localhost:8080"; empty: not told */
    struct request_field *fields;  /* owned; as they came */
    size_t field_count;
    size_t field_capacity;
    bool has_body; /* it may be empty even so */
    struct buffer body;
    int version; /* 10, 11 or 20, for HTTP/1.0, 1.1 and 2 */
    bool is_secure;
    int refusal; /* the status for a request of which a part could not be kept; 0: all of it is here */
};

void request_release(struct request *request);

/* Empties it, and keeps memory for the next one unless that is much. */
void request_clear(struct request *request);

/* While it is read. A part is begun, and grows by pieces. False: it is too large, or out of memory, and
 * `refusal` is set. */
void request_begin_part(struct request *request, struct request_part *part);
bool request_grow_part(struct request *request, struct request_part *part, const char *bytes, size_t size);
bool request_begin_field(struct request *request); /* the last one is fields[field_count - 1] */
bool request_grow_body(struct request *request, const char *bytes, size_t size);

struct span request_span(const struct request *request, struct request_part part);
struct span request_method(const struct request *request);
struct span request_target(const struct request *request);
struct span request_authority(const struct request *request);
const char *request_scheme(const struct request *request);

/* Without the '?'. */
struct span request_query(const struct request *request);

/* Without the query, and as it was sent. */
struct span request_path(const struct request *request);

/* The value of the first field of that name (in lower case), or a span of no bytes with NULL. */
struct span request_header(const struct request *request, const char *name);

#endif
