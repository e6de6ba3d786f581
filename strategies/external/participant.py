"""What a participant in Python says to harness, and is told by it: docs/participants.md.

    experiment = participant.Experiment("requests 2.28.1")      when the imports are done
    ... prepare for experiment.task, without sending anything ...
    experiment.begin()                                          now the clock runs
    ... lanes: while (index := experiment.take()) is not None: for place, request in enumerate(experiment.batch(index)) ...
    experiment.end()                                            the clock stops; the records follow
"""
import itertools
import json
import os
import platform
import time


class Experiment:
    def __init__(self, client):
        self._told = os.fdopen(3, encoding="utf-8")
        self._says = os.fdopen(4, "w", encoding="utf-8")
        self._say({"harness": 1, "client": client, "runtime": f"Python {platform.python_version()}"})
        self.task = json.loads(self._told.readline())
        with open(self.task["batches"], encoding="utf-8") as lines:
            self._batches = [json.loads(line) for line in lines]
        self.due = None
        if self.task["due"]:
            with open(self.task["due"]) as lines:
                self.due = [int(line) for line in lines]
        self._records = []
        self._go = time.monotonic_ns()
        self._rewind()

    def _say(self, line):
        self._says.write(json.dumps(line) + "\n")
        self._says.flush()

    def _rewind(self):
        self._records.clear()
        self._next = itertools.count()

    def begin(self):
        """Says that it is ready, and waits for the start. What an untimed pass before left is forgotten."""
        self._rewind()
        self._say({"state": "ready"})
        self._go = json.loads(self._told.readline())["go"]

    def refuse(self, message):
        """Instead of going on."""
        self._say({"state": "failed", "message": message})
        raise SystemExit(1)

    def take(self):
        """The next batch's index, or None: there is none left. For any thread: one step of CPython's."""
        index = next(self._next)
        return index if index < self.task["batch_count"] else None

    def batch(self, index):
        return self._batches[index % len(self._batches)]

    def seconds_until_due(self, index):
        """0 or less: now."""
        return (self.due[index] - self.now()) / 1e9 if self.due else 0

    def now(self):
        """Nanoseconds since the start."""
        return time.monotonic_ns() - self._go

    def keep(self, place, lane, started, status=None, size=0, error=None):
        """A request has ended just now; place: its batch's index, and its own within that. Is the batch to go on?"""
        self._records.append((*place, lane, started, None, self.now(), status, size, error))
        if error:
            return False
        expected = self.batch(place[0])[place[1]]["expect"]
        return status == expected if expected else status < 400

    def end(self):
        self._say({"state": "done"})
        for record in self._records:
            self._says.write(json.dumps(record) + "\n")
        self._say({"state": "end"})
        self._told.read()


def headers_of(request):
    """The request's headers, pairs of which several may have the same name. Nothing is to be compressed, unless asked for."""
    names = {name.lower() for name, _ in request["headers"]}
    own = [] if "accept-encoding" in names else [("Accept-Encoding", "identity")]
    return own + [(name, value) for name, value in request["headers"]]


def body_of(request):
    return None if request["body"] is None else request["body"].encode()
