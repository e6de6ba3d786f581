/*
 * connect_error: why there is no connection, where the system's word for it means two things.
 *
 *     if (connect(fd, address, size) != 0)
 *         error = connect_error(errno, address, size);     EADDRNOTAVAIL: every local port is taken
 *
 * Any thread may call it.
 */
#ifndef HARNESS_CONNECT_ERROR_H
#define HARNESS_CONNECT_ERROR_H

#include <sys/socket.h>

/*
 * The errno of connecting to the address. The system says EADDRNOTAVAIL for want of a local port, and also
 * for want of a local address from which the other can be reached, such as ::1 where IPv6 is off: that
 * becomes ENETUNREACH. Sends nothing.
 */
int connect_error(int error, const struct sockaddr *address, socklen_t size);

#endif
