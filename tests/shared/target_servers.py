"""Servers to request from that are witnesses of what really arrives, or that misbehave.

    with serving(SmallServer(Handler)) as server:
        ... server.url ...
"""

import contextlib
import http.server
import queue
import socket
import socketserver
import threading
import time

BACKLOG = 256


class SmallServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """On a free port of this machine, a thread for each connection."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = BACKLOG
    scheme = "http"

    def __init__(self, handler, host="127.0.0.1"):
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), handler)

    @property
    def port(self):
        return self.server_address[1]

    @property
    def url(self):
        host = self.server_address[0]
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def handle_error(self, request, client_address):
        """A client that hangs up is nothing to report."""


@contextlib.contextmanager
def serving(server):
    """The server, in a thread, while the with block lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class QuietHandler(http.server.BaseHTTPRequestHandler):
    """Of HTTP/1.1, and says nothing on the terminal."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def reply(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Arrival:
    """A request as the server saw it; begun and ended are its own clock's."""

    def __init__(self, handler, body):
        self.method = handler.command
        self.path = handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = body
        self.begun = time.monotonic()
        self.ended = None

    def content(self):
        """What must be the same when the request is made again."""
        headers = {name: value for name, value in self.headers.items() if name != "host"}
        return self.method, self.path, headers, self.body


class _WitnessHandler(QuietHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        arrival = Arrival(self, body)
        with self.server.lock:
            self.server.arrivals.append(arrival)
            self.server.in_flight += 1
            is_alone = self.server.in_flight == 1
        self.server.hold(self.path)
        arrival.ended = time.monotonic()
        with self.server.lock:
            self.server.in_flight -= 1
        if not is_alone and self.server.answers_one_at_a_time:
            self.close_connection = True
            return
        if self.server.location:
            self.reply(b"", 302, Location=self.server.location)
        else:
            self.reply(b"seen\n")

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer


class Witness(SmallServer):
    """Keeps every request in `arrivals` and counts `connections`; answers 200 after delay_s."""

    def __init__(self, delay_s=0, answers_one_at_a_time=False, host="127.0.0.1"):
        super().__init__(_WitnessHandler, host)
        self.delay_s = delay_s
        self.answers_one_at_a_time = answers_one_at_a_time
        self.location = None  # where all requests are sent on
        self.lock = threading.Lock()
        self.arrivals = []
        self.connections = 0
        self.in_flight = 0

    def hold(self, _path):
        time.sleep(self.delay_s)

    def process_request(self, request, client_address):
        with self.lock:
            self.connections += 1
        super().process_request(request, client_address)


def witness(delay_s=0, answers_one_at_a_time=False):
    """With answers_one_at_a_time, a request that comes while another is under way loses its connection."""
    return serving(Witness(delay_s, answers_one_at_a_time))


def redirecting(location):
    """A witness that answers 302."""
    server = Witness()
    server.location = location
    return serving(server)


class Holding(Witness):
    """Answers at once, but for the first `holds` requests for /held, which wait in `held` until let go."""

    def __init__(self, holds):
        super().__init__()
        self.holds = holds
        self.held = queue.SimpleQueue()

    def hold(self, path):
        if path != "/held":
            return
        with self.lock:
            self.holds -= 1
            is_held = self.holds >= 0
        if is_held:
            let_go = threading.Event()
            self.held.put(let_go)
            let_go.wait(30)


def holding(holds):
    return serving(Holding(holds))


class _CannedHandler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(65536)
        with contextlib.suppress(ConnectionError):
            self.request.sendall(self.server.answer)


@contextlib.contextmanager
def canned(answer):
    """Sends these bytes to whoever asks, and closes the connection. Yields the base URL."""
    server = SmallServer(_CannedHandler)
    server.answer = answer
    with serving(server):
        yield server.url


@contextlib.contextmanager
def nobody():
    """The base URL of a port that refuses: bound, so that nobody else gets it, and not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
