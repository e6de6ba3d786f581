"""Requests that fail, because servers are not there or do not behave: every strategy calls the same cause by the same
name. And those that nearly fail: what is sent again over a new connection."""

import contextlib
import re

import pytest

import harness_runs
import target_servers
from harness_runs import STRATEGIES, run, run_once, run_once_well
from printed_table import unwrapped
from target_servers import QuietHandler, serving


def unresolvable():
    return contextlib.nullcontext("http://does-not-exist.invalid")


NOT_THERE = ("could not connect", "could not resolve")

# name: (a server, how a request to it ends, is there an answer). Where the word is None, libcurl's version decides.
SERVERS = {
    "closes without an answer": (lambda: target_servers.canned(b""), "connection lost", False),
    "closes amid the body": (
        lambda: target_servers.canned(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), "connection lost", True),
    "sends garbage": (lambda: target_servers.canned(b"\x16\x03garbage\r\n\r\n"), "bad response", False),
    "sends a bad status line": (lambda: target_servers.canned(b"HTTP/1.1 two hundred\r\n\r\n"), "bad response", False),
    "sends bad chunks": (
        lambda: target_servers.canned(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"), None, True),
    "redirects for ever": (
        lambda: target_servers.canned(
            b"HTTP/1.1 302 Found\r\nLocation: /again\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
        "too many redirects", True),
    "is not there": (target_servers.nobody, "could not connect", False),
    "has no address": (unresolvable, "could not resolve", False),
}


@pytest.fixture(scope="module", params=SERVERS)
def case(request, tmp_path_factory):
    """(outcome of the run, the word wanted, is an answer wanted)"""
    server, word, answered = SERVERS[request.param]
    with server() as url:
        arguments = ["--base-url", url, "--concurrency", 2, "--location", "--timeout", 10]
        arguments += [harness_runs.NOBODY_THERE] if word in NOT_THERE else []
        path = harness_runs.write_workload(tmp_path_factory.mktemp("workload") / "w.json", [["/1", "/2"], ["/3"]])
        return run_once(tmp_path_factory.mktemp("run"), "--workload", path, *arguments), word, answered


def test_the_outcome_has_the_same_name_in_every_strategy(case):
    outcome, word, _ = case
    (words,) = set(map(frozenset, outcome.results.outcomes_by_strategy().values()))
    assert set(outcome.results.outcomes_by_strategy()) == set(STRATEGIES)
    assert words == {word, "skipped"} if word else len(words - {"skipped", "ok"}) == 1


def test_failed_requests_are_counted_and_told_by_the_exit_code(case):
    outcome, word, _ = case
    assert outcome.exit_code == (0 if word in NOT_THERE else 3)
    assert {(trial["status"], trial["succeeded"], trial["failed"], trial["skipped"]) for trial in outcome.results.trials} == {
        ("ok", "0", "2", "1")}
    assert {row["failed_requests"] for row in outcome.results.summary} == {"2"}


def test_no_strategy_is_called_fastest(case):
    outcome, _, _ = case
    assert "fastest" not in outcome.stdout
    named = re.search(r"^not ranked: (.*)$", unwrapped(outcome.stdout), re.M)[1]
    assert re.sub(r" \(failed requests\)", "", named).split(", ") == list(STRATEGIES)
    assert not any(verdict["ranked"] for verdict in outcome.results.document("experiment")["verdicts"])


def test_what_is_not_known_is_empty_and_libcurl_says_why(case):
    outcome, _, answered = case
    for request in filter(harness_runs.was_sent, outcome.results.requests):
        assert request["error"]
        assert float(request["duration_s"]) >= 0
        assert bool(request["response_code"]) == bool(request["http_version"]) == answered
    for row in outcome.results.summary:
        assert (row["lower_bound_s"], row["efficiency"], row["request_p50_s"]) == ("", "", "")


def test_an_answer_whose_head_breaks_off_is_a_lost_connection(tmp_path):
    with target_servers.canned(b"HTTP/1.1 200 OK\r\nContent-") as url:
        outcome = run_once(tmp_path, "/get", "--base-url", url)
    assert outcome.results.outcomes_by_strategy() == {strategy: {"connection lost"} for strategy in STRATEGIES}


def test_a_strategy_with_failures_is_not_fastest_even_when_it_takes_the_least_time(tmp_path):
    with target_servers.witness(delay_s=0.02, answers_one_at_a_time=True) as server:
        outcome = run_once(tmp_path, *["/get"] * 8, "--base-url", server.url, "--strategy", "sequential,curl-multi")
    sequential, multi = outcome.results.summary
    assert outcome.exit_code == 3
    assert sequential["failed_requests"] == "0" < multi["failed_requests"]
    assert float(multi["median_s"]) < float(sequential["median_s"])
    assert "fastest" not in outcome.stdout, "one that is left is not the fastest of any"
    assert "not ranked: curl-multi (failed requests)" in outcome.stdout
    verdicts = {verdict["arm"]: verdict["ranked"] for verdict in outcome.results.document("experiment")["verdicts"]}
    assert verdicts == {"sequential": True, "curl-multi": False}


# ---- sent again instead ----


@pytest.mark.parametrize("fault, concurrency", [("close-idle", 2), ("drop-next", 2), ("drop-next", 1)])
def test_connections_closed_while_idle_cost_no_request(tmp_path, origin_url, fault, concurrency):
    path = harness_runs.write_workload(tmp_path / "w.json", [[f"/fault/{fault}", "/get", "/get"]] * 5)
    results = run_once_well(
        tmp_path, "--workload", path, "--concurrency", concurrency, "--base-url", origin_url).results
    assert {request["outcome"] for request in results.requests} == {"ok"}
    assert {trial["strategy"] for trial in results.trials} == set(STRATEGIES)
    for trial in results.trials:
        retries = [int(request["retries"]) for request in results.requests_by_trial[trial["trial"]]]
        assert sum(retries) == int(trial["retries"])
        if fault == "drop-next":  # a loop may take another lane's connection, and leave the one to be dropped for later
            assert sum(retries) == 5 if concurrency == 1 else sum(retries) >= 1, trial["strategy"]


def test_retries_are_allowed_to_each_request_anew(tmp_path):
    """libcurl counts a handle's retries for its whole life, and gives up at the sixth."""
    path = harness_runs.write_workload(tmp_path / "many.json", [["/fault/drop-next", "/get"]] * 20)
    outcome = run_once_well(tmp_path, "--workload", path, "--concurrency", "2")
    assert {trial["strategy"] for trial in outcome.results.trials} == set(STRATEGIES)
    for trial in outcome.results.trials:
        assert (trial["failed"], trial["skipped"]) == ("0", "0"), trial["strategy"]
        assert int(trial["retries"]) >= 12, trial["strategy"]


@pytest.mark.parametrize("shift", range(2))
def test_the_warning_about_a_long_url_is_kept_whole(tmp_path, shift):
    """Of one that has two bytes a character, so that a cut falls into one of them."""
    path = harness_runs.write_workload(tmp_path / "w.json", [[f"http://127.0.0.1:1/{'x' * shift}{'é' * 300}"]])
    outcome = run_once(tmp_path, "--workload", path, "-s", "sequential", harness_runs.NOBODY_THERE)
    warnings = {warning["code"]: warning["finding"] for warning in outcome.results.document("experiment")["warnings"]}
    assert "é... failed 1 time, of 1 failure in total: could not connect (" in warnings["failed-requests"]
    assert f"warning: {warnings['failed-requests']}; " in outcome.stderr


def test_every_failure_has_libcurl_s_code(tmp_path):
    """Messages are kept for the first thousand only."""
    with target_servers.nobody() as url:
        outcome = run_once(tmp_path, f"{url}/1", "--requests", 1010, harness_runs.NOBODY_THERE)
    assert {request["curl_code"] for request in outcome.results.requests} == {"7"}
    assert sum(request["error"] == "" for request in outcome.results.requests) == 10 * len(STRATEGIES)
    path = harness_runs.write_workload(tmp_path / "w.json", [["/get", "/status/500", "/get"]])
    outcome = run_once(tmp_path, "--workload", path)
    assert {(request["outcome"], request["curl_code"]) for request in outcome.results.requests} == {
        ("ok", "0"), ("unexpected status", "0"), ("skipped", "")}


# ---- what the terminal says ----


def warnings_of(outcome):
    """[(code, finding)]; standard error has each of them."""
    warnings = outcome.results.document("experiment")["warnings"]
    assert all(f"warning: {warning['finding']}; " in outcome.stderr for warning in warnings)
    return [(warning["code"], warning["finding"]) for warning in warnings]


def test_each_url_is_told_with_its_own_cause(tmp_path):
    outcome = run_once(tmp_path, "http://127.0.0.1:1/", "http://127.0.0.2:2/", "-s", "sequential", harness_runs.NOBODY_THERE)
    told = [finding for code, finding in warnings_of(outcome) if code == "failed-requests"]
    assert [re.findall(r"127[.\d]+(?: port|:)\W?\d", finding) for finding in told] == [
        ["127.0.0.1:1", "127.0.0.1 port 1"], ["127.0.0.2:2", "127.0.0.2 port 2"]]


def test_every_cause_is_told_after_many_others(tmp_path):
    urls = ("/status/401", "/status/404", "/status/503", "/status/404", "http://127.0.0.1:1/")
    outcome = run_once(tmp_path, *urls, "-s", "sequential")
    told = [finding for code, finding in warnings_of(outcome) if code == "failed-requests"]
    assert len(told) == 4
    assert "could not connect (" in told[-1]


def test_failures_in_warm_up_rounds_only_are_told(tmp_path):
    with serving(_FailsAtFirst()) as server:
        outcome = run(tmp_path, f"{server.url}/", "--repeat", 1, "--warmup", 1, "-s", "sequential")
    assert outcome.exit_code == 3
    assert ("failed-in-warm-up", f"GET {server.url}/ failed 1 time in warm-up rounds, of 1 failure in total: status 500") in (
        warnings_of(outcome))


class _FailsAtFirstHandler(QuietHandler):
    def do_GET(self):
        self.server.requests += 1
        self.send_response(500 if self.server.requests == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()


class _FailsAtFirst(target_servers.SmallServer):
    def __init__(self):
        super().__init__(_FailsAtFirstHandler)
        self.requests = 0


@pytest.mark.parametrize("arguments, count", [((), 3), (("--location",), 0)])
def test_redirects_that_are_not_followed_are_worth_a_hint(tmp_path, arguments, count):
    urls = ("/redirect/1", "/relative-redirect/1", "/absolute-redirect/1", "/status/304")
    outcome = run_once_well(tmp_path, *urls, *arguments, "-s", "sequential")
    told = [finding for code, finding in warnings_of(outcome) if code == "leads-elsewhere"]
    assert told == [f"{count} answers point to another URL, which was not requested; the first is status 302 to GET {urls[0]}"] * (
        count > 0)


# ---- proxies that refuse ----


class _RefusingProxy(QuietHandler):
    """Answers all that it is asked for with the server's status."""

    def do_GET(self):
        self.reply(b"no", self.server.status)

    do_CONNECT = do_GET


@pytest.mark.parametrize("url, status, advice", [
    ("https://127.0.0.1:1/", 407, "send the proxy's credentials: --proxy http://USER:PASSWORD@HOST:PORT"),
    ("http://127.0.0.1:1/", 407, "send the proxy's credentials: --proxy http://USER:PASSWORD@HOST:PORT"),
    ("https://127.0.0.1:1/", 403, "the proxy does not let requests through to this server: "),
    ("https://127.0.0.1:1/", 502, "the proxy does not let requests through to this server: ")])
def test_what_a_proxy_answers_to_connect_is_an_unexpected_status(tmp_path, url, status, advice):
    proxy = target_servers.SmallServer(_RefusingProxy)
    proxy.status = status
    with serving(proxy):
        outcome = run_once(tmp_path, url, "--proxy", proxy.url)
    assert outcome.exit_code == 3
    assert outcome.results.outcomes_by_strategy() == {strategy: {"unexpected status"} for strategy in STRATEGIES}
    assert {row["response_code"] for row in outcome.results.requests} == {str(status)}
    cause = f"status {status} of the proxy" if url.startswith("https") else f"status {status}"
    assert f": {cause}; {advice}" in outcome.stderr
