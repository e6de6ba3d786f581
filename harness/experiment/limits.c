#include "limits.h"

#include <sys/resource.h>

/* A blocking handle has a connection and the socket pair of its private multi handle. */
#define FILES_PER_LANE 3

/* Standard streams, libraries, shared memory, pipes. */
#define FILES_BESIDES 64

int limits_raise_open_files(uint64_t concurrency, struct failure *failure)
{
    rlim_t needed = (rlim_t)concurrency * FILES_PER_LANE + FILES_BESIDES;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't read the limit on open files");
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed)
        return failure_set(failure, FAILURE_RUN,
            "concurrency %llu needs %llu open files, the limit is %llu; raise it with 'ulimit -Hn %llu', or "
            "lower "
            "--concurrency",
            (unsigned long long)concurrency, (unsigned long long)needed, (unsigned long long)limit.rlim_max,
            (unsigned long long)needed);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        return failure_set_errno(failure, FAILURE_RUN, "can't raise the limit on open files");
    return 0;
}
