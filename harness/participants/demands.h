/*
 * demands: what an experiment asks of a client beyond GET requests, batch by batch, over kept connections.
 *
 * libcurl can do all of it. A program in another language declares in its manifest which of it it can do, and
 * is refused for experiments that ask for more: to run them wrongly would be worse.
 */
#ifndef HARNESS_PARTICIPANTS_DEMANDS_H
#define HARNESS_PARTICIPANTS_DEMANDS_H

#include <stddef.h>

#include "settings.h"
#include "workload.h"

/* X(NAME, word, what): the word of the manifest, and what it takes in a message. */
#define DEMANDS(X)                                                                                           \
    X(METHODS, "methods", "methods other than GET")                                                          \
    X(BODIES, "bodies", "requests with a body")                                                              \
    X(GET_BODIES, "get-bodies", "GET or HEAD requests with a body")                                          \
    X(HEADERS, "headers", "requests with headers")                                                           \
    X(TLS, "tls", "https: URLs")                                                                             \
    X(OWN_CA, "own-ca", "an authority of its own (--cacert, or --tls)")                                      \
    X(INSECURE, "insecure", "--insecure")                                                                    \
    X(HTTP_2, "http2", "--http 2")                                                                           \
    X(OPEN_LOOP, "open-loop", "an open loop (--rate)")                                                       \
    X(WARM, "warm", "--start warm")                                                                          \
    X(NO_REUSE, "no-reuse", "--no-reuse")                                                                    \
    X(TIMEOUT, "timeout", "--timeout, a limit of the whole request")                                         \
    X(CONNECT_TIMEOUT, "connect-timeout", "--connect-timeout")                                               \
    X(REDIRECTS, "redirects", "--location")                                                                  \
    X(PROXY, "proxy", "--proxy with an http: URL")                                                           \
    X(OTHER_PROXY, "other-proxy", "--proxy with another URL, or environment")

enum demand {
#define X(NAME, word, what) DEMAND_##NAME,
    DEMANDS(X)
#undef X
        DEMAND_COUNT
};

const char *demand_word(enum demand demand);
const char *demand_what(enum demand demand);

/* The demand of that word; DEMAND_COUNT: there is none. */
enum demand demand_find(const char *word);

/* Sets of demands, a bit each. Time-outs are demanded where they are not the default ones, which are there in
 * case something hangs, and which no client needs to have. */
unsigned int demands_of_workload(const struct workload *workload);
unsigned int demands_of_settings(const struct settings *settings, const struct settings *defaults);

#endif
