"""Servers as they are in real life: TLS, both versions of IP, old servers, impatient ones, and proxies."""

import contextlib
import http.client
import os
import select
import shutil
import socket
import socketserver
import ssl
import threading

import pytest

import harness_runs
import sockets
import target_servers
from harness_runs import STRATEGIES, run_once, run_once_well, run_well
from target_servers import serving


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def assert_same_in_every_strategy(outcome, word, failures_count=True):
    assert outcome.exit_code == (3 if failures_count and word != "ok" else 0), outcome.stderr
    assert outcome.results.outcomes_by_strategy() == {strategy: {word} for strategy in STRATEGIES}


def the_error(outcome):
    """libcurl's text, the same in all rows."""
    (error,) = {request["error"] for request in outcome.results.requests}
    return error


# ---- TLS ----


class _TlsWitness(target_servers.Witness):
    scheme = "https"

    def __init__(self, certificate):
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # The handshake belongs into the connection's own thread.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)


def tls_server(certificates, name):
    return serving(_TlsWitness(certificates / f"{name}.both"))


def test_a_file_of_certificates_may_have_any_name(tmp_path, certificates):
    name = os.fsencode(tmp_path) + b"/\xffca\xc3.pem"
    shutil.copyfile(certificates / "ca.pem", name)
    with tls_server(certificates, "good") as server:
        run_once_well(tmp_path, "/1", "--base-url", server.url, "--cacert", os.fsdecode(name), "--output", "first")
        harness_runs.run_well(tmp_path, "--repeat-from", "first", "--output", "second")
        assert len(server.arrivals) == 2 * len(STRATEGIES)


@pytest.mark.parametrize("name, trusts_ca, words", [
    ("good", False, ("certificate", "issuer")),
    ("expired", True, ("expired",)),
    ("of-another", True, ("127.0.0.1",)),
], ids=["unknown CA", "expired", "wrong name"])
def test_a_bad_certificate_is_a_tls_failure_unless_nobody_cares(tmp_path, certificates, name, trusts_ca, words):
    trust = ("--cacert", certificates / "ca.pem") if trusts_ca else ()
    with tls_server(certificates, name) as server:
        careless = run_once_well(tmp_path, "/1", "/2", "--base-url", server.url, *trust, "-k")
        assert_same_in_every_strategy(careless, "ok")
        server.arrivals.clear()

        refused = run_once(tmp_path, "/1", "/2", "--base-url", server.url, *trust)
        assert server.arrivals == []
        assert_same_in_every_strategy(refused, "tls failed")
        assert any(word in the_error(refused) for word in words), the_error(refused)
        for request in refused.results.requests:
            assert (request["response_code"], request["time_appconnect_s"]) == ("", "")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_ca_named_by_its_file_is_trusted(tmp_path, certificates, host):
    with tls_server(certificates, "good") as server:
        url = server.url.replace("127.0.0.1", host)
        outcome = run_once_well(tmp_path, "/1", "/2", "--base-url", url, "--cacert", certificates / "ca.pem",
                                "--concurrency", 1)
        assert server.connections == len(STRATEGIES) + harness_runs.FIRST_LOOK
    assert_same_in_every_strategy(outcome, "ok")
    assert {request["http_version"] for request in outcome.results.requests} == {"1.1"}
    opening = [request for request in outcome.results.requests if request["connections_opened"] == "1"]
    assert len(opening) == len(STRATEGIES)
    for request in opening:
        assert float(request["time_connect_s"]) < float(request["time_appconnect_s"])
        assert float(request["time_appconnect_s"]) <= float(request["time_pretransfer_s"])


def test_tls_with_a_server_that_speaks_none_is_a_tls_failure(tmp_path, witness):
    outcome = run_once(tmp_path, "/get", "--base-url", witness.url.replace("http:", "https:"), "-k")
    assert_same_in_every_strategy(outcome, "tls failed")


def test_a_ca_file_without_certificates_is_told_as_such(tmp_path, certificates):
    (tmp_path / "empty.pem").write_text("none\n")
    with tls_server(certificates, "good") as server:
        outcome = run_once(tmp_path, "/get", "--base-url", server.url, "--cacert", "empty.pem")
    assert_same_in_every_strategy(outcome, "tls failed")
    assert "empty.pem" in the_error(outcome)


# ---- addresses and names ----


def localhost_has_ipv6():
    with contextlib.suppress(OSError):
        return any(found[0] == socket.AF_INET6 for found in socket.getaddrinfo("localhost", 80))
    return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["[::1]", "localhost"])
def test_servers_of_ipv6_are_reached(tmp_path, host):
    if host == "localhost" and not localhost_has_ipv6():
        pytest.skip("localhost has no IPv6 address here")
    with serving(target_servers.Witness(host="::1")) as server:
        outcome = run_once_well(tmp_path, "/1", "/2", "--base-url", server.url.replace("[::1]", host))
        assert len(server.arrivals) == 2 * len(STRATEGIES)
    assert_same_in_every_strategy(outcome, "ok")


def test_a_name_with_two_kinds_of_addresses_reaches_a_server_that_has_one(tmp_path, witness):
    outcome = run_once_well(tmp_path, "/1", "--base-url", witness.url.replace("127.0.0.1", "localhost"))
    assert_same_in_every_strategy(outcome, "ok")
    assert {arrival.headers["host"] for arrival in witness.arrivals} == {f"localhost:{witness.port}"}


def test_a_name_without_an_address_fails_alone(tmp_path, witness):
    outcome = run_once(tmp_path, "http://something.invalid/a", f"{witness.url}/b")
    assert outcome.exit_code == 3
    by_url = harness_runs.group(outcome.results.requests, "url")
    unresolved = by_url["http://something.invalid/a"]
    assert [request["outcome"] for request in unresolved] == ["could not resolve"] * len(STRATEGIES)
    assert {request["error"] for request in unresolved} == {"Could not resolve host: something.invalid"}
    assert {request["outcome"] for request in by_url[f"{witness.url}/b"]} == {"ok"}


# ---- servers that do as they like with connections ----


class _OldHandler(target_servers.QuietHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self):
        self.send_response(200)
        self.end_headers()  # no length: the end of the connection ends the body
        self.wfile.write(b"as in the old days")


def test_http_1_0_is_understood(tmp_path):
    path = harness_runs.write_workload(tmp_path / "w.json", [["/1", "/2"], ["/3"]])
    with serving(target_servers.SmallServer(_OldHandler)) as server:
        outcome = run_once_well(tmp_path, "--workload", path, "--base-url", server.url)
    assert_same_in_every_strategy(outcome, "ok")
    for request in outcome.results.requests:
        assert (request["http_version"], request["connections_opened"], request["retries"]) == ("1.0", "1", "0")
        assert request["bytes_received"] == str(len("as in the old days"))


class _ImpatientHandler(socketserver.StreamRequestHandler):
    """Answers one request on each connection as if more were welcome, and hangs up on the next."""

    disable_nagle_algorithm = True

    def read_request(self):
        line = self.rfile.readline()
        length = 0
        while (header := self.rfile.readline().strip().lower()):
            if header.startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        return line, self.rfile.read(length)

    def handle(self):
        line, body = self.read_request()
        if not line:
            return
        self.server.answered.append((line.split()[0].decode(), line.split()[1].decode(), body))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes")
        if self.read_request()[0]:
            self.server.hung_up += 1
        if self.server.resets:
            sockets.reset_when_closed(self.request)


class _Impatient(target_servers.SmallServer):
    def __init__(self, resets):
        super().__init__(_ImpatientHandler)
        self.resets = resets
        self.answered = []
        self.hung_up = 0

    def shutdown_request(self, request):
        if not self.resets:
            super().shutdown_request(request)
        self.close_request(request)  # without a word before, the connection is reset


POST = {"url": "/post", "method": "POST", "body": "a body to be sent again"}


@pytest.mark.parametrize("resets", [False, True], ids=["closes", "resets"])
@pytest.mark.parametrize("request_made", ["/get", POST], ids=["GET", "POST"])
def test_a_connection_that_is_closed_between_requests_costs_a_retry_and_no_failure(tmp_path, resets, request_made):
    path = harness_runs.write_workload(tmp_path / "w.json", [[request_made] * 4])
    with serving(_Impatient(resets)) as server:
        outcome = run_once_well(tmp_path, "--workload", path, "--base-url", server.url)
        answered, hung_up = list(server.answered), server.hung_up
    assert_same_in_every_strategy(outcome, "ok")
    for strategy in STRATEGIES:
        assert [request["retries"] for request in outcome.results.requests_of(strategy)] == ["0", "1", "1", "1"]
    assert {(trial["failed"], trial["retries"]) for trial in outcome.results.trials} == {("0", "3")}
    assert len(answered) == 4 * len(STRATEGIES)
    assert hung_up == 3 * len(STRATEGIES)
    codes = [warning["code"] for warning in outcome.results.document("experiment")["warnings"]]
    assert ("sent-again" in codes) == (request_made is POST)
    if request_made is POST:
        assert set(answered) == {("POST", "/post", POST["body"].encode())}
        assert (f"warning: {3 * len(STRATEGIES)} requests that the server may have carried out were sent again; the first is "
                "POST /post; ") in outcome.stderr


@pytest.mark.parametrize("arguments", [("--warmup", 1), ("--warmup", 0, "--start", "warm")], ids=["warm-up", "warm start"])
def test_what_was_sent_again_is_told_of_untimed_requests_too(tmp_path, arguments):
    path = harness_runs.write_workload(tmp_path / "w.json", [[POST] * 2])
    with serving(_Impatient(resets=False)) as server:
        outcome = run_well(tmp_path, "--workload", path, "--base-url", server.url, "--repeat", 1, *arguments)
        hung_up = server.hung_up
    assert hung_up > sum(int(request["retries"]) for request in outcome.results.requests if request["warmup"] == "false")
    assert f"warning: {hung_up} requests that the server may have carried out were sent again" in outcome.stderr


def test_the_trace_shows_what_was_sent_again(tmp_path):
    path = harness_runs.write_workload(tmp_path / "w.json", [[POST] * 3])
    with serving(_Impatient(resets=False)) as server:
        outcome = run_once_well(tmp_path, "--workload", path, "--base-url", server.url, "--trace")
    assert outcome.stdout.count("  200  POST /post\n") == len(STRATEGIES)
    assert outcome.stdout.count("  200  POST /post  (1 transfer sent again: a kept connection was closed)\n") == 2 * len(STRATEGIES)


# ---- 100 Continue ----


class _ContinueHandler(socketserver.BaseRequestHandler):
    """One request on each connection. Notes what it expects, and whether its body came before it was asked for."""

    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            if not (more := self.request.recv(65536)):
                return
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        expects = b"\r\nExpect: 100-continue" in head
        if expects and not body:
            body = self.request.recv(65536) if select.select([self.request], [], [], 0.2)[0] else b""
        self.server.seen.append((head.split()[0].decode(), expects, bool(body)))
        if expects and self.server.refuses:
            self.request.sendall(b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        if expects:
            self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = body or self.request.recv(65536)
        self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class _Continue(target_servers.SmallServer):
    def __init__(self, refuses):
        super().__init__(_ContinueHandler)
        self.refuses = refuses
        self.seen = []


PUT_AND_GET = [[{"url": "/put", "method": "PUT", "body": "large, say"}, "/get"]]


@pytest.mark.parametrize("header, expects", [("Expect: 100-continue", True), ("Expect:", False), ("X-Other: 1", False)])
def test_a_body_waits_for_100_continue_when_told_so(tmp_path, header, expects):
    path = harness_runs.write_workload(tmp_path / "w.json", PUT_AND_GET)
    with serving(_Continue(refuses=False)) as server:
        outcome = run_once_well(tmp_path, "--workload", path, "--base-url", server.url, "-H", header)
        assert server.seen == [("PUT", expects, not expects), ("GET", False, False)] * len(STRATEGIES)
    assert_same_in_every_strategy(outcome, "ok")


def test_a_server_that_knows_no_100_continue_gets_no_body_unasked(tmp_path):
    path = harness_runs.write_workload(tmp_path / "w.json", [PUT_AND_GET[0][:1]])
    with serving(_Continue(refuses=True)) as server:
        outcome = run_once(tmp_path, "--workload", path, "--base-url", server.url, "-H", "Expect: 100-continue")
        asked = [seen for seen in server.seen if seen[1]]
        assert asked == [("PUT", True, False)] * len(STRATEGIES)
    # Some versions of libcurl send it again without "Expect", by the server's wish: that is no retry.
    (word,) = set().union(*outcome.results.outcomes_by_strategy().values())
    assert word in ("unexpected status", "ok")
    assert_same_in_every_strategy(outcome, word)
    assert {request["retries"] for request in outcome.results.requests} == {"0"}


# ---- proxies ----


class _ProxyHandler(target_servers.QuietHandler):
    """Forwards http:// requests, and opens tunnels for the others."""

    def do_GET(self):
        self.server.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization")))
        host, _, path = self.path.removeprefix("http://").partition("/")
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        self.reply(body, answer.status, Via="1.1 tests")

    def do_CONNECT(self):
        self.server.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization")))
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as other:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=self.copy, args=(other, self.connection))
            back.start()
            self.copy(self.connection, other)
            back.join()
        self.close_connection = True

    @staticmethod
    def copy(source, sink):
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)


class _Proxy(target_servers.SmallServer):
    def __init__(self):
        super().__init__(_ProxyHandler)
        self.asked = []


@pytest.fixture
def proxy():
    with serving(_Proxy()) as server:
        yield server


def test_a_proxy_forwards_what_it_is_asked_for_in_whole_urls(tmp_path, proxy, witness):
    outcome = run_once_well(tmp_path, "/1", "/2", "--base-url", witness.url, "--proxy", proxy.url)
    assert_same_in_every_strategy(outcome, "ok")
    wanted = [("GET", f"{witness.url}/{number}", None) for number in (1, 2)] * len(STRATEGIES)
    assert sorted(proxy.asked) == sorted(wanted)
    assert len(witness.arrivals) == len(wanted)


def test_a_proxy_is_told_its_password(tmp_path, proxy, witness):
    with_password = proxy.url.replace("//", "//user:word@")
    run_once_well(tmp_path, "/1", "--base-url", witness.url, "--proxy", with_password)
    assert {word for _, _, word in proxy.asked} == {"Basic dXNlcjp3b3Jk"}
    assert {arrival.headers.get("proxy-authorization") for arrival in witness.arrivals} == {None}


def test_tls_goes_through_a_proxy_in_a_tunnel(tmp_path, certificates, proxy):
    with tls_server(certificates, "good") as server:
        outcome = run_once_well(tmp_path, "/1", "--base-url", server.url, "--proxy", proxy.url, "--cacert",
                                certificates / "ca.pem")
        assert_same_in_every_strategy(outcome, "ok")
        assert {asked[:2] for asked in proxy.asked} == {("CONNECT", server.url.removeprefix("https://"))}
        assert len(server.arrivals) == len(STRATEGIES)


def test_a_proxy_that_refuses_has_the_same_name_in_every_strategy(tmp_path, witness):
    with target_servers.nobody() as url:
        outcome = run_once(tmp_path, "/1", "--base-url", witness.url, "--proxy", url, harness_runs.NOBODY_THERE)
    assert_same_in_every_strategy(outcome, "could not connect", failures_count=False)
    assert witness.arrivals == []


def test_a_proxy_without_an_address_has_the_same_name_in_every_strategy(tmp_path, witness):
    outcome = run_once(tmp_path, "/1", "--base-url", witness.url, "--proxy", "http://something.invalid:3128",
                       harness_runs.NOBODY_THERE)
    assert_same_in_every_strategy(outcome, "could not resolve", failures_count=False)
    assert witness.arrivals == []


# name: value, for both spellings that programs look at
def proxy_variables(url, exceptions=None):
    names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    return {**dict.fromkeys(names, url), "no_proxy": exceptions, "NO_PROXY": None}


@pytest.mark.parametrize("exceptions, arguments, is_used", [
    (None, [], False),
    (None, ["--proxy", "environment"], True),
    ("127.0.0.1", ["--proxy", "environment"], False),
    ("another.example", ["--proxy", "environment"], True),
], ids=["not asked for", "asked for", "excepted", "another excepted"])
def test_proxies_of_the_environment_need_to_be_asked_for(tmp_path, proxy, witness, exceptions, arguments, is_used):
    variables = proxy_variables(proxy.url, exceptions)
    outcome = run_once_well(tmp_path, "/1", "--base-url", witness.url, *arguments, env=variables)
    assert_same_in_every_strategy(outcome, "ok")
    assert len(proxy.asked) == (len(STRATEGIES) if is_used else 0)
    assert len(witness.arrivals) == len(STRATEGIES)


def test_a_named_proxy_goes_before_those_of_the_environment(tmp_path, proxy, witness):
    with target_servers.nobody() as nowhere:
        run_once_well(tmp_path, "/1", "--base-url", witness.url, "--proxy", proxy.url, env=proxy_variables(nowhere))
    assert len(proxy.asked) == len(STRATEGIES)


# ---- redirects ----


@pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/",
                                      "dict://127.0.0.1:{port}/", "scp://127.0.0.1:{port}/x"])
def test_redirects_never_leave_http(tmp_path, witness, location):
    location = location.format(port=witness.port)
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with target_servers.canned(answer.encode()) as url:
        left = run_once_well(tmp_path, "/1", "--base-url", url)
        assert {request["response_code"] for request in left.results.requests} == {"302"}
        followed = run_once(tmp_path, "/1", "--base-url", url, "--location")
    (word,) = set().union(*followed.results.outcomes_by_strategy().values())
    assert_same_in_every_strategy(followed, word)
    assert word not in ("ok", "not run", "skipped")
    assert location.partition(":")[0] in the_error(followed)
    assert {request["bytes_received"] for request in followed.results.requests} == {"0"}
    assert witness.connections == 0


def test_redirects_to_another_server_are_followed(tmp_path, witness):
    answer = f"HTTP/1.1 302 Found\r\nLocation: {witness.url}/there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with target_servers.canned(answer.encode()) as url:
        outcome = run_once_well(tmp_path, "/1", "--base-url", url, "--location")
    assert_same_in_every_strategy(outcome, "ok")
    assert {request["retries"] for request in outcome.results.requests} == {"0"}
    assert [arrival.path for arrival in witness.arrivals] == ["/there"] * len(STRATEGIES)


class _SlowRedirect(target_servers.QuietHandler):
    """Sends everybody on to the same place, after a while."""

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path))
        self.server.stopped.wait(self.server.delay_s)
        self.reply(b"elsewhere", 307, Location="/again")

    do_PUT = answer


class _SlowRedirects(target_servers.SmallServer):
    def __init__(self, delay_s):
        super().__init__(_SlowRedirect)
        self.delay_s = delay_s
        self.asked = []
        self.stopped = threading.Event()


def test_the_time_out_is_that_of_all_redirects_together(tmp_path):
    path = harness_runs.write_workload(tmp_path / "w.json", [[{"url": "/first", "method": "PUT", "body": "b"}]])
    with serving(_SlowRedirects(0.2)) as server:
        outcome = run_once(tmp_path, "--workload", path, "--base-url", server.url, "--location", "--timeout", 0.7)
        server.stopped.set()
        asked = list(server.asked)
    assert_same_in_every_strategy(outcome, "timed out")
    for request in outcome.results.requests:
        assert 0.65 < float(request["duration_s"]) < 3
    assert asked.count(("PUT", "/first")) == len(STRATEGIES)
    assert len(STRATEGIES) <= asked.count(("PUT", "/again")) <= 3 * len(STRATEGIES)


@pytest.mark.parametrize("count, word", [(30, "ok"), (31, "too many redirects")])
def test_thirty_redirects_are_followed_and_no_more(tmp_path, count, word):
    outcome = run_once(tmp_path, f"/redirect/{count}", "--location")
    assert_same_in_every_strategy(outcome, word)
    assert {request["response_code"] for request in outcome.results.requests} == {"200" if word == "ok" else "302"}
    assert {request["connections_opened"] for request in outcome.results.requests} == {"1"}


def test_a_redirect_that_can_not_be_followed_is_a_bad_response(tmp_path):
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://[::1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with target_servers.canned(answer) as url:
        outcome = run_once(tmp_path, "/1", "--base-url", url, "--location")
    assert_same_in_every_strategy(outcome, "bad response")
    assert the_error(outcome) == "redirected to a URL that can't be parsed"


@pytest.mark.parametrize("method, code, then", [
    ("DELETE", 303, "GET"), ("DELETE", 307, "DELETE"), ("PUT", 301, "PUT"), ("PATCH", 302, "PATCH"), ("POST", 302, "GET"),
    ("POST", 308, "POST")])
def test_another_server_gets_the_method_and_body_that_the_code_says_and_no_secret(tmp_path, witness, method, code, then):
    secrets = {"Authorization": "hidden1", "Cookie": "hidden2", "X-Api-Key": "hidden3"}
    path = harness_runs.write_workload(tmp_path / "w.json", [
        [{"url": "/1", "method": method, "headers": {**secrets, "X-Plain": "seen"}, "body": "the body"}]])
    answer = (f"HTTP/1.1 {code} Elsewhere\r\nLocation: {witness.url}/there\r\nContent-Length: 0\r\n"
              "Connection: close\r\n\r\n")
    with target_servers.canned(answer.encode()) as url:
        outcome = run_once_well(tmp_path, "--workload", path, "--base-url", url, "--location", "-H", "X-Auth-Token: hidden4")
    assert_same_in_every_strategy(outcome, "ok")
    assert [(arrival.method, arrival.path) for arrival in witness.arrivals] == [(then, "/there")] * len(STRATEGIES)
    for arrival in witness.arrivals:
        assert arrival.body == (b"the body" if then == method else b"")
        assert arrival.headers["x-plain"] == "seen"
        assert not any("hidden" in value for value in arrival.headers.values())


def test_trailers_after_a_chunked_body_are_part_of_a_good_answer(tmp_path):
    answer = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: close\r\n\r\n"
              b"4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n")
    with target_servers.canned(answer) as url:
        assert_same_in_every_strategy(run_once(tmp_path, f"{url}/", f"{url}/again"), "ok")
