"""The results of one experiment, as the charts need them.

    results = Results(folder, warn)
    for arm in results.arms:
        print(arm.label, arm.median_s)

An arm is a strategy with a value on each axis, under its own name, with its measured trials. Warm-up trials are left
out here, so that no chart can count them by mistake. requests.csv is read when a chart first asks
for it.
"""

import functools
import math
import os
import statistics
from dataclasses import dataclass, field

import looks
from csv_table import BadInput, Table
from request_records import read_request_records

TRIALS_COLUMNS = ["trial", "round", "warmup", "arm", "strategy", "family", "workload", "concurrency", "http",
                  "no_reuse", "start", "requests", "failed", "skipped", "not_run", "status", "wall_s", "rate_per_s", "arrivals",
                  "achieved_per_s", "connections_opened", "handshakes_full", "handshakes_resumed", "saturated"]
CUT_SHORT = ("interrupted", "origin lost")  # by something that has nothing to do with the strategy
SENDS_NOTHING = "nobody"  # the family of strategies that only show what the harness itself costs
# Of summary.csv, taken as they are. Results of earlier versions lack some of them.
FIGURES = ["figure_low_s", "figure_high_s", "usual_low_s", "usual_high_s", "cpu_us_per_request", "voluntary_switches",
           "involuntary_switches", "peak_memory_kib", "peak_threads", "peak_processes", "connections_opened",
           "handshakes_full", "handshakes_resumed", "detectable", "ratio", "ratio_low", "ratio_high", "threshold", "request_p99_s",
           "requests_per_s", "requests_per_s_low", "requests_per_s_high", "usl_lambda", "usl_sigma", "usl_kappa", "usl_peak",
           "request_max_s", "failed_requests"]
CPU_VERDICT = ["cpu_verdict", "cpu_verdict_text"]
SUMMARY_COLUMNS = ["arm", "median_s", "lower_bound_s", "request_p50_s", "request_p90_s", "rank",
                   "ranked", "not_ranked_because", "shares_first", "first_rounds_missing", "ranked_by", "reference",
                   "verdict", "verdict_text", "saturated"]


class NothingToDraw(Exception):
    """This chart has to be left out; the text says why."""


class NotOfThisKind(NothingToDraw):
    """It is about something that this experiment was not for: nobody misses it who has not asked for it."""


@dataclass(eq=False)
class Trial:
    number: int
    round: int
    warmup: bool
    arm: str
    strategy: str
    family: str
    workload: str
    concurrency: int
    reuse: bool
    start: str
    http: str
    requests: int
    unsuccessful: int  # requests that failed, were skipped, or were not run
    status: str
    wall_s: float  # None: the trial did not get far enough to have one
    rate_per_s: float = None  # None: a closed loop
    arrivals: str = ""  # "constant" or "poisson" in an open loop
    achieved_per_s: float = None
    connections: int = 0  # that were opened; 0: none, or nobody counted
    handshakes: int = 0  # of TLS, likewise
    saturated: bool = None

    @property
    def is_clean(self):
        """Did everything it was asked to do. A failed request is a fast one, so only clean trials compare."""
        return self.status == "ok" and (self.unsuccessful == 0 or self.family == SENDS_NOTHING)


@dataclass(eq=False)
class Standing:
    """What summary.csv says of an arm: the program's decisions, and the figures that its table shows."""
    ranked: bool = False
    not_ranked_because: str = "no-row"
    place: int = math.inf  # of its row in the file
    rank: int = None
    shares_first: bool = None
    first_place: str = ""
    first_rounds_missing: int = None
    ranked_by: str = ""
    median_s: float = None
    lower_bound_s: float = None
    request_p50_s: float = None
    request_p90_s: float = None
    reference: str = ""  # the name of an arm
    verdict: str = ""
    verdict_text: str = ""
    saturated: bool = None
    figure_low_s: float = None
    figure_high_s: float = None
    usual_low_s: float = None
    usual_high_s: float = None
    cpu_us_per_request: float = None
    voluntary_switches: float = None
    involuntary_switches: float = None
    peak_memory_kib: float = None
    peak_threads: float = None
    peak_processes: float = None
    connections_opened: float = None
    handshakes_full: float = None
    handshakes_resumed: float = None
    detectable: float = None  # a difference below this may have gone unnoticed
    ratio: float = None
    ratio_low: float = None
    ratio_high: float = None
    threshold: float = None
    request_p99_s: float = None
    requests_per_s: float = None
    requests_per_s_low: float = None
    requests_per_s_high: float = None
    usl_lambda: float = None
    usl_sigma: float = None
    usl_kappa: float = None
    usl_peak: float = None
    usl_describes: bool = None
    usl_residual: float = None  # negative where there was less than the law has
    request_max_s: float = None
    failed_requests: float = None
    cpu_verdict: str = ""
    cpu_verdict_text: str = ""


@dataclass(eq=False)
class Arm:
    strategy: str
    concurrency: int
    family: str
    label: str
    place: int = 0    # of its strategy among those of its family: looks.py
    variant: int = 0  # 0, or the place of its options among those of its strategy
    level: int = 0    # its place among the arms that have the same strategy and concurrency
    trials: list = field(default_factory=list)
    standing: Standing = field(default_factory=lambda: Standing(not_ranked_because="no-summary"))
    reference: object = None  # the arm that this one is compared with

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
    def is_ranked(self):
        return self.standing.ranked

    @property
    def median_s(self):
        """Median wall time by summary.csv; without it, of the clean trials, or of all when none is clean."""
        if self.standing.median_s is not None:
            return self.standing.median_s
        trials = self.clean_trials or self.timed_trials
        return statistics.median(trial.wall_s for trial in trials) if trials else None

    @property
    def is_open_loop(self):
        return any(trial.rate_per_s is not None for trial in self.trials)

    @property
    def figure_s(self):
        """The figure that arms are ranked by: in an open loop the schedule decides the total time."""
        if self.is_open_loop:
            return self.standing.request_p90_s
        return self.standing.median_s if self.is_in_summary else self.median_s

    @property
    def is_in_summary(self):
        return self.standing.place < math.inf


class Results:
    def __init__(self, folder, warn):
        self.folder = folder
        self._warn = warn
        if not os.path.isdir(folder):
            problem = "is not a folder" if os.path.exists(folder) else "no such folder"
            raise BadInput(f"{folder}: {problem}; name an experiment's results folder, such as results/latest")
        trials = _read_trials(os.path.join(folder, "trials.csv"), warn)
        self.trials = _of_finished_rounds([trial for trial in trials if not trial.warmup])
        self.warmup_rounds = len({trial.round for trial in trials if trial.warmup})
        self.arms = _group_arms(self.trials)
        _add_standings(os.path.join(folder, "summary.csv"), self.arms, warn)

    @property
    def ordered_arms(self):
        """By rank, then those that are not ranked as they stand in summary.csv."""
        return sorted(self.arms, key=lambda arm: (arm.standing.rank is None or not arm.is_ranked,
                                                  arm.standing.rank or 0, arm.standing.place))

    @property
    def shown_arms(self):
        """As charts have them from the top down: by rank, and where there are several levels of concurrency, those in their
        order."""
        return sorted(self.ordered_arms, key=lambda arm: arm.concurrency) if self.has_levels else self.ordered_arms

    @property
    def has_levels(self):
        """Whether a strategy ran at several levels of concurrency."""
        levels = {}
        for arm in self.arms:
            levels.setdefault(arm.strategy, set()).add(arm.concurrency)
        return any(len(of_one) > 1 for of_one in levels.values())

    @property
    def is_open_loop(self):
        return any(arm.is_open_loop for arm in self.arms)

    @functools.cached_property
    def request_records(self):
        """What requests.csv says, by arm. Raises NothingToDraw where there are no records."""
        path = os.path.join(self.folder, "requests.csv")
        if not os.path.exists(path):
            raise NothingToDraw(f"there is no {path} (were records switched off?)")
        records = read_request_records(path, self.arms, self.trials, self._warn)
        if not records:
            raise NothingToDraw(f"{path} has no request of a measured trial of a strategy that sends any (were records "
                                 f"switched off?)")
        return records


def _read_trials(path, warn):
    with Table(path, TRIALS_COLUMNS, warn) as table:
        trials = [_trial_of(table, row) for row in table.rows()]
    if not trials:
        raise BadInput(f"{path}: it has a header but no trial; run the experiment to completion")
    measured = [trial for trial in trials if not trial.warmup]
    if not measured:
        raise BadInput(f"{path}: it has no measured trial, only warm-up; run more rounds with --repeat")
    if all(trial.wall_s is None for trial in measured):
        raise BadInput(f"{path}: no measured trial has a time (wall_s is empty in all of them; status: "
                       f"{measured[0].status}); see why the trials failed, then run the experiment again")
    return trials


def _of_finished_rounds(trials):
    """A round that was cut short counts for nothing, as in summary.csv; where none was finished, all that there is."""
    rounds = {}
    for trial in trials:
        rounds.setdefault(trial.round, []).append(trial)
    most = max(map(len, rounds.values()))
    finished = {number for number, of_round in rounds.items()
                if len(of_round) == most and not any(trial.status in CUT_SHORT for trial in of_round)}
    return [trial for trial in trials if trial.round in finished] or trials


def _trial_of(table, row):
    def count(name):
        return table.required(table.count(row, name), row, name)

    return Trial(
        number=count("trial"),
        round=count("round"),
        warmup=table.truth(row, "warmup"),
        arm=table.required(table.text(row, "arm") or None, row, "arm"),
        strategy=table.required(table.text(row, "strategy") or None, row, "strategy"),
        family=table.text(row, "family"),
        workload=table.text(row, "workload"),
        concurrency=table.required(table.count(row, "concurrency", least=1), row, "concurrency"),
        reuse=not table.truth(row, "no_reuse"),
        start=table.text(row, "start"),
        http=table.text(row, "http"),
        connections=table.count(row, "connections_opened") or 0,
        handshakes=sum(table.count(row, name) or 0 for name in ("handshakes_full", "handshakes_resumed")),
        requests=count("requests"),
        unsuccessful=sum(table.count(row, name) or 0 for name in ("failed", "skipped", "not_run")),
        status=table.text(row, "status"),
        wall_s=table.number(row, "wall_s"),
        rate_per_s=table.number(row, "rate_per_s"),
        arrivals=table.text(row, "arrivals"),
        achieved_per_s=table.number(row, "achieved_per_s"),
        saturated=table.optional_truth(row, "saturated"))


def _group_arms(trials):
    """The arms by name, whatever order the shuffled rounds ran them in."""
    arms = {}
    for trial in sorted(trials, key=lambda trial: (trial.strategy, trial.concurrency, trial.arm, trial.number)):
        if trial.arm not in arms:
            arms[trial.arm] = Arm(trial.strategy, trial.concurrency, trial.family, trial.arm)
        arms[trial.arm].trials.append(trial)
    looks.assign(arms.values())
    return list(arms.values())


def _add_standings(path, arms, warn):
    """summary.csv is written last: an interrupted experiment has none, and the charts rank nothing."""
    if not os.path.exists(path):
        return
    by_name = {arm.label: arm for arm in arms}
    for arm in arms:
        arm.standing = Standing()
    with Table(path, SUMMARY_COLUMNS, warn) as table:
        for place, row in enumerate(table.rows()):
            arm = by_name.get(table.text(row, "arm"))
            if arm:
                arm.standing = _standing_of(table, row, place)
    for arm in arms:
        arm.reference = by_name.get(arm.standing.reference)


def _standing_of(table, row, place):
    ranked = table.truth(row, "ranked")
    rank = table.count(row, "rank")
    return Standing(
        ranked=ranked,
        not_ranked_because=table.text(row, "not_ranked_because"),
        place=place,
        rank=table.required(rank, row, "rank") if ranked else rank,
        shares_first=table.optional_truth(row, "shares_first"),
        first_place=table.text(row, "first_place") if "first_place" in table.columns else "",
        first_rounds_missing=table.count(row, "first_rounds_missing"),
        ranked_by=table.text(row, "ranked_by"),
        median_s=table.number(row, "median_s"),
        lower_bound_s=table.number(row, "lower_bound_s"),
        request_p50_s=table.number(row, "request_p50_s"),
        request_p90_s=table.number(row, "request_p90_s"),
        reference=table.text(row, "reference"),
        verdict=table.text(row, "verdict"),
        verdict_text=table.text(row, "verdict_text"),
        saturated=table.optional_truth(row, "saturated"),
        usl_describes=table.optional_truth(row, "usl_describes") if "usl_describes" in table.columns else None,
        usl_residual=table.signed(row, "usl_residual") if "usl_residual" in table.columns else None,
        **{name: table.text(row, name) for name in CPU_VERDICT if name in table.columns},
        **{name: table.number(row, name) for name in FIGURES if name in table.columns})
