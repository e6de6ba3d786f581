"""Options that change what is sent, where results go and how the program ends."""

import re
import subprocess

import pytest

import harness_runs
from harness_runs import STRATEGIES, run, run_once, run_once_well

# Other programs' network settings, as people have them. Nobody listens there.
PROXY_VARIABLES = dict.fromkeys(
    ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), "http://127.0.0.1:1")


def printed(*arguments):
    done = subprocess.run(harness_runs.command(*arguments), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# ---- help and usage ----

LETTERS = {"w": "workload", "H": "header", "s": "strategy", "c": "concurrency", "k": "insecure", "L": "location",
           "n": "repeat", "o": "output", "q": "quiet", "h": "help", "V": "version"}
GROUPS = ("Requests", "How", "How often", "Output", "Instead of an experiment")

HELP_LINE = re.compile(r"  (?:-(?P<letter>\w), |    )--(?P<name>[a-z-]+).*")


def help_lines():
    return [match for match in map(HELP_LINE.fullmatch, printed("--help").splitlines()) if match]


def test_help_lists_every_option_in_groups(tmp_path):
    kept = run_once_well(tmp_path, "/get", "--strategy", "no-op").results.document("experiment")["settings"]
    assert {line["name"] for line in help_lines()} >= {*kept, *LETTERS.values(), "list-columns", "repeat-from"}
    assert {line["letter"]: line["name"] for line in help_lines()}.items() >= LETTERS.items()
    assert [line[:-1] for line in printed("--help").splitlines() if line[:-1] in GROUPS] == list(GROUPS)


def test_help_is_aligned():
    lines = [line[0] for line in help_lines()]
    column = lines[0].index("a ready-made workload")
    for line in lines:
        stands_alone = re.fullmatch(r" +(-\w, )?--[a-z-]+(\[=false,true\]|( \S+)?)", line)
        assert stands_alone or (line[column - 1] == " " and line[column] != " "), line


def test_help_tells_the_exit_codes():
    text = printed("--help").split("Exit codes:")[1]
    for code in ("0", "1", "2", "3", "130"):
        assert re.search(rf"\b{code}\b", text)


def test_help_goes_before_everything_else():
    assert printed("--help") == printed("-h") == printed("--repeat", "2", "--help")


def test_version_names_this_program_and_libcurl():
    for option in ("--version", "-V"):
        assert re.match(r"harness \d+\.\d+\.\d+\nlibcurl/\d+\.\d+", printed(option))


@pytest.mark.parametrize("arguments, reason", [
    (["--nope"], "'--nope'"),
    (["--conurrency", "4"], "did you mean '--concurrency'?"),
    (["--re", "4"], "'--re' is ambiguous"),
    (["--strategy", "thred-pool"], "did you mean 'thread-pool'?"),
    (["--strategy", "thread-pool,sequential", "--reference", "sequental"], "did you mean 'sequential'?"),
    (["--arrivals", "poisson"], "--arrivals means nothing without --rate"),
    (["-o", "-x"], "write --output=-x, or for a file ./-x"),
    (["-o", "--help"], "the option '--help' follows"),
    (["-z"], "'-z'"),
    (["--repeat"], "'--repeat' needs an argument"),
    (["--quiet=yes"], "'--quiet' takes no argument"),
    (["--repeat", "0"], "--repeat takes a whole number from 1"),
    (["--repeat", "-1"], "--repeat takes a whole number"),
    (["--repeat", "1e3"], "'1e3'"),
    (["--concurrency", "100001"], "to 100000"),
    (["--concurrency", ""], "--concurrency"),
    (["--seed", "99999999999999999999"], "--seed"),
    (["--timeout", "0"], "--timeout takes seconds"),
    (["--timeout", "soon"], "'soon'"),
    (["--connect-timeout", "-1"], "--connect-timeout"),
    (["--base-url", "nowhere"], "base URL 'nowhere'"),
    (["--base-url", "ftp://127.0.0.1"], "scheme"),
    (["--base-url", "/path"], "is a path"),
    (["-H", "no colon"], "colon"),
    (["-H", "A: b\nC: d"], "control character"),
    (["--output", ""], "--output"),
], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_bad_usage_is_refused_before_anything_happens(tmp_path, arguments, reason):
    outcome = run(tmp_path, "/get", "--no-charts", *arguments, charts=True)
    assert outcome.exit_code == 2, outcome.stdout
    assert reason in outcome.stderr
    assert re.fullmatch(r"harness: .+\n", outcome.stderr)
    assert list(tmp_path.iterdir()) == []


# ---- what is sent ----


def headers_seen(witness, name):
    assert len(witness.arrivals) > 0
    return [arrival.headers.get(name) for arrival in witness.arrivals]


def test_headers_are_sent_with_every_request(tmp_path, witness):
    run_once_well(tmp_path, "/1", "/2", "--base-url", witness.url, "-H", "X-One: 1", "--header", "X-Two: 2")
    assert headers_seen(witness, "x-one") == ["1"] * 2 * len(STRATEGIES)
    assert headers_seen(witness, "x-two") == ["2"] * 2 * len(STRATEGIES)


@pytest.mark.parametrize("header", ["X-Empty:", "X-Empty;", "X-Empty: "])
def test_headers_without_a_value_are_sent(tmp_path, witness, header):
    run_once_well(tmp_path, "/1", "--base-url", witness.url, "-H", header)
    assert headers_seen(witness, "x-empty") == [""] * len(STRATEGIES)


@pytest.mark.parametrize("header, reason", [
    ("Content-Length: 3", "header 'Content-Length' is made from the body"),
    ("content-length:", "header 'content-length' is made from the body"),
    ("Transfer-Encoding: chunked", "header 'Transfer-Encoding' would break the requests after it"),
    ("Upgrade: h2c", "header 'Upgrade' would change what the connection speaks"),
    ("Expect: miracles", "header 'Expect' expects something other than 100-continue"),
])
@pytest.mark.parametrize("where", ["command line", "workload"])
def test_headers_that_would_break_the_next_request_are_refused(tmp_path, witness, where, header, reason):
    if where == "command line":
        arguments = ["/1", "-H", header]
    else:
        name, _, value = header.partition(":")
        path = tmp_path / "w.json"
        path.write_text(f'[[\n{{"url": "/1", "body": "longer", "headers": {{"{name}": "{value.strip()}"}}}}, "/next"]]')
        arguments = ["--workload", path]
        reason = f"{path}:2:45: {reason}"
    outcome = run(tmp_path, *arguments, "--base-url", witness.url)
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith(f"harness: {reason}")
    assert "leave it out" in outcome.stderr
    assert witness.connections == 0


@pytest.mark.parametrize("arguments, subject", [
    (["http://b\u00fccher.example/"], "URL 'http://b\u00fccher.example/'"),
    (["/1", "--base-url", "http://b\u00fccher.example"], "base URL 'http://b\u00fccher.example'"),
    (["/1", "--proxy", "b\u00fccher.example:3128"], "proxy 'b\u00fccher.example:3128'"),
])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_international_host_names_are_refused_with_the_form_that_works(tmp_path, arguments, subject, locale):
    outcome = run(tmp_path, *arguments, env={"LC_ALL": locale})
    assert outcome.exit_code == 2
    assert outcome.stderr == f"harness: {subject} has a host name that is not ASCII; write it as 'xn--bcher-kva.example'\n"


@pytest.mark.parametrize("url", ["/1", "http://127.0.0.1:1/1"])
def test_an_international_proxy_of_the_environment_is_refused_too(tmp_path, url):
    outcome = run(tmp_path, url, "--proxy", "environment",
                  env={"http_proxy": "http://b\u00fccher.example:3", "no_proxy": None, "NO_PROXY": None})
    assert outcome.exit_code == 2
    assert "harness: proxy 'http://b\u00fccher.example:3' has a host name that is not ASCII; " in outcome.stderr
    assert "write it as 'xn--bcher-kva.example'\n" in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_request_s_own_header_comes_first(tmp_path, witness):
    path = harness_runs.write_workload(tmp_path / "w.json", [[{"url": "/1", "headers": {"x-one": "own"}}, "/2"]])
    run_once_well(tmp_path, "--workload", path, "--base-url", witness.url, "-H", "X-One: given")
    assert headers_seen(witness, "x-one") == ["own", "given"] * len(STRATEGIES)


def test_secrets_are_sent_and_never_shown(tmp_path, witness):
    with_password = witness.url.replace("//", "//user:hidden3@")
    secret = {"url": f"{with_password}/1", "headers": {"Cookie": "hidden1", "Authorization": "hidden2"}}
    path = harness_runs.write_workload(tmp_path / "w.json", [[secret]])
    outcome = run_once_well(
        tmp_path, "--workload", path, "--base-url", with_password, "-H", "X-Api-Key: hidden4", "--trace")
    assert set(headers_seen(witness, "cookie")) == {"hidden1"}
    assert set(headers_seen(witness, "x-api-key")) == {"hidden4"}
    shown = {file.name: file.read_text() for file in outcome.results.folder.iterdir()}
    shown |= {"stdout": outcome.stdout, "stderr": outcome.stderr}
    assert {name: re.findall(r".*hidden\d", text) for name, text in shown.items() if "hidden" in text} == {}
    assert "REDACTED" in shown["workload.json"] and "REDACTED" in shown["experiment.json"]


@pytest.mark.parametrize("arguments, status", [([], "302"), (["-L"], "200"), (["--location"], "200")])
def test_redirects_are_answers_unless_they_are_followed(tmp_path, arguments, status):
    outcome = run_once_well(tmp_path, "/redirect/2", *arguments)
    assert {row["response_code"] for row in outcome.results.requests} == {status}
    assert {row["outcome"] for row in outcome.results.requests} == {"ok"}


def test_proxies_of_the_environment_are_not_used(tmp_path):
    outcome = run_once_well(tmp_path, "/get", env=PROXY_VARIABLES)
    assert {row["outcome"] for row in outcome.results.requests} == {"ok"}


def assert_asks_the_proxy(tmp_path, proxy, *arguments, env=None):
    outcome = run_once_well(tmp_path, "http://server.invalid/a", *arguments, env=env)
    assert {row["outcome"] for row in outcome.results.requests} == {"ok"}
    assert {arrival.path for arrival in proxy.arrivals} == {"http://server.invalid/a"}


@pytest.mark.parametrize("option", ["--proxy", "-x"])
def test_a_proxy_is_used_when_named(tmp_path, witness, option):
    assert_asks_the_proxy(tmp_path, witness, option, witness.url)


def test_the_environment_s_proxy_is_used_when_asked_for(tmp_path, witness):
    variables = {"http_proxy": witness.url, "no_proxy": None}
    assert_asks_the_proxy(tmp_path, witness, "--proxy", "environment", env=variables)


# ---- how much is kept ----


def run_with_records(tmp_path, which):
    path = harness_runs.write_workload(tmp_path / "w.json", [["/get"], ["/get"], ["/status/500"]])
    return run(tmp_path, "--workload", path, "--repeat", 3, "--warmup", 1, "--records", which).results


def test_all_requests_have_records_when_wanted(tmp_path):
    results = run_with_records(tmp_path, "all")
    assert len(results.requests) == 3 * len(results.trials)


def test_a_sample_of_records_is_one_round_and_all_failures(tmp_path):
    results = run_with_records(tmp_path, "sample")
    by_round = harness_runs.group(results.requests, "round")
    assert [len(rows) for rows in by_round.values()] == [count * len(STRATEGIES) for count in (1, 3, 1, 1)]
    assert {row["outcome"] for row in results.requests if row["round"] != "2"} == {"unexpected status"}


def test_no_records_leave_the_other_files_complete(tmp_path):
    results = run_with_records(tmp_path, "none")
    assert results.requests == []
    assert [trial["succeeded"] for trial in results.trials] == ["2"] * 4 * len(STRATEGIES)
    assert [row["trials"] for row in results.summary] == ["3"] * len(STRATEGIES)


# ---- how it ends ----


def test_a_request_beyond_the_timeout_has_timed_out(tmp_path):
    outcome = run_once(tmp_path, "/delay/2", "--timeout", 0.15)
    assert outcome.exit_code == 3
    for row in outcome.results.requests:
        assert row["outcome"] == "timed out"
        assert row["response_code"] == ""
        assert 0.15 <= float(row["duration_s"]) < 2


def test_failures_can_be_ignored(tmp_path):
    assert run_once(tmp_path, "/status/500").exit_code == 3
    assert run_once(tmp_path, "/status/500", "--ignore-failures").exit_code == 0


def test_failures_in_the_warmup_count_as_well(tmp_path, witness):
    path = harness_runs.write_workload(tmp_path / "w.json", [[{"url": "/1", "expected_status": 201}]])
    outcome = run(tmp_path, "--workload", path, "--base-url", witness.url, "--repeat", 1, "--warmup", 1)
    assert outcome.exit_code == 3
    assert outcome.results.document("experiment")["failed_requests"] == 2 * len(STRATEGIES)


def test_results_are_not_overwritten_unless_forced(tmp_path, witness):
    arguments = ("/get", "--output", "kept", "--base-url", witness.url)
    run_once_well(tmp_path, *arguments)
    before = (tmp_path / "kept" / "trials.csv").read_bytes()
    witness.arrivals.clear()

    refused = run_once(tmp_path, *arguments)
    assert refused.exit_code == 1
    assert "'kept'" in refused.stderr and "--force" in refused.stderr
    assert witness.arrivals == []
    assert (tmp_path / "kept" / "trials.csv").read_bytes() == before

    run_once_well(tmp_path, *arguments, "--force")
    after = harness_runs.Results(tmp_path / "kept")
    assert (tmp_path / "kept" / "trials.csv").read_bytes() != before
    assert len(after.trials) == len(STRATEGIES)


def test_a_folder_that_cannot_be_made_is_found_before_the_first_request(tmp_path, witness):
    (tmp_path / "file").write_text("in the way")
    outcome = run_once(tmp_path, "/get", "--output", "file/results", "--base-url", witness.url)
    assert outcome.exit_code == 1
    assert "'file/results'" in outcome.stderr
    assert witness.arrivals == []


@pytest.mark.parametrize("option", ["--help", "--version", "--list-strategies", "--list-workloads"])
def test_output_that_cannot_be_written_is_an_error(tmp_path, option):
    with open("/dev/full", "w", encoding="utf-8") as full:
        outcome = run(tmp_path, option, stdout=full)
    assert (outcome.exit_code, outcome.stderr) == (
        1, "harness: can't write to standard output: No space left on device\n")


def test_a_ca_file_that_cannot_be_read_is_found_before_the_first_request(tmp_path, witness):
    outcome = run_once(tmp_path, "/get", "--cacert", "not-there.pem", "--base-url", witness.url)
    assert outcome.exit_code in (1, 2)
    assert "'not-there.pem'" in outcome.stderr
    assert witness.connections == 0
