"""Trials, the origin, the disk and the system's limits fail: at most one trial is lost, and the message says why."""

import contextlib
import fcntl
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time

import pytest

import harness_runs
import target_servers
from harness_runs import STRATEGIES
from test_interruption import running

# ---- whom it happens to ----


class _HoldingHandler(target_servers._WitnessHandler):  # pylint: disable=protected-access
    def answer(self):
        if self.path == "/held":
            self.server.hold()
        super().answer()

    do_GET = answer


class Holding(target_servers.Witness):
    """Answers at once, but for the first `holds` requests for /held, which wait in `held` until let go."""

    def __init__(self, holds):
        super().__init__(0, False)
        self.RequestHandlerClass = _HoldingHandler
        self.holds = holds
        self.held = queue.SimpleQueue()

    def hold(self):
        with self.lock:
            self.holds -= 1
            is_held = self.holds >= 0
        if is_held:
            let_go = threading.Event()
            self.held.put(let_go)
            let_go.wait(30)


@contextlib.contextmanager
def holding(holds):
    server = Holding(holds)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def role_of(process):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[1].decode()
    return ""


def send_to(experiment, role, number):
    (process,) = [member for member in experiment.members() if role_of(member) == role]
    os.kill(process, number)


# ---- who it is that runs it ----


@pytest.fixture
def open_folder():
    """A folder that every user can reach and write to."""
    with tempfile.TemporaryDirectory(prefix="harness-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o777)
        yield folder


def run_limited(folder, *arguments, limits=(), unprivileged=False):
    """Runs the harness under limits of prlimit, such as --nofile=64:64; unprivileged: as a user that nobody else is."""
    prefix = []
    if unprivileged and os.geteuid() == 0:
        user = 60000 + os.getpid() % 5000
        prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        reaches = subprocess.run([*prefix, "test", "-x", harness_runs.command()[0]], check=False)
        if reaches.returncode != 0:
            pytest.skip("the program is in a folder that other users can't reach")
    if limits:
        prefix += ["prlimit", *limits]
    command = [*prefix, *harness_runs.command(*arguments, "--no-charts", "--output", "out")]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=harness_runs.RUN_LIMIT_S, check=False)
    assert not harness_runs.SANITIZER_REPORT.search(done.stderr), done.stderr
    return harness_runs.Outcome(done.returncode, done.stdout, done.stderr, harness_runs.Results(folder / "out"))


def errors(stderr):
    return [line for line in stderr.splitlines() if line.startswith("harness: ")]


# ---- a trial ends before its time ----


def strike(experiment, server, number, times):
    """Sends a signal to each of so many trials, as soon as it has sent its last request."""
    for _ in range(times):
        let_go = server.held.get(timeout=60)
        send_to(experiment, "trial", number)
        if number != signal.SIGSTOP:
            let_go.set()


@pytest.mark.parametrize("number, status, message", [
    (signal.SIGKILL, "killed", "its process was killed (Killed)"),
    (signal.SIGTERM, "killed", "its process was killed (Terminated)"),
    (signal.SIGSEGV, "crashed", "its process crashed (Segmentation fault)"),
], ids=lambda value: getattr(value, "name", None))
def test_a_trial_that_dies_is_the_only_one_lost(tmp_path, monkeypatch, number, status, message):
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":handle_segv=0")
    struck = 2 * len(STRATEGIES)  # the warm-up and the first measured round; the second is left alone
    with holding(struck) as server:
        urls = [f"{server.url}/{name}" for name in ("1", "2", "3", "held")]
        with running(tmp_path, *urls, "--concurrency", 1, "--repeat", 2) as experiment:
            strike(experiment, server, number, struck)
            stdout, stderr = experiment.await_end()
    assert experiment.process.returncode == 3, stderr
    assert errors(stderr) == []

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
    for strategy in STRATEGIES:
        assert f"1 of 2 trials of {strategy} did not run to their end; see status and message in trials.csv" in stderr
    assert "results: out" in stdout


def test_a_trial_that_hangs_is_given_up_when_its_requests_must_be_over(tmp_path):
    with holding(1) as server:
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


def test_a_strategy_that_cannot_start_its_threads_says_so_and_the_others_go_on(open_folder):
    if os.geteuid() != 0:
        pytest.skip("needs root, to become a user without other processes")
    # Enough for what the check before the first request counts, 16 threads; the experiment itself takes three more.
    with target_servers.witness(delay_s=0.05) as slow:
        urls = [f"{slow.url}/{number}" for number in range(24)]
        outcome = run_limited(open_folder, *urls, "--repeat", 1, "--warmup", 0, "--concurrency", 16,
                              limits=["--nproc=16"], unprivileged=True)
    assert outcome.exit_code == 3, outcome.stderr
    by_strategy = harness_runs.group(outcome.results.trials, "strategy")
    for strategy in ("sequential", "curl-multi"):
        assert [(trial["status"], trial["succeeded"]) for trial in by_strategy[strategy]] == [("ok", "24")]
    for strategy in ("thread-pool", "thread-per-request"):
        for trial in by_strategy[strategy]:
            assert trial["status"] == "failed"
            assert re.fullmatch(r"can't start thread \d+: .+; lower --concurrency or raise the limit on threads "
                                r"\(ulimit -u\)", trial["message"])
            assert (trial["wall_s"], trial["failed"]) == ("", "0")
            outcomes = [request["outcome"] for request in outcome.results.requests_by_trial[trial["trial"]]]
            assert outcomes.count("ok") == int(trial["succeeded"])
            assert outcomes.count("not run") == int(trial["not_run"]) == 24 - int(trial["succeeded"])
    assert all(trial["succeeded"] == "0" for trial in by_strategy["thread-pool"])
    assert all(int(trial["succeeded"]) > 0 for trial in by_strategy["thread-per-request"])


# ---- the origin ends before its time ----


def test_the_end_of_the_origin_is_noticed_at_once_and_the_results_so_far_are_kept(tmp_path):
    urls = ["/delay/0.05"] * 4
    with running(tmp_path, *urls, "--repeat", 500) as experiment:
        harness_runs.wait_until(lambda: experiment.rows() >= 9, 60, "nine trials are written down")
        experiment.await_trial()
        send_to(experiment, "origin", signal.SIGKILL)
        begun = time.monotonic()
        stdout, stderr = experiment.await_end()
        assert time.monotonic() - begun < 8  # a request's time-out is 30 s
    assert experiment.process.returncode == 1
    (error,) = errors(stderr)
    assert re.search(r"the embedded origin ended while round \d+ was under way; the results up to there are kept", error)

    results = experiment.results
    *finished, last = results.trials
    assert {trial["status"] for trial in finished} == {"ok"}
    assert (last["status"], last["message"]) == ("origin lost", "the embedded origin ended")
    for trial in results.trials:
        assert len(results.requests_by_trial[trial["trial"]]) == len(urls)
    counted = harness_runs.of_finished_rounds(results.measured_trials, len(harness_runs.STRATEGIES))
    assert sum(int(row["trials"]) for row in results.summary) == len(counted)
    assert results.document("experiment")["complete"] is False
    assert "results: out" in stdout


def test_the_end_of_the_origin_is_noticed_while_another_server_is_waited_for(tmp_path):
    with holding(1) as server:
        with running(tmp_path, "/get", f"{server.url}/held", "--concurrency", 1, "--strategy", "curl-multi") as experiment:
            server.held.get(timeout=60)
            send_to(experiment, "origin", signal.SIGKILL)
            begun = time.monotonic()
            _, stderr = experiment.await_end()
            assert time.monotonic() - begun < 8  # it is held for 30 s
    assert experiment.process.returncode == 1
    assert len(errors(stderr)) == 1
    (trial,) = experiment.results.trials
    assert (trial["status"], trial["succeeded"], trial["not_run"]) == ("origin lost", "1", "1")


# ---- the user has had enough ----


def test_a_second_interrupt_ends_it_immediately(tmp_path):
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writer, b"x" * 4096)  # nobody reads: what would be printed at the end can't be
    with holding(1) as server:
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


# ---- the folder of the results ----


def assert_refused_before_the_first_request(outcome, server, *reasons):
    assert outcome.exit_code == 1, outcome.stderr
    (error,) = errors(outcome.stderr)
    for reason in reasons:
        assert reason in error
    assert server.connections == 0


def test_a_folder_that_is_read_only_is_refused(open_folder, witness):
    (open_folder / "out").mkdir(mode=0o555)
    outcome = run_limited(open_folder, f"{witness.url}/get", unprivileged=True)
    assert_refused_before_the_first_request(outcome, witness, "'out/trials.csv'", "Permission denied")


def test_a_parent_that_is_read_only_is_refused(open_folder, witness):
    open_folder.chmod(0o555)
    outcome = run_limited(open_folder, f"{witness.url}/get", unprivileged=True)
    assert_refused_before_the_first_request(outcome, witness, "'out'", "Permission denied")


def test_a_file_in_the_place_of_the_folder_is_refused_and_kept(tmp_path, witness):
    (tmp_path / "out").write_text("precious")
    outcome = run_limited(tmp_path, f"{witness.url}/get", "--force")
    assert_refused_before_the_first_request(outcome, witness, "'out'", "Not a directory")
    assert (tmp_path / "out").read_text() == "precious"


@pytest.mark.parametrize("name", ["trials.csv", "requests.csv", "workload.json", "experiment.json"])
def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path, witness, name):
    (tmp_path / "out" / name).mkdir(parents=True)
    outcome = run_limited(tmp_path, f"{witness.url}/get", "--force")
    assert_refused_before_the_first_request(outcome, witness, f"'out/{name}'", "Is a directory")


def test_missing_parents_are_made(tmp_path):
    harness_runs.run_once_well(tmp_path, "/get", "--output", "a/b/c")
    assert len(harness_runs.Results(tmp_path / "a/b/c").trials) == len(STRATEGIES)


# ---- a disk that is full, later ----


@pytest.fixture
def small_disk(tmp_path):
    """A file system with room for 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def assert_stopped_with_what_there_is(outcome, reason):
    assert outcome.exit_code == 1, outcome.stderr
    error, *_ = errors(outcome.stderr)
    assert re.search(rf"can't write 'out/\w+\.csv': {reason}$", error), error

    folder = outcome.results.folder
    for name in ("trials", "requests"):
        assert (folder / f"{name}.csv").read_bytes().endswith(b"\n")
    results = outcome.results
    assert len(results.trials) >= 2
    assert {trial["status"] for trial in results.trials} == {"ok"}
    for trial in results.trials:
        assert len(results.requests_by_trial[trial["trial"]]) == 300
    written = {file.name for file in folder.iterdir()}
    assert written >= {"trials.csv", "requests.csv", "workload.json", "experiment.json"}
    assert not any(name.startswith(".") for name in written)
    for name in written:
        if name.endswith(".json"):
            assert json.loads((folder / name).read_text())
        else:
            assert results.columns(name.removesuffix(".csv"))
    assert results.document("experiment")["complete"] is False


MUCH = ("/get", "--requests", 300, "--repeat", 8, "--concurrency", 4)


def test_a_full_disk_stops_the_experiment_with_whole_rows(small_disk):
    assert_stopped_with_what_there_is(run_limited(small_disk, *MUCH), "No space left on device")


def test_a_limit_on_the_size_of_files_stops_it_likewise(tmp_path):
    # Not smaller: the limit is one on shared memory too.
    outcome = run_limited(tmp_path, *MUCH, limits=["--fsize=600000"])
    assert_stopped_with_what_there_is(outcome, "File too large")


# ---- limits of the system ----


def test_too_few_files_are_refused_with_the_number_needed(open_folder, witness):
    outcome = run_limited(open_folder, f"{witness.url}/get", "--concurrency", 100, limits=["--nofile=200:200"],
                          unprivileged=True)
    assert_refused_before_the_first_request(outcome, witness, "at concurrency 100 needs 364 open files",
                                            "the limit is 200", "'ulimit -Hn 364'", "lower --concurrency")
    assert not (open_folder / "out").exists()


def test_the_soft_limit_on_files_is_raised_by_itself(open_folder):
    with target_servers.witness(delay_s=0.3) as slow:
        urls = [f"{slow.url}/{number}" for number in range(100)]
        outcome = run_limited(open_folder, *urls, "--concurrency", 100, "--repeat", 1, "--warmup", 0, "--strategy",
                              "thread-pool,curl-multi", limits=["--nofile=64:1000"], unprivileged=True)
    assert outcome.exit_code == 0, outcome.stderr
    assert {trial["succeeded"] for trial in outcome.results.trials} == {"100"}
    assert all(int(trial["max_in_flight"]) > 64 for trial in outcome.results.trials)


def test_too_few_threads_are_refused_with_the_number_needed(open_folder, witness):
    outcome = run_limited(open_folder, f"{witness.url}/get", "--concurrency", 500, limits=["--nproc=499"],
                          unprivileged=True)
    assert_refused_before_the_first_request(outcome, witness, "at concurrency 500 needs 500 threads", "499",
                                            "'ulimit -u 1500'", "lower --concurrency")


def test_strategies_without_threads_are_not_bound_by_their_limit(open_folder, witness):
    if os.geteuid() != 0:
        pytest.skip("needs root, to become a user without other processes")
    outcome = run_limited(open_folder, f"{witness.url}/get", "--concurrency", 500, "--strategy", "curl-multi",
                          "--repeat", 1, limits=["--nproc=20"], unprivileged=True)
    assert outcome.exit_code == 0, outcome.stderr


def test_too_few_ports_are_refused_with_the_number_needed(tmp_path, witness):
    first, last = map(int, pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    there_are = last - first + 1
    arguments = (f"{witness.url}/get", "--requests", there_are + 1, "--records", "none")
    outcome = run_limited(tmp_path, *arguments, "--no-reuse")
    assert_refused_before_the_first_request(
        outcome, witness, f"--no-reuse with {there_are + 1} requests", f"there are {there_are}",
        "sysctl -w net.ipv4.ip_local_port_range", "lower --requests")


def test_too_little_memory_is_refused_with_the_size_needed(tmp_path, witness):
    outcome = run_limited(tmp_path, f"{witness.url}/get", "--requests", 10**9, "--records", "none")
    assert_refused_before_the_first_request(outcome, witness, "1000000000 requests", "lower --requests or --repeat")
    needed, available = re.search(r"need (\d+) MiB of memory, (\d+) MiB are available",
                                  outcome.stderr).groups()
    assert int(needed) > 10**9 * 100 / 2**20
    assert int(needed) > int(available)
    assert not (tmp_path / "out").exists()
