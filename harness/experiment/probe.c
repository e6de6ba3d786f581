#include "probe.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "connect_error.h"
#include "loopback.h"

/* A server that has not answered yet. */
struct attempt {
    struct probe *probe;
    struct addrinfo *addresses;
    const struct addrinfo *next;
    const struct addrinfo *now; /* to which a connection is being made */
    int fd;                     /* -1: no connection is being made */
    uint64_t limit_ns;          /* for each address */
    uint64_t deadline_ns;
};

__attribute__((format(printf, 3, 4))) static void probe_end(
    struct probe *probe, enum outcome outcome, const char *format, ...)
{
    va_list arguments;

    probe->outcome = outcome;
    va_start(arguments, format);
    (void)vsnprintf(probe->reason, sizeof probe->reason, format, arguments);
    va_end(arguments);
}

/* Names under localhost are not always known to the system; libcurl knows them (RFC 6761). */
static int attempt_look_up(struct attempt *attempt)
{
    const struct probe *probe = attempt->probe;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    char port[sizeof "65535"];

    (void)snprintf(port, sizeof port, "%u", (unsigned int)probe->port);
    int code = getaddrinfo(probe->host, port, &hints, &attempt->addresses);
    if (code != 0 && loopback_is_host(probe->host, strlen(probe->host)))
        code = getaddrinfo(NULL, port, &hints, &attempt->addresses);
    return code;
}

static void attempt_begin(struct attempt *attempt, struct probe *probe, uint64_t limit_ns)
{
    size_t count = 0;

    *attempt = (struct attempt){.probe = probe, .fd = -1};
    probe->outcome = OUTCOME_NOT_RUN;
    int code = attempt_look_up(attempt);
    if (code != 0) {
        attempt->addresses = NULL;
        probe_end(
            probe, OUTCOME_RESOLVE_FAILED, "%s", code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
    }
    for (const struct addrinfo *found = attempt->addresses; found; found = found->ai_next)
        count++;
    attempt->next = attempt->addresses;
    attempt->limit_ns = limit_ns / (count > 0 ? count : 1);
}

static void attempt_close(struct attempt *attempt)
{
    if (attempt->fd >= 0)
        (void)close(attempt->fd);
    attempt->fd = -1;
}

/* What became of the connection that was being made: `error` is an errno, or 0. */
static void attempt_settle(struct attempt *attempt, int error)
{
    attempt_close(attempt);
    error = connect_error(error, attempt->now->ai_addr, attempt->now->ai_addrlen);
    if (error == 0)
        probe_end(attempt->probe, OUTCOME_OK, "%s", "");
    else
        probe_end(attempt->probe, outcome_of_connecting(error), "%s", strerror(error));
}

static bool attempt_is_over(const struct attempt *attempt)
{
    return attempt->fd < 0 && (attempt->probe->outcome == OUTCOME_OK || !attempt->next);
}

/* Sets out for the next address, and for the one after it where that fails at once. */
static void attempt_go_on(struct attempt *attempt)
{
    while (attempt->fd < 0 && !attempt_is_over(attempt)) {
        const struct addrinfo *to = attempt->now = attempt->next;
        attempt->next = to->ai_next;
        attempt->fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
        attempt->deadline_ns = clock_monotonic_ns() + attempt->limit_ns;
        bool is_there = attempt->fd >= 0 && connect(attempt->fd, to->ai_addr, to->ai_addrlen) == 0;
        if (is_there || attempt->fd < 0 || errno != EINPROGRESS)
            attempt_settle(attempt, is_there ? 0 : errno);
    }
}

/* After poll said that something happened, or not. */
static void attempt_look(struct attempt *attempt, bool has_come)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (attempt->fd < 0)
        return;
    if (has_come) {
        if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
            error = errno;
        attempt_settle(attempt, error);
    } else if (clock_monotonic_ns() >= attempt->deadline_ns) {
        attempt_close(attempt);
        probe_end(attempt->probe, OUTCOME_TIMED_OUT, "no connection within %.3g s",
            (double)attempt->limit_ns / (double)NS_PER_S);
    }
    attempt_go_on(attempt);
}

/* Until the first deadline, for poll; -1 when all are over. */
static int probe_patience_ms(const struct attempt *attempts, size_t count)
{
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t first_ns = UINT64_MAX;

    for (size_t i = 0; i < count; i++)
        if (attempts[i].fd >= 0 && attempts[i].deadline_ns < first_ns)
            first_ns = attempts[i].deadline_ns;
    if (first_ns == UINT64_MAX)
        return -1;
    uint64_t left_ms = first_ns > now_ns ? (first_ns - now_ns) / NS_PER_MS + 1 : 0;
    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

/* `fds` has room for one more than there are attempts. */
static void probe_await(struct attempt *attempts, struct pollfd *fds, size_t count, int interrupt_fd)
{
    int patience_ms = 0;

    while ((patience_ms = probe_patience_ms(attempts, count)) >= 0) {
        for (size_t i = 0; i < count; i++)
            fds[i] = (struct pollfd){.fd = attempts[i].fd, .events = POLLOUT};
        fds[count] = (struct pollfd){.fd = interrupt_fd, .events = POLLIN};
        int ready = poll(fds, count + 1, patience_ms);
        if (ready > 0 && fds[count].revents != 0)
            return;
        for (size_t i = 0; i < count; i++)
            attempt_look(&attempts[i], ready > 0 && fds[i].revents != 0);
    }
}

/* One that was interrupted has no outcome. */
static void attempt_end(struct attempt *attempt)
{
    if (attempt->fd >= 0)
        attempt->probe->outcome = OUTCOME_NOT_RUN;
    attempt_close(attempt);
    if (attempt->addresses)
        freeaddrinfo(attempt->addresses);
}

void probe_all(struct probe *probes, size_t count, uint64_t limit_ns, int interrupt_fd)
{
    struct attempt *attempts = calloc(count, sizeof *attempts);
    struct pollfd *fds = calloc(count + 1, sizeof *fds);
    size_t begun = attempts && fds ? count : 0;

    for (size_t i = 0; i < count; i++)
        probes[i].outcome = OUTCOME_NOT_RUN;
    for (size_t i = 0; i < begun; i++)
        attempt_begin(&attempts[i], &probes[i], limit_ns);
    for (size_t i = 0; i < begun; i++)
        attempt_go_on(&attempts[i]);
    probe_await(attempts, fds, begun, interrupt_fd);
    for (size_t i = 0; i < begun; i++)
        attempt_end(&attempts[i]);
    free(fds);
    free(attempts);
}
