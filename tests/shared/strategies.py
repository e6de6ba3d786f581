"""The strategies that there are, from the program itself: a new one needs no line in any test."""

import re
import subprocess

import listings
import program

LIST_LIMIT_S = 30
MISSING = "    not available: "


class Strategy:
    """What --list-strategies says of one; `options` are pairs of a key and its meaning, `missing` why it can't run here."""

    def __init__(self, name, summary, family):
        self.name = name
        self.summary = summary
        self.family = family
        self.options = []
        self.missing = None

    def sends_nothing(self):
        return self.family == "nobody"

    def is_alone(self):
        """Has it one request under way at a time?"""
        return self.family == "blocking"

    def is_event_loop(self):
        return self.family == "event loop"

    def has_loop(self):
        """Does a thread of it serve many requests?"""
        return self.family in ("event loop", "mixed", "coroutines")


def listed(harness=None):
    """All of them, in the registry's order."""
    listing = subprocess.run([harness or program.harness_path(), "--list-strategies"], capture_output=True, text=True,
                             stdin=subprocess.DEVNULL, timeout=LIST_LIMIT_S, check=True).stdout
    found = []
    for line in listings.unwrapped(listing).splitlines():
        if line.startswith(MISSING):
            found[-1].missing = line.removeprefix(MISSING)
        elif line.startswith(" "):
            key, meaning = line.split(None, 1)
            found[-1].options.append((key, meaning.strip()))
        else:
            found.append(Strategy(*re.fullmatch(r"(\S+) +(\S.*) \[([^\]]+)\]", line).groups()))
    assert found, "the program lists no strategy"
    return found


def sending(harness=None):
    """Those that send requests and can run here, which are those of --strategy all."""
    found = [strategy for strategy in listed(harness) if not strategy.sends_nothing() and not strategy.missing]
    assert found, "the program lists no strategy that sends anything"
    return found


def that_send(harness=None):
    """Their names."""
    return tuple(strategy.name for strategy in sending(harness))
