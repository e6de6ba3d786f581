/*
 * interrupt: the user's wish to stop, as a descriptor to poll.
 *
 *     struct interrupt interrupt;
 *     interrupt_watch(&interrupt, &failure);     from now on SIGINT, SIGTERM and SIGHUP make fd readable
 *     ... poll interrupt.fd, or ask interrupt_has_come(&interrupt) ...
 *     interrupt_end(&interrupt);
 *
 * The first signal is for the experiment to end in good order. With it the signals get their usual effect
 * back, so that a second one ends the program at once, whatever it is doing. A signal that was ignored
 * before, as SIGHUP under nohup, stays so. One at a time in a process.
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
