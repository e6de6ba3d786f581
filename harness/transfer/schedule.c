#include "schedule.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "random.h"

uint64_t *schedule_make(const struct settings *settings, uint64_t batch_count)
{
    uint64_t *due_ns = malloc((size_t)(batch_count + 1) * sizeof *due_ns);
    struct random random = {settings->seed};
    double mean_gap_ns = (double)NS_PER_S / settings->rate;
    double at_ns = 0;

    for (uint64_t batch = 0; due_ns && batch < batch_count; batch++) {
        due_ns[batch] = (uint64_t)at_ns;
        if (settings->arrivals == ARRIVALS_POISSON)
            at_ns += -log1p(-random_unit(&random)) * mean_gap_ns;
        else
            at_ns = (double)(batch + 1) * mean_gap_ns;
    }
    return due_ns;
}

uint64_t schedule_longest_gap_ns(const struct settings *settings)
{
    if (settings->rate <= 0)
        return 0;
    double gaps = settings->arrivals == ARRIVALS_POISSON ? log(1e6) : 1; /* P(gap > ln(1e6) means) = 1e-6 */
    return (uint64_t)(gaps * (double)NS_PER_S / settings->rate);
}
