"""nginx, as a server that others wrote: TLS, HTTP/2, and a log that is a witness of what arrived.

    with nginx(folder, certificates) as server:
        ... server.url("http2"), server.url("tls"), server.url("plain") ...
    server.log()                                            every request, once nginx has ended
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess

import sockets
import waiting

START_LIMIT_S = 10
END_LIMIT_S = 10
ATTEMPTS = 5

# What it listens for: the directive's parameters, and the scheme.
KINDS = {"http2": ("ssl http2", "https"), "tls": ("ssl", "https"), "plain": ("", "http"), "h2c": ("http2", "http")}

CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/errors;
events {{ worker_connections 4096; }}
http {{
    log_format witness escape=json '{{"kind": "$server_name", "protocol": "$server_protocol", "status": $status, '
        '"connection": $connection, "connection_requests": $connection_requests, "tls": "$ssl_protocol", '
        '"is_resumed": "$ssl_session_reused", "method": "$request_method", "path": "$request_uri", '
        '"length": "$content_length", "user_agent": "$http_user_agent"}}';
    access_log {log} witness;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type text/plain;
    keepalive_requests 1000000000;
    keepalive_timeout 300;
    ssl_certificate {certificates}/good.pem;
    ssl_certificate_key {certificates}/good.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:sessions:4m;
    ssl_session_tickets on;
    {extra}
{servers}
}}
"""

SERVER = """
    server {{
        server_name {kind};
        {listens}
        location /status/404 {{ return 404; }}
        location /to-there {{ return 302 /there; }}
        location /to-plain {{ return 302 http://127.0.0.1:{plain}/there; }}
        location /big {{ alias {folder}/big; }}
        location /slow {{ proxy_pass {behind}; }}
        location / {{ return 200 "twenty-four bytes of it\\n"; }}
    }}
"""


def program():
    """Where nginx is; None: it is not installed."""
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class Nginx:
    def __init__(self, folder, ports):
        self.folder = folder
        self.ports = ports

    def url(self, kind, host="127.0.0.1"):
        return f"{KINDS[kind][1]}://{host}:{self.ports[kind]}"

    def log(self):
        """A dictionary for each request, in the order of their ends. Whole only when nginx has ended."""
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]


def _write(folder, certificates, ports, extra, behind, has_log):
    def listens(kind):
        hosts = ["127.0.0.1"] + (["[::1]"] if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6") else [])
        return "\n        ".join(f"listen {host}:{ports[kind]} {KINDS[kind][0]};" for host in hosts)

    servers = "".join(SERVER.format(kind=kind, listens=listens(kind), plain=ports["plain"], folder=folder,
                                    behind=behind or "http://127.0.0.1:9") for kind in KINDS)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "big").write_bytes(bytes(1000000))
    (folder / "nginx.conf").write_text(CONFIGURATION.format(
        folder=folder, certificates=certificates, user=user, extra=extra, servers=servers,
        log=f"{folder}/log" if has_log else "off; #"))


def _start(folder, certificates, extra, behind, has_log):
    ports = {kind: sockets.free_port() for kind in KINDS}
    _write(folder, certificates, ports, extra, behind, has_log)
    process = subprocess.Popen([program(), "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.PIPE, text=True)

    def is_up_or_gone():
        if process.poll() is not None:
            return True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", ports["plain"])).close()
            return True
        return False

    waiting.wait_until(is_up_or_gone, START_LIMIT_S, "nginx listens")
    return process, ports


@contextlib.contextmanager
def nginx(folder, certificates, extra="", behind=None, has_log=True):
    """nginx while the with block lasts, on free ports of this machine; `extra` directives are for all its servers, and
    /slow is passed on to the base URL `behind`. The folder is its own."""
    for _ in range(ATTEMPTS):  # somebody may have taken one of the ports meanwhile
        process, ports = _start(folder, certificates, extra, behind, has_log)
        if process.poll() is None:
            break
    assert process.poll() is None, process.communicate()[1]
    try:
        yield Nginx(folder, ports)
    finally:
        process.terminate()  # at once: idle connections would be waited for otherwise
        process.communicate(timeout=END_LIMIT_S)
