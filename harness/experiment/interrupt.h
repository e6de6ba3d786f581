/*
 * interrupt: the user's wish to stop, as a descriptor to poll instead of a handler.
 *
 *     struct interrupt interrupt;
 *     interrupt_watch(&interrupt, &failure);     from now on SIGINT, SIGTERM and SIGHUP only make fd readable
 *     ... poll interrupt.fd, or ask interrupt_has_come(&interrupt) ...
 *     interrupt_end(&interrupt);
 *
 * The first signal is for the experiment to end in good order; once it has been seen, the signals have
 * their usual effect again, so a second one ends the program at once. For one thread only.
 */
#ifndef HARNESS_INTERRUPT_H
#define HARNESS_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

#include "failure.h"

struct interrupt {
    int fd; /* readable once a signal has come, and for good; -1 when not watching */
    sigset_t usual_mask;
    bool has_come;
};

int interrupt_watch(struct interrupt *interrupt, struct failure *failure);

/* Never blocks. */
bool interrupt_has_come(struct interrupt *interrupt);

void interrupt_end(struct interrupt *interrupt);

#endif
