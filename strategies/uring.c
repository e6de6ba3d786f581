#include "uring.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* To submit; when there are more, those are submitted first, without waiting. */
#define ENTRIES 256

/* From Linux 5.19 on a completion need not interrupt the thread, which comes by the kernel often enough. */
int uring_open(struct io_uring *ring, size_t completions)
{
    struct io_uring_params params = {
        .flags = IORING_SETUP_COOP_TASKRUN | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
        .cq_entries = (unsigned int)completions + ENTRIES};

    int result = io_uring_queue_init_params(ENTRIES, ring, &params);
    if (result == -EINVAL) {
        params.flags &= ~(unsigned int)IORING_SETUP_COOP_TASKRUN;
        result = io_uring_queue_init_params(ENTRIES, ring, &params);
    }
    return -result;
}

/* Some sandboxes let a ring be made, and nothing be entered. */
static int uring_try(struct io_uring *ring)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(ring);

    if (!entry)
        return EBUSY;
    io_uring_prep_nop(entry);
    int result = io_uring_submit(ring);
    return result < 0 ? -result : 0;
}

/* The newest thing that it needs is to wait with a time-out (IORING_FEAT_EXT_ARG). */
const char *uring_unavailable(void)
{
    static char reason[128];
    struct io_uring ring;
    bool is_new_enough = false;
    int error = uring_open(&ring, 0);

    if (error == 0) {
        is_new_enough = ring.features & IORING_FEAT_EXT_ARG;
        error = uring_try(&ring);
        io_uring_queue_exit(&ring);
    }
    switch (error) {
    case 0:
        return is_new_enough ? NULL : "the kernel's io_uring is older than Linux 5.11";
    case EPERM:
        return "the kernel refuses io_uring: Operation not permitted; the setting "
               "kernel.io_uring_disabled or a container's seccomp profile can do so";
    case ENOSYS:
        return "the kernel refuses io_uring: Function not implemented";
    case EINVAL:
        return "the kernel refuses io_uring: Invalid argument";
    case EMFILE:
        return "the kernel refuses io_uring: Too many open files; raise the limit on open files (ulimit -n)";
    case ENOMEM:
        return "the kernel refuses io_uring: Cannot allocate memory; raise the limit on locked memory "
               "(ulimit -l)";
    case EACCES:
        return "the kernel refuses io_uring: Permission denied; a security policy such as SELinux's can do "
               "so";
    default:
        (void)snprintf(reason, sizeof reason, "the kernel refuses io_uring: %s", strerror(error));
        return reason;
    }
}
