/*
 * origin: the embedded HTTP server, the default target, in its own process.
 *
 *     struct origin origin;
 *     if (origin_start(&origin, &(struct origin_options){.tls = true}, &failure) != 0) ...
 *     ... send requests to origin.base_url, watch origin.gauge ...
 *     origin_stop(&origin);
 *
 * It answers the paths of httpbin that workloads need, the way httpbin does, listens on loopback only, and
 * ends when its parent does, however the parent dies.
 */
#ifndef HARNESS_ORIGIN_H
#define HARNESS_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"
#include "gauge.h"
#include "shared_memory.h"

/* Its word on the command line. */
#define ORIGIN_COMMAND "origin"
#define ORIGIN_USAGE   "harness " ORIGIN_COMMAND " [options]"
#define ORIGIN_MEANING "the test server by itself, until it is told to end"

struct origin_options {
    uint64_t arrival_capacity; /* the order of arrival of so many requests is kept in the gauge */
    uint64_t addresses;        /* to listen on, from 127.0.0.1 on, at most 16; 0 and 1: that alone */
    bool tls;                  /* HTTPS, with HTTP/2 where the client wants it */
};

struct origin {
    pid_t pid;           /* 0 when not running */
    char base_url[64];   /* "http://127.0.0.1:PORT", or https, no slash at the end */
    char authority[64];  /* with TLS: a PEM file, to be trusted, for processes of this user; else "" */
    struct gauge *gauge; /* mapped; goes with origin_stop; NULL when there is none */
    struct shared_memory memory;
    int authority_fd; /* -1: none */
    int lifeline;     /* the origin ends when the last copy of this pipe's end is closed */
};

/* Starts `harness origin` (this very program, re-executed) on a free loopback port and waits until it
 * listens. If the origin can't start, its own message goes to standard error. It has its own process group,
 * so Ctrl-C in a terminal reaches only the harness. Call it from a thread that lives as long as the origin is
 * needed: the kernel takes the end of that thread for the end of the parent. After -1 there is nothing to
 * stop. */
int origin_start(struct origin *origin, const struct origin_options *options, struct failure *failure);

/* CPU time that the origin's process has used so far, in ns; UINT64_MAX when it can't be read. */
uint64_t origin_cpu_ns(const struct origin *origin);

/* Ends the process, waits for it, unmaps the gauge. Does nothing if it was already stopped, or is zeroed.
 */
void origin_stop(struct origin *origin);

/* The role `harness origin [--port N] ...`: serves until it is told to end. Returns 0, or -1 with a failure.
 */
int origin_role(int argc, char **argv, struct failure *failure);

/* Calls `visit` for each option of that role which is for people; `value` is what its argument is called,
 * NULL if it takes none. */
void origin_visit_options(
    void (*visit)(const char *name, const char *value, const char *help, void *context), void *context);

/* How long the answer to a request for this path waits, in seconds: 0 for most. It may have a query. */
double origin_delay_s(const char *path);

#endif
