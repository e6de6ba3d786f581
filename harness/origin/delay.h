/* delay: requests that wait for their answer, see waiters.h. */
#ifndef HARNESS_DELAY_H
#define HARNESS_DELAY_H

#include <stdint.h>

struct exchange;

/* Calls `answer` with a copy of the exchange once the time is over, never before; at once if it is 0. If the
 * client goes away, or memory runs out, the exchange ends without it. */
void delay_answer(struct exchange *exchange, uint64_t delay_ns, void (*answer)(struct exchange *exchange));

#endif
