"""Participants that come with the program: clients in other languages, and what each of them has to do."""

import functools
import json
import socket

import pytest

import guests
import harness_runs

INSTALLED = guests.installed()
HERE = [name for name, reason in INSTALLED.items() if not reason]
CAN = {name: json.loads((guests.EXTERNAL / name / "participant.json").read_text())["can"] for name in INSTALLED}

run_once = functools.partial(harness_runs.run_once, env=guests.PATH)
run_once_well = functools.partial(harness_runs.run_once_well, env=guests.PATH)


def of_arm(rows, arm):
    return [row for row in rows if row["arm"] == arm]


# ---- those that come with the program ----


def test_all_are_listed_and_told_about():
    assert list(INSTALLED) == sorted(path.parent.name for path in guests.EXTERNAL.glob("*/participant.json"))
    page = (guests.TOP / "docs" / "participants.md").read_text()
    assert [name for name in INSTALLED if f"| `{name}` |" not in page] == []


@pytest.mark.parametrize("name", INSTALLED)
def test_they_do_what_is_asked(name):
    if INSTALLED[name]:
        pytest.skip(INSTALLED[name])
    assert guests.check(name) == (0, [], "")


@pytest.fixture(name="compared", scope="module")
def run_compared(tmp_path_factory):
    """All of them beside two strategies: batches of three, of which one fails in its midst."""
    folder = tmp_path_factory.mktemp("compared")
    batches = [{"requests": [f"/delay/0.02?{batch}", "/status/404?" if batch == 3 else "/bytes/100", "/get"]} for batch in range(8)]
    workload = harness_runs.write_workload(folder / "workload.json", batches)
    outcome = run_once(folder, "--strategy", ",".join(["sequential,thread-pool", *HERE]), "--workload", workload,
                       "--requests", 48, "--concurrency", 4)
    assert outcome.exit_code == 3, outcome.stderr
    return outcome


@pytest.mark.parametrize("name", HERE)
def test_their_trials_are_as_those_of_strategies(compared, name):
    [trial] = of_arm(compared.results.trials, name)
    [pool] = of_arm(compared.results.trials, "thread-pool")
    for column in ("status", "requests", "succeeded", "failed", "skipped", "not_run", "sent_elsewhere"):
        if column != "sent_elsewhere":
            assert trial[column] == pool[column], column
    assert (trial["succeeded"], trial["failed"], trial["skipped"]) == ("44", "2", "2")
    assert trial["client"] and not pool["client"]
    assert trial["libcurl"] == trial["connections_opened"] == trial["retries"] == trial["inner_wall_s"] == ""
    assert float(trial["user_s"]) + float(trial["sys_s"]) > 0
    assert int(trial["peak_threads"]) >= 1 and int(trial["peak_processes"]) == 1
    lanes = int(trial["concurrency"])
    assert 1 <= int(trial["origin_max_in_flight"]) <= lanes and int(trial["origin_connections"]) <= lanes
    assert lanes == 1 or int(trial["max_in_flight"]) > 1


@pytest.mark.parametrize("name", HERE)
def test_their_requests_are_in_order(compared, name):
    rows = of_arm(compared.results.requests, name)
    assert len(rows) == 48
    for _, batch in harness_runs.group(rows, "batch").items():
        sent = [row for row in batch if row["outcome"] != "skipped"]
        assert all(before["finished_s"] <= after["started_s"] for before, after in zip(sent, sent[1:]))
        assert len({row["lane"] for row in sent}) == 1
    assert {row["bytes_received"] for row in rows if row["url"] == "/bytes/100"} == {"100"}
    assert {row[column] for row in rows for column in ("connections_opened", "retries", "curl_code", "time_connect_s")} == {""}
    assert [row["outcome"] for row in rows if "404" in row["url"]] == ["unexpected status"] * 2


def those_that_can(*words):
    names = [name for name in HERE if all(word in CAN[name] for word in words)]
    if not names:
        pytest.skip("no client that can is installed")
    return names


@pytest.mark.skipif(not HERE, reason="no client is installed")
def test_nobody_is_there(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        outcome = run_once(tmp_path, "/get", "--base-url", url, "--strategy", ",".join(HERE), harness_runs.NOBODY_THERE)
    assert {row["outcome"] for row in outcome.results.requests} == {"could not connect"}
    assert all(row["error"] for row in outcome.results.requests)


@pytest.mark.skipif(not HERE, reason="no client is installed")
def test_failures_are_told_apart(tmp_path):
    batches = [{"requests": [url]} for url in ("/fault/close", "/fault/truncate", "/status/503", "/get")]
    workload = harness_runs.write_workload(tmp_path / "workload.json", batches)
    outcome = run_once(tmp_path, "--workload", workload, "--strategy", ",".join(HERE))
    for name in HERE:
        rows = of_arm(outcome.results.requests, name)
        assert [row["outcome"] for row in rows] == ["connection lost", "connection lost", "unexpected status", "ok"], (name, rows)


def test_time_outs(tmp_path):
    names = those_that_can("timeout")
    outcome = run_once(tmp_path, "/delay/9", "/get", "--timeout", 2, "--strategy", ",".join(names))
    for name in names:
        rows = of_arm(outcome.results.requests, name)
        assert [row["outcome"] for row in rows] == ["timed out", "ok"], (name, rows)
        assert 2 <= float(rows[0]["duration_s"]) < 8


def test_cold_warm_and_without_reuse(tmp_path):
    warm = run_once_well(tmp_path, "/delay/0.05", "--requests", 12, "--concurrency", 4, "--start", "warm", "--strategy",
                         ",".join(those_that_can("warm")))
    assert "while they were timed" not in warm.stderr
    for row in warm.results.trials:
        assert (row["origin_connections"], row["succeeded"]) == ("0", "12"), row["arm"]
    anew = run_once_well(tmp_path, "/get", "--requests", 12, "--concurrency", 4, "--no-reuse", "--strategy",
                         ",".join(those_that_can("no-reuse")))
    assert {(row["arm"], row["origin_connections"]) for row in anew.results.trials} == {
        (name, "12") for name in those_that_can("no-reuse")}


def test_open_loop(tmp_path):
    names = those_that_can("open-loop")
    outcome = run_once_well(tmp_path, "/get", "--requests", 20, "--rate", 50, "--concurrency", 8, "--strategy",
                            ",".join(["thread-pool", *names]))
    for name in names:
        rows = of_arm(outcome.results.requests, name)
        due = [row["intended_s"] for row in of_arm(outcome.results.requests, "thread-pool")]
        assert [row["intended_s"] for row in rows] == due
        assert all(float(row["started_s"]) >= float(row["intended_s"]) for row in rows)


def test_own_authority(tmp_path):
    names = those_that_can("tls", "own-ca")
    outcome = run_once_well(tmp_path, "/get", "--requests", 8, "--concurrency", 2, "--tls", "--strategy", ",".join(names))
    assert {(row["arm"], row["succeeded"]) for row in outcome.results.trials} == {(name, "8") for name in names}


def test_redirects(tmp_path):
    names = those_that_can("redirects")
    workload = harness_runs.write_workload(tmp_path / "w.json", [{"requests": ["/redirect/2"]}])
    outcome = run_once_well(tmp_path, "--workload", workload, "--location", "--strategy", ",".join(names))
    assert {row["response_code"] for row in outcome.results.requests} == {"200"}
    outcome = run_once_well(tmp_path, "--workload", workload, "--strategy", ",".join(HERE))
    assert {row["response_code"] for row in outcome.results.requests} == {"302"}


@pytest.mark.skipif("python-requests" not in HERE or "python-aiohttp" not in HERE, reason="these are not installed")
def test_what_one_can_not_do_is_refused_with_its_reason(tmp_path):
    outcome = run_once(tmp_path, "/get", "--timeout", 5, "--strategy", "python-requests")
    assert outcome.exit_code == 2 and not outcome.results.folder.exists()
    assert outcome.stderr == ("harness: python-requests can't do --timeout, a limit of the whole request: requests limits the "
                              "wait for each piece of an answer, not for the whole; leave one of the two out\n")
    left_out = run_once_well(tmp_path, "/get", "--timeout", 5, "--strategy", "sequential,external")
    assert "harness: external leaves out: python-requests can't do --timeout" in left_out.stderr
    assert "python-requests" not in {row["arm"] for row in left_out.results.trials}
    assert "python-aiohttp" in {row["arm"] for row in left_out.results.trials}
