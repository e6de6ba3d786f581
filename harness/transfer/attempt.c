/* attempt: the sockets that a transfer opens, and why no connection came of them where libcurl does not say.
 */
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loopback.h"

/* Of the last attempt to connect; it may be left from an earlier transfer. */
static int attempt_libcurl_error(const struct lane *lane)
{
    long error = 0;

    (void)curl_easy_getinfo(lane->handle, CURLINFO_OS_ERRNO, &error);
    return (int)error;
}

/*
 * connect() says EADDRNOTAVAIL for want of a local port, and also for want of a local address from which the
 * other can be reached, such as ::1 where IPv6 is off. UDP has ports of its own, and connecting sends
 * nothing.
 */
static bool attempt_has_local_address(const struct attempt *attempt)
{
    int fd = socket(attempt->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return true;
    bool has_address = connect(fd, (const struct sockaddr *)&attempt->address, attempt->address_size) == 0 ||
                       errno != EADDRNOTAVAIL;
    (void)close(fd);
    return has_address;
}

/* The error of the last attempt, if it has failed; 0 when it is not known. */
static int attempt_last_error(const struct lane *lane)
{
    int error = lane->attempt.address_size > 0 ? attempt_libcurl_error(lane) : 0;

    return error == EADDRNOTAVAIL && !attempt_has_local_address(&lane->attempt) ? ENETUNREACH : error;
}

static enum outcome attempt_outcome_of(int error)
{
    switch (error) {
    case EADDRNOTAVAIL:
        return OUTCOME_NO_PORT;
    case EMFILE:
    case ENFILE:
        return OUTCOME_NO_DESCRIPTOR;
    default:
        return OUTCOME_CONNECT_FAILED;
    }
}

curl_socket_t attempt_open_socket(void *lane, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct lane *self = lane;
    struct attempt *attempt = &self->attempt;

    (void)purpose;
    attempt->error = attempt_error(self);
    attempt->was_elsewhere = attempt->was_elsewhere || !loopback_is_address(&address->addr);
    attempt->address_size = address->addrlen <= sizeof attempt->address ? address->addrlen : 0;
    memcpy(&attempt->address, &address->addr, attempt->address_size);
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0)
        return fd;
    attempt->error = errno;
    attempt->address_size = 0;
    return CURL_SOCKET_BAD;
}

int attempt_error(const struct lane *lane)
{
    int before = lane->attempt.error;
    int last = attempt_last_error(lane);

    return last == 0 || attempt_outcome_of(before) != OUTCOME_CONNECT_FAILED ? before : last;
}

enum outcome attempt_outcome(const struct lane *lane)
{
    return attempt_outcome_of(attempt_error(lane));
}
