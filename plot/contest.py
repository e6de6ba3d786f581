"""Who is so far behind that the contest is among the others.

On an axis that reaches to one strategy that takes ten times as long (sequential, nearly always), the others are a few
points side by side. So charts of times give them an axis of their own.
"""

FAR_BEHIND = 5  # times as long as the slowest of the others


def close_ones(values):
    """Of the values those that compete: up to the first gap that wide, from the least on; all where there is none, or
    where fewer than two would be left, which is no contest."""
    ordered = sorted(value for value in values if value is not None)
    for place, (faster, slower) in enumerate(zip(ordered, ordered[1:]), start=1):
        if slower > FAR_BEHIND * faster:
            return ordered[:place] if place > 1 else ordered
    return ordered
