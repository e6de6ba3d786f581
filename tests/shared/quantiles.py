"""The one quantile that needs no library."""

import math


def occurring_quantile(values, probability):
    """Type 1 of Hyndman and Fan: the least value that so large a share does not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * probability - 1e-9) - 1)]
