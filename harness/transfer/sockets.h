/*
 * sockets: what the multi handles of one event loop want to have watched, for loops that call
 * curl_multi_socket_action.
 *
 * libcurl asks to leave a connection alone when its transfer ends, and to watch it again when the next one
 * begins, often within one turn of the loop. So its wishes are only noted here, and at the end of its turn
 * the loop gets the net difference, which for busy connections is nothing. The loop decides how to watch and
 * how to sleep:
 *
 *     sockets_init(&sockets);
 *     sockets_attach(&sockets, &window, &failure);             for each window, before window_open
 *     while (sockets_have_work(&sockets)) {
 *         sockets_settle(&sockets, &failure);                  libcurl works, lanes are refilled
 *         while (sockets_next_change(&sockets, &change)) ...   watch what changed
 *         ... sleep for sockets_timeout_ms at most ...
 *         sockets_act(&sockets, fd, CURL_CSELECT_IN, &failure) for each descriptor that is ready
 *     }
 *     window_release(&window);                                 libcurl still speaks of sockets meanwhile
 *     sockets_release(&sockets);
 *
 * One thread at a time.
 */
#ifndef HARNESS_TRANSFER_SOCKETS_H
#define HARNESS_TRANSFER_SOCKETS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "window.h"

struct socket_item;

struct sockets {
    struct socket_item *items; /* [descriptor] */
    size_t item_count;
    int *changed; /* descriptors to look at when the turn ends, each once; room for item_count */
    size_t changed_count;
    size_t withheld_count; /* of those, the first: until the next turn */
    struct window **windows;
    size_t window_count;
};

/* For one descriptor; of CURL_POLL_IN and CURL_POLL_OUT, or 0 for none. */
struct socket_change {
    int fd;
    int before;    /* what the kernel watches it for, as the loop was last told; 0 once it was closed */
    int after;     /* what it should be watched for from now on */
    bool is_other; /* the number may be another descriptor's than when the loop was last told */
};

void sockets_init(struct sockets *sockets);

/* From now on the window's multi handle tells `sockets` what it wants. */
int sockets_attach(struct sockets *sockets, struct window *window, struct failure *failure);

/* After all its windows. */
void sockets_release(struct sockets *sockets);

/* Has one of the windows any? */
bool sockets_have_work(const struct sockets *sockets);

/* Refills the lanes whose batches are over, starts the batches that are due, and lets libcurl do what its
 * timer was set for. */
int sockets_settle(struct sockets *sockets, struct failure *failure);

/* The next descriptor that is to be watched otherwise than before; false: there is none. To be asked until
 * then. */
bool sockets_next_change(struct sockets *sockets, struct socket_change *change);

/* How long the loop may sleep before it calls sockets_settle again, if no descriptor becomes ready. Rounded
 * up, as libcurl's timers count whole milliseconds; 0: not at all. At most a second. */
int sockets_timeout_ms(const struct sockets *sockets);

/* The descriptor is ready: CURL_CSELECT_IN, CURL_CSELECT_OUT, CURL_CSELECT_ERR. What libcurl has left in the
 * meantime is ignored. */
int sockets_act(struct sockets *sockets, int fd, int ready, struct failure *failure);

#endif
