"""What is requested: every way to give a workload, and every way to get it wrong."""

import json
import re
import subprocess

import pytest

import harness_runs
import listings
from harness_runs import run_once, run_once_well

ONE_STRATEGY = ("--strategy", "curl-multi")


def sent(outcome):
    """[(batch, request, method, url), ...] of the only trial."""
    assert len(outcome.results.trials) == 1
    return [(int(row["batch"]), int(row["request"]), row["method"], row["url"]) for row in outcome.results.requests]


def outcomes(outcome):
    return [row["outcome"] for row in outcome.results.requests]


# ---- good ones ----


def test_urls_on_the_command_line_are_a_workload(tmp_path):
    outcome = run_once_well(tmp_path, *ONE_STRATEGY, "/get", "/delay/0.01")
    assert sent(outcome) == [(1, 1, "GET", "/get"), (2, 1, "GET", "/delay/0.01")]


def test_whole_urls_need_no_base_url(tmp_path, origin_url):
    outcome = run_once_well(tmp_path, *ONE_STRATEGY, f"{origin_url}/get")
    assert sent(outcome) == [(1, 1, "GET", f"{origin_url}/get")]


TEXT = "# what to do\n\n/get\nPOST /post  # with a remark\r\n   DELETE   /delete\n"
TEXT_SENT = [(1, 1, "GET", "/get"), (2, 1, "POST", "/post"), (3, 1, "DELETE", "/delete")]

JSON = json.dumps({"batches": [
    ["/get"], ["/get", {"url": "/post", "body": [1, 2]}], {"name": "put", "requests": [{"url": "/put", "method": "PUT"}]}]})
JSON_SENT = [(1, 1, "GET", "/get"), (2, 1, "GET", "/get"), (2, 2, "POST", "/post"), (3, 1, "PUT", "/put")]

FORMS = pytest.mark.parametrize("text, wanted", [(TEXT, TEXT_SENT), (JSON, JSON_SENT)], ids=["text", "JSON"])


@FORMS
def test_a_workload_can_be_a_file(tmp_path, text, wanted):
    (tmp_path / "mine").write_bytes(text.encode())
    outcome = run_once_well(tmp_path, *ONE_STRATEGY, "--workload", "mine")
    assert sent(outcome) == wanted
    assert {trial["workload"] for trial in outcome.results.trials} == {"mine"}


@FORMS
def test_a_workload_can_come_from_standard_input(tmp_path, text, wanted):
    assert sent(run_once_well(tmp_path, *ONE_STRATEGY, "--workload", "-", stdin=text)) == wanted


COUNTED_TEXT = "/get *3\nPOST /post\nPOST /post *2  # more\n/get\n"
COUNTED_TEXT_SENT = [(1, 1, "GET", "/get"), (2, 1, "GET", "/get"), (3, 1, "GET", "/get"), (4, 1, "POST", "/post"),
                     (5, 1, "POST", "/post"), (6, 1, "POST", "/post"), (7, 1, "GET", "/get")]

COUNTED_JSON = json.dumps([{"name": "both", "requests": ["/get", "/headers"], "repeat": 2}, ["/get"]])
COUNTED_JSON_SENT = [(1, 1, "GET", "/get"), (1, 2, "GET", "/headers"), (2, 1, "GET", "/get"), (2, 2, "GET", "/headers"),
                     (3, 1, "GET", "/get")]


@pytest.mark.parametrize("text, wanted, counts", [
    (COUNTED_TEXT, COUNTED_TEXT_SENT, [3, 3, 1]), (COUNTED_JSON, COUNTED_JSON_SENT, [2, 1])], ids=["text", "JSON"])
def test_repeat_counts_make_batches_like_any_others(tmp_path, text, wanted, counts):
    outcome = run_once_well(tmp_path, *ONE_STRATEGY, "--workload", "-", stdin=text)
    assert sent(outcome) == wanted
    batches = outcome.results.document("workload")["batches"]
    assert [batch.get("repeat", 1) if isinstance(batch, dict) else 1 for batch in batches] == counts
    again = harness_runs.run_well(tmp_path, "--repeat-from", outcome.results.folder, "--output", tmp_path / "again")
    assert sent(again) == wanted
    assert again.results.document("workload")["batches"] == batches


def test_every_repeated_batch_is_sent_with_all_it_has(tmp_path, witness):
    path = harness_runs.write_workload(tmp_path / "w.json", [{"repeat": 3, "requests": [
        {"url": "/a", "method": "PUT", "headers": {"X-Mine": "yes"}, "body": [1]}, "/b"]}, ["/c"]])
    run_once_well(tmp_path, "--strategy", "sequential", "--workload", path, "--base-url", f"{witness.url}/base/", "-H", "X-All: 1")
    contents = [arrival.content() for arrival in witness.arrivals]
    assert [arrival.path for arrival in witness.arrivals] == ["/base/a", "/base/b"] * 3 + ["/base/c"]
    assert contents[0:2] == contents[2:4] == contents[4:6]
    assert all((arrival.headers["x-mine"], arrival.headers["x-all"], arrival.body) == ("yes", "1", b"[1]")
               for arrival in witness.arrivals[0:6:2])


def ready_made_names():
    listing = subprocess.run(harness_runs.command("--list-workloads"), capture_output=True, text=True, check=True)
    return [line.split()[0] for line in listings.unwrapped(listing.stdout).splitlines()]


def test_ready_made_workloads_are_listed():
    assert ready_made_names() == [
        "hello", "mixed", "ordered-batches", "slow-and-fast", "small-and-fast", "sync-vs-async"]


@pytest.mark.parametrize(
    "name", ["hello", "mixed", "ordered-batches", "slow-and-fast", "small-and-fast", "sync-vs-async"])
def test_ready_made_workloads_run_by_their_bare_names(tmp_path, name):
    outcome = run_once_well(tmp_path, *ONE_STRATEGY, "--workload", name, "--requests", 3)
    assert len(sent(outcome)) >= 3
    assert {trial["workload"] for trial in outcome.results.trials} == {name}


def test_mixed_is_the_default(tmp_path):
    assert run_once_well(tmp_path, *ONE_STRATEGY).results.trials[0]["workload"] == "mixed"


@pytest.mark.parametrize("asked, requests, batches", [(1, 2, 1), (3, 5, 2), (6, 6, 3), (7, 8, 4), (14, 14, 7)])
def test_requests_repeats_whole_batches_in_their_order(tmp_path, asked, requests, batches):
    path = harness_runs.write_workload(tmp_path / "w.json", [["/bytes/1", "/bytes/2"], ["/get", "/put", "/post"], ["/bytes/3"]])
    once = [(1, "/bytes/1"), (1, "/bytes/2"), (2, "/get"), (2, "/put"), (2, "/post"), (3, "/bytes/3")]
    endless = [(batch + 3 * repetition, url) for repetition in range(3) for batch, url in once]
    outcome = run_once(tmp_path, *ONE_STRATEGY, "--workload", path, "--requests", asked)
    assert [(batch, url) for batch, _, _, url in sent(outcome)] == endless[:requests]
    assert endless[requests - 1][0] == batches
    assert outcome.results.trials[0]["requests"] == str(requests)


def test_paths_are_resolved_against_the_base_url(tmp_path, witness):
    run_once_well(tmp_path, *ONE_STRATEGY, "/get?a=1", "--base-url", f"{witness.url}/prefix/")
    assert [arrival.path for arrival in witness.arrivals] == ["/prefix/get?a=1"]


def test_an_origin_started_by_hand_serves_as_well(tmp_path, origin_url):
    outcome = run_once_well(tmp_path, "--workload", "ordered-batches", "--base-url", origin_url)
    assert {row["response_code"] for row in outcome.results.requests} == {"200"}
    document = outcome.results.document("experiment")["requests"]
    assert document["base_url"] == origin_url
    assert document["origin"] != "embedded"


def test_everything_that_json_says_reaches_the_server(tmp_path, witness):
    path = harness_runs.write_workload(tmp_path / "w.json", [[
        {"url": "/a", "method": "PUT", "headers": {"X-Mine": "yes"}, "body": "text"},
        {"url": "/b", "body": {"n": [1, 0.1, None]}},
    ]])
    run_once_well(tmp_path, *ONE_STRATEGY, "--workload", path, "--base-url", witness.url)
    first, second = witness.arrivals
    assert (first.method, first.path, first.headers["x-mine"], first.body) == ("PUT", "/a", "yes", b"text")
    assert (second.method, second.path, second.headers["content-type"]) == ("POST", "/b", "application/json")
    assert json.loads(second.body) == {"n": [1, 0.1, None]}


def test_workload_json_makes_the_same_requests_again(tmp_path, witness):
    path = harness_runs.write_workload(tmp_path / "w.json", [
        {"name": "order", "requests": [{"url": "/a", "body": {"n": 0.1}, "headers": {"X-Mine": "\u00e9"}}, "/b"]},
        [{"url": "/c", "method": "PATCH", "body": "\u00fcber\n\t\"quoted\""}], ["/d"]])
    arguments = ("--strategy", "sequential", "--base-url", witness.url)
    written = run_once_well(tmp_path, *arguments, "--workload", path).results.folder / "workload.json"
    run_once_well(tmp_path, *arguments, "--workload", written.resolve())
    contents = [arrival.content() for arrival in witness.arrivals]
    assert len(contents) == 8
    assert contents[:4] == contents[4:]


@pytest.mark.parametrize("expected, status, wanted", [
    (None, 200, "ok"), (None, 399, "ok"), (None, 400, "unexpected status"), (None, 500, "unexpected status"),
    (404, 404, "ok"), (201, 200, "unexpected status"), (500, 500, "ok"),
])
def test_the_expected_status_decides(tmp_path, expected, status, wanted):
    request = {"url": f"/status/{status}"} | ({"expected_status": expected} if expected else {})
    outcome = run_once(tmp_path, *ONE_STRATEGY, "--workload", harness_runs.write_workload(tmp_path / "w.json", [[request]]))
    assert outcomes(outcome) == [wanted]
    assert outcome.results.requests[0]["response_code"] == str(status)
    assert outcome.exit_code == (0 if wanted == "ok" else 3)


def test_a_failed_request_skips_the_rest_of_its_batch_in_every_strategy(tmp_path, witness):
    path = harness_runs.write_workload(tmp_path / "w.json", [
        ["/1", {"url": "/2", "expected_status": 404}, "/3", "/4"], ["/5", "/6"]])
    outcome = run_once(tmp_path, "--workload", path, "--base-url", witness.url)
    assert outcome.exit_code == 3
    for strategy in harness_runs.STRATEGIES:
        assert [row["outcome"] for row in outcome.results.requests_of(strategy)] == [
            "ok", "unexpected status", "skipped", "skipped", "ok", "ok"]
    assert sorted(arrival.path for arrival in witness.arrivals) == sorted(
        ["/1", "/2", "/5", "/6"] * len(harness_runs.STRATEGIES))


# ---- bad ones ----


def refused(tmp_path, witness, *arguments, **options):
    """The message of a run that must be refused before anything is sent or made."""
    before = sorted(tmp_path.iterdir())
    outcome = harness_runs.run(tmp_path, *arguments, "--base-url", witness.url, **options)
    assert outcome.exit_code == 2, outcome.stdout + outcome.stderr
    assert outcome.stdout == ""
    assert witness.connections == 0
    assert sorted(tmp_path.iterdir()) == before, "a folder was made although nothing ran"
    assert re.fullmatch(r"harness: .+\n", outcome.stderr), "not one line that says who speaks"
    return outcome.stderr


BAD_TEXTS = {
    "method without URL": ("/get\nGET\n", "2:1", "'GET'"),
    "a word too many": ("/get\n\nGET /get again\n", "3:10", "'again'"),
    "two URLs in a line": ("/get /put\n", "1:6", "'/put'"),
    "no such method": ("/get\nge+t /get\n", "2:1", "'ge+t'"),
    "method in lower case": ("  get /get\n", "1:3", "'get'"),
    "another scheme": ("/get\nGET ftp://127.0.0.1/x\n", "2:5", "'ftp://127.0.0.1/x'"),
    "bad port": ("http://127.0.0.1:99999/\n", "1:1", "port"),
    "no host": ("http:///get\n", "1:1", "host"),
    "bare word": ("get.html\n", "1:1", "'get.html'"),
    "count of 0": ("/get\n/get *0\n", "2:6", "'*0' is not a whole number from 1 to 1000000"),
    "count without a number": ("/get * 3\n", "1:6", "'*' is not a whole number"),
    "count that is not a number": ("/get *x\n", "1:6", "'*x' is not a whole number"),
    "count too large": ("/get *1000001\n", "1:6", "--requests"),
    "counts too large together": ("/get *1000000\n/get *2\n", "2:6", "--requests"),
    "count without a URL": ("*3\n", "1:1", "'*3' has no URL before it"),
    "nothing": ("", "1:1", "no request"),
    "only comments": ("# nothing\n\n", "", "no request"),
}

BAD_JSONS = {
    "unknown key": ('{"batches": [["/get"]],\n "extra": 1}', "2:2", "'extra'"),
    "unknown key in a request": ('{"batches": [[{"url": "/get",\n "verb": "GET"}]]}', "2:2", "'verb'"),
    "unknown key in a batch": ('{"batches": [{"requests": ["/get"], "x": 1}]}', "1:37", "'x'"),
    "wrong type of batches": ('{"batches": 1}', "1:13", "'batches'"),
    "a batch that is not a list": ('{"batches": ["/get"]}', "1:14", "batch"),
    "wrong type of url": ('{"batches": [[{"url": 1}]]}', "1:23", "'url'"),
    "wrong type of header": ('{"batches": [[{"url": "/get", "headers": {"A": 1}}]]}', "1:48", "string"),
    "bad method": ('{"batches": [[{"url": "/get", "method": "g t"}]]}', "1:41", "'g t'"),
    "bad URL": ('{"batches": [\n["/get"],\n["file:///etc/passwd"]]}', "3:2", "'file:///etc/passwd'"),
    "bad status": ('{"batches": [[{"url": "/get", "expected_status": 99}]]}', "1:50", "'expected_status'"),
    "count of 0 in JSON": ('{"batches": [{"requests": ["/get"], "repeat": 0}]}', "1:47", "'repeat' must be a whole number"),
    "count too large in JSON": ('{"batches": [{"requests": ["/get"], "repeat": 1000001}]}', "1:47", "--requests"),
    "count of a request": ('{"batches": [[{"url": "/get", "repeat": 2}]]}', "1:31", "next to 'requests'"),
    "count of the workload": ('{"repeat": 2, "batches": [["/get"]]}', "1:2", "next to 'requests'"),
    "no url": ('{"batches": [[{"method": "GET"}]]}', "1:15", "url"),
    "empty batches": ('{"batches": []}', "1:", "no batch"),
    "empty batch": ('{"batches": [["/get"], []]}', "1:24", "empty"),
    "no batches": ("{}", "1:1", "batches"),
    "cut off": ('{"batches": [["/get"]', "1:", "JSON"),
    "text after the end": ('{"batches": [["/get"]]} x', "1:25", "JSON"),
}

BAD = [pytest.param(*case, id=name) for name, case in (BAD_TEXTS | BAD_JSONS).items()]


@pytest.mark.parametrize("text, place, reason", BAD)
def test_bad_workloads_are_refused_with_file_line_and_column(tmp_path, witness, text, place, reason):
    (tmp_path / "bad").write_text(text)
    message = refused(tmp_path, witness, "--workload", "bad")
    assert message.startswith(f"harness: bad:{place}"), message
    assert re.match(r"harness: bad:\d+:\d+: ", message), message
    assert reason in message


def test_bad_standard_input_is_named_as_such(tmp_path, witness):
    message = refused(tmp_path, witness, "--workload", "-", stdin="/get\nGET\n")
    assert message.startswith("harness: stdin:2:1: ")


@pytest.mark.parametrize("arguments, reason", [
    (["--workload", "none-of-those"], "ordered-batches"),
    (["--workload", "not/there.txt"], "not/there.txt"),
    (["--workload", "/tmp"], "directory"),
    (["ftp://127.0.0.1/"], "'ftp://127.0.0.1/'"),
    (["/get", "http://127.0.0.1:0/"], "port"),
    (["/a b"], "%20"),
    (["/get", "--workload", "hello"], "one or the other"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_bad_sources_are_refused(tmp_path, witness, arguments, reason):
    assert reason in refused(tmp_path, witness, *arguments)


def test_an_unreadable_file_is_refused_with_its_name(tmp_path, witness):
    (tmp_path / "loop").symlink_to("loop")
    assert "'./loop'" in refused(tmp_path, witness, "--workload", "./loop")
