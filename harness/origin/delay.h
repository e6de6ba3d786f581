/*
 * delay: requests that wait for their answer, each an entry in a heap and no more.
 *
 * h2o's own timers count whole milliseconds of the wall clock, one list for each length; so there is
 * one timerfd here, armed for the request that is due first. And h2o stops reading while a request is being
 * answered, so that it would notice a client that goes away only when it answers at last: a second
 * epoll watches for that, and ends the wait. A client that closes its sending side counts as gone,
 * as it does for h2o between requests.
 */
#ifndef HARNESS_DELAY_H
#define HARNESS_DELAY_H

#include <h2o.h>
#include <stdint.h>

#include "failure.h"
#include "timers.h"

struct exchange;

/* What waits in one event loop. */
struct delays {
    struct timers timers;
    h2o_socket_t *alarm;   /* the timerfd; NULL before delays_init */
    h2o_socket_t *hangups; /* the epoll that watches the clients of waiting requests */
    uint64_t armed_ns;     /* when the alarm goes off, CLOCK_MONOTONIC; 0: it is not set */
};

/* `delays` is zeroed, and must stay where it is. */
int delays_init(struct delays *delays, h2o_loop_t *loop, struct failure *failure);

/* Nothing may be waiting any more. Copes with delays that were never or only half made. */
void delays_release(struct delays *delays);

/* Has `answer` called with a copy of the exchange once the time is over, never before; at once when it is 0.
 * When the client goes away, or memory runs out, the exchange ends without it. */
void delay_answer(struct exchange *exchange, uint64_t delay_ns, void (*answer)(struct exchange *exchange));

#endif
