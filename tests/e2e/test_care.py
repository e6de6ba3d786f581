"""Care for other people's machines, for secrets, for spreadsheets and for disks."""

import base64
import contextlib
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys

import pytest

import harness_runs
import own_network
import running_experiments
import target_servers
from harness_runs import STRATEGIES, run, run_once, run_once_well, run_well

# ---- machines that are not this one ----

# Addresses for documentation (RFC 5737), and a domain that has no names (RFC 2606).
ELSEWHERE = own_network.ELSEWHERE
NOWHERE = "something.invalid"

# Of experiments that must be refused: should one not be, it still sends nothing to others.
STAY_HERE = ("--proxy", "http://127.0.0.1:1")

TOP = pathlib.Path(__file__).resolve().parents[2]

ANNOUNCEMENT = re.compile(r"(\d+) requests planned, some to another machine: (\S+)\n")


def own_address():
    """This machine's own on a network, or None. Connecting a datagram socket sends nothing."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((ELSEWHERE, 9))
        return probe.getsockname()[0]
    return None


@pytest.mark.parametrize("url", [f"http://{ELSEWHERE}/a", f"http://{NOWHERE}/a", "http://[2001:db8::1]:8080/a"])
@pytest.mark.parametrize("how_many", [["--requests", 1001, "--repeat", 1, "--warmup", 0, "--strategy", "curl-multi"],
                                      ["--repeat", 250, "--warmup", 1], ["--repeat", 1, "--warmup", 250]],
                         ids=["requests", "rounds", "warm-up"])
def test_more_than_a_thousand_requests_to_others_need_to_be_confirmed(tmp_path, url, how_many):
    outcome = run(tmp_path, url, *how_many, *STAY_HERE)
    assert outcome.exit_code == 2
    announced, host = ANNOUNCEMENT.match(outcome.stderr).groups()
    assert int(announced) == (1001 if "--requests" in how_many else 251 * len(STRATEGIES))
    assert host in url
    assert f"harness: {announced} requests, some to another machine, '{host}'; confirm them with --yes" \
        in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_base_url_counts_as_well_as_a_whole_url(tmp_path):
    outcome = run(tmp_path, "/a", "--base-url", f"http://{ELSEWHERE}:8080", "--repeat", 1000, *STAY_HERE)
    assert outcome.exit_code == 2
    assert ANNOUNCEMENT.match(outcome.stderr)[2] == ELSEWHERE


def test_one_server_elsewhere_among_those_here_counts(tmp_path, witness):
    outcome = run(tmp_path, f"{witness.url}/a", "/b", f"http://{ELSEWHERE}/c", f"{witness.url}/d", "--base-url", witness.url,
                  "--repeat", 100, *STAY_HERE)
    assert outcome.exit_code == 2
    assert ANNOUNCEMENT.match(outcome.stderr)[2] == ELSEWHERE
    assert witness.connections == 0


@pytest.fixture
def own_url():
    """Of this machine by its address on a network, so that nothing leaves it, and of a port where nobody listens."""
    address = own_address()
    if not address or address.startswith("127."):
        pytest.skip("this machine is on no network")
    with socket.socket() as bound:
        bound.bind((address, 0))
        yield f"http://{address}:{bound.getsockname()[1]}"


# Of each strategy, and still no more than a thousand.
UNCONFIRMED = 1000 // len(STRATEGIES)


@pytest.mark.parametrize("strategies, requests, confirmation, planned", [
    ("all", UNCONFIRMED, [], UNCONFIRMED * len(STRATEGIES)),
    ("all", UNCONFIRMED + 50, ["--yes"], (UNCONFIRMED + 50) * len(STRATEGIES)),
    ("no-op,curl-multi", 1000, [], 1000),
], ids=["a thousand", "more, confirmed", "no-op sends nothing"])
def test_requests_to_others_are_announced_and_made(tmp_path, own_url, strategies, requests, confirmation, planned):
    outcome = run_once(tmp_path, f"{own_url}/a", "--strategy", strategies, "--requests", requests, *confirmation,
                       harness_runs.NOBODY_THERE)
    assert outcome.exit_code == 0  # and not 2, for want of a confirmation
    announced = ANNOUNCEMENT.match(outcome.stderr)
    assert (announced[1], f"http://{announced[2]}") == (str(planned), own_url.rpartition(":")[0])
    assert "--yes" not in outcome.stderr
    sent = [trial_row for trial_row in outcome.results.trials if trial_row["strategy"] != "no-op"]
    assert {trial_row["failed"] for trial_row in sent} == {str(requests)}
    assert len(sent) * requests == planned


@pytest.mark.parametrize("host", [
    "127.0.0.1", "127.9.8.7", "localhost", "LOCALHOST", "[::1]", "user:word@127.0.0.1", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]",
    "x.localhost", "a.b.localhost", "127.1"])
def test_this_machine_needs_no_announcement(tmp_path, host):
    with target_servers.nobody() as url:
        url = url.replace("127.0.0.1", host)
        outcome = run(tmp_path, f"{url}/a", "--requests", 1001, "--repeat", 1, "--warmup", 0, "--strategy", "curl-multi",
                      harness_runs.NOBODY_THERE)
    assert outcome.exit_code == 0
    assert "planned" not in outcome.stderr
    assert {trial["requests"] for trial in outcome.results.trials} == {"1001"}


MANY = ("--requests", 1001, "--repeat", 1, "--warmup", 0, "--strategy", "curl-multi")
NO_PROXIES = dict.fromkeys(("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"))


@pytest.mark.parametrize("host", ["localhost.something.invalid", "xlocalhost.invalid", "[::ffff:198.51.100.7]"])
def test_what_only_looks_like_this_machine_is_another(tmp_path, host):
    outcome = run(tmp_path, f"http://{host}/a", *MANY, *STAY_HERE)
    assert outcome.exit_code == 2
    assert f"http://[{ANNOUNCEMENT.match(outcome.stderr)[2]}]" == f"http://{host}" or ANNOUNCEMENT.match(outcome.stderr)[2] == host


@pytest.mark.parametrize("variables", [{"http_proxy": f"http://{NOWHERE}:3128"}, {"ALL_PROXY": f"socks5h://u:hidden@{NOWHERE}"},
                                       {"all_proxy": NOWHERE, "no_proxy": "10.0.0.0/8,another.example"}], ids=str)
@pytest.mark.parametrize("url", ["/get", "http://127.0.0.1:1/a"])
def test_a_proxy_of_the_environment_is_announced_and_counted(tmp_path, variables, url):
    outcome = run(tmp_path, url, "--proxy", "environment", *MANY, env={**NO_PROXIES, **variables})
    assert outcome.exit_code == 2
    assert ANNOUNCEMENT.match(outcome.stderr).groups() == ("1001", NOWHERE)
    assert "--yes" in outcome.stderr and "hidden" not in outcome.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("proxy", [f"{NOWHERE}:3128", NOWHERE, f"socks5://u:p@{NOWHERE}"])
def test_a_proxy_counts_with_a_scheme_or_without(tmp_path, proxy):
    outcome = run(tmp_path, "/get", "--proxy", proxy, *MANY, "--max-time", 1)
    assert outcome.exit_code == 2
    assert ANNOUNCEMENT.match(outcome.stderr).groups() == ("1001", NOWHERE)


@pytest.mark.parametrize("variables", [
    {}, {"http_proxy": f"http://{NOWHERE}", "no_proxy": "127.0.0.1"}, {"http_proxy": f"http://{NOWHERE}", "NO_PROXY": "*"},
    {"HTTP_PROXY": f"http://{NOWHERE}"}, {"https_proxy": f"http://{NOWHERE}"}, {"http_proxy": "127.0.0.1:1"}], ids=str)
def test_a_proxy_of_the_environment_that_is_not_used_or_here_is_not_announced(tmp_path, variables):
    outcome = run(tmp_path, "http://127.0.0.1:1/a", "--proxy", "environment", *MANY, harness_runs.NOBODY_THERE,
                  env={**NO_PROXIES, **variables})
    assert outcome.exit_code == 0
    assert "planned" not in outcome.stderr


@pytest.mark.parametrize("url, no_proxy", [
    ("http://[::1]:1/a", "[::1]"), ("http://127.0.0.1:1/a", "[127.0.0.1]"), ("http://127.0.0.1:1/a", "another.example 127.0.0.1"),
    ("http://localhost:1/a", "another.example,x\tlocalhost"), ("http://127.0.0.1:1/a", "127.0.0.1:1")])
def test_an_exception_that_some_libcurl_does_not_make_is_none(tmp_path, url, no_proxy):
    outcome = run(tmp_path, url, "--proxy", "environment", *MANY, "--max-time", 1,
                  env={**NO_PROXIES, "http_proxy": f"http://{NOWHERE}", "no_proxy": no_proxy})
    assert outcome.exit_code == 2
    assert ANNOUNCEMENT.match(outcome.stderr).groups() == ("1001", NOWHERE)


@pytest.mark.parametrize("no_proxy", ["::1", "another.example, ::1", "\tanother.example\t,,::1 x"])
def test_exceptions_that_every_libcurl_makes_are_exceptions(tmp_path, no_proxy):
    outcome = run(tmp_path, "http://[::1]:1/a", "--proxy", "environment", *MANY, harness_runs.NOBODY_THERE,
                  env={**NO_PROXIES, "http_proxy": f"http://{NOWHERE}", "no_proxy": no_proxy})
    assert outcome.exit_code == 0, outcome.stderr
    assert "planned" not in outcome.stderr


def test_redirects_count_as_what_may_leave_this_machine(tmp_path, witness):
    refused = run(tmp_path, f"{witness.url}/a", "--location", *MANY)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("1001 requests planned, some perhaps to another machine: redirects are followed")
    assert "--yes" in refused.stderr
    assert witness.connections == 0
    for arguments in ([*MANY, "--yes"], [*MANY, "--requests", 1000]):
        outcome = run_well(tmp_path, f"{witness.url}/a", "--location", *arguments)
        assert "planned, some perhaps to another machine" in outcome.stderr


def test_redirects_of_the_embedded_origin_stay_on_this_machine(tmp_path):
    assert "planned" not in run_well(tmp_path, "/redirect/2", "--location", *MANY).stderr


SENT_ON = re.compile(r"warning: (\d+) requests? w(?:ere|as) redirected to (\S+), which is not this machine; ")


@pytest.fixture(scope="module")
def sent_on(tmp_path_factory):
    """What redirected_runs.py says of runs in a network where ELSEWHERE is an address of this machine."""
    script = pathlib.Path(own_network.__file__).with_name("redirected_runs.py")
    done = own_network.run([sys.executable, script, tmp_path_factory.mktemp("runs")], stdout=subprocess.PIPE, timeout=100)
    assert done.returncode == 0
    return json.loads(done.stdout)


def counted(told):
    assert {trial_row["strategy"] for trial_row in told["trials"]} == set(STRATEGIES)
    redirected = sorted((host.lower(), int(requests)) for requests, host in SENT_ON.findall(told["stderr"]))
    return {trial_row["sent_elsewhere"] for trial_row in told["trials"]}, redirected


def test_what_redirects_send_to_another_machine_is_counted_and_told(sent_on):
    total = 6 * len(STRATEGIES)
    assert sent_on["arrivals"] == total
    assert counted(sent_on["followed"]) == ({"6"}, [(ELSEWHERE, total)])
    assert counted(sent_on["warm"]) == ({"12"}, [(ELSEWHERE, 2 * total)])
    assert counted(sent_on["left"]) == ({"0"}, [])


def test_connections_that_another_machine_refuses_count_as_well(sent_on):
    assert counted(sent_on["refused"]) == ({"6"}, [(ELSEWHERE, 6 * len(STRATEGIES))])


def test_requests_that_go_to_another_machine_at_once_are_counted_and_not_called_redirected(sent_on):
    assert counted(sent_on["direct"]) == ({"6"}, [])


def test_a_redirect_that_a_proxy_takes_elsewhere_is_not_called_one_to_another_machine(sent_on):
    assert {trial_row["sent_elsewhere"] for trial_row in sent_on["proxied"]["trials"]} == {"6"}
    assert " were redirected to 127.0.0.2 by way of a proxy, which is not this machine; " in sent_on["proxied"]["stderr"]


class _RedirectingProxy(target_servers.QuietHandler):
    """Stands for every server in the world; what asks for /to/NAME is sent to that host."""

    def do_GET(self):
        self.server.asked.append(self.path)
        _, is_redirect, host = self.path.partition("/to/")
        self.reply(b"", 302 if is_redirect else 200, **({"Location": f"http://{host}/there"} if is_redirect else {}))


@pytest.mark.parametrize("here", ["127.0.0.1:1", "localhost", "x.localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_what_a_proxy_takes_to_another_machine_is_counted(tmp_path, here):
    server = target_servers.SmallServer(_RedirectingProxy)
    server.asked = []
    urls = [f"http://127.0.0.1:1/to/{host}" for host in ("one.invalid", "ONE.invalid", "two.invalid:8080", here)]
    with target_servers.serving(server):
        outcome = run_once_well(tmp_path, *urls, "http://three.invalid/", "--location", "--proxy", server.url)
    assert len(server.asked) == 9 * len(STRATEGIES)
    assert counted({"trials": outcome.results.trials, "stderr": outcome.stderr}) == (
        {"4"}, [("one.invalid", 2 * len(STRATEGIES)), ("two.invalid", len(STRATEGIES))])
    warnings = outcome.results.document("experiment")["warnings"]
    assert [warning["code"] for warning in warnings if "redirected to" in warning["finding"]] == ["redirected-elsewhere"] * 2


def test_of_many_other_machines_three_are_named(tmp_path):
    server = target_servers.SmallServer(_RedirectingProxy)
    server.asked = []
    urls = [f"http://127.0.0.1:1/to/number{number}.invalid" for number in range(100)]
    with target_servers.serving(server):
        outcome = run_once_well(tmp_path, *urls, "-L", "--proxy", server.url, "-s", "sequential", "--repeat", 2, "--warmup", 1)
    assert SENT_ON.findall(outcome.stderr) == [("3", f"number{number}.invalid") for number in range(3)]
    assert "warning: 291 requests were redirected to still other machines; " in outcome.stderr


def test_the_untimed_pass_of_a_warm_start_counts_as_well(tmp_path):
    arguments = ("--repeat", 1, "--warmup", 0, "--strategy", "curl-multi,no-op", "--requests", 501, *STAY_HERE)
    refused = run(tmp_path, f"http://{ELSEWHERE}/a", "--start", "warm", *arguments)
    assert (refused.exit_code, ANNOUNCEMENT.match(refused.stderr)[1]) == (2, "1002")
    announced = run(tmp_path, f"http://{ELSEWHERE}/a", *arguments, harness_runs.NOBODY_THERE)
    assert (announced.exit_code, ANNOUNCEMENT.match(announced.stderr)[1]) == (0, "501")


# ---- secrets ----


def assert_hidden(outcome):
    """Every secret of these tests has "hidden" in it, plain or in base 64."""
    shown = {str(file.relative_to(outcome.results.folder)): file.read_text(encoding="latin-1")
             for file in outcome.results.folder.rglob("*") if file.suffix != ".png"}
    assert shown.keys() >= {"trials.csv", "requests.csv", "experiment.json", "workload.json"}
    shown |= {"standard output": outcome.stdout, "standard error": outcome.stderr}
    encoded = [base64.b64encode(f"user:hidden{number}".encode()).decode() for number in range(10)]
    of_the_page = {line.strip() for template in (TOP / "plot" / "templates").iterdir()
                   for line in template.read_text(encoding="utf-8").encode().decode("latin-1").splitlines()}
    found = {name: line for name, text in shown.items() for line in text.splitlines()
             if ("hidden" in line and line.strip() not in of_the_page) or any(word in line for word in encoded)}
    assert found == {}
    return shown


@pytest.mark.parametrize("header", [
    "Authorization: Bearer hidden", "authorization:hidden", "AUTHORIZATION:   Basic hidden", "Cookie: a=hidden; b=hidden",
    "Proxy-Authorization: hidden", "X-Api-Key: hidden", "Cookie: back=http://a.example/?key=hidden",
    "X-Api-Key: https://user@hidden/", "X-Auth-Key: hidden", "X-Gitlab-Token: hidden", "Ocp-Apim-Subscription-Key: hidden",
    "CF-Access-Client-Secret: hidden", "X-Whatever: Bearer hidden"])
@pytest.mark.parametrize("option", ["-H{}", "-H|{}", "--header={}", "--head={}", "-qH{}", "-qH|{}"])
def test_headers_of_the_command_line_are_sent_and_not_shown(tmp_path, witness, option, header):
    outcome = run_once_well(tmp_path, "/1", "--base-url", witness.url, "--trace", *option.format(header).split("|"),
                            "--strategy", "curl-multi")
    name, _, value = header.partition(":")
    assert [arrival.headers[name.lower()] for arrival in witness.arrivals] == [value.strip()]
    shown = assert_hidden(outcome)
    assert f"{name}: REDACTED" in shown["experiment.json"]


def test_headers_of_a_workload_are_sent_and_not_shown(tmp_path, witness):
    headers = {"Authorization": "hidden1", "cookie": "hidden2", "Proxy-Authorization": "hidden3", "X-API-Key": "hidden4",
               "X-Open": "seen"}
    path = harness_runs.write_workload(tmp_path / "w.json", [[{"url": "/1", "headers": headers}]])
    outcome = run_once_well(tmp_path, "--workload", path, "--base-url", witness.url, "--trace", charts=True)
    for arrival in witness.arrivals:
        assert {name.lower(): value for name, value in headers.items()}.items() <= arrival.headers.items()
    shown = assert_hidden(outcome)
    assert shown["workload.json"].count("REDACTED") == 4
    assert '"X-Open": "seen"' in shown["workload.json"]


def basic(password):
    return "Basic " + base64.b64encode(f"user:{password}".encode()).decode()


@pytest.mark.parametrize("where", ["command line", "base URL", "workload"])
def test_passwords_of_urls_are_sent_and_not_shown(tmp_path, witness, where):
    server = witness.url.replace("//", "//user:hidden1@")
    if where == "command line":
        arguments = [f"{server}/1"]
    elif where == "base URL":
        arguments = ["/1", "--base-url", witness.url.replace("//", "//user:hidden2@"), f"--base-url={server}"]
    else:
        path = harness_runs.write_workload(tmp_path / "w.json", [[f"{server}/1", {"url": f"{server}/2", "method": "POST"}]])
        arguments = ["--workload", path]
    outcome = run_once_well(tmp_path, *arguments, "--trace", charts=True)
    assert {arrival.headers["authorization"] for arrival in witness.arrivals} == {basic("hidden1")}
    shown = assert_hidden(outcome)
    assert any("REDACTED@127.0.0.1" in text for text in shown.values())


@pytest.mark.parametrize("where", ["command line", "workload", "header", "failing"])
def test_secrets_in_queries_are_sent_and_not_shown(tmp_path, witness, where):
    target = "/1?a=b&api_key=hidden1&X-Amz-Signature=hidden2"
    server = witness.url if where != "failing" else "http://127.0.0.1:1"
    path = harness_runs.write_workload(tmp_path / "w.json", [[{"url": target}]])
    arguments = {"command line": [server + target], "workload": ["--workload", path, "--base-url", server],
                 "header": [f"{server}/1", "-H", f"Referer: http://a.example{target}"], "failing": [server + target]}
    outcome = run_once_well(tmp_path, *arguments[where], "--trace", harness_runs.NOBODY_THERE, charts=True)
    received = {arrival.headers["referer"] if where == "header" else arrival.path for arrival in witness.arrivals}
    assert all(text.endswith(target) for text in received) and (received or where == "failing")
    shown = assert_hidden(outcome)
    assert "a=b&api_key=REDACTED&X-Amz-Signature=REDACTED" in shown["experiment.json"] + shown["workload.json"]
    if where != "header":
        assert "a=b&api_key=REDACTED&X-Amz-Signature=REDACTED" in shown["requests.csv"]


def test_a_secret_in_a_query_has_to_be_given_again(tmp_path, witness):
    run_once_well(tmp_path, f"{witness.url}/1?token=hidden", "--output", "first")
    again = run(tmp_path, "--repeat-from", "first")
    assert again.exit_code == 2
    assert "the workload had secrets" in again.stderr


@pytest.mark.parametrize("scheme", [
    "http://",
    "",
], ids=["whole URL", "without http://"])
@pytest.mark.parametrize("option", ["--proxy|{}", "--proxy={}", "-x{}", "-qx|{}"])
def test_the_password_of_a_proxy_is_sent_and_not_shown(tmp_path, witness, option, scheme):
    proxy = scheme + witness.url.replace("http://", "user:hidden1@")
    overridden = f"--proxy={scheme}user:hidden2@127.0.0.1:1"
    outcome = run_once_well(tmp_path, "http://127.0.0.1:1/1", "--trace", overridden, *option.format(proxy).split("|"))
    assert {arrival.headers["proxy-authorization"] for arrival in witness.arrivals} == {basic("hidden1")}
    assert_hidden(outcome)


def test_the_password_of_the_environment_s_proxy_is_sent_and_not_shown(tmp_path, witness):
    proxy = witness.url.replace("//", "//user:hidden1@")
    outcome = run_once_well(tmp_path, "http://127.0.0.1:1/1", "--trace", "--proxy", "environment",
                            env={"http_proxy": proxy, "no_proxy": None, "NO_PROXY": None})
    assert {arrival.headers["proxy-authorization"] for arrival in witness.arrivals} == {basic("hidden1")}
    assert_hidden(outcome)


def test_a_proxy_of_the_environment_that_cannot_be_used_is_refused_and_not_shown(tmp_path):
    outcome = run(tmp_path, "http://127.0.0.1:1/1", "--proxy", "environment",
                  env={"http_proxy": "nonsense://user:hidden1@127.0.0.1:1", "no_proxy": None, "NO_PROXY": None})
    assert outcome.exit_code == 2
    assert "proxy 'REDACTED@127.0.0.1:1' has a scheme that no proxy has" in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_proxy_of_the_environment_that_cannot_be_used_by_a_redirect_is_not_shown_in_the_error(tmp_path):
    answer = b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with target_servers.canned(answer) as url:
        outcome = run_once(tmp_path, f"{url}/1", "--location", "--proxy", "environment", "--trace", env={
            **NO_PROXIES, "https_proxy": "nonsense://user:hidden1@127.0.0.1:1"})
    assert_hidden(outcome)
    assert {request["error"] for request in outcome.results.requests} == {"Unsupported proxy scheme for 'REDACTED'"}


SECRET_HEADER = ("-H", "Authorization: hidden1")


@pytest.mark.parametrize("path", ["/fault/no-such-fault", "/fault/reset", "/status/500"])
def test_secrets_are_not_shown_when_requests_fail(tmp_path, path):
    outcome = run_once(tmp_path, path, *SECRET_HEADER, "--trace")
    assert outcome.exit_code == 3
    assert_hidden(outcome)


@pytest.mark.parametrize("server", [f"http://user:hidden2@{NOWHERE}", "http://user:hidden2@127.0.0.1:1",
                                    "https://user:hidden2@127.0.0.1:1"])
def test_secrets_are_not_shown_when_there_is_no_connection(tmp_path, server):
    for arguments in ([f"{server}/1"], ["/1", "--base-url", server]):
        hopeless = run_once(tmp_path, *arguments, *SECRET_HEADER, "--trace")
        assert hopeless.exit_code == 1
        assert "hidden" not in hopeless.stderr + hopeless.stdout
        assert_hidden(run_once_well(tmp_path, *arguments, *SECRET_HEADER, "--trace", harness_runs.NOBODY_THERE))


def test_secrets_are_not_shown_when_redirects_go_astray(tmp_path):
    answer = b"HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with target_servers.canned(answer) as url:
        outcome = run_once(tmp_path, "/1", "--base-url", url.replace("//", "//user:hidden2@"), "-L", *SECRET_HEADER, "--trace")
    assert outcome.exit_code == 3
    assert_hidden(outcome)


@pytest.mark.parametrize("arguments", [
    ["-H", "Authorization hidden"], ["-H", "Authorization=hidden"], ["-H", "Cookie: hidden\r\nX: y"],
    ["-H", "Cookie;hidden"], ["-H", "Coo kie: hidden"], ["--base-url", "http://user:hidden@a b"],
    ["--base-url", "user:hidden@127.0.0.1"], ["--base-url", "http://user:hidden@127.0.0.1:99999"],
    ["--base-url", "http://user:hidden@127.0.0.1/?q"], ["--base-url", "ftp://user:hidden@127.0.0.1/"],
    ["http://user:hidden@127.0.0.1:99999/"], ["user:hidden@127.0.0.1"], ["https://user:hidden@/"],
    ["http://user:hid/hidden@127.0.0.1/"], ["--haeder=Authorization: hidden"], ["--prxoy=http://user:hidden@127.0.0.1"],
    ["--proxy", "http://user:hid/hidden@127.0.0.1:1", "/1"], ["-xhttp://user:80/hidden@127.0.0.1:1", "/1"],
    ["--proxy=user:hidden?hidden@127.0.0.1:1", "/1"], ["--proxy", "nonsense://user:hidden@127.0.0.1:1", "/1"],
    ["http://127.0.0.1:99999/?token=hidden"],
    ["--quiet=hidden"], ["-w", "http://user:hidden@127.0.0.1/", "/1"],
], ids=" ".join)
def test_secrets_are_not_shown_when_the_command_line_is_refused(tmp_path, arguments):
    outcome = run(tmp_path, *arguments)
    assert outcome.exit_code == 2
    assert re.fullmatch(r"harness: .+\n", outcome.stderr)
    assert "hidden" not in outcome.stderr + outcome.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("request_made", [
    {"url": "http://user:hidden@127.0.0.1:99999/"}, "http://user:hidden@a b/", "user:hidden@127.0.0.1",
    {"url": "/1", "headers": {"Cookie": "hidden\n"}}, {"url": "/1", "headers": {"Cookie": ["hidden"]}},
    {"url": "/1", "headers": {"Authorization": {"Bearer": "hidden"}}}, {"url": "/1", "headers": "Cookie: hidden"},
], ids=str)
def test_secrets_are_not_shown_when_the_workload_is_refused(tmp_path, request_made):
    path = harness_runs.write_workload(tmp_path / "w.json", [[request_made]])
    outcome = run(tmp_path, "--workload", path)
    assert outcome.exit_code == 2
    assert "w.json:1:" in outcome.stderr
    assert "hidden" not in outcome.stderr + outcome.stdout


# ---- other files, and other experiments ----


@pytest.mark.parametrize("name", [".experiment.json.part", ".workload.json.part", ".summary.csv.part"])
def test_links_in_the_folder_of_the_results_are_not_followed(tmp_path, name):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).symlink_to(victim)
    run_once_well(tmp_path, "/get", "--output", "out")
    assert victim.read_text() == "precious"
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_symlink()] == []


def test_a_folder_in_use_is_refused_and_nothing_is_lost(tmp_path):
    with running_experiments.running(tmp_path, "/delay/0.05", "--repeat", 3, "--strategy", "sequential") as first:
        first.await_rows(1)
        first.send(signal.SIGSTOP)  # so that it has not ended before the second has begun
        second = run_once(tmp_path, "/get", "--output", "out", "--force")
        first.send(signal.SIGCONT)
        assert second.exit_code == 2
        assert re.fullmatch(r"harness: another experiment is writing to 'out', .*--output\n", second.stderr)
        first.await_end()
    assert first.process.returncode == 0
    assert [trial["round"] for trial in first.results.trials] == ["1", "2", "3", "4"]
    assert {request["url"] for request in first.results.requests} == {"/delay/0.05"}


def test_a_folder_is_free_again_when_its_experiment_was_killed(tmp_path):
    with running_experiments.running(tmp_path, "/delay/0.05", "--repeat", 100, "--strategy", "sequential") as first:
        first.await_rows(1)
        first.process.kill()
        first.await_end()
    run_once_well(tmp_path, "/get", "--output", "out", "--force")
    assert {request["url"] for request in first.results.requests} == {"/get"}


def test_new_results_leave_no_old_charts_and_no_gap_in_what_is_not_ours(tmp_path):
    arguments = ("/get", "--strategy", "sequential", "--output", "out")
    run_once_well(tmp_path, *arguments, charts=True)
    drawn = {path.name for path in (tmp_path / "out").glob("*.png")}
    assert drawn
    for name in ("mine.png", "notes.txt"):
        (tmp_path / "out" / name).write_text("precious")
    run_once_well(tmp_path, *arguments, "--force")
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == {"mine.png"}
    assert {(tmp_path / "out" / name).read_text() for name in ("mine.png", "notes.txt")} == {"precious"}


# ---- spreadsheets ----


def cells(results):
    """[(file, column, cell as it stands there), ...]"""
    found = [(name, column, cell) for name in ("trials", "requests", "summary", "urls")
             for row in results.table(name) for column, cell in row.items()]
    assert {name for name, _, _ in found} == {"trials", "requests", "summary", "urls"}
    return found


def is_formula(cell):
    return cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://a.example","b")', "-2+3,4"])
def test_names_that_spreadsheets_would_compute_are_made_harmless(tmp_path, name):
    path = tmp_path / "w.json"
    harness_runs.write_workload(path, [{"name": name, "requests": [{"url": "/anything/a", "method": "-GET"}]}])
    path.write_text(json.dumps({"name": name, **json.loads(path.read_text())}))
    outcome = run_once(tmp_path, "--workload", path, "--trace")
    assert {trial["workload"] for trial in outcome.results.trials} == {f"'{name}"}
    assert {request["method"] for request in outcome.results.requests} == {"'-GET"}
    assert [cell for cell in cells(outcome.results) if is_formula(cell[2])] == []
    assert outcome.results.document("workload")["name"] == name


@pytest.mark.parametrize("name", ["=cmd", "@here", "+.txt", "-.txt"])
def test_files_named_like_formulas_are_made_harmless(tmp_path, name):
    (tmp_path / name).write_text("/get\n")
    outcome = run_once_well(tmp_path, "--workload", f"./{name}")
    assert [cell for cell in cells(outcome.results) if is_formula(cell[2])] == []
    (workload,) = {trial["workload"] for trial in outcome.results.trials}
    assert workload.startswith("'" + name[0])


# ---- disks ----


def run_with_records(tmp_path, which, **options):
    path = harness_runs.write_workload(tmp_path / "w.json", [["/get", "/get?second"], ["/status/500", "/get?skipped"]])
    return run(tmp_path, "--workload", path, "--repeat", 2, "--warmup", 1, "--records", which, **options)


ALL_PLACES = [("1", "1", "ok"), ("1", "2", "ok"), ("2", "1", "unexpected status"), ("2", "2", "skipped")]


@pytest.mark.parametrize("which, of_round", [
    ("all", {"1": ALL_PLACES, "2": ALL_PLACES, "3": ALL_PLACES}),
    ("auto", {"1": ALL_PLACES, "2": ALL_PLACES, "3": ALL_PLACES}),
    ("sample", {"1": ALL_PLACES[2:3], "2": ALL_PLACES, "3": ALL_PLACES[2:3]}),
    ("none", {"1": [], "2": [], "3": []}),
])
def test_exactly_the_rows_asked_for_are_written_and_charts_are_drawn(tmp_path, which, of_round):
    outcome = run_with_records(tmp_path, which, charts=True)
    assert outcome.exit_code == 3, outcome.stderr
    for trial_row in outcome.results.trials:
        rows = outcome.results.requests_by_trial[trial_row["trial"]]
        assert [(row["batch"], row["request"], row["outcome"]) for row in rows] == of_round[trial_row["round"]]
        assert (trial_row["succeeded"], trial_row["failed"], trial_row["skipped"]) == ("2", "1", "1")
    assert all(row["requests"] and row["failed"] for row in outcome.results.urls)
    assert any(file.suffix in (".png", ".svg") for file in outcome.results.folder.rglob("*"))


HUGE = ("--requests", 10**6, "--repeat", 20, "--warmup", 0)


def test_more_than_10_gib_are_not_written_unasked(tmp_path, witness):
    outcome = run(tmp_path, "/get", "--base-url", witness.url, *HUGE)
    assert outcome.exit_code == 2
    rows, size = re.search(r"requests\.csv would have (\d+) rows, about (\d+) GiB; choose --records sample or none, "
                           r"or confirm with --records all", outcome.stderr).groups()
    assert int(rows) == 20 * 10**6 * len(STRATEGIES)
    assert 100 < int(size) * 2**30 / int(rows) < 300, "about as many bytes as a row has"
    assert witness.connections == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("which", ["all", "sample", "none"])
def test_what_was_asked_for_is_not_asked_again(tmp_path, witness, which):
    # Refused for another reason, which is looked at later.
    outcome = run(tmp_path, "/get", "--base-url", witness.url, *HUGE, "--records", which, "--no-reuse")
    assert outcome.exit_code == 1
    assert "GiB" not in outcome.stderr
    assert re.search(r"ports|memory", outcome.stderr)
    assert witness.connections == 0


def test_the_size_announced_is_about_that_of_the_rows(tmp_path):
    outcome = run_once_well(tmp_path, "/get", "--requests", 2000, "--records", "all")
    file = outcome.results.folder / "requests.csv"
    assert 100 < file.stat().st_size / len(outcome.results.requests) < 300
