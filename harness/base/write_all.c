#include "write_all.h"

#include <errno.h>
#include <unistd.h>

int write_all(int fd, const void *bytes, size_t size)
{
    const char *next = bytes;

    while (size > 0) {
        ssize_t written = write(fd, next, size);
        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            next += written;
            size -= (size_t)written;
        }
    }
    return 0;
}
