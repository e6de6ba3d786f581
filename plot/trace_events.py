"""The timeline for trace viewers: one trial of each strategy in the Chrome trace format, which Perfetto and
chrome://tracing open. A strategy is a process, a lane a thread, and a request a slice; a batch of several requests is a slice
around theirs, and the phases of a request are slices within.

Only complete events ("X") and metadata ("M") are written ("Trace Event Format", Google, 2016). Times are microseconds
since the trial's start.
"""

import json

import request_records
from csv_table import Table
from phases import PHASES, moments_of
from results import NothingToDraw

FILE = "trace.json"

COLUMNS = ["trial", "batch", "request", "method", "url", "lane", "started_s", "finished_s", "outcome", "response_code"]


def write(results, file):
    """The trials of the timeline, as they come in requests.csv."""
    records = {one.arm.label: one for one in results.request_records}
    arms = [arm for arm in results.ordered_arms if arm.label in records and len(records[arm.label].timeline.lanes) > 0]
    if not arms:
        raise NothingToDraw("no request of a measured trial has a start and an end")
    processes = {records[arm.label].timeline.trial.number: place for place, arm in enumerate(arms, start=1)}
    file.write('{"displayTimeUnit": "ms", "traceEvents": [\n')
    separator = ""
    for event in _events(results, arms, processes):
        file.write(separator + json.dumps(event, ensure_ascii=False))
        separator = ",\n"
    file.write("\n]}\n")


def _events(results, arms, processes):
    for place, arm in enumerate(arms, start=1):
        yield _metadata("process_name", place, 0, name=arm.label)
        yield _metadata("process_sort_index", place, 0, sort_index=place)
    lanes, batch = set(), []
    with Table(f"{results.folder}/requests.csv", COLUMNS, warn=lambda text: None) as table:  # results has warned already
        for row in table.rows():
            process = processes.get(table.count(row, "trial"))
            request = _request_of(table, row) if process else None
            if request is None:
                continue
            key = (process, request["lane"])
            if key not in lanes:
                lanes.add(key)
                yield _metadata("thread_name", process, request["lane"], name=f"lane {request['lane']}")
                yield _metadata("thread_sort_index", process, request["lane"], sort_index=request["lane"])
            if batch and (batch[0][0], batch[0][1]["batch"]) != (process, request["batch"]):
                yield from _batch(batch)
                batch = []
            batch.append((process, request))
    yield from _batch(batch)


def _metadata(kind, process, thread, **arguments):
    return {"ph": "M", "name": kind, "pid": process, "tid": thread, "args": arguments}


def _request_of(table, row):
    """None where it was not sent."""
    started, finished, lane = (table.number(row, name) for name in ("started_s", "finished_s", "lane"))
    if None in (started, finished, lane):
        return None
    outcome = table.text(row, "outcome")
    name = f"{table.text(row, 'method')} {table.text(row, 'url')}"
    request = {"batch": table.count(row, "batch"), "request": table.count(row, "request"), "lane": int(lane), "started": started,
               "finished": finished, "name": name if outcome == "ok" else f"{name}: {outcome}", "outcome": outcome,
               "status": table.text(row, "response_code"), "batch_name": _optional(table, row, "batch_name", table.text) or "",
               "phases": [_optional(table, row, column, table.number) or 0 for column in request_records.PHASES]}
    due = _optional(table, row, "intended_s", table.number)
    return request if due is None else {**request, "due_s": due}


def _optional(table, row, name, read):
    return read(row, name) if name in table.columns else None


def _slice(process, request, name, started, finished, arguments=None):
    return {"ph": "X", "name": name, "pid": process, "tid": request["lane"], "ts": round(started * 1e6, 3),
            "dur": round(max(finished - started, 0) * 1e6, 3), "args": arguments or {}}


def _batch(batch):
    if len(batch) > 1:
        process, first = batch[0]
        yield _slice(process, first, f"batch {first['batch']} {first['batch_name']}".rstrip(), first["started"], batch[-1][1]["finished"], {"requests": len(batch)})
    for process, request in batch:
        yield _slice(process, request, request["name"], request["started"], request["finished"],
                     {name: request[name] for name in ("batch", "request", "outcome", "status", "due_s") if name in request})
        yield from _phases(process, request)


def _phases(process, request):
    """Those that took place, as the timeline has them."""
    started, finished = request["started"], request["finished"]
    moments = (started, *moments_of(started, finished, *request["phases"]), finished)
    for name, begin, end in zip(PHASES, moments, moments[1:]):
        if end > begin:  # false where unknown
            yield _slice(process, request, name, begin, end)
