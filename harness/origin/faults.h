/*
 * faults: the one table of how the origin misbehaves on request, each under /fault/{name}. The list at
 * /fault/, the landing page, and the tests' expectations all come from it.
 *
 * Those that break the protocol are for one version of it; asked for over another they are refused.
 */
#ifndef HARNESS_FAULTS_H
#define HARNESS_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

struct exchange;
struct route_match;

#define FAULT_PARAMETERS 2

/* A whole number in the query. */
struct fault_parameter {
    const char *name; /* NULL: there is none */
    const char *summary;
    uint64_t fallback;
    uint64_t most; /* more is refused */
};

/* What comes after the bytes of a fault that has no function. */
enum fault_ending {
    FAULT_CLOSES,
    FAULT_RESETS,
    FAULT_IDLES, /* the connection stays open */
};

/* The versions of HTTP over which it can be had. */
enum fault_versions {
    FAULT_ANY,
    FAULT_HTTP1,
    FAULT_HTTP2,
};

/* It has exactly one of: a function that answers, a function that takes the steps of a script, whose bytes
 * are all that is sent, or bytes and an ending.
 */
struct fault {
    const char *name;
    enum fault_versions versions;
    const char *summary;
    const char *outcome; /* of the request in the harness, in the words of requests.csv */
    const char *option;  /* which the harness needs for that; NULL: none */
    struct fault_parameter parameters[FAULT_PARAMETERS];
    void (*answer)(struct exchange *exchange, const struct fault *fault, const uint64_t *values);
    void (*step)(struct exchange *exchange, uint64_t index);
    const char *bytes;
    size_t size;
    enum fault_ending ending;
    bool leaves_body;       /* the request's body is never read */
    const char *neighbours; /* over HTTP/2, what may become of others on the connection; NULL: they go on */
};

/* Ends with a fault without a name. */
extern const struct fault faults[];

/* NULL when there is none of that name. */
const struct fault *fault_find(const char *name, size_t size);

/* Is this the path of a fault that leaves the body unread? */
bool fault_leaves_body(struct span path);

/* The handlers of the routes: /fault/ and /fault/{name}. */
void answer_faults(struct exchange *exchange, const struct route_match *match);
void answer_fault(struct exchange *exchange, const struct route_match *match);

#endif
