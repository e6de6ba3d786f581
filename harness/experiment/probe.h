/*
 * probe: connects to servers once, all at the same time, and sends nothing.
 *
 *     struct probe probes[] = {{.host = "127.0.0.1", .port = 80}, {.host = "::1", .port = 8080}};
 *     probe_all(probes, 2, 3 * NS_PER_S, -1);
 *     ... probes[0].outcome, probes[0].reason ...
 *
 * Names are looked up first, all at the same time as well. Of a name whose servers do not answer in time
 * nothing is known: its probe is not run.
 */
#ifndef HARNESS_EXPERIMENT_PROBE_H
#define HARNESS_EXPERIMENT_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "record.h"

struct probe {
    const char *host; /* borrowed: a name, or an address without brackets, perhaps with %ZONE */
    uint16_t port;
    enum outcome outcome; /* in the end: ok, not run, or what a request would end with */
    char reason[96];      /* when that is a failure */
};

/*
 * Closes each connection as soon as it is there. A server with several addresses is asked at one after the
 * other, until one answers; together they have `limit_ns`, and so have the names before that. Once
 * `interrupt_fd` is readable (-1: none) it stops.
 */
void probe_all(struct probe *probes, size_t count, uint64_t limit_ns, int interrupt_fd);

#endif
