"""Trials that fail, and the origin that ends before its time: at most one trial is lost, and the message says why."""

import os
import re
import signal
import sys
import time

import pytest

import harness_runs
import target_servers
from harness_runs import STRATEGIES, errors
from limited_runs import needs_root, run_limited
from running_experiments import running


# ---- a trial ends before its time ----


def strike(experiment, server, number, times):
    """Sends a signal to each of so many trials, as soon as it has sent its last request."""
    for _ in range(times):
        let_go = server.held.get(timeout=60)
        trial = experiment.send_to_role("trial", number)
        if number != signal.SIGSTOP:
            experiment.await_end_of(trial)  # else one of its threads might still see the answer
            let_go.set()


@pytest.mark.parametrize("number, status, message", [
    (signal.SIGKILL, "killed", "its process was killed (Killed)"),
    (signal.SIGTERM, "killed", "its process was killed (Terminated)"),
    (signal.SIGSEGV, "crashed", "its process crashed (Segmentation fault)"),
], ids=lambda value: getattr(value, "name", None))
def test_a_trial_that_dies_is_the_only_one_lost(tmp_path, monkeypatch, number, status, message):
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0")
    struck = 2 * len(STRATEGIES)  # the warm-up and the first measured round; the second is left alone
    with target_servers.holding(struck) as server:
        urls = [f"{server.url}/{name}" for name in ("1", "2", "3", "held")]
        with running(tmp_path, *urls, "--concurrency", 1, "--repeat", 2) as experiment:
            strike(experiment, server, number, struck)
            stdout, stderr = experiment.await_end()
    assert experiment.process.returncode == 3, stderr
    assert errors(stderr) == []
    for strategy in STRATEGIES:
        assert f"warning: 1 trial of {strategy} in warm-up rounds did not complete: {status}, {message}; " in stderr
        assert f"warning: 1 of 2 trials of {strategy} did not complete: {status}, {message}; " in stderr

    results = experiment.results
    lost, well = results.trials[:struck], results.trials[struck:]
    assert {(trial["status"], trial["message"]) for trial in lost} == {(status, message)}
    assert {trial["strategy"] for trial in lost[len(STRATEGIES):]} == set(STRATEGIES)
    for trial in lost:
        assert (trial["succeeded"], trial["failed"], trial["skipped"], trial["not_run"]) == ("3", "0", "0", "1")
        assert (trial["wall_s"], trial["user_s"], trial["peak_threads"], trial["requests_per_s"]) == ("", "", "", "")
        recorded = results.requests_by_trial[trial["trial"]]
        assert [request["outcome"] for request in recorded] == ["ok"] * 3 + ["not run"]
        assert all(float(request["duration_s"]) > 0 for request in recorded[:3])
        assert (recorded[3]["started_s"], recorded[3]["response_code"]) == ("", "")
    assert {(trial["status"], trial["succeeded"], trial["not_run"]) for trial in well} == {("ok", "4", "0")}
    assert len(well) == len(STRATEGIES)

    assert {row["trials"] for row in results.summary} == {"1"}
    document = results.document("experiment")
    assert (document["complete"], document["failed_trials"]) == (True, struck)
    assert "results: out" in stdout


def test_a_trial_that_hangs_is_given_up_when_its_requests_must_be_over(tmp_path):
    with target_servers.holding(1) as server:
        urls = [f"{server.url}/1", f"{server.url}/held"]
        with running(tmp_path, *urls, "--concurrency", 1, "--repeat", 1, "--timeout", 0.5,
                     "--strategy", "thread-pool") as experiment:
            strike(experiment, server, signal.SIGSTOP, 1)
            begun = time.monotonic()
            _, stderr = experiment.await_end()
            waited = time.monotonic() - begun
    assert experiment.process.returncode == 3, stderr
    assert 4.5 < waited < 20
    hung, well = experiment.results.trials
    assert (hung["status"], hung["succeeded"], hung["not_run"], hung["wall_s"]) == ("hung", "1", "1", "")
    assert re.fullmatch(r"no request finished for \d+ s", hung["message"])
    assert well["status"] == "ok"


WITH_PROCESSES = [name for name in STRATEGIES if harness_runs.FAMILIES[name] == "processes"]
assert WITH_PROCESSES


@pytest.mark.parametrize("strategy", WITH_PROCESSES)
@pytest.mark.parametrize("number, how", [
    (signal.SIGKILL, "was killed (Killed)"), (signal.SIGTERM, "was killed (Terminated)"),
    (signal.SIGSEGV, "crashed (Segmentation fault)"),
], ids=lambda value: getattr(value, "name", None))
def test_a_process_of_a_trial_that_dies_costs_that_trial_and_leaves_none_behind(tmp_path, monkeypatch, strategy, number, how):
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0")
    with target_servers.holding(1) as server:
        urls = [f"{server.url}/{name}" for name in ("1", "2", "3", "4", "held")]
        with running(tmp_path, *urls, "--concurrency", 3, "--repeat", 1, "--strategy", strategy) as experiment:
            server.held.get(timeout=60)
            workers = [member for member in experiment.members() if member.role() == "worker"]
            assert len(workers) == 3
            workers[1].kill(number)
            begun = time.monotonic()
            experiment.await_rows(1)
            waited = time.monotonic() - begun
            assert {worker.pid for worker in workers}.isdisjoint(member.pid for member in experiment.members())
            _, stderr = experiment.await_end()
    assert waited < 10, "a request's time-out is 30 s"
    assert experiment.process.returncode == 3, stderr
    lost, well = experiment.results.trials
    assert lost["status"] == "failed"
    assert lost["message"] == f"process {workers[1].pid} of the strategy {how}"
    assert (lost["failed"], lost["wall_s"], lost["peak_processes"]) == ("0", "", "")
    assert 1 <= int(lost["not_run"]) == 5 - int(lost["succeeded"])
    assert (well["status"], well["succeeded"], well["peak_processes"]) == ("ok", "5", "4")


# ---- a trial that writes what can't be ----

RECORDS = 4  # the trial's descriptor
RECORD_SIZE_AT, CLOCK_STARTED_AT = 12, 24  # in struct records
INTENDED, STARTED, FINISHED, CONNECT_US = range(0, 32, 8)  # in struct record


def scribble(experiment, requests, wrong):
    """Writes into the records of the trial under way: (request, or None for the clock, place, value)."""
    (trial,) = [member for member in experiment.members() if member.role() == "trial"]
    records = os.open(f"/proc/{trial.pid}/fd/{RECORDS}", os.O_RDWR)
    try:
        size = int.from_bytes(os.pread(records, 4, RECORD_SIZE_AT), sys.byteorder)
        first = os.fstat(records).st_size - requests * size
        for request, place, value in wrong:
            at = CLOCK_STARTED_AT if request is None else first + request * size + place
            assert os.pwrite(records, value.to_bytes(8, sys.byteorder), at) == 8
    finally:
        os.close(records)


def run_scribbled(folder, wrong, *arguments):
    """Of a warm-up round, into which it is written, and a measured one. Of the last of five requests the trial does not
    hear before it is written."""
    with target_servers.holding(1) as server:
        urls = [f"{server.url}/{name}" for name in ("1", "2", "3", "4", "held")]
        with running(folder, *urls, "--concurrency", 1, "--repeat", 1, "--strategy", "thread-pool", "--trace",
                     *arguments) as experiment:
            let_go = server.held.get(timeout=60)
            scribble(experiment, len(urls), wrong)
            let_go.set()
            _, stderr = experiment.await_end()
    assert errors(stderr) == []
    first, second = experiment.results.trials
    assert (second["status"], second["succeeded"], second["failed"]) == ("ok", "5", "0")
    return experiment.process.returncode, stderr, first, experiment.results.requests_by_trial[first["trial"]]


@pytest.mark.parametrize("arguments, intended", [([], 1), (["--rate", 1000], 0)], ids=["closed", "open"])
def test_times_that_can_not_be_right_are_not_believed(tmp_path, arguments, intended):
    wrong = [(0, FINISHED, 2**64 - 1), (1, STARTED, 1), (2, CONNECT_US, 2**63), (3, INTENDED, intended)]
    exit_code, stderr, trial, requests = run_scribbled(tmp_path, wrong, *arguments)
    assert exit_code == 3
    assert re.search(r"/1 failed 1 time in warm-up rounds, of 4 failures in total: other failure "
                     r"\(the trial wrote times that can't be right\); ", stderr)
    assert (trial["status"], trial["succeeded"], trial["failed"]) == ("ok", "1", "4")
    for request in requests[:4]:
        assert (request["outcome"], request["error"]) == (
            "other failure", "the trial wrote times that can't be right")
        for column, value in request.items():
            if column.endswith("_s") or column in ("lane", "response_code", "bytes_received"):
                assert value == "", column
    assert requests[4]["outcome"] == "ok"
    assert 0 < float(requests[4]["duration_s"]) < float(trial["wall_s"])


@pytest.mark.parametrize("moment", [1, 2**63, 2**64 - 1])
def test_a_clock_that_can_not_be_right_starts_with_the_trial(tmp_path, moment):
    exit_code, _, trial, requests = run_scribbled(tmp_path, [(None, 0, moment)])
    assert exit_code == 0
    assert trial["succeeded"] == "5"
    for request in requests:
        assert 0 <= float(request["started_s"]) <= float(request["finished_s"]) <= float(trial["wall_s"])


WITHOUT_THREADS = ("sequential", "curl-multi")
WITH_THREADS = {"thread-pool": "thread", "thread-per-request": "thread", "process-pool": "process"}


@needs_root
def test_a_strategy_that_cannot_start_its_threads_or_processes_says_so_and_the_others_go_on(open_folder):
    # Enough for what the check before the first request counts, 16; the experiment itself takes three more.
    with target_servers.witness(delay_s=0.05) as slow:
        urls = [f"{slow.url}/{number}" for number in range(24)]
        outcome = run_limited(open_folder, *urls, "--strategy", ",".join([*WITHOUT_THREADS, *WITH_THREADS]), "--repeat", 1,
                              "--warmup", 0, "--concurrency", 16, limits=["--nproc=16"], unprivileged=True)
    assert outcome.exit_code == 3, outcome.stderr
    by_strategy = harness_runs.group(outcome.results.trials, "strategy")
    for strategy in WITHOUT_THREADS:
        assert [(trial["status"], trial["succeeded"]) for trial in by_strategy[strategy]] == [("ok", "24")]
    for strategy, kind in WITH_THREADS.items():
        for trial in by_strategy[strategy]:
            assert trial["status"] == "failed"
            assert re.fullmatch(rf"can't start {kind} \d+: .+; lower --concurrency or raise the limit on "
                                rf"{kind}e?s \(ulimit -u\)", trial["message"])
            assert (trial["wall_s"], trial["failed"]) == ("", "0")
            outcomes = [request["outcome"] for request in outcome.results.requests_by_trial[trial["trial"]]]
            assert outcomes.count("ok") == int(trial["succeeded"])
            assert outcomes.count("not run") == int(trial["not_run"]) == 24 - int(trial["succeeded"])
    assert all(trial["succeeded"] == "0" for trial in by_strategy["thread-pool"] + by_strategy["process-pool"])
    assert all(int(trial["succeeded"]) > 0 for trial in by_strategy["thread-per-request"])


# ---- the origin ends before its time ----


def test_the_end_of_the_origin_is_noticed_at_once_and_the_results_so_far_are_kept(tmp_path):
    urls = ["/delay/0.05"] * 4
    with running(tmp_path, *urls, "--repeat", 500) as experiment:
        experiment.await_rows(2 * len(STRATEGIES) + 1)  # the warm-up, a measured round, and something of the next
        experiment.await_trial()
        experiment.send_to_role("origin", signal.SIGKILL)
        begun = time.monotonic()
        stdout, stderr = experiment.await_end()
        assert time.monotonic() - begun < 8  # a request's time-out is 30 s
    assert experiment.process.returncode == 1
    (error,) = errors(stderr)
    assert re.search(r"the embedded origin ended during round \d+; the results so far are kept", error)

    results = experiment.results
    *finished, last = results.trials
    assert {trial["status"] for trial in finished} == {"ok"}
    assert (last["status"], last["message"]) == ("origin lost", "the embedded origin ended")
    for trial in results.trials:
        assert len(results.requests_by_trial[trial["trial"]]) == len(urls)
    counted = harness_runs.of_finished_rounds(results.measured_trials, len(STRATEGIES))
    assert sum(int(row["trials"]) for row in results.summary) == len(counted) >= len(STRATEGIES)
    assert results.document("experiment")["complete"] is False
    assert "results: out" in stdout


def test_the_end_of_the_origin_is_noticed_while_another_server_is_waited_for(tmp_path):
    with target_servers.holding(1) as server:
        with running(tmp_path, "/get", f"{server.url}/held", "--concurrency", 1, "--strategy", "curl-multi") as experiment:
            server.held.get(timeout=60)
            experiment.send_to_role("origin", signal.SIGKILL)
            begun = time.monotonic()
            _, stderr = experiment.await_end()
            assert time.monotonic() - begun < 8  # it is held for 30 s
    assert experiment.process.returncode == 1
    assert len(errors(stderr)) == 1
    (trial,) = experiment.results.trials
    assert (trial["status"], trial["succeeded"], trial["not_run"]) == ("origin lost", "1", "1")
