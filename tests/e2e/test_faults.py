"""Servers that misbehave, all of them: the matrix of tests/faults run once, and what it must show."""

import json
import pathlib
import subprocess
import time

import pytest

import harness_runs
import origin_servers

TESTS = pathlib.Path(__file__).resolve().parents[1]
MATRIX = TESTS / "faults" / "matrix"
MATRIX_LIMIT_S = 300
LARGE_BODIES = ("huge-body", "endless-body", "gzip-bomb")


@pytest.fixture(scope="module")
def matrix():
    """All that the matrix found; it also says what is wrong with it."""
    done = subprocess.run([MATRIX, "--json", origin_servers.harness_path()], capture_output=True, text=True,
                          timeout=MATRIX_LIMIT_S, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert (done.returncode == 0) == (not found["problems"]), done.stderr
    return found


@pytest.fixture(scope="module")
def faults(matrix):
    return {fault["name"]: fault for fault in matrix["faults"]}


def test_every_strategy_survives_every_fault(matrix):
    assert not matrix["problems"], "\n".join(matrix["problems"])


def test_every_strategy_but_the_one_that_sends_nothing_takes_part(matrix):
    listed = subprocess.run(harness_runs.command("--list-strategies"), capture_output=True, text=True, check=True)
    names = [line.split()[0] for line in listed.stdout.splitlines() if not line.startswith(" ")]
    assert matrix["strategies"] == [name for name in names if name != "null"]
    for fault in matrix["faults"]:
        assert set(fault["outcomes"]) == set(matrix["strategies"])


def test_every_strategy_names_the_cause_as_the_origin_does(matrix):
    for fault in matrix["faults"]:
        for name, outcomes in fault["outcomes"].items():
            assert outcomes == [fault["outcome"]], f"{fault['name']}, {name}"


def test_the_faults_have_every_kind_of_outcome(matrix):
    assert {fault["outcome"] for fault in matrix["faults"]} == {
        "ok", "could not connect", "connection lost", "bad response", "timed out", "too many redirects"}


def test_what_fails_says_why(matrix):
    for fault in matrix["faults"]:
        assert bool(fault["errors"]) == (fault["outcome"] != "ok"), fault["name"]


@pytest.mark.parametrize("name", LARGE_BODIES)
def test_bodies_are_never_kept_in_memory(faults, name):
    """Not even a fifth of the 100 MiB that huge-body has, nor of the 67 MB that gzip-bomb unpacks to."""
    assert faults[name]["memory_kib"]
    for strategy, peak_kib in faults[name]["memory_kib"].items():
        assert peak_kib < 20 * 1024, strategy


def test_a_kept_connection_that_was_closed_is_a_retry_and_no_failure(faults):
    """The origin drops the request that comes next over the connection: libcurl sends it again."""
    assert all(faults["drop-next"]["retries"].values()), faults["drop-next"]["retries"]
    assert not any(faults["http-1.0"]["retries"].values()), faults["http-1.0"]["retries"]


@pytest.mark.parametrize("fault", ("close-idle", "drop-next"))
def test_connections_closed_while_idle_cost_no_request(tmp_path, fault):
    with origin_servers.origin() as server:
        path = harness_runs.write_workload(
            tmp_path / "w.json", [[f"/fault/{fault}", "/get", "/get"]] * 5)
        outcome = harness_runs.run_once_well(tmp_path, "--workload", path, "--concurrency", 2, "--base-url",
                                             f"http://127.0.0.1:{server.port}")
    results = outcome.results
    assert {request["outcome"] for request in results.requests} == {"ok"}
    for trial in results.trials:
        retries = [int(request["retries"]) for request in results.requests_by_trial[trial["trial"]]]
        assert sum(retries) == int(trial["retries"])
        if fault == "drop-next":
            assert sum(retries) >= 5, trial["strategy"]


def test_retries_are_allowed_to_each_request_anew(tmp_path):
    """libcurl counts a handle's retries for its whole life, and gives up at the sixth."""
    path = harness_runs.write_workload(tmp_path / "many.json", [["/fault/drop-next", "/get"]] * 20)
    outcome = harness_runs.run_once_well(tmp_path, "--workload", path, "--strategy", "all", "--concurrency", "2")
    for trial in outcome.results.trials:
        assert (trial["failed"], trial["skipped"]) == ("0", "0"), trial["strategy"]
        assert int(trial["retries"]) >= 12, trial["strategy"]


def table(text):
    """The rows of the first Markdown table with a column "fault", as {fault: {strategy: outcome}}."""
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines()
             if line.startswith("|")]
    head = next(index for index, cells in enumerate(lines) if cells[0] == "fault")
    names = lines[head][1:-1]  # the last column is what libcurl says, which versions say differently
    return {cells[0]: dict(zip(names, cells[1:])) for cells in lines[head + 2:]}


def test_the_table_in_the_readme_is_the_current_one(matrix):
    """Where it is not: tests/faults/matrix prints it."""
    written = table((TESTS / "README.md").read_text(encoding="utf-8"))
    assert written == {
        fault["name"]: {name: " / ".join(fault["outcomes"][name]) for name in matrix["strategies"]}
        for fault in matrix["faults"]}


@pytest.mark.parametrize("target, status", (
    ("/fault/none", 404),
    ("/fault/huge-body?bytes=99999999999999999999", 400),
    ("/fault/huge-body?bytes=many", 400),
    ("/fault/drip?count=-1", 400),
    ("/fault/drip?count=2&ms=", 400),
))
def test_absurd_faults_are_refused(target, status):
    with origin_servers.origin() as server:
        connection = server.connect()
        connection.request("GET", target)
        assert connection.getresponse().status == status
        connection.close()


def test_faults_whose_client_leaves_are_over():
    """Those without an end too."""
    with origin_servers.origin() as server:
        before = server.open_descriptors()
        connection = server.connect()
        connection.request("GET", "/fault/")
        names = [fault["name"] for fault in json.loads(connection.getresponse().read())["faults"]]
        connection.close()
        for name in names * 3:
            connection = server.connect()
            connection.request("GET", f"/fault/{name}")
            if name.startswith(("endless", "huge")):
                connection.sock.recv(10)
            connection.close()
        harness_runs.wait_until(lambda: server.open_descriptors() <= before, 5, "all connections are closed")
        before_s = server.cpu_s()
        time.sleep(0.5)
        assert server.cpu_s() - before_s < 0.1
