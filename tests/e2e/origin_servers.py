"""Starts the servers that the origin's tests talk to: `$HARNESS origin` and Debian's httpbin."""

import contextlib
import http.client
import os
import pathlib
import resource
import socket
import subprocess
import time

START_LIMIT_S = 30


def harness_path():
    path = os.environ.get("HARNESS")
    assert path, "set HARNESS to the harness program, for example HARNESS=build/release/bin/harness"
    assert pathlib.Path(path).is_file(), f"HARNESS names no file: {path}"
    return path


class Server:
    """A running server: where it listens, and its process."""

    def __init__(self, process, port):
        self.process = process
        self.port = port

    def connect(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def open_descriptors(self):
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))


@contextlib.contextmanager
def running(process, port_of):
    try:
        yield Server(process, port_of(process))
    finally:
        process.terminate()
        try:
            process.wait(10)
        finally:
            process.kill()
            if process.stdout:
                process.stdout.close()


@contextlib.contextmanager
def origin(*options, descriptor_limit=None):
    """`harness origin` by hand on a free port. Its standard error goes where pytest shows it."""

    def limit_descriptors():
        if descriptor_limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor_limit, descriptor_limit))

    def read_port(process):
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), f"unexpected first line: {line!r}"
        return int(line.rsplit(":", 1)[1])

    command = [harness_path(), "origin", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=limit_descriptors)
    with running(process, read_port) as server:
        yield server
    assert server.process.returncode == 0, "the origin did not end well; see what it said on standard error"


def httpbin():
    """Debian's python3-httpbin, which belongs to /usr/bin/python3."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def wait_until_it_listens(process):
        limit = time.monotonic() + START_LIMIT_S
        while time.monotonic() < limit:
            assert process.poll() is None, "httpbin did not start: apt-get install python3-httpbin"
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
                return port
            time.sleep(0.05)
        raise AssertionError(f"httpbin does not listen after {START_LIMIT_S} s")

    command = ["/usr/bin/python3", "-m", "httpbin.core", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return running(process, wait_until_it_listens)
