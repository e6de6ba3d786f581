"""Before the first round: is anybody there?"""

import contextlib
import signal
import socket
import subprocess
import time

import pytest

import harness_runs
import own_network
import target_servers
from harness_runs import STRATEGIES, errors, run_once, run_once_well

NOBODY = "http://does-not-exist.invalid"
REFUSED = "Connection refused"

# A first look takes no longer, whatever --connect-timeout is; and what a run takes beside it.
LOOK_S = 3
BESIDES_S = 4


def place(url):
    return url.partition("://")[2]


def looks(stderr):
    """The warnings before the first round."""
    return [line for line in stderr.splitlines() if line.startswith("warning: can't connect to ")]


@contextlib.contextmanager
def deaf():
    """The base URL of a server that takes no connection, because those that wait to be taken fill its queue."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def assert_hopeless(outcome, folder, *words):
    assert outcome.exit_code == 1
    (error,) = errors(outcome.stderr)
    for word in (*words, harness_runs.NOBODY_THERE):
        assert word in error
    assert outcome.stdout == ""
    assert list(folder.iterdir()) == []


def test_an_experiment_ends_at_once_when_its_server_is_not_there(tmp_path):
    with target_servers.nobody() as url:
        for arguments in ([f"{url}/a"], ["/a", "--base-url", f"{url}/deeper"], ["/a", "--proxy", url],
                          [f"{NOBODY}/a", "--proxy", url]):
            started = time.monotonic()
            outcome = harness_runs.run(tmp_path, *arguments, "--repeat", 50)
            assert time.monotonic() - started < BESIDES_S
            assert_hopeless(outcome, tmp_path, f"'{place(url)}' ({REFUSED})", "start the server, or check host and port")
            assert ("the proxy " in outcome.stderr) == ("--proxy" in arguments)


def test_a_name_without_an_address_is_hopeless(tmp_path):
    outcome = run_once(tmp_path, f"{NOBODY}/a", f"{NOBODY}/b", NOBODY.replace("http", "https"))
    assert_hopeless(outcome, tmp_path, "'does-not-exist.invalid:80' (", "'does-not-exist.invalid:443' (", "check the host's name")
    assert outcome.stderr.count("does-not-exist.invalid:80") == 1, "one server, asked once"


@pytest.mark.parametrize("timeout_s, waits_s", [(0.3, 0.3), (20, LOOK_S)])
def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_needed(tmp_path, timeout_s, waits_s):
    started = time.monotonic()
    with deaf() as url:
        outcome = run_once(tmp_path, f"{url}/a", "--connect-timeout", timeout_s)
    assert waits_s <= time.monotonic() - started < waits_s + BESIDES_S
    assert_hopeless(outcome, tmp_path, f"'{place(url)}' (no connection within {waits_s} s)")


def test_all_servers_are_asked_at_the_same_time(tmp_path):
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(deaf()) for _ in range(5)]
        started = time.monotonic()
        outcome = run_once(tmp_path, *urls, "--connect-timeout", 2)
    assert time.monotonic() - started < 2 + BESIDES_S
    assert_hopeless(outcome, tmp_path, *[f"'{place(url)}'" for url in urls[:3]], " and 2 more; ")


def test_earlier_results_are_kept_when_there_is_no_hope(tmp_path):
    run_once_well(tmp_path, "/get", "--output", "kept")
    before = {file.name: file.read_bytes() for file in (tmp_path / "kept").iterdir()}
    with target_servers.nobody() as url:
        assert run_once(tmp_path, url, "--output", "kept", "--force").exit_code == 1
    assert {file.name: file.read_bytes() for file in (tmp_path / "kept").iterdir()} == before


@pytest.mark.parametrize("is_origin_there", [True, False], ids=["own origin", "another server"])
def test_an_experiment_goes_on_when_some_server_is_there(tmp_path, witness, is_origin_there):
    there = "/get" if is_origin_there else f"{witness.url}/get"
    with target_servers.nobody() as url:
        outcome = run_once(tmp_path, f"{url}/a", there, f"{NOBODY}/b")
    assert outcome.exit_code == 3
    (warning,) = looks(outcome.stderr)
    assert f"'{place(url)}' ({REFUSED}), 'does-not-exist.invalid:80' (" in warning
    assert outcome.stderr.splitlines()[1] == warning, "after the announcement"
    (kept,) = [kept for kept in outcome.results.document("experiment")["warnings"] if kept["code"] == "not-reached"]
    assert warning == f"warning: {kept['finding']}; {kept['advice']}"
    assert {(trial["succeeded"], trial["failed"]) for trial in outcome.results.trials} == {("1", "2")}


def test_failures_that_are_to_be_ignored_are_waited_for(tmp_path):
    with target_servers.nobody() as url:
        outcome = run_once_well(tmp_path, f"{url}/a", harness_runs.NOBODY_THERE)
    assert len(looks(outcome.stderr)) == 1
    assert {trial["failed"] for trial in outcome.results.trials} == {"1"}
    assert {trial["strategy"] for trial in outcome.results.trials} == set(STRATEGIES)


def test_each_server_gets_one_connection_without_a_request(tmp_path):
    with target_servers.witness() as one, target_servers.witness() as other:
        urls = [f"{one.url}/a", f"{one.url}/b", f"{other.url}/a", f"{one.url.replace('//', '//user:word@')}/c"]
        outcome = run_once_well(tmp_path, *urls, "-s", "sequential")
        (trial,) = outcome.results.trials
        assert one.connections + other.connections == int(trial["connections_opened"]) + 2 * harness_runs.FIRST_LOOK
        assert len(one.arrivals) + len(other.arrivals) == 4
    assert looks(outcome.stderr) == []


@pytest.mark.parametrize("arguments", [[], ["--proxy", "environment"]], ids=["named", "of the environment"])
def test_a_proxy_is_asked_in_place_of_the_servers_behind_it(tmp_path, witness, arguments):
    arguments = arguments or ["--proxy", witness.url]
    with target_servers.nobody() as url:
        outcome = run_once_well(tmp_path, f"{url}/a", f"{NOBODY}/b", *arguments, "-s", "sequential",
                                env={"http_proxy": witness.url, "no_proxy": None, "NO_PROXY": None})
    (trial,) = outcome.results.trials
    assert witness.connections == int(trial["connections_opened"]) + harness_runs.FIRST_LOOK
    assert looks(outcome.stderr) == []


@pytest.mark.parametrize("host", ["localhost", "x.localhost"])
def test_a_server_with_several_addresses_needs_one_that_answers(tmp_path, witness, host):
    outcome = run_once_well(tmp_path, witness.url.replace("127.0.0.1", host), "-s", "sequential")
    assert looks(outcome.stderr) == []


def test_a_server_without_a_route_is_hopeless(tmp_path):
    done = own_network.run(harness_runs.command("http://203.0.113.1/a", "--no-charts"), cwd=tmp_path, capture_output=True,
                           timeout=harness_runs.RUN_LIMIT_S)
    assert done.returncode == 1
    assert "'203.0.113.1:80' (Network is unreachable); " in done.stderr


def test_the_user_can_stop_while_a_server_is_waited_for(tmp_path):
    with deaf() as url:
        with subprocess.Popen(harness_runs.command(url, "--no-charts"), cwd=tmp_path, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            process.communicate(timeout=harness_runs.RUN_LIMIT_S)
    assert process.returncode == 130
    assert time.monotonic() - started < LOOK_S - 1
