/*
 * gauge: what the embedded origin saw, in memory that it shares with the process that started it.
 *
 * The origin's one thread is the only writer, apart from gauge_reset. It is the witness
 * for the cap on requests in flight, for the order within batches and for the reuse of connections, because
 * it does not depend on the client's own bookkeeping. Requests that are not HTTP, or whose body is too large,
 * are refused before they get here and are not counted, nor are streams beyond those that the client may
 * open.
 *
 * A request begins when it has been read (with a fault that reads no body: its head), and ends, served, when
 * the last byte of its answer has been written into the connection's output, just before that goes to the
 * socket. So nobody who has seen an answer finds its request in flight. An answer may still be lost on its
 * way to the client: with a client that reads slowly it waits in the output, and is thrown away if the
 * connection is reset. All others end when their stream or connection does, not served: the client left, or a
 * fault took it away from them, be it their own or that of a neighbour.
 */
#ifndef HARNESS_GAUGE_H
#define HARNESS_GAUGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "span.h"

#define GAUGE_TARGET_SIZE 120
#define GAUGE_METHOD_SIZE 16
#define GAUGE_BODY_SIZE   64
#define GAUGE_VALUE_SIZE  64

/* The header of which arrivals keep the value, in lower case. */
#define GAUGE_HEADER "harness-check"

/* One request, in the order in which requests arrived. */
struct gauge_arrival {
    uint64_t at_ns;                 /* CLOCK_MONOTONIC */
    char target[GAUGE_TARGET_SIZE]; /* path and query, NUL-terminated, cut if longer; so are the next three */
    char method[GAUGE_METHOD_SIZE];
    char value[GAUGE_VALUE_SIZE]; /* of GAUGE_HEADER; "": it has none */
    char body[GAUGE_BODY_SIZE];
    uint64_t body_size;
};

struct gauge {
    _Atomic uint64_t connections_open;
    _Atomic uint64_t connections_accepted; /* since the start or the last reset */
    _Atomic uint64_t requests_in_flight;   /* begun, and not ended */
    _Atomic uint64_t max_in_flight;        /* the most at once since the start or the last reset */
    _Atomic uint64_t requests_served;      /* ended with an answer, since the start or the last reset */
    _Atomic uint64_t streams_opened;       /* requests over HTTP/2, likewise */
    _Atomic uint64_t handshakes_full;      /* of TLS, likewise */
    _Atomic uint64_t handshakes_resumed;   /* likewise */
    uint64_t arrival_capacity;             /* how many arrivals there is room for; 0 keeps none */
    _Atomic uint64_t arrival_count;        /* may exceed the capacity: then the later ones were not kept */
    struct gauge_arrival arrivals[];
};

/* Counts and arrivals start again from zero, max_in_flight from what is in flight now. Call it while no
 * request is on its way. */
void gauge_reset(struct gauge *gauge);

/* The size in bytes of a gauge with room for this many arrivals; 0 if that is more than memory can hold. */
size_t gauge_size(uint64_t arrival_capacity);

/* What the origin reports to the gauge. Every request that began ends once, see above. */
void gauge_connection_opened(struct gauge *gauge);
void gauge_connection_closed(struct gauge *gauge);
void gauge_handshake_ended(struct gauge *gauge, bool resumed);
void gauge_stream_opened(struct gauge *gauge);
void gauge_request_began(struct gauge *gauge, const char *target, size_t target_size);
/* What the request that began last has besides its target; `value` is that of GAUGE_HEADER. To be told where
 * arrivals are kept. */
void gauge_request_brought(struct gauge *gauge, struct span method, struct span value, struct span body);
void gauge_request_ended(struct gauge *gauge, bool answered);

#endif
