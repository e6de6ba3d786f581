"""The report's table: the figures of summary.csv, a row for each arm, one unit a column. A value that is missing there is
missing here."""

import statistics
from dataclasses import dataclass, field

import style


@dataclass
class Cell:
    text: str = ""            # "": missing
    sort_by: object = None    # a number or a text; None: missing
    is_alarming: bool = False


@dataclass
class Column:
    name: str
    meaning: str
    unit: str = ""
    is_number: bool = True
    cells: list = field(default_factory=list)

    @property
    def is_known(self):
        return any(cell.text for cell in self.cells)

    @property
    def is_partly_missing(self):
        return any(not cell.text for cell in self.cells)


def columns_of(arms):
    """Of the arms in the order of the rows."""
    kinds = _open_loop(arms) if any(arm.is_open_loop for arm in arms) else _closed_loop(arms)
    kinds = [_rank(arms), *_levels(arms), *kinds, *_costs(arms)]
    return [column for column in kinds if column]


def _open_loop(arms):
    quantiles = [("p50", "request_p50_s", "half of the requests took no longer, counted from when they were due"),
                 ("p90", "request_p90_s", "9 of 10 requests took no longer; what is ranked by"),
                 ("p99", "request_p99_s", "99 of 100 requests took no longer"),
                 ("max", "request_max_s", "the longest request of any trial")]
    columns = [_times(arms, name, member, meaning) for name, member, meaning in quantiles]
    columns.insert(2, _interval(arms, "p90", "request_p90_s"))
    return columns


def _closed_loop(arms):
    return [_times(arms, "median", "median_s", "total time of a trial, the median of all; what is ranked by"),
            _interval(arms, "the median", "median_s"),
            _numbers(arms, "requests/s", "requests_per_s", "requests of a trial by its total time"),
            _times(arms, "p50 request", "request_p50_s", "half of the requests took no longer"),
            _times(arms, "p90 request", "request_p90_s", "9 of 10 requests took no longer"),
            _times(arms, "p99 request", "request_p99_s", "99 of 100 requests took no longer")]


def _costs(arms):
    has_processes = any((arm.standing.peak_processes or 0) > 1 for arm in arms)
    has_failures = any(arm.standing.failed_requests for arm in arms)
    return [_numbers(arms, "CPU/request", "cpu_us_per_request", "processor time of the client for each request", unit="µs"),
            _numbers(arms, "memory", "peak_memory_kib", "how much it grew at most", unit="MiB", of_one=1024),
            _counts(arms, "threads", "peak_threads", "the most at once"),
            _counts(arms, "processes", "peak_processes", "the most at once") if has_processes else None,
            _counts(arms, "connections", "connections_opened", "opened in a trial"),
            _counts(arms, "failed", "failed_requests", "requests of all measured trials", alarms=True) if has_failures else None]


def _rank(arms):
    """Where there is more than one to rank."""
    if sum(arm.is_ranked for arm in arms) < 2:
        return None
    return Column("rank", "by what is ranked by, lowest first; those close together may still be equal",
                  cells=[_count_cell(arm.standing.rank if arm.is_ranked else None) for arm in arms])


def _levels(arms):
    """Where a strategy has several: otherwise all have the same, but those that never have more than one."""
    if len({(arm.strategy, arm.concurrency) for arm in arms}) == len({arm.strategy for arm in arms}):
        return []
    return [Column("concurrency", "the most batches under way at once", cells=[_count_cell(arm.concurrency) for arm in arms])]


def _values(arms, member):
    return [getattr(arm.standing, member) for arm in arms]


def _times(arms, name, member, meaning):
    values = _values(arms, member)
    known = [value for value in values if value is not None]
    unit = _unit_of(known) if known else None
    return Column(name, meaning, unit.name if unit else "",
                  cells=[Cell() if value is None else Cell(style.significant(value / unit.seconds), value) for value in values])


def _unit_of(values):
    """One for a column: by the value in the middle, so that neither the fastest nor the slowest makes the others hard to read."""
    return style.unit_for(statistics.median_low(values))


def _interval(arms, what, member):
    """Of what is ranked by, in its unit."""
    known = [value for value in _values(arms, member) if value is not None]
    if not known or not any(arm.standing.figure_low_s is not None for arm in arms):
        return None
    unit = _unit_of(known)

    def cell(standing):
        ends = (standing.figure_low_s, standing.figure_high_s)
        if None in ends:
            return Cell()
        low, high = (style.significant(end / unit.seconds) for end in ends)
        return Cell(f"{low} to {high}", ends[0])

    return Column("interval", f"where {what} may well lie; whether two of them differ is in the verdict", unit.name,
                  cells=[cell(arm.standing) for arm in arms])


def _numbers(arms, name, member, meaning, unit="", of_one=1):
    return Column(name, meaning, unit, cells=[Cell() if value is None else Cell(style.significant(value / of_one), value)
                                              for value in _values(arms, member)])


def _counts(arms, name, member, meaning, alarms=False):
    cells = [_count_cell(value) for value in _values(arms, member)]
    for cell in cells:
        cell.is_alarming = alarms and bool(cell.sort_by)
    return Column(name, meaning, cells=cells)


def _count_cell(value):
    return Cell() if value is None else Cell(f"{value:,g}" if value < 1e6 else f"{value:,.0f}", value)
