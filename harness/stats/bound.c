#include "bound.h"

#include <math.h>

void bound_keep_least(double *least_s, const double *durations_s, size_t count)
{
    for (size_t request = 0; request < count; request++)
        least_s[request] = fmin(least_s[request], durations_s[request]);
}

void bound_add_batch(struct lower_bound *bound, const double *least_s, size_t request_count)
{
    double batch_s = 0;

    for (size_t request = 0; request < request_count; request++) {
        if (isnan(least_s[request])) {
            bound->missing++;
            continue;
        }
        bound->requests++;
        batch_s += least_s[request];
    }
    bound->sum_s += batch_s;
    bound->longest_batch_s = fmax(bound->longest_batch_s, batch_s);
}

double bound_seconds(const struct lower_bound *bound, size_t concurrency)
{
    if (bound->requests == 0 || concurrency == 0)
        return NAN;
    return fmax(bound->longest_batch_s, bound->sum_s / (double)concurrency);
}

double bound_efficiency(double bound_s, double wall_s)
{
    return wall_s > 0 ? bound_s / wall_s : NAN;
}
