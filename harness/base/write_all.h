/*
 * write_all: all bytes of a buffer to a descriptor, however many calls of write that takes.
 *
 *     if (write_all(file, line.bytes, line.size) != 0)
 *         return failure_set_errno(failure, FAILURE_RUN, "can't write '%s'", name);
 *
 * Goes on after a signal, and after a write of fewer bytes. To a pipe whose other end is closed it is EPIPE
 * only where SIGPIPE is ignored. Any thread may call it; bytes of two threads may mix.
 */
#ifndef HARNESS_WRITE_ALL_H
#define HARNESS_WRITE_ALL_H

#include <stddef.h>

/* 0, or -1 with errno; what came before the error is written then. */
int write_all(int fd, const void *bytes, size_t size);

#endif
