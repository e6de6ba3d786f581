#!/usr/bin/python3
"""Sends mutated requests to the origin, and checks that it is as well afterwards as it was before.

    HARNESS=build/asan/bin/harness tests/stress/origin_mutations.py [N] [--seed SEED]

N requests (default 5,000) go over connections of a few each: well-formed ones of all its paths, faults included, in
which bytes were changed, taken away, doubled or put in, with headers that are too large, lengths that lie, bodies in
broken chunks, and requests sent ahead; some clients wait for the answers, some leave at once. Afterwards the origin
must answer, have no connection open and no request in flight, listen on loopback only, have grown by next to
nothing, end when told to, and have said nothing on standard error, where a sanitizer would. The same seed makes
the same requests.
"""

import argparse
import contextlib
import json
import mmap
import os
import pathlib
import random
import socket
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))

import origin_servers  # noqa: E402
from sockets import reset_when_closed  # noqa: E402
from waiting import becomes  # noqa: E402

WORKERS = 4
REQUESTS_PER_CONNECTION = 4  # at most
PATIENCE_S = 0.002           # for answers; who stalls is left
GROWTH_LIMIT_KIB = 32 * 1024
SETTLE_LIMIT_S = 20
GAUGE = ("connections_open", "connections_accepted", "requests_in_flight", "max_in_flight", "requests_served",
         "arrival_capacity", "arrival_count")

PATHS = ("/", "/get", "/get?a=1&b=%20&a=2", "/anything/x%2f%00", "/headers", "/status/404", "/status/200:3,500:1",
         "/delay/0.001", "/bytes/1000?seed=7", "/stream-bytes/70000",
         "/redirect/3", "/redirect/2?absolute=true", "/fault/", "/fault/huge-body?bytes=200000", "/fault/many-1xx?count=20", "/fault/drip?count=3&ms=1",
         "/fault/close-idle?ms=1")
BODIES = ("/post", "/put", "/patch", "/delete", "/anything")
WORDS = (b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"%", b"/", b"HTTP/1.0", b"HTTP/2.0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
         b"Content-Length: 18446744073709551616\r\n", b"Content-Length: -1\r\n", b"Content-Length: 5\r\n",
         b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Expect: 100-continue\r\n",
         b"Connection: close\r\n", b"Connection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", b"Host: \r\n",
         b"0\r\n\r\n", b"fffffffffffffffff\r\n", b"\xff\xfe", b"\x16\x03\x01", b"-1", b"99999999999999999999", b"?", b"&", b"=")


def plain(rng, paths):
    method = rng.choice(("GET", "GET", "GET", "HEAD", "OPTIONS", "DELETE", "TRACE"))
    return f"{method} {rng.choice(paths)} HTTP/1.1\r\nHost: localhost\r\nX-Some: thing\r\n\r\n".encode()


def with_body(rng, _):
    body = rng.choice((b"a=1&b=2", b'{"a": [1, 2]}', rng.randbytes(rng.randrange(300)), b"x" * 20000))
    kind = rng.choice(("application/json", "application/x-www-form-urlencoded", "text/plain"))
    expect = rng.choice(("", "", "Expect: 100-continue\r\n"))
    length = len(body) + rng.choice((0, 0, 0, 0, 0, 0, 1, -1, 10**9))
    return (f"POST {rng.choice(BODIES)} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{expect}"
            f"Content-Length: {length}\r\n\r\n").encode() + body


def in_chunks(rng, _):
    parts = [rng.randbytes(rng.randrange(40)) for _ in range(rng.randrange(5))]
    sizes = [f"{max(0, len(part) + rng.choice((0, 0, 0, 0, 1, -1))):x}".encode() for part in parts]
    chunks = b"".join(size + b"\r\n" + part + b"\r\n" for size, part in zip(sizes, parts))
    head = f"POST {rng.choice(BODIES)} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + chunks + rng.choice((b"0\r\n\r\n", b"0\r\nX-Trailer: y\r\n\r\n", b""))


def oversized(rng, paths):
    size = rng.choice((1000, 9000, 70000, 200000))
    header = rng.choice((b"X-Long: " + b"y" * size + b"\r\n", b"X: y\r\n" * (size // 6), b"Cookie: " + b"a=b; " * (size // 5)
                         + b"\r\n"))
    path = rng.choice(paths).encode() if rng.random() < 0.7 else b"/get?" + b"q" * size
    return b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + header + b"\r\n"


MAKERS = (plain, plain, plain, with_body, in_chunks, oversized)


def mutate(rng, request):
    """The request with a few small changes; half stay as they are, so that what follows on the connection is read."""
    changed = bytearray(request)
    for _ in range(rng.choice((0, 0, 0, 0, 1, 1, 2, 8))):
        at = rng.randrange(len(changed) + 1)
        end = min(len(changed), at + rng.choice((1, 1, 2, 10, 100)))
        kind = rng.randrange(6)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            changed[at:at] = rng.choice(WORDS)
        elif kind == 2:
            del changed[at:end]
        elif kind == 3:
            changed[at:at] = changed[at:end]
        elif kind == 4:
            changed[at:end] = rng.randbytes(end - at)
        elif rng.random() < 0.3:
            del changed[at:]
    return bytes(changed)


class Origin:
    """`harness origin` the way the harness starts it, with its gauge in memory that is shared with it."""

    def __init__(self, harness):
        self.memory = os.memfd_create("gauge")
        os.ftruncate(self.memory, mmap.PAGESIZE)
        self.gauge_page = mmap.mmap(self.memory, mmap.PAGESIZE)
        self.said = tempfile.TemporaryFile("w+")
        options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
        self.server = origin_servers.start_origin(
            "--gauge", str(self.memory), harness=harness, pass_fds=[self.memory], stderr=self.said,
            env=dict(os.environ, ASAN_OPTIONS=options))
        self.port = self.server.port
        self.figures = self.server.figures

    def gauge(self):
        return dict(zip(GAUGE, struct.unpack_from(f"{len(GAUGE)}Q", self.gauge_page)))

    def listens_on(self):
        """The local addresses of its listening sockets, as /proc/net/tcp writes them."""
        inodes = set()
        for fd in (self.figures.folder / "fd").iterdir():
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(fd).removeprefix("socket:[").rstrip("]"))
        rows = [line.split() for table in ("tcp", "tcp6") if os.path.exists(f"/proc/net/{table}")
                for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
        return {row[1].split(":")[0] for row in rows if row[3] == "0A" and row[9] in inodes}

    def settles(self):
        """Are all connections and requests gone after a while?"""
        def is_quiet():
            gauge = self.gauge()
            return gauge["connections_open"] == gauge["requests_in_flight"] == 0
        return becomes(is_quiet, SETTLE_LIMIT_S)

    def faults(self):
        """The paths of all ways in which it misbehaves."""
        status, body = self.server.get("/fault/")
        found = tuple(fault["path"] for fault in json.loads(body)["faults"]) if status == 200 else ()
        assert found, f"the origin lists no fault: {status} {body}"
        return found

    def end(self):
        """The exit code, and what it said on standard error."""
        code = self.server.end()
        self.said.seek(0)
        return code, self.said.read()


def talk(rng, origin, paths, count):
    """One client: sends so many requests, perhaps in pieces, listens for a moment, and leaves in one of three ways."""
    data = b"".join(mutate(rng, rng.choice(MAKERS)(rng, paths)) for _ in range(count))
    source = f"127.{rng.randrange(1, 255)}.{rng.randrange(1, 255)}.{rng.randrange(1, 255)}"  # each has ports of its own
    cut = rng.randrange(len(data) + 1) if rng.random() < 0.3 else len(data)
    leaving = rng.choice(("close", "reset", "half"))
    patient = rng.random() < 0.5
    with socket.create_connection(("127.0.0.1", origin.port), timeout=10, source_address=(source, 0)) as client:
        if leaving == "reset":
            reset_when_closed(client)
        with contextlib.suppress(OSError):  # the origin may end it, and may be slow to read
            client.settimeout(0.2)
            client.sendall(data[:cut])
            if cut < len(data):
                client.sendall(data[cut:])
            client.settimeout(PATIENCE_S)
            while patient and client.recv(1 << 20):
                pass
            if leaving == "half":
                client.shutdown(socket.SHUT_WR)


def work(seed, origin, paths, count, failures):
    rng = random.Random(seed)
    try:
        while count > 0:
            batch = min(count, rng.randint(1, REQUESTS_PER_CONNECTION))
            talk(rng, origin, paths, batch)
            count -= batch
    except OSError as error:
        failures.append(f"a client could not connect any more: {error}")


def send(origin, paths, seed, count):
    failures = []
    shares = [count // WORKERS + (worker < count % WORKERS) for worker in range(WORKERS)]
    workers = [threading.Thread(target=work, args=(f"{seed}/{worker}", origin, paths, share, failures))
               for worker, share in enumerate(shares)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return failures


def check(origin, paths, seed, count):
    """What is wrong, as lines of text."""
    problems = [] if origin.settles() else [f"it is not quiet at the start: {origin.gauge()}"]
    before = origin.gauge()
    descriptors = origin.figures.descriptors()
    problems += send(origin, paths, f"{seed}/first", count // 5)
    if not origin.settles():
        problems.append(f"connections or requests are left: {origin.gauge()}")
    first_kib = origin.figures.memory_kib()
    problems += send(origin, paths, f"{seed}/rest", count - count // 5)
    if origin.server.process.poll() is not None:
        return problems + [f"the origin ended with {origin.server.process.returncode}"]
    if not origin.settles():
        problems.append(f"connections or requests are left: {origin.gauge()}")
    last_kib = origin.figures.memory_kib()
    status, body = origin.server.get("/get?well")
    if status != 200 or json.loads(body)["args"] != {"well": ""}:
        problems.append(f"it does not answer well any more: {status} {body}")
    if last_kib - first_kib > GROWTH_LIMIT_KIB:
        problems.append(f"it grew from {first_kib} to {last_kib} KiB")
    if origin.settles() and origin.figures.descriptors() != descriptors:
        problems.append(f"{origin.figures.descriptors()} descriptors, not {descriptors}")
    if origin.listens_on() != {"0100007F"}:
        problems.append(f"it listens on more than 127.0.0.1: {origin.listens_on()}")
    after = origin.gauge()
    served = after["requests_served"] - before["requests_served"]
    if served == 0 or after["max_in_flight"] > after["connections_accepted"]:
        problems.append(f"the gauge can't be right: {after}")
    print(f"{count} requests over {after['connections_accepted']} connections, {served} answered; "
          f"{first_kib} KiB after a fifth, {last_kib} KiB at the end")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=5000, metavar="N", help="requests (default: %(default)s)")
    parser.add_argument("--seed", default="1", help="for what is mutated how (default: %(default)s)")
    arguments = parser.parse_args()
    origin = Origin(os.environ.get("HARNESS", "build/asan/bin/harness"))
    try:
        started = time.monotonic()
        problems = check(origin, PATHS + origin.faults(), arguments.seed, arguments.count)
        print(f"seed {arguments.seed}, {time.monotonic() - started:.1f} s")
    finally:
        code, said = origin.end()
    if code != 0 or said:
        problems.append(f"the origin ended with {code} and said: {said[:4000]}")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
