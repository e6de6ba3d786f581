/*
 * routes: the one table of what the origin answers: path, methods, argument, handler. Matching, `Allow`, and
 * the landing page all come from it, so a new path is one more row (and a handler in answers.h).
 */
#ifndef HARNESS_ROUTES_H
#define HARNESS_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

struct exchange;

enum method {
    METHOD_GET = 1 << 0,
    METHOD_HEAD = 1 << 1,
    METHOD_POST = 1 << 2,
    METHOD_PUT = 1 << 3,
    METHOD_PATCH = 1 << 4,
    METHOD_DELETE = 1 << 5,
    METHOD_TRACE = 1 << 6,
    METHOD_OPTIONS = 1 << 7,
};

/* What a path may have in place of its {name}. */
enum route_argument {
    ROUTE_PLAIN,   /* the path has no {name} */
    ROUTE_NUMBER,  /* digits */
    ROUTE_SEGMENT, /* anything but '/', not empty */
    ROUTE_REST,    /* anything, not empty and not starting with '/' */
};

struct route_match;

struct route {
    const char *path; /* a {name} comes last */
    enum route_argument argument;
    unsigned methods; /* enum method, or-ed; OPTIONS is implied, and HEAD by GET */
    /* Answers now, or arranges for an answer later. The match is gone afterwards. */
    void (*answer)(struct exchange *exchange, const struct route_match *match);
    const char *summary;
};

/* Ends with a route without a path. */
extern const struct route routes[];

struct route_match {
    const struct route *route; /* NULL: no such path */
    const char *argument;      /* points into the path matched */
    size_t argument_size;
    uint64_t number; /* of ROUTE_NUMBER; saturated */
};

/* The route of a path, which has been percent-decoded and comes without its query. */
struct route_match routes_match(const char *path, size_t size);

/* 0 for methods that no route knows. */
unsigned method_parse(const char *name, size_t size);

/* All that a route takes, OPTIONS and HEAD included. */
unsigned route_methods(const struct route *route);

/* The value of its `Allow` header. */
void route_append_allow(const struct route *route, struct buffer *buffer);

#endif
