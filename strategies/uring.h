/*
 * uring: the ring of multi-uring, and whether the kernel lets a program have one.
 *
 *     const char *reason = uring_unavailable();
 *     if (!reason && uring_open(&ring, completions) == 0) {
 *         ... io_uring_get_sqe(&ring), io_uring_submit(&ring) ...
 *         io_uring_queue_exit(&ring);
 *     }
 */
#ifndef HARNESS_STRATEGIES_URING_H
#define HARNESS_STRATEGIES_URING_H

#include <liburing.h>
#include <stddef.h>

/* Makes a ring that holds so many completions, and one more for each that is to be submitted; the kernel may
 * allow fewer. Those beyond wait in its memory, which costs more. An errno, or 0. */
int uring_open(struct io_uring *ring, size_t completions);

/* Why no ring can be had, or none that is good enough, with a remedy where there is one; NULL: it can. The
 * text is valid until the next call. One thread at a time. */
const char *uring_unavailable(void);

#endif
