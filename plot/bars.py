"""The requests of one trial as bars on lanes: what the timeline, the requests in flight and the backlog are drawn from."""

import itertools
from dataclasses import dataclass

import numpy

from phases import PHASES, moments_of


@dataclass
class Bars:
    """The requests of one trial as numpy arrays, in order of lane and start; `row` counts the lanes from 0."""
    trial: object
    row: numpy.ndarray
    batch: numpy.ndarray
    start: numpy.ndarray
    end: numpy.ndarray
    failed: numpy.ndarray
    lanes: numpy.ndarray      # the lane's number of each row
    connected: numpy.ndarray  # moments, like start and end: the connection was there; the start, where none was opened for it
    secured: numpy.ndarray    # ... the TLS handshake was done; as connected, where there was none
    answered: numpy.ndarray   # ... the answer's first byte was there, at the earliest; NaN: unknown, as are the two before
    order: numpy.ndarray      # the place of each in the timeline

    @classmethod
    def of(cls, timeline):
        lane = numpy.frombuffer(timeline.lanes, dtype="i4")
        start, end = numpy.frombuffer(timeline.started_s), numpy.frombuffer(timeline.finished_s)
        order = numpy.lexsort((start, lane)).astype("i4")
        lanes, row = numpy.unique(lane[order], return_inverse=True)
        start, end = start[order], end[order]
        phases = (numpy.frombuffer(values, dtype="f4")[order] for values in timeline.phases_s)
        moments = _moments(start, end, *phases)
        return cls(timeline.trial, row.astype("i4"), numpy.frombuffer(timeline.batches, dtype="i4")[order], start, end,
                   numpy.frombuffer(timeline.failed, dtype="i1")[order].astype(bool), lanes, *moments, order)

    @property
    def wall_s(self):
        return self.trial.wall_s or max(float(self.end.max()), 1e-9)

    @property
    def reach_s(self):
        return max(self.wall_s, float(self.end.max()), 1e-9)

    @property
    def mean_in_flight(self):
        return float((self.end - self.start).sum()) / self.wall_s

    @property
    def has_phases(self):
        return bool((~numpy.isnan(self.answered) & ~self.failed).any())

    @property
    def unknown(self):
        """Requests that were answered, of whose phases nothing is known."""
        return numpy.isnan(self.answered) & ~self.failed

    def spans(self, phase):
        """(starts, ends) of the phase in each request; of no length where it did not take place, NaN where that is unknown."""
        moments = (self.start, self.connected, self.secured, self.answered, self.end)
        place = PHASES.index(phase)
        return moments[place], moments[place + 1]

    def batch_starts(self):
        """Places at which a lane goes over to its next batch."""
        changes = (numpy.diff(self.row) != 0) | (numpy.diff(self.batch) != 0)
        return numpy.concatenate([[0], numpy.flatnonzero(changes) + 1])


def _moments(*times):
    """Those of moments_of, an array for each."""
    requests = zip(*(values.tolist() for values in times))
    return numpy.fromiter(itertools.chain.from_iterable(itertools.starmap(moments_of, requests)), float, 3 * len(times[0])).reshape(-1, 3).T
