/* attempt: the sockets that a transfer opens, and why no connection came of them where libcurl does not say.
 */
#include "internal.h"
#include "loops.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connect_error.h"
#include "loopback.h"

/* Of the last attempt to connect; it may be left from an earlier transfer. */
static int attempt_libcurl_error(const struct lane *lane)
{
    long error = 0;

    (void)curl_easy_getinfo(lane->handle, CURLINFO_OS_ERRNO, &error);
    return (int)error;
}

/* The error of the last attempt, if it has failed; 0 when it is not known. */
static int attempt_last_error(const struct lane *lane)
{
    const struct attempt *attempt = &lane->attempt;

    return attempt->address_size > 0 ? connect_error(attempt_libcurl_error(lane),
                                           (const struct sockaddr *)&attempt->address, attempt->address_size)
                                     : 0;
}

static void attempt_note_elsewhere(struct lane *lane, const struct sockaddr *address)
{
    if (loopback_is_address(address))
        return;
    lane->attempt.was_elsewhere = true;
    atomic_store_explicit(&lane->shared->may_leave, true, memory_order_relaxed);
}

curl_socket_t attempt_open_socket(void *lane, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct lane *self = lane;
    struct attempt *attempt = &self->attempt;

    (void)purpose;
    attempt->error = attempt_error(self);
    attempt_note_elsewhere(self, &address->addr);
    attempt->address_size = address->addrlen <= sizeof attempt->address ? address->addrlen : 0;
    memcpy(&attempt->address, &address->addr, attempt->address_size);
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0 && (!self->sockets || sockets_note_opened(self->sockets, fd)))
        return fd;
    attempt->error = fd >= 0 ? ENOMEM : errno;
    attempt->address_size = 0;
    if (fd >= 0)
        (void)close(fd);
    return CURL_SOCKET_BAD;
}

int attempt_close_socket(void *lane, curl_socket_t fd)
{
    const struct lane *self = lane;

    if (self->sockets)
        sockets_note_closed(self->sockets, fd);
    return close(fd);
}

int attempt_error(const struct lane *lane)
{
    int before = lane->attempt.error;
    int last = attempt_last_error(lane);

    return last == 0 || outcome_of_connecting(before) != OUTCOME_CONNECT_FAILED ? before : last;
}

enum outcome attempt_outcome(const struct lane *lane)
{
    return outcome_of_connecting(attempt_error(lane));
}
