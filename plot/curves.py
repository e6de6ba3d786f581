"""The curves that several charts draw: how many of something there were at each moment, and the shares of times. However
many requests there are, a curve has no more steps than can be seen.
"""

import numpy

MOST_STEPS = 4000


def steps_of(bars):
    """The moments at which the number changes, and the number from each of them on."""
    moments = numpy.concatenate([bars.start, bars.end])
    changes = numpy.repeat(numpy.array([1, -1], dtype="i1"), len(bars.start))  # small: there may be millions
    order = numpy.lexsort((changes, moments))  # an end before a start at the same moment
    moments, counts = moments[order], numpy.cumsum(changes[order], dtype="i4")
    last = numpy.append(moments[1:] != moments[:-1], True)
    return moments[last], counts[last]


def thinned(moments, counts, most_steps=MOST_STEPS):
    """The same curve in fewer steps: of each stretch of time the most, what was in force when it began included, so that no
    peak is lost and none is made up. It ends where the curve does."""
    if len(moments) <= most_steps:
        return moments, counts
    edges = numpy.linspace(moments[0], moments[-1], most_steps // 2 + 1)
    highest = counts[numpy.searchsorted(moments, edges, side="right") - 1]
    firsts = numpy.searchsorted(moments, edges)
    has_changes = numpy.flatnonzero(firsts[:-1] < firsts[1:])
    within = numpy.maximum.reduceat(counts[:firsts[-1]], firsts[has_changes])
    highest[has_changes] = numpy.maximum(highest[has_changes], within)
    return edges, highest


def ecdf(durations_s, most_steps=MOST_STEPS):
    """The sorted durations and the share of requests done within each, thinned out evenly."""
    ordered = numpy.sort(durations_s)
    count = len(ordered)
    ranks = numpy.arange(1, count + 1)
    if count > most_steps:
        ranks = numpy.unique(numpy.linspace(1, count, most_steps).round().astype(int))
    return ordered[ranks - 1], ranks / count
