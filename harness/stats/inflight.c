#include "inflight.h"

#include <math.h>

#include "radix.h"

/* With n starts up to some time and m finishes up to it, n - m are in flight then. */
static size_t inflight_max(const uint64_t *started_ns, const uint64_t *finished_ns, size_t count)
{
    size_t finished = 0;
    size_t max = 0;

    for (size_t started = 1; started <= count; started++) {
        while (finished < count && finished_ns[finished] <= started_ns[started - 1])
            finished++;
        if (started > finished && started - finished > max)
            max = started - finished;
    }
    return max;
}

struct inflight inflight_count(uint64_t *started_ns, uint64_t *finished_ns, size_t count, uint64_t wall_ns)
{
    long double sum_ns = 0;

    radix_sort(started_ns, count);
    radix_sort(finished_ns, count);
    for (size_t index = 0; index < count; index++)
        sum_ns += (long double)(finished_ns[index] - started_ns[index]);
    return (struct inflight){
        .max = inflight_max(started_ns, finished_ns, count),
        .mean = wall_ns > 0 ? (double)(sum_ns / (long double)wall_ns) : (double)NAN,
    };
}
