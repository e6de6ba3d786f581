/*
 * target: care for other people's machines.
 *
 *     struct target target = {0};
 *     if (target_find(&target, settings, workload, &failure) != 0) ...
 *     ... target.server, target.may_be_redirected ...
 *     target_release(&target);
 */
#ifndef HARNESS_EXPERIMENT_TARGET_H
#define HARNESS_EXPERIMENT_TARGET_H

#include <stdbool.h>

#include "buffer.h"
#include "failure.h"
#include "settings.h"
#include "workload.h"

/* At most this many requests may go to other machines in one experiment without confirmation. */
#define TARGET_UNASKED 1000

/* Where an experiment's requests may go, beyond this machine. */
struct target {
    const char *server;     /* the first that is known; NULL: none */
    bool may_be_redirected; /* redirects are followed, and a server that is not ours may send them anywhere */
    struct buffer text;     /* of the server */
};

/*
 * Looks at the workload's URLs, the base URL, and the proxy, be it given or of the environment. What is this
 * machine is told by loopback.h; a name without an address counts as another machine.
 */
int target_find(struct target *target, const struct settings *settings, const struct workload *workload,
    struct failure *failure);

void target_release(struct target *target);

#endif
