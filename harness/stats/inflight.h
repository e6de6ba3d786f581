/*
 * inflight: how many requests were under way at once, from when each started and finished.
 *
 *     struct inflight inflight = inflight_count(started_ns, finished_ns, count, wall_ns);
 *
 * A request is in flight from its start until just before its finish, so one that starts in the
 * nanosecond in which another finishes never overlaps it, and one that takes no time counts for
 * nothing. Mean: the time integral of the number in flight, which is the sum of all durations, over
 * the wall time (Little, "A proof for the queuing formula L = lambda W", Operations Research 9, 1961).
 */
#ifndef HARNESS_INFLIGHT_H
#define HARNESS_INFLIGHT_H

#include <stddef.h>
#include <stdint.h>

struct inflight {
    size_t max;
    double mean; /* NaN when the wall time is 0 */
};

/*
 * Both arrays hold `count` times of one clock, finished_ns[i] >= started_ns[i]. Leave out requests that were
 * not sent. SORTS EACH ARRAY by itself, so afterwards equal indices no longer mean the same request.
 */
struct inflight inflight_count(uint64_t *started_ns, uint64_t *finished_ns, size_t count, uint64_t wall_ns);

#endif
