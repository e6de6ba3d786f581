"""`harness origin` as a user runs it: many requests parked at once, accurate delays, clients that leave, its end."""

import contextlib
import http.client
import json
import os
import resource
import select
import signal
import socket
import ssl
import subprocess
import time

import pytest

import memory_use
import origin_servers
import processes
import program
import sockets
from sockets import reset_when_closed
from waiting import becomes, wait_until

PARKED_WANTED = 10000
PARKED_DELAY_S = 2
PARKED_MEMORY_KIB = 100 * 1024
PARKED_OVER_TLS = 1000
PARKED_MEMORY_OVER_TLS_KIB = 20 * PARKED_OVER_TLS  # OpenSSL takes 15 KiB for a connection, whatever it did before
PARKED_MEMORY_AFTER_HANDSHAKES_KIB = 27 * PARKED_OVER_TLS
WARMING = b"POST /post HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n" + b"x" * 10000
SPARE_DESCRIPTORS = 300


@pytest.fixture(scope="module")
def server():
    with origin_servers.origin() as running:
        yield running


def raise_limit_on_descriptors():
    """Both this process and the origin need a descriptor for each request."""
    wanted = PARKED_WANTED + SPARE_DESCRIPTORS
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
        except (ValueError, PermissionError):
            pytest.skip(f"needs {wanted} open files, the limit is {hard} (ulimit -Hn)")
    else:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run_origin(*options):
    command = [program.harness_path(), "origin", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=10)


def read_all(sockets, limit_s):
    """Reads until each socket has one whole answer; returns the bodies' status lines."""
    poller = select.epoll()
    for fd in sockets:
        poller.register(fd, select.EPOLLIN)
    received = {fd: b"" for fd in sockets}
    answered = {}
    limit = time.monotonic() + limit_s
    while len(answered) < len(sockets) and time.monotonic() < limit:
        for fd, _ in poller.poll(1):
            received[fd] += sockets[fd].recv(65536)
            if b"\r\n\r\n" in received[fd] and received[fd].endswith(b"}\n"):
                answered[fd] = received[fd].split(b"\r\n", 1)[0]
                poller.unregister(fd)
            else:
                assert received[fd], "closed without an answer"
    poller.close()
    return answered


def warm(client):
    """Has a large request answered."""
    client.sendall(WARMING)
    answer = b""
    while not answer.endswith(b"}\n"):
        answer += client.recv(65536)
        assert answer, "closed without an answer"
    assert answer.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("is_warm", (False, True), ids=("cold", "warm"))
def test_ten_thousand_requests_wait_at_once(is_warm):
    raise_limit_on_descriptors()
    with origin_servers.origin() as server:
        wait_for_ten_thousand(server, is_warm)


def wait_for_ten_thousand(server, is_warm):
    request = f"GET /delay/{PARKED_DELAY_S} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        sockets = {}
        for _ in range(PARKED_WANTED):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            reset_when_closed(client)  # or tests after this one would wait for the ports
            sockets[client.fileno()] = client
            if is_warm:
                warm(client)
        started = time.monotonic()
        for client in sockets.values():
            client.sendall(request)
        wait_until(lambda: server.figures.descriptors() > PARKED_WANTED, 30, "all have been accepted")
        answered = read_all(sockets, 30)
        wall_s = time.monotonic() - started
    memory_kib = server.figures.most_memory_kib()
    print(f"{PARKED_WANTED} requests of {PARKED_DELAY_S} s took {wall_s:.3f} s, and {memory_kib} KiB")
    assert memory_kib <= PARKED_MEMORY_KIB or memory_use.is_inflated()
    assert len(answered) == PARKED_WANTED
    assert set(answered.values()) == {b"HTTP/1.1 200 OK"}
    assert PARKED_DELAY_S <= wall_s < 2 * PARKED_DELAY_S


@pytest.mark.skipif(memory_use.is_inflated(), reason="a sanitizer takes memory of its own")
def test_a_connection_over_tls_keeps_no_memory_for_large_requests():
    with contextlib.ExitStack() as stack, origin_servers.origin("--tls") as server:
        context = ssl.create_default_context(cafile=server.authority)
        before_kib = server.figures.memory_kib()
        for _ in range(PARKED_OVER_TLS):
            plain = socket.create_connection(("127.0.0.1", server.port))
            reset_when_closed(plain)
            warm(stack.enter_context(context.wrap_socket(plain, server_hostname="127.0.0.1")))
        taken_kib = server.figures.memory_kib() - before_kib
    print(f"{PARKED_OVER_TLS} connections took {taken_kib} KiB")
    assert taken_kib <= PARKED_MEMORY_OVER_TLS_KIB


def shake_hands_at_once(stack, server, count):
    """So many connections, all of which have begun their handshakes before the first one goes on."""
    context = ssl.create_default_context(cafile=server.authority)
    clients = []
    for _ in range(count):
        plain = socket.create_connection(("127.0.0.1", server.port))
        reset_when_closed(plain)
        plain.setblocking(False)
        clients.append(stack.enter_context(context.wrap_socket(plain, server_hostname="127.0.0.1",
                                                               do_handshake_on_connect=False)))
        with contextlib.suppress(ssl.SSLWantReadError):
            clients[-1].do_handshake()
    for client in clients:
        client.setblocking(True)
        client.do_handshake()
    return clients


@pytest.mark.skipif(memory_use.is_inflated(), reason="a sanitizer takes memory of its own")
def test_handshakes_at_once_keep_no_memory_once_it_is_quiet():
    """When they have ended it is 43 KiB for each, most of it free and in pieces."""
    with contextlib.ExitStack() as stack, origin_servers.origin("--tls") as server:
        before_kib = server.figures.memory_kib()
        clients = shake_hands_at_once(stack, server, PARKED_OVER_TLS)
        wait_until(lambda: server.figures.memory_kib() - before_kib <= PARKED_MEMORY_AFTER_HANDSHAKES_KIB, 10, "it is given back")
        for client in clients:
            client.sendall(b"GET /status/204 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize("delay_s", (0.001, 0.0025, 0.005, 0.02, 0.1))
def test_delays_are_accurate(server, delay_s):
    """Never early; and late by less than 2 ms when the machine is idle, which the best of several tries is."""
    connection = server.connect()
    late = []
    for _ in range(20):
        started = time.monotonic()
        connection.request("GET", f"/delay/{delay_s}")
        connection.getresponse().read()
        late.append(time.monotonic() - started - delay_s)
    connection.close()
    print(f"{delay_s} s: late by {min(late) * 1e3:.3f} to {max(late) * 1e3:.3f} ms")
    assert min(late) >= 0
    assert min(late) < 0.002


def test_shorter_delays_overtake_longer_ones(server):
    order = []
    clients = {}
    for delay in ("0.3", "0.1", "0.2"):
        client = socket.create_connection(("127.0.0.1", server.port))
        client.sendall(f"GET /delay/{delay} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        clients[client] = delay
    while clients:
        answered = select.select(list(clients), [], [], 5)[0]
        assert answered, f"only {order} were answered"
        for client in answered:
            order.append(clients.pop(client))
            client.close()
    assert order == ["0.1", "0.2", "0.3"]


def leave_amid_a_delay(server, reset):
    before = server.figures.descriptors()
    clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    for client in clients:
        client.sendall(b"GET /delay/10 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if reset:
            sockets.reset_when_closed(client)
    wait_until(lambda: server.figures.descriptors() >= before + 50, 5, "all requests have arrived")
    for client in clients:
        client.close()
    wait_until(lambda: server.figures.descriptors() <= before, 2, "all connections are closed")


@pytest.mark.parametrize("reset", (False, True))
def test_a_client_that_leaves_amid_a_delay_is_forgotten_at_once(reset):
    with origin_servers.origin() as server:
        leave_amid_a_delay(server, reset)
        assert server.get("/get")[0] == 200


def test_a_second_request_sent_ahead_is_answered_after_the_first(server):
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET /delay/0.1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                       b"GET /status/418 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        client.settimeout(5)
        received = b""
        while chunk := client.recv(65536):
            received += chunk
    assert received.index(b"/delay/0.1") < received.index(b"418 I'm a teapot")


def test_more_connections_than_descriptors_wait_for_their_turn():
    """And cost nothing while they wait."""
    request = b"GET /status/200 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with origin_servers.origin(descriptor_limit=50) as server:
        clients = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(80)]
        for client in clients:
            client.sendall(request)
        assert clients[0].recv(1000).startswith(b"HTTP/1.1 200 OK")
        assert not select.select([clients[-1]], [], [], 0.1)[0]
        before_s = server.figures.cpu_s()
        time.sleep(0.5)
        assert server.figures.cpu_s() - before_s < 0.1
        for client in clients[:70]:
            client.close()
        assert clients[-1].recv(1000).startswith(b"HTTP/1.1 200 OK")
        for client in clients[70:]:
            client.close()


def test_a_connection_without_a_descriptor_waits_although_nobody_will_close():
    """Others may have taken all there are, so the origin looks again by itself."""
    with origin_servers.origin() as server:
        soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (server.figures.descriptors(), hard))
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
            client.sendall(b"GET /status/200 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert not select.select([client], [], [], 0.1)[0]
            before_s = server.figures.cpu_s()
            time.sleep(0.5)
            assert server.figures.cpu_s() - before_s < 0.1
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
            assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("method", ("PRI", "PRINT", "P", "PUT"))
def test_methods_that_begin_as_http2_does_are_read(server, method):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        for piece in (f"{method[:2]}", f"{method[2:]} * HTTP/2.1\r\n\r\n"):
            client.sendall(piece.encode())
            time.sleep(0.05)
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")  # "*" is for OPTIONS


def test_an_answer_that_only_the_end_ends_says_so(server):
    """HTTP/1.0 has no chunks, so the connection can't be kept."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(b"GET /stream-bytes/10 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        answer = b""
        while chunk := client.recv(1000):
            answer += chunk
    assert b"\r\nConnection: close\r\n" in answer
    assert b"keep-alive" not in answer


@pytest.mark.parametrize("how", (signal.SIGTERM, signal.SIGINT))
def test_ends_cleanly_when_told_to(how):
    """With idle connections and waiting requests open."""
    with origin_servers.origin() as server:
        before = server.figures.descriptors()
        idle = server.connect()
        idle.request("GET", "/get")
        idle.getresponse().read()
        waiting = server.connect()
        waiting.request("GET", "/delay/10")
        wait_until(lambda: server.figures.descriptors() == before + 2, 5, "both connections are open")
        started = time.monotonic()
        server.process.send_signal(how)
        assert server.process.wait(timeout=5) == 0
        assert time.monotonic() - started < 2
        idle.close()
        waiting.close()


def test_outlives_the_shell_that_started_it():
    """By hand the origin has nothing to do with its parent."""
    script = f"'{program.harness_path()}' origin & echo $!"
    shell = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True)
    pid = int(shell.stdout.readline())
    try:
        port = int(shell.stdout.readline().rsplit(":", 1)[1])
        assert shell.wait(timeout=5) == 0
        assert not becomes(lambda: processes.Process(pid).role() != "origin", 0.1)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/status/200")
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        os.kill(pid, signal.SIGTERM)
    assert shell.stdout.read() == ""
    shell.stdout.close()


@pytest.mark.parametrize("options, code, words", (
    (["--port", "70000"], 2, "'--port 70000' is not a whole number"),
    (["--port", "x"], 2, "'--port x' is not a whole number"),
    (["--port"], 2, "'--port' needs a value"),
    (["--port="], 2, "'--port ' is not a whole number"),
    (["--tls=no"], 2, "'--tls' takes no value; leave out '=no'"),
    (["--tls="], 2, "'--tls' takes no value; leave out '='"),
    (["--help=x"], 2, "'--help' takes no value; leave out '=x'"),
    (["--bogus"], 2, "'--bogus' is unknown"),
    (["8080"], 2, "'8080' is unknown"),
))
def test_bad_options_are_told(options, code, words):
    ended = run_origin(*options)
    assert ended.returncode == code
    assert words in ended.stderr
    assert ended.stdout == ""


def test_a_port_that_is_taken_is_told():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        ended = run_origin(f"--port={port}")
    assert ended.returncode == 1
    assert f"port {port} is taken; name another with --port" in ended.stderr


def test_listens_where_it_was_told_to():
    port = sockets.free_port()
    with origin_servers.origin("--port", str(port)) as server:
        assert server.port == port


def test_help_names_the_options():
    ended = run_origin("--help")
    assert ended.returncode == 0
    assert "--port N" in ended.stdout
    assert "--gauge" not in ended.stdout


# ---- misbehaving on request ----


@pytest.mark.parametrize("target, status", (
    ("/fault/none", 404),
    ("/fault/huge-body?bytes=99999999999999999999", 400),
    ("/fault/huge-body?bytes=many", 400),
    ("/fault/drip?count=-1", 400),
    ("/fault/drip?count=2&ms=", 400),
    ("/fault/freeze?ms=3001", 400),
))
def test_absurd_faults_are_refused(target, status):
    with origin_servers.origin() as server:
        assert server.get(target)[0] == status


def test_a_frozen_origin_answers_nobody_until_it_thaws():
    with origin_servers.origin() as server:
        freezing, other = server.connect(), server.connect()
        other.request("GET", "/get")
        other.getresponse().read()
        started_s = time.monotonic()
        freezing.request("GET", "/fault/freeze?ms=400")
        time.sleep(0.1)
        other.request("GET", "/get")
        assert other.getresponse().status == 200
        thawed_s = time.monotonic()
        assert freezing.getresponse().status == 200
        assert thawed_s - started_s >= 0.4
        assert time.monotonic() - thawed_s < 0.4
        server.get("/get")  # a new connection, and all is well


def test_faults_whose_client_leaves_are_over():
    """Those without an end too."""
    with origin_servers.origin() as server:
        before = server.figures.descriptors()
        names = [fault["name"] for fault in json.loads(server.get("/fault/")[1])["faults"]]
        assert names
        for name in names * 3:
            connection = server.connect()
            connection.request("GET", f"/fault/{name}")
            if name.startswith(("endless", "huge")):
                connection.sock.recv(10)
            connection.close()
        wait_until(lambda: server.figures.descriptors() <= before, 5, "all connections are closed")
        before_s = server.figures.cpu_s()
        time.sleep(0.5)
        assert server.figures.cpu_s() - before_s < 0.1


def test_a_mistyped_option_is_told_which_was_meant():
    done = subprocess.run([program.harness_path(), "origin", "--prot=8080"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "'--prot' is unknown; did you mean '--port'?" in done.stderr


def test_it_listens_on_as_many_addresses_as_asked_for():
    with origin_servers.origin("--addresses", "3") as server:
        for last in (1, 2, 3):
            with socket.create_connection((f"127.0.0.{last}", server.port), timeout=5) as client:
                client.sendall(b"GET /status/204 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 204")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.4", server.port), timeout=5)
