/*
 * lookup: the addresses of many names at once, within a time that is known before.
 *
 *     struct lookup names[] = {{.host = "one.example"}, {.host = "two.example"}};
 *     if (lookup_all(names, 2, 20 * NS_PER_S, &failure) != 0) ...
 *     ... names[0].addresses ...
 *     lookup_release(&names[0]);
 *
 * A look-up can't be ended from within its process, where it would leave a thread behind. So all of them are
 * made in a process of their own, which is gone when lookup_all returns. Call it from a process without other
 * threads, or without locks that they may hold at that moment.
 */
#ifndef HARNESS_LOOKUP_H
#define HARNESS_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

struct lookup {
    const char *host; /* borrowed */
    char *addresses; /* "ADDRESS,...", IPv6 in brackets, as CURLOPT_RESOLVE takes them; NULL: there is none */
    bool has_answer; /* the resolver said so, within the time */
};

/* Looks up every host; a few at once. What has no answer after `limit_ns` stays without. -1 when no process
 * can be started; some names may have addresses then, too. */
int lookup_all(struct lookup *names, size_t count, uint64_t limit_ns, struct failure *failure);

void lookup_release(struct lookup *name);

#endif
