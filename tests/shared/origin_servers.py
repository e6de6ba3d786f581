"""Starts the servers that the origin's tests talk to: `harness origin` and Debian's httpbin."""

import contextlib
import http.client
import re
import resource
import socket
import ssl
import subprocess

import processes
import program
import sockets
import waiting

START_LIMIT_S = 30
END_LIMIT_S = 30


class Server:
    """A running server: where it listens, and its process."""

    def __init__(self, process, port, authority=None):
        self.process = process
        self.port = port
        self.authority = authority  # a file with the certificate to trust; None: no TLS
        self.url = f"{'https' if authority else 'http'}://127.0.0.1:{port}"
        self.figures = processes.Process(process.pid)

    def connect(self, timeout=30):
        if self.authority:
            context = ssl.create_default_context(cafile=self.authority)
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def get(self, path):
        """(status, body), over a connection of its own."""
        connection = self.connect()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def end(self):
        """Tells it to end. The exit code."""
        self.process.terminate()
        try:
            return self.process.wait(END_LIMIT_S)
        finally:
            self.process.kill()
            if self.process.stdout:
                self.process.stdout.close()


def start_origin(*options, harness=None, **of_process):
    """`harness origin` on a free port; the caller ends it. `of_process` goes to subprocess.Popen."""
    process = subprocess.Popen([harness or program.harness_path(), "origin", *options], stdout=subprocess.PIPE, text=True,
                               **of_process)
    line = process.stdout.readline()
    scheme = "https" if "--tls" in options else "http"
    if not line.startswith(f"listening on {scheme}://127.0.0.1:"):
        process.kill()
        process.communicate()
        raise AssertionError(f"unexpected first line of the origin: {line!r}")
    authority = re.search(r"/proc/\d+/fd/\d+", process.stdout.readline())[0] if "--tls" in options else None
    return Server(process, int(line.rsplit(":", 1)[1]), authority)


@contextlib.contextmanager
def origin(*options, descriptor_limit=None, **how):
    """`harness origin` while the with block lasts. Its standard error goes where pytest shows it, unless told."""

    def limit_descriptors():
        if descriptor_limit:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor_limit, descriptor_limit))

    server = start_origin(*options, preexec_fn=limit_descriptors, **how)
    try:
        yield server
    finally:
        exit_code = server.end()
    assert exit_code == 0, f"the origin ended with {exit_code}; see what it said on standard error"


@contextlib.contextmanager
def httpbin():
    """Debian's python3-httpbin, which belongs to /usr/bin/python3."""
    port = sockets.free_port()

    def listens():
        assert process.poll() is None, "httpbin did not start: apt-get install python3-httpbin"
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return True
        return False

    command = ["/usr/bin/python3", "-m", "httpbin.core", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Server(process, port)
    try:
        waiting.wait_until(listens, START_LIMIT_S, "httpbin listens")
        yield server
    finally:
        server.end()
