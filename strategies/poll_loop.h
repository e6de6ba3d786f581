/*
 * poll_loop: curl_multi_perform and curl_multi_poll, for one window in one thread. The loop of curl-multi and
 * of those that differ from it in what they run in it.
 *
 *     window_open(window);
 *     poll_loop_run(lanes, window);                until the window has no work
 */
#ifndef HARNESS_STRATEGIES_POLL_LOOP_H
#define HARNESS_STRATEGIES_POLL_LOOP_H

#include <harness/strategy.h>

int poll_loop_run(struct lanes *lanes, struct window *window);

#endif
