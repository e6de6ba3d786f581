"""What the system refuses: folders and files that can't be written, a full disk, too few files, threads, ports, memory."""

import json
import pathlib
import re
import subprocess

import pytest

import harness_runs
import target_servers
from harness_runs import STRATEGIES, errors
from limited_runs import needs_root, run_limited

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
    (1, ["--requests", 10000, "--location"], 100 * (1 + 64 + 2) + 64),
    (1, ["--requests", 10, "--location"], 100 * (4 + 2) + 64)])  # 31 for each request
def test_connections_that_may_be_open_at_once_count_as_files(open_folder, witness, servers, options, needed):
    """In each lane one to each server, and those behind redirects; but no more than there are requests."""
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
        outcome, witness, f"--no-reuse with {there_are + 1} requests", f"there are only {there_are}",
        "sysctl -w net.ipv4.ip_local_port_range", "lower --requests")


def test_too_little_memory_is_refused_with_the_size_needed(tmp_path, witness):
    outcome = run_limited(tmp_path, f"{witness.url}/get", "--requests", 10**9, "--records", "none")
    assert_refused_before_the_first_request(outcome, witness, "1000000000 requests", "lower --requests or --repeat")
    needed, available = re.search(r"need (\d+) MiB of memory, but only (\d+) MiB are available",
                                  outcome.stderr).groups()
    assert int(needed) > 10**9 * 100 / 2**20
    assert int(needed) > int(available)
    assert not (tmp_path / "out").exists()
