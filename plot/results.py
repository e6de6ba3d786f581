"""The results of one experiment, as the charts need them.

    results = Results(folder, warn)
    for arm in results.arms:
        print(arm.label, arm.median_s)

An arm is a strategy at one concurrency level, with its measured trials. Warm-up trials are left
out here, so that no chart can count them by mistake. requests.csv is read when a chart first asks
for it.
"""

import functools
import os
import statistics
from collections import defaultdict
from dataclasses import dataclass, field

from csv_table import BadInput, Table
from request_records import read_request_records

RUNS_COLUMNS = ["run", "round", "warmup", "strategy", "family", "workload", "concurrency", "reuse", "connections",
                "requests", "failed", "skipped", "not_run", "status", "wall_s"]
SENDS_NOTHING = "none"  # the family of strategies that only show what the harness itself costs
SUMMARY_COLUMNS = ["strategy", "concurrency", "lower_bound_s"]


class NothingToDraw(Exception):
    """This chart has to be left out; the text says why."""


@dataclass(eq=False)
class Trial:
    run: int
    round: int
    warmup: bool
    strategy: str
    family: str
    workload: str
    concurrency: int
    reuse: bool
    connections: str
    requests: int
    unsuccessful: int  # requests that failed, were skipped, or were not run
    status: str
    wall_s: float  # None: the trial did not get far enough to have one

    @property
    def is_clean(self):
        """Did everything it was asked to do. A failed request is a fast one, so only clean trials compare."""
        return self.status == "ok" and (self.unsuccessful == 0 or self.family == SENDS_NOTHING)


@dataclass(eq=False)
class Arm:
    strategy: str
    concurrency: int
    family: str
    label: str
    variant: int = 0  # its place among the arms of its family
    trials: list = field(default_factory=list)
    lower_bound_s: float = None

    @property
    def timed_trials(self):
        return [trial for trial in self.trials if trial.wall_s is not None]

    @property
    def clean_trials(self):
        return [trial for trial in self.timed_trials if trial.is_clean]

    @property
    def failed_trials(self):
        return [trial for trial in self.trials if not trial.is_clean]

    @property
    def sends_nothing(self):
        """It shows what the harness itself costs, and takes no part in a ranking."""
        return self.family == SENDS_NOTHING

    @property
    def is_comparable(self):
        return bool(self.clean_trials) and not self.failed_trials and not self.sends_nothing

    @property
    def median_s(self):
        """Median wall time of the clean trials, or of all that have a time when none is clean."""
        trials = self.clean_trials or self.timed_trials
        return statistics.median(trial.wall_s for trial in trials) if trials else None


class Results:
    def __init__(self, folder, warn):
        self.folder = folder
        self._warn = warn
        if not os.path.isdir(folder):
            problem = "is not a folder" if os.path.exists(folder) else "no such folder"
            raise BadInput(f"{folder}: {problem}; name a folder that an experiment has written, such as results/latest")
        trials = _read_trials(os.path.join(folder, "runs.csv"), warn)
        self.trials = [trial for trial in trials if not trial.warmup]
        self.warmup_rounds = len({trial.round for trial in trials if trial.warmup})
        self.arms = _group_arms(self.trials)
        _add_lower_bounds(os.path.join(folder, "summary.csv"), self.arms, warn)

    @functools.cached_property
    def request_records(self):
        """What requests.csv tells, by arm. Raises NothingToDraw where there are no records."""
        path = os.path.join(self.folder, "requests.csv")
        if not os.path.exists(path):
            raise NothingToDraw(f"there is no {path} (were records switched off?)")
        records = read_request_records(path, self.arms, self.trials, self._warn)
        if not records:
            raise NothingToDraw(f"{path} has no request of a measured trial (were records switched off?)")
        return records


def _read_trials(path, warn):
    with Table(path, RUNS_COLUMNS, warn) as table:
        trials = [_trial_of(table, row) for row in table.rows()]
    if not trials:
        raise BadInput(f"{path}: there is a header but no trial; run the experiment to its end")
    measured = [trial for trial in trials if not trial.warmup]
    if not measured:
        raise BadInput(f"{path}: there is no measured trial, only warm-up; run more rounds with --repeat")
    if all(trial.wall_s is None for trial in measured):
        raise BadInput(f"{path}: no measured trial has a time (wall_s is empty in all of them; status: "
                       f"{measured[0].status}); see why the trials failed, then run the experiment again")
    return trials


def _trial_of(table, row):
    def count(name):
        return table.required(table.count(row, name), row, name)

    return Trial(
        run=count("run"),
        round=count("round"),
        warmup=table.truth(row, "warmup"),
        strategy=table.required(table.text(row, "strategy") or None, row, "strategy"),
        family=table.text(row, "family"),
        workload=table.text(row, "workload"),
        concurrency=count("concurrency"),
        reuse=table.truth(row, "reuse"),
        connections=table.text(row, "connections"),
        requests=count("requests"),
        unsuccessful=sum(table.count(row, name) or 0 for name in ("failed", "skipped", "not_run")),
        status=table.text(row, "status"),
        wall_s=table.number(row, "wall_s"))


def _group_arms(trials):
    """The arms by name and level, whatever order the shuffled rounds ran them in."""
    levels = defaultdict(set)
    for trial in trials:
        levels[trial.strategy].add(trial.concurrency)
    several_levels = any(len(of_one) > 1 for of_one in levels.values())
    arms = {}
    for trial in sorted(trials, key=lambda trial: (trial.strategy, trial.concurrency, trial.run)):
        key = (trial.strategy, trial.concurrency)
        if key not in arms:
            label = f"{trial.strategy} @{trial.concurrency}" if several_levels else trial.strategy
            arms[key] = Arm(trial.strategy, trial.concurrency, trial.family, label,
                            variant=sum(arm.family == trial.family for arm in arms.values()))
        arms[key].trials.append(trial)
    return list(arms.values())


def _add_lower_bounds(path, arms, warn):
    """summary.csv is written last: an interrupted experiment has none, and the charts do without."""
    if not os.path.exists(path):
        return
    by_key = {(arm.strategy, arm.concurrency): arm for arm in arms}
    with Table(path, SUMMARY_COLUMNS, warn) as table:
        for row in table.rows():
            arm = by_key.get((table.text(row, "strategy"), table.count(row, "concurrency")))
            if arm:
                arm.lower_bound_s = table.number(row, "lower_bound_s")
