/*
 * poll_loop: curl_multi_perform and curl_multi_poll, for one window in one thread. The loop of curl-multi and
 * of those that differ from it in what they run in it.
 *
 *     window_open(&window, &failure);
 *     poll_loop_run(&window, &failure);                until the window has no work
 */
#ifndef HARNESS_STRATEGIES_POLL_LOOP_H
#define HARNESS_STRATEGIES_POLL_LOOP_H

#include "failure.h"
#include "window.h"

int poll_loop_run(struct window *window, struct failure *failure);

#endif
