"""Instructions in user space of a contestant's requests, and its misses of a simulated cache, counted by callgrind: they
hardly vary on a noisy machine."""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from speed.contestants import LIMIT_S, Strategy
from speed.samples import Sample, Unavailable

# What is counted is what runs within these, and what threads that were started before run within theirs.
OF_BARE_LOOPS = ("bare_run", "bare_pool_work")
OF_TRIALS = ("instance_run",)
OF_THREADS = {"thread-pool": ("pool_work",), "thread-per-request": ("dispatch_work",)}

CACHE_MIB = 2  # of the cache that is simulated, whatever the machine has: 16 ways, lines of 64 bytes
_CACHE = ["--cache-sim=yes", "--D1=49152,12,64", f"--LL={CACHE_MIB << 20},16,64"]


def _callgrind(functions, folder, has_cache):
    return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={folder}/%p", *(_CACHE if has_cache else []),
            *(f"--toggle-collect={function}" for function in functions)]


def _totals(folder):
    """{event: count} of all processes; those outside of the functions have counted nothing."""
    totals = collections.Counter()
    for file in pathlib.Path(folder).iterdir():
        events, counts = (re.search(rf"^{line}: (.*)", file.read_text(encoding="utf-8"), re.MULTILINE)[1].split()
                          for line in ("events", "totals"))
        totals.update(dict(zip(events, map(int, counts))))  # an event that never occurred may be missing at the end
    return totals


def _count_trial(strategy, folder, has_cache):
    preload = pathlib.Path(strategy.bench.harness).with_name("trial_under.so")
    if not preload.is_file():
        raise Unavailable(f"'{preload}' is missing: build the target trial_under")
    under = _callgrind(OF_TRIALS + OF_THREADS.get(strategy.name, ()), folder, has_cache)
    patience = ["--timeout", LIMIT_S, "--connect-timeout", LIMIT_S]  # it is some fifty times slower
    strategy.trial(more=patience, env={**os.environ, "LD_PRELOAD": str(preload), "TRIAL_UNDER": " ".join(under)})


def _count_bare(bare, folder, has_cache):
    done = subprocess.run([*_callgrind(OF_BARE_LOOPS, folder, has_cache), *map(str, bare.command)], capture_output=True, text=True,
                          timeout=LIMIT_S, check=False)
    if done.returncode != 0:
        raise Unavailable(done.stderr.strip())


class Counted:
    """A contestant whose samples have instructions in the place of CPU time. `requests` is how many its runs have. With
    `has_cache` they have `misses`, too: reads and writes of data a request that were not in the simulated cache."""

    def __init__(self, contestant, requests, has_cache=False):
        self.name = contestant.name
        self.contestant = contestant
        self.requests = requests
        self.has_cache = has_cache

    def measure(self):
        if not shutil.which("valgrind"):
            raise Unavailable("instructions are counted by valgrind, which is not installed")
        with tempfile.TemporaryDirectory(prefix="harness-speed-") as folder:
            count = _count_trial if isinstance(self.contestant, Strategy) else _count_bare
            count(self.contestant, folder, self.has_cache)
            counted = _totals(folder)
        if counted["Ir"] == 0:
            raise Unavailable("no instructions were counted: is the program stripped?")
        return Sample(self.requests, counted["Ir"], 0, misses=(counted["DLmr"] + counted["DLmw"]) / self.requests)
