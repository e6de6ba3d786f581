/*
 * listener: a server that keeps what it is sent, word by word, and answers everything with a 200 and no body,
 * but for the redirects that it is told to send.
 *
 *     struct listener *listener = listener_start(&failure);
 *     ... requests to listener_base_url(listener) ...
 *     listener_finish(listener);                       from now on nobody writes
 *     strstr(listener_request(listener, 0), "...")
 *     listener_destroy(listener);
 *
 * One connection at a time: the next is served when the one before is closed.
 */
#ifndef HARNESS_TESTS_LISTENER_H
#define HARNESS_TESTS_LISTENER_H

#include <stddef.h>

#include "failure.h"

struct listener;

struct listener *listener_start(struct failure *failure);

/* From now on the second request on each connection is not answered: the connection is closed, as by a server
 * whose patience with an idle client ends just then. Before the first connection. */
void listener_hang_up_on_second(struct listener *listener);

/* The same, but with a reset. */
void listener_reset_on_second(struct listener *listener);

/* From now on /redirect/CODE is answered with that code, and `location` as its Location, which must outlive
 * the listener. Before the first connection. */
void listener_redirect_to(struct listener *listener, const char *location);

const char *listener_base_url(const struct listener *listener);
void listener_finish(struct listener *listener);

/* After listener_finish: how many requests came, and each with its headers and its body; NULL beyond. */
size_t listener_request_count(const struct listener *listener);
const char *listener_request(const struct listener *listener, size_t request);

void listener_destroy(struct listener *listener);

/* A port of 127.0.0.1 where nobody listens, for as long as *fd is not closed. "http://127.0.0.1:PORT" into
 * `url`. */
int listener_reserve_dead_port(int *fd, char *url, size_t url_size, struct failure *failure);

#endif
