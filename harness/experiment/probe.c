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
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "connect_error.h"
#include "lookup.h"
#include "loopback.h"

/* A server that has not answered yet. */
struct attempt {
    struct probe *probe;
    char *addresses;      /* of the server, as lookup.h has them; owned */
    char *next;           /* those left; NULL: none */
    struct addrinfo *now; /* to which a connection is being made; owned */
    int fd;               /* -1: no connection is being made */
    uint64_t limit_ns;    /* for each address */
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
static const char *probe_addresses(const struct lookup *name)
{
    bool is_local = loopback_is_host(name->host, strlen(name->host));

    return name->addresses || !is_local ? name->addresses : "127.0.0.1,[::1]";
}

static void attempt_begin(
    struct attempt *attempt, struct probe *probe, const struct lookup *name, uint64_t limit_ns)
{
    const char *addresses = probe_addresses(name);
    uint64_t count = 1;

    *attempt = (struct attempt){.probe = probe, .fd = -1};
    if (!addresses && name->has_answer)
        probe_end(probe, OUTCOME_RESOLVE_FAILED, "the name has no address");
    attempt->addresses = addresses ? strdup(addresses) : NULL;
    attempt->next = attempt->addresses;
    for (const char *c = addresses; c && *c; c++)
        count += *c == ',';
    attempt->limit_ns = limit_ns / count;
}

/* Takes the next address from the list. False when it can't be used. */
static bool attempt_take_address(struct attempt *attempt)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    char port[sizeof "65535"];
    char *text = attempt->next;
    char *end = text + strcspn(text, ",");

    attempt->next = *end ? end + 1 : NULL;
    if (*text == '[') {
        text++;
        end--;
    }
    *end = '\0';
    (void)snprintf(port, sizeof port, "%u", (unsigned int)attempt->probe->port);
    if (attempt->now)
        freeaddrinfo(attempt->now);
    attempt->now = NULL;
    return getaddrinfo(text, port, &hints, &attempt->now) == 0;
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
        if (!attempt_take_address(attempt))
            continue;
        const struct addrinfo *to = attempt->now;
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
    if (attempt->now)
        freeaddrinfo(attempt->now);
    free(attempt->addresses);
}

/* The names of all servers, each once. */
struct probe_names {
    struct lookup *items;
    size_t count;
};

/* That of this host; a new one, if it has none yet. */
static struct lookup *probe_name(struct probe_names *names, const char *host)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcasecmp(names->items[i].host, host) == 0)
            return &names->items[i];
    names->items[names->count].host = host;
    return &names->items[names->count++];
}

/* False: out of memory. What can't be looked up is not known to have no address. */
static bool probe_look_up(
    struct probe_names *names, const struct probe *probes, size_t count, uint64_t limit_ns)
{
    struct failure failure = {0};

    *names = (struct probe_names){.items = calloc(count, sizeof *names->items)};
    for (size_t i = 0; names->items && i < count; i++)
        (void)probe_name(names, probes[i].host);
    if (names->items)
        (void)lookup_all(names->items, names->count, limit_ns, &failure);
    return names->items != NULL;
}

static void probe_release_names(struct probe_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        lookup_release(&names->items[i]);
    free(names->items);
}

void probe_all(struct probe *probes, size_t count, uint64_t limit_ns, int interrupt_fd)
{
    struct attempt *attempts = calloc(count, sizeof *attempts);
    struct pollfd *fds = calloc(count + 1, sizeof *fds);
    struct probe_names names;
    bool is_ready = probe_look_up(&names, probes, count, limit_ns) && attempts && fds;
    size_t begun = is_ready ? count : 0;

    for (size_t i = 0; i < count; i++)
        probes[i].outcome = OUTCOME_NOT_RUN;
    for (size_t i = 0; i < begun; i++)
        attempt_begin(&attempts[i], &probes[i], probe_name(&names, probes[i].host), limit_ns);
    for (size_t i = 0; i < begun; i++)
        attempt_go_on(&attempts[i]);
    probe_await(attempts, fds, begun, interrupt_fd);
    for (size_t i = 0; i < begun; i++)
        attempt_end(&attempts[i]);
    probe_release_names(&names);
    free(fds);
    free(attempts);
}
