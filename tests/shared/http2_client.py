"""A client of HTTP/2 over TLS that opens streams when told to, for tests of what a server does to each of them."""

import contextlib
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

PATIENCE_S = 5


class Stream:
    """What has come for one request."""

    def __init__(self):
        self.status = None
        self.headers = {}
        self.body = b""
        self.is_over = False
        self.reset_code = None  # of RST_STREAM
        self.early_statuses = []  # before the answer, such as 100


class Client:
    """One connection. Streams are looked up by their number."""

    def __init__(self, port, authority):
        context = ssl.create_default_context(cafile=authority)
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE_S),
                                          server_hostname="127.0.0.1")
        assert self.socket.selected_alpn_protocol() == "h2"
        self.host = f"127.0.0.1:{port}"
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.connection.initiate_connection()
        self.streams = {}
        self.goaway_last_stream = None
        self.is_closed = False
        self.error = None  # of the protocol
        self.received = b""
        self.flush()

    def flush(self):
        with contextlib.suppress(OSError):
            self.socket.sendall(self.connection.data_to_send())

    def request(self, path, method="GET", body=None, headers=(), ends=True):
        """Sends it, and returns its stream's number. A body goes as far as the windows allow. What does not end gets
        its body later."""
        number = self.connection.get_next_available_stream_id()
        self.streams[number] = Stream()
        self.connection.send_headers(number, [(":method", method), (":scheme", "https"), (":authority", self.host),
                                              (":path", path), *headers], end_stream=body is None and ends)
        self.flush()
        if body is not None:
            self.send_body(number, body)
        return number

    def send_body(self, number, body):
        """As far as the windows allow, and until the answer is there."""
        while body and not self.streams[number].is_over:
            room = min(self.connection.local_flow_control_window(number), self.connection.max_outbound_frame_size)
            if room == 0:
                if not self.receive(0.3):
                    return
                continue
            self.connection.send_data(number, body[:room])
            self.flush()
            body = body[room:]
        if not self.streams[number].is_over:
            self.connection.end_stream(number)
            self.flush()

    def receive(self, patience_s):
        """Takes what comes; False when nothing came."""
        self.socket.settimeout(patience_s)
        try:
            data = self.socket.recv(65536)
        except (TimeoutError, socket.timeout):
            return False
        except OSError:
            data = b""
        if not data:
            self.is_closed = True
            return False
        self.received += data
        try:
            events = self.connection.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            self.error = error
            return False
        for event in events:
            self.take(event)
        self.flush()
        return True

    def take(self, event):
        stream = self.streams.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ResponseReceived):
            stream.headers = dict(event.headers)
            stream.status = int(stream.headers[":status"])
        elif isinstance(event, h2.events.InformationalResponseReceived):
            stream.early_statuses.append(int(dict(event.headers)[":status"]))
        elif isinstance(event, h2.events.DataReceived):
            stream.body += event.data
            self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            stream.is_over = True
        elif isinstance(event, h2.events.StreamReset):
            stream.is_over = True
            stream.reset_code = event.error_code
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway_last_stream = event.last_stream_id

    def frames(self):
        """(type, flags, stream) of all that has come, also of what h2 no longer takes after GOAWAY (RFC 9113, 4.1)."""
        at = 0
        while at + 9 <= len(self.received):
            yield self.received[at + 3], self.received[at + 4], int.from_bytes(self.received[at + 5:at + 9], "big")
            at += 9 + int.from_bytes(self.received[at:at + 3], "big")

    def receive_to_the_end(self, patience_s=PATIENCE_S):
        """Until the server closes the connection, or patience is over."""
        limit = time.monotonic() + patience_s
        while not self.is_closed and time.monotonic() < limit:
            self.receive(max(0.01, limit - time.monotonic()))

    def wait(self, numbers, patience_s=PATIENCE_S):
        """Until these streams are over, the connection is, or patience is. Are the streams over?"""
        limit = time.monotonic() + patience_s
        while (not all(self.streams[number].is_over for number in numbers) and not self.is_closed and not self.error
               and time.monotonic() < limit):
            self.receive(max(0.01, limit - time.monotonic()))
        return all(self.streams[number].is_over for number in numbers)

    def get(self, path, **how):
        number = self.request(path, **how)
        assert self.wait([number]), f"{path}: no answer"
        return self.streams[number]

    def close(self):
        self.socket.close()
