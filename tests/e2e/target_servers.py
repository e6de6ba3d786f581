"""Servers to request from that are witnesses of what really arrives, or that misbehave."""

import contextlib
import http.server
import socket
import socketserver
import threading
import time

BACKLOG = 256


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


class _WitnessHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        arrival = Arrival(self, body)
        with self.server.lock:
            self.server.arrivals.append(arrival)
            self.server.in_flight += 1
            is_alone = self.server.in_flight == 1
        time.sleep(self.server.delay_s)
        arrival.ended = time.monotonic()
        with self.server.lock:
            self.server.in_flight -= 1
        if not is_alone and self.server.answers_one_at_a_time:
            self.close_connection = True
            return
        content = b"seen\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    def log_message(self, *_):
        pass


class Witness(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Keeps every request in `arrivals` and counts `connections`; answers 200 after delay_s."""

    daemon_threads = True
    request_queue_size = BACKLOG

    def __init__(self, delay_s, answers_one_at_a_time):
        super().__init__(("127.0.0.1", 0), _WitnessHandler)
        self.delay_s = delay_s
        self.answers_one_at_a_time = answers_one_at_a_time
        self.lock = threading.Lock()
        self.arrivals = []
        self.connections = 0
        self.in_flight = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request, client_address):
        with self.lock:
            self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request, client_address):
        """A client that hangs up is nothing to report."""


@contextlib.contextmanager
def witness(delay_s=0, answers_one_at_a_time=False):
    """With answers_one_at_a_time, a request that comes while another is under way loses its connection."""
    server = Witness(delay_s, answers_one_at_a_time)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _CannedHandler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(65536)
        with contextlib.suppress(ConnectionError):
            self.request.sendall(self.server.answer)


class _Canned(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    request_queue_size = BACKLOG


@contextlib.contextmanager
def canned(answer):
    """Sends these bytes to whoever asks, and closes the connection. Yields the base URL."""
    with _Canned(("127.0.0.1", 0), _CannedHandler) as server:
        server.answer = answer
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def nobody():
    """The base URL of a port that refuses: bound, so that nobody else gets it, and not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
