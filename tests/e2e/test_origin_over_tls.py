"""`harness origin --tls`: HTTPS and HTTP/2, and what faults do to the request, its neighbours, and the connection."""

import contextlib
import json
import socket
import ssl
import subprocess

import h2.errors
import h2.exceptions
import pytest

import origin_servers
import program
from http2_client import Client
from waiting import wait_until


@pytest.fixture(scope="module")
def server():
    with origin_servers.origin("--tls") as running:
        yield running


@pytest.fixture
def client(server):
    connected = Client(server.port, server.authority)
    yield connected
    connected.close()


def handshake(server, context, **how):
    with socket.create_connection(("127.0.0.1", server.port), 5) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1", **how) as secure:
            secure.sendall(b"GET /status/204 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = secure.recv(1000)  # by now tickets have come as well
            return secure.version(), secure.session_reused, secure.session, answer


def test_answers_https_to_whoever_trusts_its_authority(server):
    status, body = server.get("/get")
    assert status == 200
    assert json.loads(body)["url"] == server.url + "/get"


def test_nobody_trusts_it_otherwise(server):
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, ssl.create_default_context())


@pytest.mark.parametrize("version", (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3))
def test_sessions_are_resumed(server, version):
    context = ssl.create_default_context(cafile=server.authority)
    context.minimum_version = context.maximum_version = version
    _, first_resumed, session, answer = handshake(server, context)
    assert not first_resumed
    assert answer.startswith(b"HTTP/1.1 204 ")
    _, second_resumed, _, answer = handshake(server, context, session=session)
    assert second_resumed
    assert answer.startswith(b"HTTP/1.1 204 ")


def test_old_versions_of_tls_are_refused(server):
    context = ssl.create_default_context(cafile=server.authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        handshake(server, context)


def say_in_clear(server, what):
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), 5) as plain:
        plain.sendall(what)
        with contextlib.suppress(ConnectionResetError):
            while chunk := plain.recv(1000):
                answer += chunk
    return answer


def test_what_is_not_tls_is_hung_up_on(server):
    assert say_in_clear(server, b"\0" * 100) in (b"", b"\x15\x03\x01\x00\x02\x02\x46")  # an alert, or nothing
    assert server.get("/status/200")[0] == 200


def test_http_in_clear_is_told_to_use_https(server):
    answer = say_in_clear(server, b"GET /get HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head, body = answer.split(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"https://" in body


def test_a_client_that_leaves_amid_the_handshake_is_forgotten(server):
    before = server.figures.descriptors()
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), 5) as plain:
            plain.sendall(b"\x16\x03\x01\x02\x00\x01")
    wait_until(lambda: server.figures.descriptors() <= before, 5, "all connections are closed")


def test_no_file_is_left_and_no_key_is_in_one(server):
    with open(server.authority, encoding="ascii") as file:
        assert "PRIVATE" not in file.read()
    assert server.authority.startswith("/proc/")


# ---- HTTP/2 ----


def test_streams_are_answered_side_by_side(client):
    numbers = [client.request(path) for path in ("/delay/0.3", "/delay/0.1", "/get?x=1", "/bytes/100000")]
    order = []
    while len(order) < len(numbers):
        assert client.wait([next(number for number in numbers if number not in order)]) or client.receive(1)
        order += [number for number in numbers if client.streams[number].is_over and number not in order]
    assert all(client.streams[number].status == 200 for number in numbers)
    assert len(client.streams[numbers[3]].body) == 100000
    assert json.loads(client.streams[numbers[2]].body)["args"] == {"x": "1"}


def test_thousands_of_streams_wait_at_once(client):
    numbers = [client.request("/delay/1") for _ in range(3000)]
    assert client.wait(numbers, 10)
    assert {client.streams[number].status for number in numbers} == {200}


def test_bodies_are_read_whatever_their_windows(client):
    stream = client.get("/post", method="POST", body=b"x" * 3_000_000)
    assert len(json.loads(stream.body)["data"]) == 3_000_000


def test_huge_bodies_are_refused(client):
    number = client.request("/post", method="POST", body=b"x" * (17 * 1024 * 1024))
    assert client.wait([number])
    assert client.streams[number].status == 413
    assert client.get("/get").status == 200


@pytest.mark.parametrize("headers", (
    [(f"x-{index}", "y" * 6000) for index in range(12)],
    [("x", "")] * 501,
), ids=("long", "many"))
def test_headers_that_are_too_large_are_refused(client, headers):
    assert client.get("/get", headers=headers).status == 431
    assert client.get("/get", headers=[("x", "")] * 400).status == 200


def test_a_split_cookie_is_joined(client):
    stream = client.get("/headers", headers=[("cookie", "a=1"), ("x-many", "1"), ("cookie", "b=2"), ("x-many", "2")])
    headers = json.loads(stream.body)["headers"]
    assert (headers["Cookie"], headers["X-Many"]) == ("a=1; b=2", "1,2")


def test_a_client_that_waits_before_the_body_is_told_to_go_on(client):
    number = client.request("/post", method="POST", headers=[("expect", "100-Continue")], ends=False)
    assert not client.wait([number], 0.3)
    assert client.streams[number].early_statuses == [100]
    client.send_body(number, b"body")
    assert client.wait([number])
    assert json.loads(client.streams[number].body)["data"] == "body"
    assert client.get("/post", method="POST", body=b"x", headers=[("expect", "200-ok")]).early_statuses == []


def test_what_is_asked_of_the_server_itself_is_answered(client):
    assert client.get("*", method="OPTIONS").status == 200


def test_head_has_no_body(client):
    stream = client.get("/get", method="HEAD")
    assert (stream.status, stream.body) == (200, b"")
    assert int(stream.headers["content-length"]) > 0


@pytest.mark.parametrize("fault, code", (
    ("reset-stream", h2.errors.ErrorCodes.INTERNAL_ERROR),
    ("refuse-stream", h2.errors.ErrorCodes.REFUSED_STREAM),
))
def test_a_stream_that_is_reset_leaves_its_neighbours_alone(client, fault, code):
    neighbour = client.request("/delay/0.2")
    number = client.request(f"/fault/{fault}")
    assert client.wait([neighbour, number])
    assert client.streams[number].reset_code == code
    assert client.streams[neighbour].status == 200


def test_goaway_says_what_was_answered_before(client):
    answered = client.request("/get")
    assert client.wait([answered])
    client.request("/delay/5")
    client.request("/fault/goaway")
    client.receive_to_the_end()
    assert client.is_closed
    assert client.goaway_last_stream == answered


def test_fewer_streams_are_allowed_after_few_streams(client):
    assert client.get("/fault/few-streams?count=3").status == 200
    wait_until(lambda: client.receive(0.1) or client.connection.remote_settings.max_concurrent_streams == 3, 5, "it is told")
    numbers = [client.request("/delay/0.1") for _ in range(3)]
    with pytest.raises(h2.exceptions.TooManyStreamsError):
        client.request("/get")
    assert client.wait(numbers)
    assert client.get("/get").status == 200


def test_goaway_loses_the_neighbours(client):
    neighbour = client.request("/delay/5")
    number = client.request("/fault/goaway")
    client.wait([neighbour, number])
    assert client.is_closed
    assert client.goaway_last_stream == 0
    assert client.streams[neighbour].status is None


@pytest.mark.parametrize("fault", ("unfinished-headers", "endless-continuation"))
def test_headers_without_an_end_keep_the_neighbours_waiting(server, client, fault):
    neighbour = client.request("/delay/0.1")
    number = client.request(f"/fault/{fault}")
    assert not client.wait([neighbour, number], 0.6)
    assert client.streams[neighbour].status is None
    assert server.get("/status/200")[0] == 200


@pytest.mark.parametrize("path", ("/fault/closed-window", "/fault/closed%2Dwindow"))
def test_a_closed_window_stops_a_body_and_leaves_the_neighbours_alone(client, path):
    number = client.request(path, method="POST", body=b"x" * 3_000_000)
    assert client.connection.local_flow_control_window(number) == 0
    assert client.get("/post", method="POST", body=b"x" * 3_000_000).status == 200
    assert not client.streams[number].is_over


def test_faults_of_the_other_version_are_refused(server, client):
    assert client.get("/fault/bad-chunk").status == 505
    assert server.get("/fault/goaway")[0] == 505


@pytest.mark.parametrize("fault, body", (("drip?count=5&ms=10", b"....."), ("close-idle?ms=50", None)))
def test_faults_of_any_version_work_over_http2(client, fault, body):
    stream = client.get(f"/fault/{fault}")
    assert stream.status == 200
    assert body is None or stream.body == body


def test_an_idle_connection_is_closed_with_a_goodbye(client):
    """Once what is under way has been answered; GOAWAY names the last stream."""
    slow = client.request("/delay/0.4")
    last = client.request("/fault/close-idle?ms=100")
    client.receive_to_the_end()
    assert client.is_closed
    assert client.goaway_last_stream == last
    data, end_stream = 0, 1
    assert [stream for kind, flags, stream in client.frames() if kind == data and flags & end_stream] == [last, slow]


def test_clients_that_leave_are_forgotten(server):
    before = server.figures.descriptors()
    for path in ("/delay/10", "/fault/stall", "/fault/endless-continuation", "/fault/huge-body", "/fault/drip"):
        client = Client(server.port, server.authority)
        for _ in range(20):
            client.request(path)
        client.receive(0.05)
        client.close()
    wait_until(lambda: server.figures.descriptors() <= before, 5, "all connections are closed")


# ---- for an experiment ----


def run(*options):
    return subprocess.run([program.harness_path(), "--no-charts", "--quiet", *map(str, options)], capture_output=True,
                          text=True, timeout=60, check=False)


def test_an_experiment_over_tls_verifies_and_succeeds(tmp_path):
    done = run("--tls", "--strategy", "all", "-w", "mixed", "--repeat", 1, "--warmup", 0, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert '"tls": true' in (tmp_path / "out" / "experiment.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("options, words", (
    (["--base-url", "http://127.0.0.1:1"], "--base-url replaces"),
    (["http://127.0.0.1:1/"], "has no paths"),
))
def test_tls_is_refused_where_it_means_nothing(tmp_path, options, words):
    done = run("--tls", "-o", tmp_path / "out", *options)
    assert done.returncode == 2
    assert words in done.stderr
