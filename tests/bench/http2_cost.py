#!/usr/bin/env python3
"""Starts nginx with TLS and runs http2_cost.c against it; see there. Not a test, because a busy machine would fail it.

    cmake --build --preset release --target http2_cost
    tests/bench/http2_cost.py build/release/bin/http2_cost [BLOCKS] [REQUESTS]
"""

import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shared"))

import certificates  # noqa: E402
import nginx_servers  # noqa: E402


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not nginx_servers.program():
        sys.exit("nginx is missing: apt-get install nginx")
    with tempfile.TemporaryDirectory(prefix="harness-") as name:
        folder = pathlib.Path(name)
        authority = certificates.make(folder) / "ca.pem"
        with nginx_servers.nginx(folder, folder, has_log=False) as server:
            url = server.url("http2") + "/24"
            sys.exit(subprocess.run([sys.argv[1], url, authority, *sys.argv[2:]], check=False).returncode)


if __name__ == "__main__":
    main()
