"""The user stops an experiment, or it is killed: what was finished is kept, and no process stays behind."""

import contextlib
import os
import pathlib
import signal
import subprocess

import pytest

import harness_runs

URLS = ["/delay/0.05"] * 6
ROUNDS = 500
ROWS_AWAITED = 10


def session_members(session):
    """Processes, other than zombies, of the session that `session` leads."""
    members = set()
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, of_session = stat.read_text().rsplit(")", 1)[1].split()[:4]
            if int(of_session) == session and state not in "ZX":
                members.add(int(stat.parent.name))
    return members


class LongRun:
    """An experiment that would take minutes, in a session of its own, up to its tenth row."""

    def __init__(self, folder):
        arguments = [*URLS, "--repeat", ROUNDS, "--warmup", 1, "--seed", 1, "--no-charts", "--output", "out"]
        self.process = subprocess.Popen(harness_runs.command(*arguments), cwd=folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.folder = folder / "out"
        self.results = harness_runs.Results(self.folder)

    def await_rows(self):
        runs = self.folder / "runs.csv"
        harness_runs.wait_until(
            lambda: runs.exists() and runs.read_bytes().count(b"\n") > ROWS_AWAITED, 60, "ten trials are written down")

    def await_trial(self):
        """The experiment itself, its origin, and a trial."""
        harness_runs.wait_until(lambda: len(self.members()) == 3, 20, "an origin and a trial are running")

    def members(self):
        return session_members(self.process.pid)

    def end(self):
        for member in self.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def long_run(tmp_path):
    run = LongRun(tmp_path)
    try:
        run.await_rows()
        run.await_trial()
        yield run
    finally:
        run.end()


def assert_rows_are_whole(results):
    """Each file ends with a line's end, and every run that has a row has all of its requests."""
    for name in ("runs", "requests"):
        assert (results.folder / f"{name}.csv").read_bytes().endswith(b"\n")
    by_run = harness_runs.group(results.requests, "run")
    for run in results.runs:
        assert len(by_run[run["run"]]) == len(URLS)


def send_to_process(run, number):
    run.process.send_signal(number)


def send_to_group(run, number):
    """As the terminal does: to the trial and the origin as well."""
    os.killpg(run.process.pid, number)


@pytest.mark.parametrize("send, number", [
    (send_to_process, signal.SIGINT), (send_to_group, signal.SIGINT),
    (send_to_process, signal.SIGTERM), (send_to_group, signal.SIGHUP),
], ids=["SIGINT", "Ctrl-C in a terminal", "SIGTERM", "a terminal that closes"])
def test_an_interrupted_experiment_keeps_what_was_finished(long_run, send, number):
    send(long_run, number)
    stdout, stderr = long_run.process.communicate(timeout=30)
    assert long_run.process.returncode == 130, stderr
    harness_runs.wait_until(lambda: not long_run.members(), 5, "all processes have ended")

    results = long_run.results
    assert_rows_are_whole(results)
    assert {run["status"] for run in results.runs} <= {"ok", "interrupted"}
    finished = [run for run in results.measured_runs if run["status"] == "ok"]
    assert len(finished) >= ROWS_AWAITED - len(harness_runs.STRATEGIES)
    assert {(run["succeeded"], run["failed"]) for run in finished} == {(str(len(URLS)), "0")}
    summary = {row["strategy"]: row for row in results.summary}
    for strategy in harness_runs.STRATEGIES:
        assert int(summary[strategy]["runs"]) == sum(run["strategy"] == strategy for run in finished)
    assert results.document("experiment")["complete"] is False
    assert (long_run.folder / "urls.csv").exists()
    assert "results: out" in stdout


def test_the_request_that_was_cut_short_is_not_called_a_success(long_run):
    send_to_process(long_run, signal.SIGINT)
    long_run.process.communicate(timeout=30)
    for run in long_run.results.runs:
        if run["status"] == "interrupted":
            assert int(run["not_run"]) > 0
            assert run["wall_s"] == ""


def test_nothing_survives_when_the_experiment_is_killed(long_run):
    send_to_process(long_run, signal.SIGKILL)
    long_run.process.communicate(timeout=30)
    harness_runs.wait_until(lambda: not long_run.members(), 3, "trial and origin have ended too")
    assert_rows_are_whole(long_run.results)
    assert long_run.results.document("experiment")["complete"] is False


def test_an_experiment_that_ends_leaves_no_process_behind(tmp_path):
    process = subprocess.Popen(harness_runs.command("/get", "--repeat", 1, "--no-charts"), cwd=tmp_path,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    assert process.wait(timeout=60) == 0
    assert session_members(process.pid) == set()
