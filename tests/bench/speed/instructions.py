"""Instructions in user space of a contestant's requests, counted by callgrind: they hardly vary on a noisy machine."""

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


def _callgrind(functions, folder):
    return ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={folder}/%p",
            *(f"--toggle-collect={function}" for function in functions)]


def _total(folder):
    """Of all processes; those outside of the functions have counted nothing."""
    return sum(int(re.search(r"^totals: (\d+)", file.read_text(encoding="utf-8"), re.MULTILINE)[1])
               for file in pathlib.Path(folder).iterdir())


def _count_trial(strategy, folder):
    preload = pathlib.Path(strategy.bench.harness).with_name("trial_under.so")
    if not preload.is_file():
        raise Unavailable(f"'{preload}' is missing: build the target trial_under")
    under = _callgrind(OF_TRIALS + OF_THREADS.get(strategy.name, ()), folder)
    strategy.trial(env={**os.environ, "LD_PRELOAD": str(preload), "TRIAL_UNDER": " ".join(under)})


def _count_bare(bare, folder):
    done = subprocess.run([*_callgrind(OF_BARE_LOOPS, folder), *map(str, bare.command)], capture_output=True, text=True,
                          timeout=LIMIT_S, check=False)
    if done.returncode != 0:
        raise Unavailable(done.stderr.strip())


class Counted:
    """A contestant whose samples have instructions in the place of CPU time. `requests` is how many its runs have."""

    def __init__(self, contestant, requests):
        self.name = contestant.name
        self.contestant = contestant
        self.requests = requests

    def measure(self):
        if not shutil.which("valgrind"):
            raise Unavailable("instructions are counted by valgrind, which is not installed")
        with tempfile.TemporaryDirectory(prefix="harness-speed-") as folder:
            if isinstance(self.contestant, Strategy):
                _count_trial(self.contestant, folder)
            else:
                _count_bare(self.contestant, folder)
            counted = _total(folder)
        if counted == 0:
            raise Unavailable("no instructions were counted: is the program stripped?")
        return Sample(self.requests, counted, 0)
