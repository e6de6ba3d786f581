#include "connect_error.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

/* UDP has ports of its own, and connecting sends nothing. */
static bool connect_has_local_address(const struct sockaddr *address, socklen_t size)
{
    int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return true;
    bool has_address = connect(fd, address, size) == 0 || errno != EADDRNOTAVAIL;
    (void)close(fd);
    return has_address;
}

int connect_error(int error, const struct sockaddr *address, socklen_t size)
{
    return error == EADDRNOTAVAIL && !connect_has_local_address(address, size) ? ENETUNREACH : error;
}
