"""The user stops an experiment, or it is killed: what was finished is kept, and no process stays behind."""

import contextlib
import os
import pathlib
import signal
import subprocess
import time

import pytest

import harness_runs
import target_servers

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


class Running:
    """An experiment under way, in a session of its own."""

    def __init__(self, folder, *arguments):
        arguments = [*arguments, "--warmup", 1, "--seed", 1, "--no-charts", "--output", "out"]
        self.process = subprocess.Popen(harness_runs.command(*arguments), cwd=folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.folder = folder / "out"
        self.results = harness_runs.Results(self.folder)

    def rows(self):
        trials = self.folder / "trials.csv"
        return trials.read_bytes().count(b"\n") - 1 if trials.exists() else 0

    def members(self):
        return session_members(self.process.pid)

    def await_trial(self):
        harness_runs.wait_until(lambda: len(self.members()) == 3, 20, "an origin and a trial are running")

    def send(self, number):
        self.process.send_signal(number)

    def send_to_group(self, number):
        """As the terminal does: to the trial and the origin as well."""
        os.killpg(self.process.pid, number)

    def await_end(self):
        """What it printed. Read last: the end of its output would be waited for in every process that has it."""
        self.process.wait(timeout=30)
        harness_runs.wait_until(lambda: not self.members(), 3, "all its processes have ended")
        return self.process.communicate()

    def kill_all(self):
        for member in self.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        self.process.communicate()


@contextlib.contextmanager
def running(folder, *arguments):
    experiment = Running(folder, *arguments)
    try:
        yield experiment
    finally:
        experiment.kill_all()


@pytest.fixture
def many_trials(tmp_path):
    """An experiment that would take minutes, up to its tenth row."""
    with running(tmp_path, *URLS, "--repeat", ROUNDS) as experiment:
        harness_runs.wait_until(lambda: experiment.rows() >= ROWS_AWAITED, 60, "ten trials are written down")
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
    assert len(finished) >= ROWS_AWAITED - len(harness_runs.STRATEGIES)
    assert {(trial["succeeded"], trial["failed"]) for trial in finished} == {(str(len(URLS)), "0")}
    summary = {row["strategy"]: row for row in results.summary}
    counted = harness_runs.of_finished_rounds(results.measured_trials, len(harness_runs.STRATEGIES))
    for strategy in harness_runs.STRATEGIES:
        assert int(summary[strategy]["trials"]) == sum(trial["strategy"] == strategy for trial in counted)
    assert results.document("experiment")["complete"] is False
    assert (results.folder / "urls.csv").exists()
    assert "results: out" in stdout


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
    assert session_members(process.pid) == set()
