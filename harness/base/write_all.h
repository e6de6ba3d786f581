/*
 * write_all: writes all bytes of a buffer to a descriptor, in as many calls of write as it takes.
 *
 *     if (write_all(file, line.bytes, line.size) != 0)
 *         return failure_set_errno(failure, FAILURE_RUN, "can't write '%s'", name);
 *
 * Continues after a signal, and after a short write. A pipe whose other end is closed gives EPIPE only if
 * SIGPIPE is ignored. Any thread may call it; bytes of two threads may mix.
 */
#ifndef HARNESS_WRITE_ALL_H
#define HARNESS_WRITE_ALL_H

#include <stddef.h>

/* 0, or -1 with errno; bytes before the error have then been written. */
int write_all(int fd, const void *bytes, size_t size);

#endif
