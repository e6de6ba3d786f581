"""What the experiments talk to besides the embedded origin: one that lives as long as the soak, and one without manners."""

import contextlib
import json
import random
import socket
import socketserver
import threading
import time

import origin_servers
import strategies
from sockets import reset_when_closed
from target_servers import SmallServer
from waiting import becomes
from workloads import LOST

QUIET_LIMIT_S = 5
ASKED_ENOUGH = 100  # for some of them to be answered
SETTLING_SAMPLES = 20  # before memory is judged: pools and buffers have found their size by then
GROWTH_LIMIT_KIB = 4096

FAULT_QUERIES = {"huge-body": "?bytes=1000000"}

ASKED_ALL_ALONG = ["/get", "/bytes/102400", "/stream-bytes/50000", "/delay/0.002", "/redirect/1", "/status/404", "/nothing"]


class LongLivedOrigin:
    """`harness origin`, asked by a thread of its own between and during the experiments."""

    def __init__(self, harness, census):
        self.server = origin_servers.start_origin(harness=harness, env=census.environment)
        census.residents.add(self.server.process.pid)
        self.url = self.server.url
        self.process = self.server.figures
        self.may_ask = threading.Event()
        self.is_over = False
        self.exit_code = None
        self.asked = 0
        self.answered = 0
        self.thread = threading.Thread(target=self._ask_all_along)
        self.descriptors = self.process.descriptors()
        self.threads = self.process.status("Threads")
        self.memory_kib = []
        self.faults = self._find_faults()
        self.strategies = strategies.that_send(harness)

    def __enter__(self):
        self.may_ask.set()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.may_ask.set()
        self.thread.join()
        self.exit_code = self.server.end()

    def _find_faults(self):
        """(path, how a request of it may end) for each way in which the origin misbehaves."""
        status, body = self.server.get("/fault/")
        faults = json.loads(body)["faults"] if status == 200 else []
        assert faults, f"the origin lists no fault: {status} {body}"
        return [(fault["path"] + FAULT_QUERIES.get(fault["name"], ""),
                 {fault["outcome"]} | ({"ok"} if fault["option"] else set()))
                for fault in faults if fault["http"] in (None, "1.1")]

    def _ask(self, chance):
        path = chance.choice(ASKED_ALL_ALONG + [path for path, _ in self.faults])
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=0.3) as client:
            request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            if chance.random() < 0.2:  # damaged
                at = chance.randrange(len(request))
                request = request[:at] + chance.randbytes(chance.randint(0, 20)) + request[at + chance.randint(0, 3):]
            client.sendall(request)
            if chance.random() < 0.8:
                self.answered += bool(client.recv(65536))
            if chance.random() < 0.2:
                reset_when_closed(client)

    def _ask_all_along(self):
        chance = random.Random(0)
        while not self.is_over:
            self.may_ask.wait()
            with contextlib.suppress(OSError):
                self._ask(chance)
            self.asked += 1
            time.sleep(0.005)

    def sample(self):
        """What is not as it was, as sentences. The thread that asks pauses meanwhile."""
        self.may_ask.clear()
        if self.server.process.poll() is not None:
            return [f"the long-lived origin ended with {self.server.process.returncode}"]
        becomes(lambda: self.process.descriptors() <= self.descriptors, QUIET_LIMIT_S)
        problems = []
        if self.asked >= ASKED_ENOUGH and self.answered == 0:
            problems.append(f"the long-lived origin answered none of {self.asked} requests")
        if self.process.descriptors() != self.descriptors:
            problems.append(f"the long-lived origin has {self.process.descriptors()} descriptors, not {self.descriptors}")
        if self.process.status("Threads") != self.threads:
            problems.append(f"the long-lived origin has {self.process.status('Threads')} threads, not {self.threads}")
        self.memory_kib.append(self.process.memory_kib())
        settled = self.memory_kib[SETTLING_SAMPLES:]
        if settled and settled[-1] > settled[0] + GROWTH_LIMIT_KIB:
            problems.append(f"the long-lived origin grew from {settled[0]} to {settled[-1]} KiB")
            self.memory_kib.clear()
        self.may_ask.set()
        return problems

    def describe(self):
        memory_kib = self.memory_kib[-1] if self.memory_kib else "?"
        return f"{self.asked} asked, {memory_kib} KiB, {self.process.descriptors()} descriptors"


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


class _UnrulyHandler(socketserver.BaseRequestHandler):
    """Does what the path says, once, and closes the connection."""

    def handle(self):
        with contextlib.suppress(OSError):
            request = self.request.recv(65536).split(b" ")
            if len(request) > 1:
                getattr(self, request[1].strip(b"/").decode(errors="replace"), self.close)()

    def _send(self, content):
        self.request.sendall(content)

    def close(self):
        pass

    def reset(self):
        reset_when_closed(self.request)

    def reset_amid(self):
        self._send(ANSWER + b"x" * 10)
        time.sleep(0.01)
        self.reset()

    def truncate(self):
        self._send(ANSWER + b"x" * 999)

    def garble(self):
        self._send(b"\x16\x03\x01\x02 no HTTP at all\r\n\r\n")

    def bad_status_line(self):
        self._send(b"HTTP/1.1 two hundred\r\n\r\n")

    def stall(self):
        self._send(ANSWER)
        self.request.settimeout(10)
        self.request.recv(1)

    def drip(self):
        self._send(ANSWER)
        for _ in range(1000):
            self._send(b"x")
            time.sleep(0.05)

    def endless_headers(self):
        self._send(b"HTTP/1.1 200 OK\r\n")
        for number in range(200000):
            self._send(b"X-%d: y\r\n" % number)


class Unruly(SmallServer):
    requests = [
        ("/close", LOST), ("/reset", LOST), ("/reset_amid", LOST), ("/truncate", LOST), ("/garble", {"bad response"}),
        ("/bad_status_line", {"bad response"}), ("/stall", {"timed out"}), ("/drip", {"timed out"}),
        ("/endless_headers", {"other failure", "bad response", "connection lost", "timed out"}),
    ]

    def __init__(self):
        super().__init__(_UnrulyHandler)
