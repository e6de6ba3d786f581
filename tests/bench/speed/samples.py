"""Samples of contestants that take turns, ratios of those taken in the same round, and tables of them."""

import statistics
import time


class Unavailable(Exception):
    """A contestant that can't take part, and why: its program is missing, or refuses."""


class Sample:
    """What one run of a contestant took."""

    def __init__(self, requests, cpu_us, wall_s, **extra):
        self.requests = requests
        self.cpu_us = cpu_us  # of all requests
        self.wall_s = wall_s
        self.extra = extra

    @property
    def cpu_us_per_request(self):
        return self.cpu_us / self.requests


def take(contestants, rounds, rng, say, pause_s=0):
    """{contestant: [sample of each round]}, in the order given, and [(contestant, why it can't take part)]. In each
    round everyone runs once, in a fresh random order, after a pause. Who can't take part in the first round is out."""
    samples = {contestant: [] for contestant in contestants}
    absent = []
    for number in range(1, rounds + 1):
        order = list(samples)
        rng.shuffle(order)
        for contestant in order:
            time.sleep(pause_s)
            say(f"round {number} of {rounds}: {contestant.name}")
            try:
                samples[contestant].append(contestant.measure())
            except Unavailable as reason:
                if number > 1:
                    raise
                absent.append((contestant, str(reason)))
                del samples[contestant]
    return samples, absent


class Spread:
    """The median of some values and the middle half of them, which are one value if there is only one."""

    def __init__(self, values):
        self.median = statistics.median(values)
        self.low, _, self.high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [self.median] * 3

    def text(self, digits):
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def paired(samples, references, value):
    """The spread of the ratios of samples to references of the same round; `value` takes what is compared from one."""
    return Spread([value(one) / value(other) for one, other in zip(samples, references, strict=True)])


def cpu(sample):
    return sample.cpu_us_per_request


def wall(sample):
    return sample.wall_s


def table(head, rows):
    """Markdown; the first column to the left, the others to the right."""
    marks = ["---"] + ["---:"] * (len(head) - 1)
    return [f"| {' | '.join(cells)} |" for cells in [head, marks, *rows]]


def judge(what, value, limit, digits=3):
    """A line that says whether a figure is within its limit."""
    return f"- {what}: {value:.{digits}f}, {'within' if value <= limit else '**above**'} {limit:g}."
