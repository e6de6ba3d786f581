"""The user stops an experiment, or it is killed: what was finished is kept, and no process stays behind."""

import fcntl
import os
import signal
import pathlib
import subprocess
import sys
import time

import pytest

import harness_runs
import processes
import target_servers
from harness_runs import STRATEGIES
from running_experiments import Running, running

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "plot"))

import results as plotted  # noqa: E402

URLS = ["/delay/0.05"] * 6
ROUNDS = 500
ROWS_AWAITED = 2 * len(STRATEGIES) + 2  # the warm-up, a measured round, and something of the next


@pytest.fixture
def many_trials(tmp_path):
    """An experiment that would take minutes, with a measured round behind it."""
    with running(tmp_path, *URLS, "--repeat", ROUNDS) as experiment:
        experiment.await_rows(ROWS_AWAITED)
        experiment.await_trial()
        yield experiment


@pytest.fixture
def long_trial(tmp_path):
    """An experiment in the midst of its first trial, which waits for a server that is slow, and not the origin."""
    with target_servers.witness(delay_s=9) as slow:
        with running(tmp_path, "/get", f"{slow.url}/slow", "--strategy", "curl-multi") as experiment:
            harness_runs.wait_until(lambda: slow.arrivals, 60, "the trial has sent its requests")
            yield experiment


def assert_rows_are_whole(results):
    """Each file ends with a line's end, and every run that has a row has all of its requests."""
    for name in ("trials", "requests"):
        assert (results.folder / f"{name}.csv").read_bytes().endswith(b"\n")
    by_trial = harness_runs.group(results.requests, "trial")
    for trial in results.trials:
        assert len(by_trial[trial["trial"]]) == len(URLS)


@pytest.mark.parametrize("send, number", [
    (Running.send, signal.SIGINT), (Running.send_to_group, signal.SIGINT),
    (Running.send, signal.SIGTERM), (Running.send_to_group, signal.SIGHUP),
], ids=["SIGINT", "Ctrl-C in a terminal", "SIGTERM", "a terminal that closes"])
def test_an_interrupted_experiment_keeps_what_was_finished(many_trials, send, number):
    send(many_trials, number)
    stdout, stderr = many_trials.await_end()
    assert many_trials.process.returncode == 130, stderr

    results = many_trials.results
    assert_rows_are_whole(results)
    assert {trial["status"] for trial in results.trials} <= {"ok", "interrupted"}
    finished = [trial for trial in results.measured_trials if trial["status"] == "ok"]
    assert len(finished) >= ROWS_AWAITED - len(STRATEGIES)
    assert {(trial["succeeded"], trial["failed"]) for trial in finished} == {(str(len(URLS)), "0")}
    summary = {row["strategy"]: row for row in results.summary}
    counted = harness_runs.of_finished_rounds(results.measured_trials, len(STRATEGIES))
    for strategy in STRATEGIES:
        assert int(summary[strategy]["trials"]) == sum(trial["strategy"] == strategy for trial in counted)
    assert results.document("experiment")["complete"] is False
    assert (results.folder / "urls.csv").exists()
    assert "results: out" in stdout


@pytest.mark.parametrize("in_the_last_round", range(2), ids=["the first trial of a round", "its last trial"])
def test_a_round_that_was_cut_short_counts_for_nothing(tmp_path, in_the_last_round):
    """Wherever in the round the interruption comes: the arm whose trial it hit is no worse for it."""
    arms = ["thread-pool", "curl-multi"]
    with running(tmp_path, "/delay/0.15", "--repeat", 200, "--strategy", ",".join(arms)) as experiment:
        experiment.await_rows(len(arms) * 4 + in_the_last_round)
        experiment.await_trial()
        experiment.send(signal.SIGINT)
        stdout, stderr = experiment.await_end()
        assert experiment.process.returncode == 130, stderr
        results = experiment.results
        finished = harness_runs.of_finished_rounds(results.measured_trials, len(arms))
        assert {row["trials"] for row in results.summary} == {str(len(finished) // 2)}
        assert {row["ranked"] for row in results.summary} == {"true"}
        assert "did not complete" not in stdout + stderr
        assert f"{len(finished) // 2} of 200 measured rounds" in stderr
        drawn = plotted.Results(str(results.folder), warn=pytest.fail)
        assert {trial.number for trial in drawn.trials} == {int(trial["trial"]) for trial in finished}


@pytest.mark.parametrize("send", [Running.send, Running.send_to_group], ids=["SIGINT", "Ctrl-C in a terminal"])
def test_a_trial_is_stopped_at_once_and_its_open_requests_are_not_run(long_trial, send):
    started = time.monotonic()
    send(long_trial, signal.SIGINT)
    _, stderr = long_trial.await_end()
    assert time.monotonic() - started < 5
    assert long_trial.process.returncode == 130, stderr
    (trial,) = long_trial.results.trials
    assert (trial["status"], trial["wall_s"], trial["failed"]) == ("interrupted", "", "0")
    assert int(trial["not_run"]) >= 1
    waiting = long_trial.results.requests[1]
    assert (waiting["outcome"], waiting["finished_s"], waiting["response_code"]) == ("not run", "", "")


def test_nothing_survives_when_the_experiment_is_killed(many_trials):
    many_trials.send(signal.SIGKILL)
    many_trials.await_end()
    assert_rows_are_whole(many_trials.results)
    assert many_trials.results.document("experiment")["complete"] is False


def test_not_even_a_trial_that_waits_survives_when_the_experiment_is_killed(long_trial):
    assert len(long_trial.members()) == 3
    long_trial.send(signal.SIGKILL)
    long_trial.await_end()


def test_an_experiment_that_ends_leaves_no_process_behind(tmp_path):
    process = subprocess.Popen(harness_runs.command("/get", "--repeat", 1, "--no-charts"), cwd=tmp_path,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    assert process.wait(timeout=60) == 0
    assert processes.of_session(process.pid) == []


# ---- the user has had enough ----


def test_a_second_interrupt_ends_it_immediately(tmp_path):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, b"x" * 4096)  # nobody reads: what would be printed at the end can't be
    with target_servers.holding(1) as server:
        command = harness_runs.command(f"{server.url}/held", "--no-charts", "--output", "out")
        process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=writer,
                                   stderr=subprocess.PIPE, text=True, start_new_session=True)
        try:
            server.held.get(timeout=60)
            process.send_signal(signal.SIGINT)
            summary = tmp_path / "out" / "urls.csv"
            harness_runs.wait_until(summary.exists, 20, "the summary is written")
            time.sleep(0.3)
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=5) == -signal.SIGINT
            assert "harness: " not in process.stderr.read()
        finally:
            process.kill()
            process.communicate()
            os.close(reader)
            os.close(writer)
    assert len(harness_runs.Results(tmp_path / "out").trials) == 1


@pytest.mark.parametrize("lines", [0, 3])
def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path, lines):
    command = harness_runs.command("/get", "/delay/0.01", "--trace", "--repeat", 4, "--no-charts", "--output", "out")
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        for _ in range(lines):
            assert process.stdout.readline()
        process.stdout.close()
        stderr = process.stderr.read()
    assert process.returncode in (0, 130)
    assert [line for line in stderr.splitlines() if not line.startswith("warning: ")] == []
    results = harness_runs.Results(tmp_path / "out")
    assert {trial["status"] for trial in results.trials} <= {"ok", "interrupted"}
    assert all(len(results.requests_by_trial[trial["trial"]]) == 2 for trial in results.trials)
    assert len(results.summary) == len(STRATEGIES)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_do_no_harm(tmp_path, closed):
    command = harness_runs.command("/get", "--repeat", 1, "--warmup", 0, "--no-charts", "--output", "out")
    done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", *command], cwd=tmp_path, capture_output=True,
                          timeout=harness_runs.RUN_LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    results = harness_runs.Results(tmp_path / "out")
    assert [trial["status"] for trial in results.trials] == ["ok"] * len(STRATEGIES)
    assert len(results.requests) == len(STRATEGIES) == len(results.summary)
    assert results.document("experiment")["complete"] is True
