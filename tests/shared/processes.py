"""Processes as /proc shows them."""

import contextlib
import os
import pathlib


class Process:
    def __init__(self, pid):
        self.pid = pid
        self.folder = pathlib.Path(f"/proc/{pid}")

    def role(self):
        """harness, trial or origin, or worker for a process that a trial forked; "" for what is none of them or has gone."""
        with contextlib.suppress(OSError):
            words = (self.folder / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"harness"):
                role = words[1].decode(errors="replace") if len(words) > 1 else ""
                if role == "trial" and Process(self.parent()).role() in ("trial", "worker"):
                    return "worker"
                return role if role in ("trial", "origin") else "harness"
        return ""

    def status(self, name):
        """A line of /proc/PID/status, "VmRSS" or "Threads", without its unit."""
        for line in (self.folder / "status").read_text().splitlines():
            key, _, value = line.partition(":")
            if key == name:
                return value.split()[0]
        return ""

    def descriptors(self):
        return len(os.listdir(self.folder / "fd"))

    def memory_kib(self):
        return int(self.status("VmRSS"))

    def most_memory_kib(self):
        """At any time so far."""
        return int(self.status("VmHWM"))

    def cpu_s(self):
        fields = self._stat()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def session(self):
        """None for a zombie."""
        fields = self._stat()
        return None if fields[0] in "ZX" else int(fields[3])

    def parent(self):
        return int(self._stat()[1])

    def kill(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def _stat(self):
        """The fields of /proc/PID/stat from the third on, the state."""
        return (self.folder / "stat").read_text().rsplit(")", 1)[1].split()


def _all_of(is_one):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):  # it has gone
                process = Process(int(name))
                if is_one(process):
                    found.append(process)
    return found


def of_session(session):
    """Those, other than zombies, of the session that the process `session` leads."""
    return _all_of(lambda process: process.session() == session)


def children_of(pid):
    return _all_of(lambda process: process.parent() == pid)


def processes_of(mark):
    """Those that have it in their command line."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark in path.read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                found.append(path.parent.name)
    return found
