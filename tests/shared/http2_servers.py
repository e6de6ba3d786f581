"""A server that speaks just enough HTTP/2 over TLS to misbehave: frames by hand (RFC 9113).

    with misbehaving(certificate, "reset") as server:
        ... server.url, server.requests, server.connections ...

A request with a long URL gets the fault, once or every time; one with a middling URL is answered after a while, all others
at once. So no decoder of HPACK is needed.
"""

import contextlib
import ssl
import struct
import threading

import target_servers

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM = 0, 1, 2, 7, 8, 11
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
STATUS_200 = b"\x88"  # HPACK's static table
BODY = b"seen\n"

# HPACK takes 7 bits for an "x", and less than 80 bytes for all other headers.
FAULT = "/fault?" + 300 * "x"
SLOW = "/slow?" + 120 * "x"
LEAST_FAULT_BYTES = 250
LEAST_SLOW_BYTES = 100
SLOW_S = 2.8


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def answer(stream):
    return frame(HEADERS, END_HEADERS, stream, STATUS_200) + frame(DATA, END_STREAM, stream, BODY)


def reset(stream, code):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def goaway(last, code):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code))


class _Fault:
    """What is sent for a stream that gets a fault. `ends`: then the connection is closed."""

    def __init__(self, frames, ends=False, once=False):
        self.frames = frames
        self.ends = ends
        self.once = once


FAULTS = {
    "refuse": _Fault(lambda stream: reset(stream, REFUSED_STREAM)),
    "refuse-once": _Fault(lambda stream: reset(stream, REFUSED_STREAM), once=True),
    "reset": _Fault(lambda stream: reset(stream, INTERNAL_ERROR)),
    "cancel": _Fault(lambda stream: reset(stream, CANCEL)),
    "calm": _Fault(lambda stream: reset(stream, ENHANCE_YOUR_CALM)),
    "reset-protocol": _Fault(lambda stream: reset(stream, PROTOCOL_ERROR)),
    "reset-amid": _Fault(lambda stream: frame(HEADERS, END_HEADERS, stream, STATUS_200) + frame(DATA, 0, stream, BODY)
                         + reset(stream, INTERNAL_ERROR)),
    "goaway": _Fault(lambda stream: goaway(stream - 2 if stream > 2 else 0, NO_ERROR), ends=True),
    "goaway-once": _Fault(lambda stream: goaway(stream - 2 if stream > 2 else 0, NO_ERROR), ends=True, once=True),
    "goaway-error": _Fault(lambda stream: goaway(stream, PROTOCOL_ERROR), ends=True),
    "close": _Fault(lambda stream: b"", ends=True),
    "close-amid": _Fault(lambda stream: frame(HEADERS, END_HEADERS, stream, STATUS_200) + frame(DATA, 0, stream, BODY),
                         ends=True),
    "no-frame": _Fault(lambda stream: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ends=True),
    "bad-header": _Fault(lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, STATUS_200 + b"\x00\x03A\nB\x01x")),
    "bad-hpack": _Fault(lambda stream: frame(HEADERS, END_HEADERS | END_STREAM, stream, b"\xff\xff\xff\xff\xff\xff\xff")),
    "bad-window": _Fault(lambda stream: frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", 0))),
    "data-first": _Fault(lambda stream: frame(DATA, END_STREAM, stream, BODY)),
    "huge-frame": _Fault(lambda stream: frame(DATA, 0, stream, bytes(20000))),
    "stall": _Fault(lambda stream: b""),
    "stall-amid": _Fault(lambda stream: frame(HEADERS, END_HEADERS, stream, STATUS_200)),
    "unfinished-head": _Fault(lambda stream: frame(HEADERS, 0, stream, STATUS_200)),
}


class _Connection:
    def __init__(self, server, wire):
        self.server = server
        self.wire = wire
        self.lock = threading.Lock()

    def send(self, frames):
        with self.lock, contextlib.suppress(OSError):
            self.wire.sendall(frames)

    def read(self, size):
        got = b""
        while len(got) < size:
            more = self.wire.recv(size - len(got))
            if not more:
                raise ConnectionError
            got += more
        return got

    def serve(self):
        assert self.read(len(PREFACE)) == PREFACE
        self.send(frame(SETTINGS, 0, 0))
        while True:
            head = self.read(9)
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            payload = self.read(int.from_bytes(head[:3], "big"))
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.send(frame(PING, ACK, 0, payload))
            elif kind == HEADERS and not self.request(stream, payload):
                return

    def request(self, stream, payload):
        """Answers; False: the connection ends."""
        fault = self.server.fault_of(payload)
        if fault:
            self.send(fault.frames(stream))
            return not fault.ends
        if LEAST_SLOW_BYTES <= len(payload) < LEAST_FAULT_BYTES:
            threading.Timer(SLOW_S, self.send, [answer(stream)]).start()
        else:
            self.send(answer(stream))
        return True


class _Handler(target_servers.socketserver.BaseRequestHandler):
    def handle(self):
        with contextlib.suppress(OSError):
            self.request.do_handshake()
            self.server.add_connection(self.request)
            if self.request.selected_alpn_protocol() == "h2":
                _Connection(self.server, self.request).serve()


class Misbehaving(target_servers.SmallServer):
    scheme = "https"

    def __init__(self, certificate, name):
        super().__init__(_Handler)
        self.fault = FAULTS[name]
        self.lock = threading.Lock()
        self.connections = 0
        self.faults = 0
        self.requests = 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def add_connection(self, _):
        with self.lock:
            self.connections += 1

    def fault_of(self, headers):
        with self.lock:
            self.requests += 1
            if len(headers) < LEAST_FAULT_BYTES:
                return None
            self.faults += 1
            return None if self.fault.once and self.faults > 1 else self.fault


def misbehaving(certificate, name):
    return target_servers.serving(Misbehaving(certificate, name))
