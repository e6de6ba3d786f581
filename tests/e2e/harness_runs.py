"""Runs the harness as a user does, and reads back what it wrote."""

import csv
import functools
import json
import os
import pathlib
import re
import subprocess
import time

import origin_servers

RUN_LIMIT_S = 120

STRATEGIES = ("sequential", "thread-per-request", "thread-pool", "curl-multi")
CONCURRENT = STRATEGIES[1:]

SANITIZER_REPORT = re.compile(r"ERROR: (Leak|Address)Sanitizer|WARNING: ThreadSanitizer|runtime error:")


def environment(changes=None):
    """This process's environment, in which a change to None takes a variable away."""
    variables = dict(os.environ)
    for name, value in (changes or {}).items():
        variables.pop(name, None)
        if value is not None:
            variables[name] = value
    return variables


class Outcome:
    """How a run of the harness ended, what it printed, and where its results are."""

    def __init__(self, exit_code, stdout, stderr, results):
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr
        self.results = results


def command(*arguments):
    return [origin_servers.harness_path(), *map(str, arguments)]


def run(folder, *arguments, stdin="", env=None, charts=False, stdout=subprocess.PIPE):
    """Runs the harness in `folder`. Without --output its results are in results/latest there."""
    arguments = [*arguments] if charts else [*arguments, "--no-charts"]
    done = subprocess.run(command(*arguments), cwd=folder, input=stdin, env=environment(env), stdout=stdout,
                          stderr=subprocess.PIPE, text=True, timeout=RUN_LIMIT_S, check=False)
    assert not SANITIZER_REPORT.search(done.stderr), done.stderr
    return Outcome(done.returncode, done.stdout, done.stderr, Results(pathlib.Path(folder) / "results" / "latest"))


def run_well(folder, *arguments, **options):
    outcome = run(folder, *arguments, **options)
    assert outcome.exit_code == 0, f"exit code {outcome.exit_code}\n{outcome.stdout}\n{outcome.stderr}"
    return outcome


def run_once(folder, *arguments, **options):
    """One trial of each strategy."""
    return run(folder, "--repeat", 1, "--warmup", 0, *arguments, **options)


def run_once_well(folder, *arguments, **options):
    return run_well(folder, "--repeat", 1, "--warmup", 0, *arguments, **options)


def write_workload(path, batches):
    path.write_text(json.dumps({"batches": batches}))
    return path


class Results:
    """A folder of results. Cells are text, as they stand in the file; an empty cell is a missing value."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def table(self, name):
        with open(self.folder / f"{name}.csv", newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file, strict=True)
        assert len(set(head)) == len(head), f"{name}.csv names a column twice: {head}"
        for number, row in enumerate(rows, 2):
            assert len(row) == len(head), f"{name}.csv, row {number}: {len(row)} cells, {len(head)} columns"
        return [dict(zip(head, row)) for row in rows]

    def columns(self, name):
        with open(self.folder / f"{name}.csv", newline="", encoding="utf-8") as file:
            return next(csv.reader(file, strict=True))

    def document(self, name):
        return json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))

    @functools.cached_property
    def trials(self):
        return self.table("trials")

    @functools.cached_property
    def requests(self):
        return self.table("requests")

    @functools.cached_property
    def urls(self):
        return self.table("urls")

    @functools.cached_property
    def summary(self):
        return self.table("summary")

    @property
    def measured_trials(self):
        return [trial for trial in self.trials if trial["warmup"] == "false"]

    @functools.cached_property
    def requests_by_trial(self):
        by_trial = {trial["trial"]: [] for trial in self.trials}
        for request in self.requests:
            by_trial[request["trial"]].append(request)
        return by_trial

    def requests_of(self, strategy):
        return [request for request in self.requests if request["strategy"] == strategy]

    def outcomes_by_strategy(self):
        """{strategy: {outcome, ...}}"""
        outcomes = {}
        for request in self.requests:
            outcomes.setdefault(request["strategy"], set()).add(request["outcome"])
        return outcomes


def of_finished_rounds(trials, arms):
    """Those of rounds in which all arms ran to their end."""
    return [trial for rows in group(trials, "round").values() if [row["status"] for row in rows] == ["ok"] * arms
            for trial in rows]


def was_sent(request):
    return request["outcome"] not in ("skipped", "not run")


def has_failed(request):
    return was_sent(request) and request["outcome"] != "ok"


def nanoseconds(cell):
    """Times have nine decimals: exact as a whole number, which a float is not."""
    whole, _, fraction = cell.partition(".")
    return int(whole) * 10**9 + int(fraction.ljust(9, "0"))


def numbers(rows, column):
    """The values that are there."""
    return [float(row[column]) for row in rows if row[column] != ""]


def group(rows, *columns):
    """{the values of `columns`: rows}, in order of appearance."""
    groups = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        groups.setdefault(key[0] if len(key) == 1 else key, []).append(row)
    return groups


def wait_until(condition, limit_s, what):
    limit = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < limit, f"after {limit_s} s still not true: {what}"
        time.sleep(0.01)
