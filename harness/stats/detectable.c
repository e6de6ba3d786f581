#include "detectable.h"

#include <math.h>

#define SQRT_HALF 0.70710678118654752440

/* The z that a standard normal variable exceeds with probability `tail`, 0 < tail <= 1/2, by bisection. */
static double detectable_normal_quantile(double tail)
{
    double low = 0;
    double high = 40; /* its tail is below any double */

    for (int step = 0; step < 64; step++) {
        double middle = (low + high) / 2;
        if (erfc(middle * SQRT_HALF) / 2 > tail)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

double detectable_difference(const struct ratio_interval *interval)
{
    if (!interval_exists(interval))
        return NAN;

    double half_width = (log(interval->high) - log(interval->low)) / 2;
    double z_level = detectable_normal_quantile((1 - interval->level) / 2);
    double z_power = detectable_normal_quantile(1 - DETECTABLE_POWER);

    return expm1(half_width * (1 + z_power / z_level));
}
