/*
 * bare_ways: the ways of waiting that bare_loops.c has, each with nothing but libcurl.
 *
 *     const struct bare_way *way = bare_way_find("multi");
 *     way->prepare(&bare);                    before the clock
 *     way->run(&bare);                        as often as wished, with bare.taken set to 0
 *     way->release(&bare);
 *
 * Whatever fails, a request too, ends the program with exit code 1.
 */
#ifndef BENCH_BARE_WAYS_H
#define BENCH_BARE_WAYS_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bare_way;

/* What is asked for. */
struct bare_plan {
    const struct bare_way *way;
    size_t lanes;
    size_t requests;
    const char *url;
    bool has_least_options;
    bool is_warm;
    size_t waiting; /* further handles, which ask once for waiting_url and go first */
    const char *waiting_url;
};

struct bare {
    struct bare_plan plan;
    CURL **handles; /* lanes, then waiting: those have this struct as CURLOPT_PRIVATE */
    char (*errors)[CURL_ERROR_SIZE];
    _Atomic size_t taken; /* requests that a lane has set out to send */
    CURLM *multi;
    int epoll;
    uint64_t act_at_ns; /* when libcurl wants to be called, CLOCK_MONOTONIC; 0: not by the clock */
    pthread_t *threads;
    pthread_barrier_t gate; /* before and after each pass of the pool */
    bool is_closing;
};

struct bare_way {
    const char *name;
    void (*prepare)(struct bare *bare);
    void (*run)(struct bare *bare);
    void (*release)(struct bare *bare);
    bool has_multi; /* can have handles that wait */
};

/* NULL: there is none of this name. */
const struct bare_way *bare_way_find(const char *name);

_Noreturn void bare_fail(const char *what);

#endif
