#include "first_place.h"

#include "interval.h"

size_t first_place_comparisons(size_t arm_count)
{
    return arm_count < 2 ? 0 : arm_count * (arm_count - 1) / 2;
}

static bool first_place_is_beaten(
    const double *const *times, size_t arm_count, size_t arm, size_t rounds, double *log_ratios)
{
    for (size_t other = 0; other < arm_count; other++) {
        if (other != arm && interval_of_ratio(times[arm], times[other], rounds,
                                first_place_comparisons(arm_count), log_ratios)
                                    .low > 1)
            return true;
    }
    return false;
}

void first_place(const double *const *times, size_t arm_count, size_t rounds, double *log_ratios, bool *first)
{
    size_t first_count = 0;

    for (size_t arm = 0; arm < arm_count; arm++) {
        first[arm] = !first_place_is_beaten(times, arm_count, arm, rounds, log_ratios);
        first_count += first[arm];
    }
    for (size_t arm = 0; arm < arm_count && first_count == 0; arm++)
        first[arm] = true;
}
