"""What the charts need of requests.csv, read in one pass, however long the file is.

Kept are the start and the duration of every successful request (16 bytes; in an open loop 24, with the time from its start),
how many had another outcome, and all rows of one trial per arm (41 bytes each, or 49): of the trials that have rows, the clean
one whose wall time is nearest to the arm's median.
"""

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field

from csv_table import Table, finite

COLUMNS = ["trial", "batch", "lane", "started_s", "finished_s", "duration_s", "outcome"]
# Where there are any: libcurl's phases, since it took the request up. Participants may have none.
PHASES = ["time_connect_s", "time_appconnect_s", "time_starttransfer_s"]
DUE, SERVICE = "intended_s", "service_s"  # of an open loop


@dataclass
class Timeline:
    """One trial, a value per request that was sent."""
    trial: object
    batches: array = field(default_factory=lambda: array("i"))
    lanes: array = field(default_factory=lambda: array("i"))
    started_s: array = field(default_factory=lambda: array("d"))
    finished_s: array = field(default_factory=lambda: array("d"))
    failed: array = field(default_factory=lambda: array("b"))
    phases_s: list = field(default_factory=lambda: [array("f") for _ in PHASES])  # NaN: unknown, or did not take place
    due_s: array = field(default_factory=lambda: array("d"))                      # of an open loop, else empty


@dataclass
class ArmRecords:
    arm: object
    durations_s: array = field(default_factory=lambda: array("d"))  # successful requests only
    started_s: array = field(default_factory=lambda: array("d"))    # of each of these: when it began, or was due
    service_s: array = field(default_factory=lambda: array("d"))    # likewise: since its actual start; of an open loop, else empty
    other_outcomes: Counter = field(default_factory=Counter)
    trials: set = field(default_factory=set)
    starts: list = field(default_factory=list)  # (trial, place of its first duration), as the rows come
    timeline: Timeline = None

    def distance(self, trial):
        """How well a trial represents its arm: less is better."""
        if trial.wall_s is None:
            return (2, math.inf)
        return (0 if trial.is_clean else 1, abs(trial.wall_s - self.arm.median_s))

    def offer(self, trial):
        """The timeline to put the trial's rows into, or None where a better one was met before."""
        self.trials.add(trial.number)
        self.starts.append((trial.number, len(self.durations_s)))
        if self.timeline is None or self.distance(trial) < self.distance(self.timeline.trial):
            self.timeline = Timeline(trial)
        return self.timeline if self.timeline.trial is trial else None

    def durations_by_trial(self):
        """(trial, durations of its successful requests) of each trial that has any."""
        ends = [place for _, place in self.starts[1:]] + [len(self.durations_s)]
        return [(trial, self.durations_s[start:end]) for (trial, start), end in zip(self.starts, ends) if end > start]


def read_request_records(path, arms, trials, warn):
    """ArmRecords of the arms that have any, in the order of `arms`."""
    by_arm = {arm.label: ArmRecords(arm) for arm in arms if not arm.sends_nothing}
    by_trial = {trial.number: (trial, by_arm[trial.arm]) for trial in trials if trial.arm in by_arm}
    with Table(path, COLUMNS, warn) as table:
        _read_rows(table, by_trial)
    recorded = [records for records in by_arm.values() if records.trials]
    if recorded:
        _warn_of_gaps(path, recorded, by_arm.values(), warn)
    return recorded


def _read_rows(table, by_trial):
    trial_place = table.columns["trial"]
    add = _adder(table.columns)
    current, records, timeline = None, None, None
    for row in table.rows():
        if row[trial_place] != current:  # rows of one trial stand together, so this is rare
            current = row[trial_place]
            trial = table.required(table.count(row, "trial"), row, "trial")
            trial, records = by_trial.get(trial, (None, None))
            timeline = records.offer(trial) if records else None
        if records is None:
            continue  # a warm-up trial, or one that was interrupted before it got into trials.csv
        try:
            add(row, records, timeline)
        except (ValueError, OverflowError):
            raise _complaint(table, row) from None


def _adder(columns):
    """The loop's body: a million rows pass through it, so the places of the columns are looked up once."""
    batch, lane, started, finished, duration, outcome = (columns[name] for name in COLUMNS[1:])
    phases = [columns.get(name) for name in PHASES]
    due, service = columns.get(DUE), columns.get(SERVICE)

    def add(row, records, timeline):
        is_open = due is not None and service is not None and row[due] != ""
        if row[outcome] == "ok":
            if row[duration]:
                length = finite(row[duration])
                records.durations_s.append(length)
                # What it took counts from then on: in an open loop, from when it was due.
                records.started_s.append(max(0.0, finite(row[finished]) - length) if row[finished] else 0.0)
                if is_open:
                    records.service_s.append(finite(row[service]) if row[service] else math.nan)
        else:
            records.other_outcomes[row[outcome]] += 1
        if timeline is not None and row[started] and row[finished] and row[lane]:
            start_s, end_s = finite(row[started]), finite(row[finished])
            timeline.batches.append(int(row[batch]))
            timeline.lanes.append(int(row[lane]))
            timeline.started_s.append(start_s)
            timeline.finished_s.append(end_s)
            timeline.failed.append(row[outcome] != "ok")
            for place, values in zip(phases, timeline.phases_s):
                values.append(finite(row[place]) if place is not None and row[place] else math.nan)
            if is_open:
                timeline.due_s.append(finite(row[due]))

    return add


def _complaint(table, row):
    """A BadInput that names the cell at which `add` stumbled."""
    try:
        for name in ("duration_s", "started_s", "finished_s", DUE, SERVICE, *PHASES):
            if name in table.columns:
                table.number(row, name)
        for name in ("batch", "lane"):
            if table.required(table.count(row, name), row, name) >= 2**31:
                return table.bad_cell(row, name, "is too large")
    except Exception as error:
        return error
    return table.bad_cell(row, "batch", "is not a whole number")


def _warn_of_gaps(path, recorded, all_records, warn):
    for records in all_records:
        arm = records.arm
        missing = len(arm.timed_trials) - len(records.trials.intersection(trial.number for trial in arm.timed_trials))
        if missing:
            warn(f"{path}: no requests recorded for {missing} of {len(arm.timed_trials)} trials of '{arm.label}'; "
                 f"the request charts leave them out")
