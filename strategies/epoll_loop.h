/*
 * epoll_loop: curl_multi_socket_action on epoll, for one or several windows in one thread. The loop of
 * multi-epoll and of those that differ from it in what they run in it.
 *
 *     struct epoll_loop loop = EPOLL_LOOP_NONE;
 *     epoll_loop_init(&loop, lanes);
 *     epoll_loop_add(&loop, window);                   for each window, before window_open
 *     epoll_loop_run(&loop);                           until no window has work
 *     window_release(window);                          each; then
 *     epoll_loop_release(&loop);
 *
 * One thread at a time.
 */
#ifndef HARNESS_STRATEGIES_EPOLL_LOOP_H
#define HARNESS_STRATEGIES_EPOLL_LOOP_H

#include <harness/strategy.h>

struct epoll_loop {
    struct lanes *lanes;
    int epoll;
    struct sockets *sockets;
};

#define EPOLL_LOOP_NONE                                                                                      \
    (struct epoll_loop)                                                                                      \
    {                                                                                                        \
        .epoll = -1                                                                                          \
    }

/* Besides those of its windows. */
#define FILES_PER_EPOLL_LOOP 1

/* Release it also when this fails. */
int epoll_loop_init(struct epoll_loop *loop, struct lanes *lanes);

int epoll_loop_add(struct epoll_loop *loop, struct window *window);

int epoll_loop_run(struct epoll_loop *loop);

void epoll_loop_release(struct epoll_loop *loop);

#endif
