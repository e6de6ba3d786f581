"""Little things with sockets."""

import socket
import struct


def free_port():
    """A port of 127.0.0.1 where nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def reset_when_closed(connection):
    """Closing the connection sends RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
