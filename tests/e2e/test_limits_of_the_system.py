"""What the system refuses: folders and files that can't be written, a full disk, too few files, threads, ports, memory."""

import json
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

import harness_runs
import memory_use
import target_servers
from harness_runs import STRATEGIES, errors
from limited_runs import needs_root, run_limited, run_with_ports, with_ports, within_ports

# ---- the folder of the results ----


def assert_refused_before_the_first_request(outcome, server, *reasons):
    assert outcome.exit_code == 1, outcome.stderr
    (error,) = errors(outcome.stderr)
    for reason in reasons:
        assert reason in error
    assert server.arrivals == []


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


@pytest.mark.parametrize("name", [
    "trials.csv", "requests.csv", "summary.csv", "urls.csv", "workload.json", "experiment.json", "timeline.png"])
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
        elif name.endswith(".csv"):
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
    outcome = run_limited(open_folder, f"{witness.url}/get", "--strategy", "curl-multi,thread-pool", "--concurrency", 100,
                          limits=["--nofile=200:200"], unprivileged=True)
    assert_refused_before_the_first_request(outcome, witness, "at concurrency 100 needs 364 open files",
                                            "the limit is 200", "'ulimit -Hn 364'", "lower --concurrency")
    assert not (open_folder / "out").exists()


@pytest.mark.parametrize("servers, options, needed", [
    (2, ["--requests", 1000], 100 * (2 + 2) + 64),
    (80, ["--requests", 10000], 100 * (80 + 2) + 64),
    (80, ["--requests", 1000], 100 * (10 + 2) + 64),
    (80, ["--requests", 1000, "--start", "warm"], 100 * (20 + 2) + 64),
    (80, ["--requests", 1000, "--no-reuse"], 100 * (1 + 2) + 64),
    (80, ["--requests", 10000, "--proxy", "http://127.0.0.1:1"], 100 * (1 + 2) + 64),
    (1, ["--requests", 10000, "--location"], 100 * (1 + 64 + 2) + 64),
    (1, ["--requests", 10, "--location"], 100 * (4 + 2) + 64)])  # 31 for each request
def test_connections_that_may_be_open_at_once_count_as_files(open_folder, witness, servers, options, needed):
    """In each lane one to each server or proxy, and those behind redirects; but no more than there are requests."""
    urls = [witness.url] + [f"http://127.0.0.1:{port}/" for port in range(1, servers)]
    outcome = run_limited(open_folder, *urls, "--strategy", "thread-pool", "--concurrency", 100, "--yes", *options,
                          limits=["--nofile=200:200"], unprivileged=True)
    assert_refused_before_the_first_request(outcome, witness, f"at concurrency 100 needs {needed} open files")


def test_the_soft_limit_on_files_is_raised_by_itself(open_folder):
    with target_servers.witness(delay_s=0.3) as slow:
        urls = [f"{slow.url}/{number}" for number in range(100)]
        outcome = run_limited(open_folder, *urls, "--concurrency", 100, "--repeat", 1, "--warmup", 0, "--strategy",
                              "thread-pool,curl-multi", limits=["--nofile=64:1000"], unprivileged=True)
    assert outcome.exit_code == 0, outcome.stderr
    assert {trial["succeeded"] for trial in outcome.results.trials} == {"100"}
    assert all(int(trial["max_in_flight"]) > 64 for trial in outcome.results.trials)


def test_too_few_threads_are_refused_with_the_number_needed(open_folder, witness):
    outcome = run_limited(open_folder, f"{witness.url}/get", "--strategy", "curl-multi,thread-pool", "--concurrency", 500,
                          limits=["--nproc=499"], unprivileged=True)
    assert_refused_before_the_first_request(outcome, witness, "at concurrency 500 needs 500 threads", "499",
                                            "'ulimit -u 1500'", "lower --concurrency")


def test_too_few_processes_are_refused_with_the_number_needed(open_folder, witness):
    outcome = run_limited(open_folder, f"{witness.url}/get", "--strategy", "curl-multi,process-pool", "--concurrency", 500,
                          limits=["--nproc=499"], unprivileged=True)
    assert_refused_before_the_first_request(outcome, witness, "at concurrency 500 needs 500 processes", "499",
                                            "'ulimit -u 1500'", "lower --concurrency")


def test_each_process_has_files_of_its_own_and_the_origin_those_of_all(open_folder, witness):
    arguments = ("--strategy", "process-pool", "--concurrency", 150, "--repeat", 1, "--warmup", 0, "--requests", 150)
    limits = ["--nofile=200:200"]
    outcome = run_limited(open_folder, f"{witness.url}/get", *arguments, limits=limits, unprivileged=True)
    assert outcome.exit_code == 0, outcome.stderr
    assert [trial["peak_processes"] for trial in outcome.results.trials] == ["151"]
    outcome = run_limited(open_folder, "/get", *arguments, "--force", limits=limits, unprivileged=True)
    assert outcome.exit_code == 1
    assert "at concurrency 150 needs 214 open files, but the limit is 200" in outcome.stderr


@needs_root
def test_strategies_without_threads_are_not_bound_by_their_limit(open_folder, witness):
    outcome = run_limited(open_folder, f"{witness.url}/get", "--concurrency", 500, "--strategy", "curl-multi",
                          "--repeat", 1, limits=["--nproc=20"], unprivileged=True)
    assert outcome.exit_code == 0, outcome.stderr


def test_too_few_ports_are_refused_with_the_number_needed(tmp_path, witness):
    first, last = map(int, pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    there_are = last - first + 1
    arguments = (f"{witness.url}/get", "--requests", there_are + 1, "--records", "none")
    outcome = run_limited(tmp_path, *arguments, "--no-reuse")
    assert_refused_before_the_first_request(
        outcome, witness, f"--no-reuse needs {there_are + 1} local ports", f"there are only {there_are};",
        "sysctl -w net.ipv4.ip_local_port_range", "lower --requests")


def test_ports_are_needed_by_whatever_opens_a_connection_for_each_batch(tmp_path):
    for strategy, options, remedy in [("thread-per-request:handles=fresh", ("--requests", 101), "lower --requests"),
                                      ("curl-multi", ("--requests", 101, "-H", "Connection: close"), "lower --requests"),
                                      ("curl-multi", ("--requests", 200, "-c", 101), "lower --concurrency")]:
        outcome = run_with_ports(tmp_path, "/get", "-s", strategy, *options, ports=100, tw_reuse=2)
        assert outcome.exit_code == 1
        closing = " with 'Connection: close'" if "-H" in options else ""
        assert f"'{strategy}'{closing} needs 101 local ports" in outcome.stderr
        assert outcome.stderr.rstrip().endswith(remedy)


def test_a_server_has_all_ports_whatever_another_one_uses(tmp_path):
    urls = [f"http://127.0.0.{host}:1/" for host in (1, 2)]
    outcome = run_with_ports(tmp_path, *urls, "--requests", 198, "--no-reuse", "-s", "sequential", "-n", 1,
                             "--warmup", 0, "--ignore-failures", ports=100, tw_reuse=0)
    assert outcome.exit_code == 0, outcome.stderr


# ---- ports that earlier trials hold ----


def assert_no_port_was_missing(outcome, ports):
    assert outcome.exit_code == 0, outcome.stderr
    assert {trial["failed"] for trial in outcome.results.trials} == {"0"}
    opened = [int(trial["connections_opened"]) for trial in outcome.results.trials]
    assert sum(opened) > 2 * ports, "without ports that are used again, most would fail"


# After this answer libcurl closes the connection.
CLOSING = "/fault/short-length"


@pytest.mark.parametrize("path, options, start", [
    ("/get", ["--no-reuse"], "cold"), ("/get", ["--no-reuse"], "warm"),
    (CLOSING, ["--header", "Connection: close"], "warm"), (CLOSING, [], "cold")])
def test_trials_wait_until_the_kernel_reuses_the_ports_of_earlier_ones(tmp_path, path, options, start):
    outcome = run_with_ports(tmp_path, path, *options, "--requests", 80, "-n", 1, "--start", start,
                             "-s", "sequential,thread-pool,curl-multi", ports=100, tw_reuse=2)
    assert_no_port_was_missing(outcome, 100)
    assert "waiting for local ports" not in outcome.stderr, "a second is not worth a word"


def test_trials_wait_for_the_ports_that_the_kernel_keeps_for_a_minute(tmp_path):
    """After some seconds the kernel is told to reuse them, so that the test need not wait for the minute to end."""
    after_s = 6
    started = time.monotonic()
    outcome = run_with_ports(tmp_path, "/get", "--requests", 80, "--no-reuse", "-n", 3, "--warmup", 0,
                             "-s", "sequential", "--max-time", after_s + 2, ports=100, tw_reuse=0,
                             reused_after_s=after_s)
    took = time.monotonic() - started
    assert outcome.exit_code == 0, outcome.stderr
    assert [trial["failed"] for trial in outcome.results.trials] == ["0", "0"], "a third round would end too late"
    assert after_s - 1 < took < after_s + 8
    told = [line for line in outcome.stderr.splitlines() if line.startswith("waiting for local ports: ")]
    assert len(told) == 1
    for part in ("80 of 100", "80 connections", "TIME_WAIT", "--requests", "--no-reuse", "net.ipv4.ip_local_port_range"):
        assert part in told[0]


def test_a_wait_for_ports_can_be_interrupted(tmp_path):
    command = with_ports("/get", "--requests", 80, "--no-reuse", "-n", 2, "--warmup", 0, "-s", "sequential",
                         ports=100, tw_reuse=0)
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as run:
        assert run.stderr.readline().startswith("waiting for local ports: ")
        interrupted = time.monotonic()
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=20)
    assert run.returncode == 130
    assert time.monotonic() - interrupted < 10
    trials = harness_runs.Results(tmp_path / "out").trials
    assert [(trial["status"], trial["failed"]) for trial in trials] == [("ok", "0")]


def test_a_port_that_is_missing_is_named_by_every_strategy(tmp_path):
    """Redirects open connections that nobody can foresee."""
    outcome = run_with_ports(tmp_path, "/redirect/3", "--location", "--requests", 80, "--no-reuse", "-n", 1,
                             "--warmup", 0, ports=100, tw_reuse=2)
    assert outcome.exit_code == 3
    assert outcome.results.outcomes_by_strategy() == {strategy: {"ok", "no free port"} for strategy in STRATEGIES}
    errors_told = {request["error"] for request in outcome.results.requests if request["outcome"] == "no free port"}
    assert all(error.endswith(": Cannot assign requested address") for error in errors_told)
    (warning,) = [warning for warning in outcome.results.document("experiment")["warnings"]
                  if warning["code"] == "failed-requests"]
    assert "no free port" in warning["finding"]
    assert "lower --requests, leave out --no-reuse, or widen net.ipv4.ip_local_port_range" in outcome.stderr


def test_the_remedy_for_missing_ports_fits_what_closes_the_connections(tmp_path):
    outcome = run_with_ports(tmp_path, CLOSING, "--requests", 120, "-n", 1, "--warmup", 0, "-s", "sequential",
                             ports=100, tw_reuse=0)
    assert outcome.exit_code == 3
    assert "let the server keep connections open, or widen net.ipv4.ip_local_port_range" in outcome.stderr


ALL_PORTS_TAKEN = """
import socket, subprocess, sys
taken = [socket.socket() for port in range(100)]
for one in taken:
    one.bind(("127.0.0.1", 0))
sys.exit(subprocess.run(sys.argv[1:]).returncode)
"""


@pytest.mark.parametrize("arguments", [["/get", "-n", 1, "--no-charts"], ["origin"], ["origin", "--port", 0]])
def test_an_origin_without_a_free_port_says_so(tmp_path, arguments):
    command = [sys.executable, "-c", ALL_PORTS_TAKEN, *harness_runs.command(*arguments)]
    done = subprocess.run(within_ports(command, ports=100, tw_reuse=2), cwd=tmp_path, capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode == 1
    error, *_ = errors(done.stderr)
    assert "no local port is free; " in error
    assert error.endswith("or widen net.ipv4.ip_local_port_range")


def test_an_address_that_can_t_be_reached_is_not_taken_for_want_of_ports(tmp_path):
    """The system calls both "Cannot assign requested address"."""
    arguments = ("http://[::1]:1/", "-n", 1, "--warmup", 0)
    outcome = run_with_ports(tmp_path, *arguments, ports=100, tw_reuse=2, has_ipv6=False)
    assert outcome.exit_code == 1
    assert "can't connect to '[::1]:1' (Network is unreachable)" in outcome.stderr
    outcome = run_with_ports(tmp_path, *arguments, "--ignore-failures", ports=100, tw_reuse=2, has_ipv6=False)
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.results.outcomes_by_strategy() == {strategy: {"could not connect"} for strategy in STRATEGIES}


def test_want_of_ports_does_not_mean_that_nobody_is_there(tmp_path):
    """The first experiment leaves the second no port to find out with: it waits for them."""
    after_s = 4
    script = ('"$1" origin --port 8765 >origin.txt 2>&1 & origin=$!; until [ -s origin.txt ]; do sleep 0.1; done; '
              '"$@" --output first && "$@" --output out; code=$?; kill $origin; exit $code')
    command = harness_runs.command("http://127.0.0.1:8765/get", "--requests", 98, "--no-reuse", "-s", "sequential",
                                   "-n", 1, "--warmup", 0, "--no-charts")
    done = subprocess.run(within_ports(["sh", "-c", script, "sh", *command], ports=100, tw_reuse=0,
                                       reused_after_s=after_s),
                          cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "waiting for local ports: " in done.stderr, "or the first left some"
    assert "can't connect" not in done.stderr
    assert [trial["failed"] for trial in harness_runs.Results(tmp_path / "out").trials] == ["0"]


def test_too_little_memory_is_refused_with_the_size_needed(tmp_path, witness):
    outcome = run_limited(tmp_path, f"{witness.url}/get", "--requests", 10**9, "--records", "none")
    assert_refused_before_the_first_request(outcome, witness, "1000000000 requests", "lower --requests or --repeat")
    needed, available = re.search(r"need (\d+) MiB of memory, but only (\d+) MiB are available",
                                  outcome.stderr).groups()
    assert int(needed) > 10**9 * 100 / 2**20
    assert int(needed) > int(available)
    assert not (tmp_path / "out").exists()


def memory_checked_mib(folder, arguments):
    """What is checked for one round: from what two experiments that are refused would need, as each round adds the same."""
    def needed(rounds):
        outcome = run_limited(folder, *arguments, "--repeat", rounds)
        return int(re.search(r"need (\d+) MiB of memory", outcome.stderr)[1])
    rounds = 50000
    once, twice = needed(rounds), needed(2 * rounds)
    return 2 * once - twice + once / rounds


@pytest.mark.skipif(memory_use.is_inflated(), reason="a sanitizer takes memory of its own")
@pytest.mark.parametrize("shape", ["distinct URLs", "one URL", "headers and bodies"])
def test_the_memory_that_is_checked_is_what_is_used(tmp_path, shape):
    count = 200000
    requests = {
        "distinct URLs": [{"url": f"/get?number={i}"} for i in range(count)],
        "one URL": [{"url": "/get"}] * count,
        "headers and bodies": [
            {"url": "/post", "method": "POST", "body": f"{i:0200}", "headers": {"X-Number": str(i)}} for i in range(count)],
    }[shape]
    (tmp_path / "workload.json").write_text(json.dumps([[request] for request in requests]))
    arguments = ("--workload", "workload.json", "--strategy", "no-op,no-op,no-op,no-op", "--warmup", "0", "--records", "none")
    checked_mib = memory_checked_mib(tmp_path, arguments)
    used_mib = memory_use.most_mib(tmp_path, *arguments, "--repeat", "1")
    assert used_mib <= checked_mib <= 1.5 * used_mib, (used_mib, checked_mib)
