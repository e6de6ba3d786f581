"""Memory of a strategy's lanes: of one that is prepared and idle, and what a request under way adds to it."""

import contextlib
import time

import processes

RECORD_KIB = 128 / 1024
LOOK_EVERY_S = 0.02


class Lanes:
    """One trial with a request under way in every lane, all waiting for the server."""

    def __init__(self, idle_kib, busy_kib):
        self.idle_kib = idle_kib  # resident before the strategy prepares itself: of lanes, records and program
        self.busy_kib = busy_kib  # by how much that grew at most


def watch_most_kib(harness, found):
    """Notes the most resident memory of the trial's process, until it is gone."""
    while harness.poll() is None:
        for child in processes.children_of(harness.pid):
            with contextlib.suppress(OSError, ValueError):  # it has gone, or is about to
                if child.role() == "trial":
                    found.append(child.most_memory_kib())
        time.sleep(LOOK_EVERY_S)


def measure(strategy):
    """Of a contestants.Strategy with as many requests as lanes."""
    found = []
    row = strategy.trial(watch=lambda harness: watch_most_kib(harness, found))
    busy_kib = float(row["peak_memory_kib"])
    return Lanes(max(found) - busy_kib, busy_kib), int(row["max_in_flight"])
