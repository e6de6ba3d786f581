"""Reads what an experiment wrote. Cells are text, as they stand in the file; an empty cell is a missing value."""

import csv
import functools
import json
import pathlib


def read_columns(path):
    """The names in the first line, and the other lines as lists of cells. ValueError for what is no whole table."""
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        raise ValueError(f"{path.name} ends amid a row: {content[-60:]!r}")
    with open(path, newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file, strict=True)
    if len(set(head)) != len(head):
        raise ValueError(f"{path.name} names a column twice: {head}")
    for number, row in enumerate(rows, 2):
        if len(row) != len(head):
            raise ValueError(f"{path.name}, row {number}: {len(row)} cells, {len(head)} columns")
    return head, rows


def read_table(path):
    """A list of {column: cell}."""
    head, rows = read_columns(path)
    return [dict(zip(head, row)) for row in rows]


class Results:
    """A folder of results."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def table(self, name):
        return read_table(self.folder / f"{name}.csv")

    def columns(self, name):
        return read_columns(self.folder / f"{name}.csv")[0]

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
