#include "outlier.h"

#include <math.h>

double outlier_score(double value, double median, double mad)
{
    double deviation = fabs(value - median);

    return deviation == 0 && mad == 0 ? 0 : deviation / mad;
}

bool outlier_is_flagged(double value, double median, double mad)
{
    return outlier_score(value, median, mad) > OUTLIER_LIMIT;
}

size_t outlier_count(const double *values, size_t count, double median, double mad)
{
    size_t flagged = 0;

    for (size_t index = 0; index < count; index++)
        flagged += outlier_is_flagged(values[index], median, mad);
    return flagged;
}

bool outlier_is_slow_first_round(double first, double median, double mad)
{
    return first > median && outlier_is_flagged(first, median, mad);
}
