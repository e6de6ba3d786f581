#include "interrupt.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void interrupt_fill_signals(sigset_t *signals)
{
    (void)sigemptyset(signals);
    (void)sigaddset(signals, SIGINT);
    (void)sigaddset(signals, SIGTERM);
    (void)sigaddset(signals, SIGHUP);
}

int interrupt_watch(struct interrupt *interrupt, struct failure *failure)
{
    sigset_t signals;

    interrupt_fill_signals(&signals);
    *interrupt = (struct interrupt){.fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (interrupt->fd < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't watch for signals");
    (void)sigprocmask(SIG_BLOCK, &signals, &interrupt->usual_mask);
    return 0;
}

bool interrupt_has_come(struct interrupt *interrupt)
{
    struct pollfd fd = {.fd = interrupt->fd, .events = POLLIN};
    struct signalfd_siginfo signal;

    if (interrupt->has_come || poll(&fd, 1, 0) <= 0 || read(interrupt->fd, &signal, sizeof signal) <= 0)
        return interrupt->has_come;
    interrupt->has_come = true;
    (void)sigprocmask(SIG_SETMASK, &interrupt->usual_mask, NULL);
    return true;
}

void interrupt_end(struct interrupt *interrupt)
{
    if (interrupt->fd < 0)
        return;
    (void)close(interrupt->fd);
    (void)sigprocmask(SIG_SETMASK, &interrupt->usual_mask, NULL);
    interrupt->fd = -1;
}
