/*
 * raw: an answer in our own bytes, bypassing h2o, for faults.
 *
 *     static void step(struct raw *raw, uint64_t index)
 *     {
 *         if (index == 0)
 *             raw_send(raw, bytes);
 *         else
 *             raw_close(raw);
 *     }
 *     raw_begin(exchange, &(struct raw_script){.step = step});
 *
 * While a request is being answered, h2o leaves its connection alone; meanwhile the bytes go out here, as
 * fast as the client takes them, one piece a turn of the loop. A client that goes away ends it. HTTP/1
 * only. The request counts as in flight until the end, and never as served.
 */
#ifndef HARNESS_RAW_H
#define HARNESS_RAW_H

#include <h2o.h>
#include <stdbool.h>
#include <stdint.h>

#include "exchange.h"
#include "waiters.h"

#define RAW_VALUES 2

struct raw;

/* Index counts from 0; the next step comes when the bytes of this one have been sent and the pause is
 * over. */
struct raw_script {
    void (*step)(struct raw *raw, uint64_t index);
    const void *about;           /* for the step function; static */
    uint64_t values[RAW_VALUES]; /* likewise */
    uint64_t pause_ns;
};

/* One such answer, in the request's memory pool. */
struct raw {
    struct waiter waiter; /* first, so that a waiter is its raw */
    struct exchange exchange;
    struct connection *connection;
    struct raw_script script; /* a step may change it */
    uint64_t step_count;
    h2o_iovec_t kept; /* by the step function, for later steps */
    bool is_writing;
    bool is_over;
};

/* Ends the exchange with the steps of the script. Calls the first one at once. */
void raw_begin(struct exchange *exchange, const struct raw_script *script);

/* A step ends with exactly one of these. The bytes last as long as the request's pool, or the server. */
void raw_send(struct raw *raw, h2o_iovec_t bytes);
void raw_idle(struct raw *raw);  /* until the client goes away */
void raw_close(struct raw *raw); /* as a server does when it is done */
void raw_reset(struct raw *raw); /* with RST, as a crashed server does: unsent bytes are lost */

#endif
