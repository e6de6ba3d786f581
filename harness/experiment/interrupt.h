/*
 * interrupt: the user's wish to stop, as a descriptor to poll.
 *
 *     struct interrupt interrupt;
 *     interrupt_watch(&interrupt, &failure);     from now on SIGINT, SIGTERM and SIGHUP make fd readable
 *     ... poll interrupt.fd, or ask interrupt_has_come(&interrupt) ...
 *     interrupt_end(&interrupt);
 *
 * The first signal lets the experiment end in good order. It also restores the signals' usual effect, so a
 * second one ends the program at once, whatever it is doing. A signal that was ignored before, like SIGHUP
 * under nohup, stays ignored. One at a time per process.
 */
#ifndef HARNESS_INTERRUPT_H
#define HARNESS_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

#include "failure.h"

#define INTERRUPT_SIGNALS 3

struct interrupt {
    int fd; /* readable once a signal has come, and for good; -1 when not watching */
    struct sigaction before[INTERRUPT_SIGNALS];
};

int interrupt_watch(struct interrupt *interrupt, struct failure *failure);

/* Never blocks. */
bool interrupt_has_come(const struct interrupt *interrupt);

void interrupt_end(struct interrupt *interrupt);

#endif
