"""Servers that misbehave, all of them: the matrix run once each way, and what it must show."""

import concurrent.futures
import itertools
import json
import pathlib
import subprocess

import pytest

import program
from harness_runs import STRATEGIES

FOLDER = pathlib.Path(__file__).resolve().parent
MATRIX = FOLDER / "matrix"
MATRIX_LIMIT_S = 900
LARGE_BODIES = ("huge-body", "endless-body", "gzip-bomb")
WAYS = {"HTTP/1.1": [], "HTTP/1.1 over TLS": ["--tls"], "HTTP/2": ["--tls", "--http", "2"]}


@pytest.fixture(scope="module", params=WAYS)
def way(request):
    return request.param


def run_matrix(options):
    """All that the matrix found; it also says what is wrong with it."""
    done = subprocess.run([MATRIX, *options, "--json", program.harness_path()], capture_output=True, text=True,
                          timeout=MATRIX_LIMIT_S, check=False)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert (done.returncode == 0) == (not found["problems"]), done.stderr
    return found


@pytest.fixture(scope="module")
def matrices():
    """All ways at once: they wait more than they work."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        yield {way: pool.submit(run_matrix, options) for way, options in WAYS.items()}


@pytest.fixture(scope="module")
def matrix(matrices, way):
    return matrices[way].result()


@pytest.fixture(scope="module")
def faults(matrix):
    return {fault["name"]: fault for fault in matrix["faults"]}


def test_every_strategy_survives_every_fault(matrix):
    assert not matrix["problems"], "\n".join(matrix["problems"])


def test_every_strategy_that_sends_takes_part(matrix):
    for fault in matrix["faults"]:
        assert set(fault["outcomes"]) == set(STRATEGIES), fault["name"]


def test_the_faults_have_every_kind_of_outcome(matrix):
    assert {fault["outcome"] for fault in matrix["faults"]} == {
        "ok", "could not connect", "connection lost", "bad response", "timed out", "too many redirects"}


def test_what_fails_says_why(matrix):
    for fault in matrix["faults"]:
        if fault["outcome"] != "ok" or not fault["neighbours"]:
            assert bool(fault["errors"]) == (fault["outcome"] != "ok"), fault["name"]


@pytest.mark.parametrize("name", LARGE_BODIES)
def test_bodies_are_never_kept_in_memory(faults, way, name):
    """Not even a fifth of the 100 MiB that huge-body has, nor of the 67 MB that gzip-bomb unpacks to."""
    if way == "HTTP/2" and name == "endless-body":
        pytest.skip("it is a fault of HTTP/1.1")
    assert set(faults[name]["memory_kib"]) == set(STRATEGIES)
    for strategy, peak_kib in faults[name]["memory_kib"].items():
        assert peak_kib < 20 * 1024, strategy


def test_a_kept_connection_that_was_closed_is_a_retry_and_no_failure(faults, way):
    """The origin drops the request that comes next over the connection: libcurl sends it again."""
    if way == "HTTP/2":
        pytest.skip("it is a fault of HTTP/1.1")
    assert set(faults["drop-next"]["retries"]) == set(STRATEGIES)
    assert all(faults["drop-next"]["retries"].values()), faults["drop-next"]["retries"]
    assert not any(faults["http-1.0"]["retries"].values()), faults["http-1.0"]["retries"]


def table_promised(text, column):
    """{fault: cells} of the first Markdown table that has the column. What libcurl says differs between versions."""
    lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines()
             if line.startswith("|")]
    head = next(index for index, cells in enumerate(lines) if cells[0] == "fault" and column in cells)
    rows = itertools.takewhile(lambda cells: cells[0] != "fault", lines[head + 2:])
    return {cells[0]: dict(zip(lines[head], cells)) for cells in rows}


def test_every_strategy_names_the_cause_as_the_readme_does(matrix, way):
    """The README is written by hand; where it has to change, tests/faults/matrix prints its tables."""
    others = "others on the connection"
    promised = table_promised((FOLDER.parent / "README.md").read_text(encoding="utf-8"),
                              others if way == "HTTP/2" else "outcome")
    assert list(promised) == [fault["name"] for fault in matrix["faults"]]
    for fault in matrix["faults"]:
        words = {promised[fault["name"]]["outcome"]}
        words |= set(promised[fault["name"]].get(others, "").split("ok, or ")[1:])
        assert set(fault["outcomes"]) == set(STRATEGIES)
        for name, outcomes in fault["outcomes"].items():
            assert outcomes and set(outcomes) <= words, (fault["name"], name)
