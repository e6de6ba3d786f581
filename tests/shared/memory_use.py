"""How much memory an experiment takes, with all its processes."""

import contextlib
import os
import pathlib
import subprocess

import harness_runs
import processes
import program


def is_inflated():
    """Is the program built with a sanitizer?"""
    code = pathlib.Path(program.harness_path()).read_bytes()
    return b"__asan_" in code or b"__tsan_" in code


def _private_kib(process):
    for line in (process.folder / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss_Anon:"):
            return int(line.split()[1])
    return 0


def _shared_kib(process):
    """The memory files that the process has open, but for the workload: file -> KiB."""
    found = {}
    for name in os.listdir(process.folder / "fd"):
        with contextlib.suppress(OSError):  # closed meanwhile
            path = process.folder / "fd" / name
            if os.readlink(path).startswith("/memfd:harness records"):
                status = path.stat()
                found[status.st_ino] = status.st_blocks // 2
    return found


def _now_kib(pid):
    private, shared = 0, {}
    # A child that is not a program of its own yet has its parent's pages, and no more.
    children = [child for child in processes.children_of(pid) if child.role() in ("trial", "origin")]
    for process in [processes.Process(pid), *children]:
        with contextlib.suppress(OSError):  # it has gone
            private += _private_kib(process)
            shared.update(_shared_kib(process))
    return private + sum(shared.values())


def most_mib(folder, *arguments):
    """The most at any time after the workload has been read, besides that, as far as samples show."""
    most_kib = 0
    with subprocess.Popen(
            harness_runs.command(*arguments, "--output", "used", "--no-charts", "--quiet"), cwd=folder,
            env=harness_runs.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        while running.poll() is None:
            if (folder / "used").exists():
                most_kib = max(most_kib, _now_kib(running.pid))
    assert running.returncode == 0
    return most_kib / 1024
