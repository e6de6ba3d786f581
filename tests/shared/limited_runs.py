"""Runs the harness where the system allows little: under limits, and as a user who owns nothing."""

import os
import subprocess

import pytest

import harness_runs

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become a user without other processes")

FIRST_PORT = 40000


def run_with_ports(folder, *arguments, **network):
    """Runs the harness in the network of within_ports."""
    return _run(folder, with_ports(*arguments, **network))


def with_ports(*arguments, **network):
    """The command of run_with_ports."""
    return within_ports(harness_runs.command(*arguments, "--no-charts", "--output", "out"), **network)


def within_ports(command, ports, tw_reuse, has_ipv6=True, reused_after_s=None):
    """The command in a network of its own that has so many local ports; `tw_reuse` as net.ipv4.tcp_tw_reuse, which
    becomes 2 after so many seconds."""
    script = ("ip link set lo up && cd /proc/sys/net/ipv4 && "
              f"echo {FIRST_PORT} {FIRST_PORT + ports - 1} >ip_local_port_range && echo {tw_reuse} >tcp_tw_reuse && "
              f"echo {0 if has_ipv6 else 1} >../ipv6/conf/all/disable_ipv6")
    network = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c"]
    if subprocess.run([*network, script], capture_output=True, check=False).returncode != 0:
        pytest.skip("no network namespace can be made here")
    if reused_after_s is not None:
        script += f" && {{ (sleep {reused_after_s} && echo 2 >tcp_tw_reuse) >/dev/null 2>&1 & }}"
    return [*network, f'folder=$(pwd) && {script} && cd "$folder" && exec "$@"', "sh", *command]


def run_limited(folder, *arguments, limits=(), unprivileged=False):
    """Runs the harness under limits of prlimit, such as --nofile=64:64; unprivileged: as a user that nobody else is."""
    prefix = []
    if unprivileged and os.geteuid() == 0:
        user = 60000 + os.getpid() % 5000
        prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        reaches = subprocess.run([*prefix, "test", "-x", harness_runs.command()[0]], check=False)
        if reaches.returncode != 0:
            pytest.skip("the program is in a folder that other users can't reach")
    if limits:
        prefix += ["prlimit", *limits]
    return _run(folder, [*prefix, *harness_runs.command(*arguments, "--no-charts", "--output", "out")])


def _run(folder, command):
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=harness_runs.RUN_LIMIT_S, check=False)
    assert not harness_runs.SANITIZER_REPORT.search(done.stderr), done.stderr
    return harness_runs.Outcome(done.returncode, done.stdout, done.stderr, harness_runs.Results(folder / "out"))
