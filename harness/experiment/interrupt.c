#include "interrupt.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const int signals[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

/* A handler is told nothing but its signal's number. */
static volatile sig_atomic_t interrupt_handler_fd = -1;

static void interrupt_handle(int signal)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    struct sigaction now;
    const uint64_t one = 1;
    int error = errno;

    (void)signal;
    for (int i = 0; i < INTERRUPT_SIGNALS; i++)
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler == interrupt_handle)
            (void)sigaction(signals[i], &usual, NULL);
    (void)!write(interrupt_handler_fd, &one, sizeof one);
    errno = error;
}

int interrupt_watch(struct interrupt *interrupt, struct failure *failure)
{
    const struct sigaction action = {.sa_handler = interrupt_handle, .sa_flags = SA_RESTART};

    *interrupt = (struct interrupt){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (interrupt->fd < 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't watch for signals");
    interrupt_handler_fd = interrupt->fd;
    for (int i = 0; i < INTERRUPT_SIGNALS; i++) {
        (void)sigaction(signals[i], NULL, &interrupt->before[i]);
        if (interrupt->before[i].sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &action, NULL);
    }
    return 0;
}

bool interrupt_has_come(const struct interrupt *interrupt)
{
    struct pollfd fd = {.fd = interrupt->fd, .events = POLLIN};

    return poll(&fd, 1, 0) > 0;
}

void interrupt_end(struct interrupt *interrupt)
{
    if (interrupt->fd < 0)
        return;
    for (int i = 0; i < INTERRUPT_SIGNALS; i++)
        (void)sigaction(signals[i], &interrupt->before[i], NULL);
    interrupt_handler_fd = -1;
    (void)close(interrupt->fd);
    interrupt->fd = -1;
}
