/*
 * ports_wait: a trial starts with the local ports that it may need, whatever earlier trials and other
 * programs left behind.
 *
 *     struct ports_wait wait;
 *     ports_wait_init(&wait, plan, interrupt_fd, &progress);
 *     ports_wait_for(&wait, arm);       before a trial; and before it is told to go, if there was a warm pass
 *     ports_wait_learn(&wait, arm, opened);     after it
 */
#ifndef HARNESS_EXPERIMENT_PORTS_WAIT_H
#define HARNESS_EXPERIMENT_PORTS_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "plan.h"
#include "progress.h"
#include "server_ports.h"

struct ports_wait {
    struct server_ports servers;
    uint64_t requests; /* of a trial, to one server */
    uint64_t batches;
    bool follows_redirects;
    uint64_t opened;  /* connections, by an earlier trial that was to keep them: the most so far */
    int interrupt_fd; /* readable when the user wants to stop */
    const struct progress *progress;
    bool has_told; /* why it takes so long; once is enough */
};

void ports_wait_init(
    struct ports_wait *wait, const struct plan *plan, int interrupt_fd, const struct progress *progress);

/*
 * Returns when the ports that one pass of the arm may need are free, or as many as can be; when the user
 * wants to stop; or after a little more than the minute for which the kernel keeps ports. When it takes long
 * it says so on standard error.
 */
void ports_wait_for(struct ports_wait *wait, const struct arm *arm);

/* A trial of the arm opened, or was to open, so many connections. Servers close connections that are to be
 * kept, and redirects lead to more: what one trial met with is expected of all that follow. */
void ports_wait_learn(struct ports_wait *wait, const struct arm *arm, uint64_t opened);

/* May the second pass of a warm start open connections, too? */
bool ports_wait_expects_new_connections(const struct ports_wait *wait, const struct arm *arm);

#endif
