/*
 * window: the lanes of one event loop, and the multi handle that they share. It refills lanes whose batches
 * are over, queues those whose batches are not due yet, and ends transfers; the loop decides who waits, and
 * how.
 *
 *     struct window window = WINDOW_NONE;
 *     window_init(&window, lanes, 0, 1, &failure);                 all lanes
 *     window_open(&window, &failure);                              the first batch of each
 *     while (window_has_work(&window)) {
 *         ... let libcurl work, on window.multi ...
 *         window_collect(&window, &ended, &failure);
 *         if (ended == 0) ... wait for connections, and for window.alarm_clock while window_is_waiting ...
 *         window_start_due(&window, &failure);
 *     }
 *     window_release(&window);
 *
 * Loops that call curl_multi_socket_action have more in common: sockets.h.
 *
 * One thread at a time. Several windows may work on disjoint lanes at once.
 */
#ifndef HARNESS_TRANSFER_WINDOW_H
#define HARNESS_TRANSFER_WINDOW_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "lanes.h"

struct sockets;
struct window;
struct window_end;

/*
 * What a lane does next: its transfer is over (`result`), or the moment has come that it waited for (NULL),
 * also the first one of all. It may call window_start and window_wait, or do nothing: then it is at its end.
 */
typedef int window_go_on(struct window *window, size_t lane, const CURLcode *result, struct failure *failure);

struct window {
    struct lanes *lanes;
    size_t first; /* lanes first, first + step, first + 2 * step, ... */
    size_t step;
    size_t count;
    CURLM *multi;
    int alarm_clock; /* readable when the first queued batch is due, and not when none is queued */
    uint64_t alarm_at_ns;
    size_t under_way;        /* handles in the multi handle */
    window_go_on *go_on;     /* window_refill, unless the strategy sets its own after window_init */
    struct sockets *sockets; /* NULL: libcurl itself waits for its sockets */
    uint64_t act_at_ns;      /* when libcurl wants to be called, CLOCK_MONOTONIC; 0: not by the clock */
    struct window_end *ends; /* room for all that end in a turn */
    size_t *waiting;         /* a ring of lanes whose batches are not due yet; the first is due first */
    size_t first_waiting;
    size_t waiting_count;
};

#define WINDOW_NONE                                                                                          \
    (struct window)                                                                                          \
    {                                                                                                        \
        .alarm_clock = -1                                                                                    \
    }

/* Makes what the window needs; release it also when this fails. */
int window_init(
    struct window *window, struct lanes *lanes, size_t first, size_t step, struct failure *failure);

/* The way of most loops: the lane goes on with its batch, or takes the next one, now or when that is due. */
window_go_on window_refill;

/* Starts the transfer that the lane's handle is set up for. */
int window_start(struct window *window, size_t lane, struct failure *failure);

/* Queues the lane, whose batch is not due yet (TAKE_NOT_BEFORE). */
void window_wait(struct window *window, size_t lane);

/* Each lane takes its first batch. */
int window_open(struct window *window, struct failure *failure);

/* Is a transfer under way, or a batch queued? */
bool window_has_work(const struct window *window);

/* Is a batch queued? Then the loop waits for the alarm clock too. */
bool window_is_waiting(const struct window *window);

/* Records the transfers that libcurl has ended, and starts what comes after them. `*ended` is how many. */
int window_collect(struct window *window, size_t *ended, struct failure *failure);

/* Starts the batches that are due, and sets the alarm clock to the next one. */
int window_start_due(struct window *window, struct failure *failure);

/* Call it with no transfer under way, even if the loop failed. */
void window_release(struct window *window);

#endif
