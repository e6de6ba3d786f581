"""A network of one's own: another machine's address that is on this machine, so that nothing leaves it.

    done = own_network.run(["python3", "script.py"])      sees 127.0.0.1, [::1] and ELSEWHERE, and nothing else
"""

import subprocess

import pytest

# From a block that belongs to documentation (RFC 5737).
ELSEWHERE = "198.51.100.7"

_SET_UP = f'ip link set lo up && ip address add {ELSEWHERE}/32 dev lo && exec "$@"'
_UNSHARE = ("unshare", "--map-root-user", "--net", "sh", "-c", _SET_UP, "sh")


def run(command, **options):
    """Runs the command there, or skips the test where the system does not allow it."""
    try:
        probe = subprocess.run([*_UNSHARE, "true"], capture_output=True, text=True, timeout=20, check=False)
    except OSError as error:
        pytest.skip(f"no network of one's own: {error}")
    if probe.returncode != 0:
        pytest.skip(f"no network of one's own: {probe.stderr.strip()}")
    return subprocess.run([*_UNSHARE, *command], text=True, check=False, **options)
