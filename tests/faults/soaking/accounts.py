"""Is every row accounted for?"""

import collections
import csv

from program import SANITIZER_REPORT

NOT_SENT = ("skipped", "not run")
TIME_TOLERANCE = 0.9


def _problems_of_trial(trial, requests, workload, disturbance):
    """Of one row of trials.csv, and the rows of its requests."""
    counted = collections.Counter(
        request["outcome"] if request["outcome"] in ("ok", *NOT_SENT) else "failed" for request in requests)
    told = {word: int(trial[column]) for word, column in
            (("ok", "succeeded"), ("failed", "failed"), ("skipped", "skipped"), ("not run", "not_run"))}
    name = f"trial {trial['trial']} ({trial['strategy']})"
    if int(trial["requests"]) != sum(told.values()) or int(trial["requests"]) != sum(workload.sizes):
        yield f"{name} has {trial['requests']} requests, of which {told}; the workload has {sum(workload.sizes)}"
    if any(counted[word] != count for word, count in told.items()):
        yield f"{name} says {told}, its requests say {dict(counted)}"
    if trial["status"] not in disturbance.statuses():
        yield f"{name} has the status {trial['status']!r}: {trial['message']}"
    if (trial["status"] == "ok") != (trial["message"] == ""):
        yield f"{name} has the status {trial['status']!r} and the message {trial['message']!r}"
    if (trial["status"] == "ok") != (trial["wall_s"] != ""):
        yield f"{name} has the status {trial['status']!r} and the wall time {trial['wall_s']!r}"
    if trial["status"] == "ok" and told["not run"] > 0:
        yield f"{name} is ok, but {told['not run']} requests were not run"
    if [(request["batch"], request["request"]) for request in requests] != [
            (str(batch), str(place)) for batch, size in enumerate(workload.sizes, 1) for place in range(1, size + 1)]:
        yield f"{name} has other requests than the workload"


def _problems_of_request(request, trial, workload):
    outcome = request["outcome"]
    allowed = workload.outcomes_of(int(request["batch"]), int(request["request"]))
    late = request["duration_s"] != "" and float(request["duration_s"]) >= TIME_TOLERANCE * workload.timeout_s
    is_allowed = outcome in allowed or (outcome == "timed out" and late) or (
        outcome == "not run" and trial["status"] != "ok")
    place = f"trial {trial['trial']} ({trial['strategy']}), batch {request['batch']}, request {request['request']}"
    if outcome not in NOT_SENT and trial["status"] == "origin lost":
        return  # whatever a dying origin gives
    if outcome != "skipped" and not is_allowed:
        yield f"{place}, {request['url']}: {outcome!r} ({request['error']}), not {sorted(allowed)}"
    if outcome in NOT_SENT and request["started_s"] + request["finished_s"] + request["response_code"]:
        yield f"{place}: {outcome}, and yet it has figures"
    if outcome not in NOT_SENT and not 1 <= int(request["lane"]) <= int(trial["concurrency"]):
        yield f"{place}: lane {request['lane']} of {trial['concurrency']}"


def _problems_of_order(requests, trial):
    """In a batch: successes, at most one failure, and then nothing but skipped ones. The end of a trial cuts anywhere."""
    before = None
    for request in requests:
        outcome = request["outcome"]
        if request["request"] != "1":
            goes_on = before == "ok"
            if goes_on and outcome == "skipped" or not goes_on and outcome not in NOT_SENT:
                yield f"trial {trial['trial']}, batch {request['batch']}: {outcome!r} after {before!r}"
        elif outcome == "skipped":
            yield f"trial {trial['trial']}, batch {request['batch']}: its first request was skipped"
        before = outcome


def _problems_of_tables(results, workload, disturbance):
    trials = results.trials
    requests = collections.defaultdict(list)
    for request in results.requests:
        requests[request["trial"]].append(request)
    if [trial["trial"] for trial in trials] != [str(number) for number in range(1, len(trials) + 1)]:
        yield f"trials.csv has the trials {[trial['trial'] for trial in trials]}"
    without_row = set(requests) - {trial["trial"] for trial in trials}
    if len(without_row) > disturbance.may_leave_a_trial_without_row:
        yield f"requests of trials {without_row}, which have no row"
    for trial in trials:
        yield from _problems_of_trial(trial, requests[trial["trial"]], workload, disturbance)
        yield from _problems_of_order(requests[trial["trial"]], trial)
        for request in requests[trial["trial"]]:
            yield from _problems_of_request(request, trial, workload)


def _problems_of_end(workload, outcome):
    """An experiment that says that it is complete has everything."""
    document = outcome.results.document("experiment")
    is_complete = outcome.exit_code in (0, 3)
    if document["complete"] != is_complete:
        yield f"experiment.json says complete: {document['complete']}, the exit code is {outcome.exit_code}"
    if not is_complete:
        return
    if len(outcome.trials) != workload.trials:
        yield f"{len(outcome.trials)} trials, not {workload.trials}"
    summary = {row["arm"]: row for row in outcome.results.summary}
    if len(summary) != len(workload.strategies) * workload.versions:
        yield f"summary.csv: {len(summary)} arms of {len(workload.strategies)} strategies"
    for arm, row in summary.items():
        finished = sum(trial["arm"] == arm and trial["warmup"] == "false" and trial["status"] == "ok"
                       for trial in outcome.trials)
        if int(row["trials"] or 0) != finished:
            yield f"summary.csv: {row['trials']} trials of {arm}, not {finished}"
    if not outcome.results.urls:
        yield "urls.csv has no row"


def problems(workload, disturbance, outcome):
    """All that is wrong with what an experiment left, as sentences."""
    has_failures = any(int(trial["failed"]) or trial["status"] != "ok" for trial in outcome.trials)
    found = []
    allowed = disturbance.exit_codes(has_failures)
    if outcome.exit_code not in allowed:
        found.append(f"exit code {outcome.exit_code}, not {allowed}: {outcome.stderr.strip()!r}")
    if SANITIZER_REPORT.search(outcome.stderr):
        found.append(outcome.stderr)
    found += disturbance.problems(outcome)
    try:
        if outcome.trials:
            found += _problems_of_tables(outcome.results, workload, disturbance)
            found += _problems_of_end(workload, outcome)
        elif disturbance.complete:
            found.append("no trials at all")
    except (OSError, KeyError, ValueError, csv.Error) as error:
        found.append(f"{type(error).__name__}: {error}")
    return found
