"""Who is so far behind that the contest is among the others.

On an axis that reaches to one strategy that takes ten times as long (sequential, nearly always), the others are a few
points side by side. So charts of times give them an axis of their own.
"""

FAR_BEHIND = 5  # times as long as the slowest of the others


def is_far_behind(slower, faster, times=FAR_BEHIND):
    """Whether the faster one is too small to be seen well, on an axis that reaches to the slower one."""
    return slower > times * faster


def close_ones(values, times=FAR_BEHIND):
    """Of the values those that compete: up to the first of which the one before is that far ahead, from the least on; all where
    there is none, or where fewer than two would be left, which is no contest."""
    ordered = sorted(value for value in values if value is not None)
    for place, (faster, slower) in enumerate(zip(ordered, ordered[1:]), start=1):
        if is_far_behind(slower, faster, times):
            return ordered[:place] if place > 1 else ordered
    return ordered
