"""Processes of ours: found by a variable in their environment, which they inherit, whoever their parent is by now."""

import contextlib
import ctypes
import os
import pathlib
import signal

from processes import Process
from waiting import becomes

MARK = "HARNESS_SOAK"
GRACE_S = 3  # that the kernel may take to end the children of a parent that was killed
PR_SET_CHILD_SUBREAPER = 36


class DidNotEnd(Exception):
    """An experiment that should have ended long ago."""


class Census:
    """Who is there, and who should not be. Orphans come to this process, so that even zombies are seen."""

    def __init__(self, seed, temporary):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.temporary = temporary
        self.mark = f"{MARK}={seed}-{os.getpid()}"
        # The signals that the soak sends are no findings of a sanitizer.
        faults = ":".join(f"handle_{name}=0" for name in ("segv", "sigbus", "abort", "sigill", "sigfpe"))
        self.environment = dict(os.environ, TMPDIR=str(temporary), ASAN_OPTIONS=faults, **dict([self.mark.split("=")]))
        self.residents = set()
        self.shared_before = set(os.listdir("/dev/shm"))

    def members(self, residents=False):
        """The processes that carry the mark, without those that stay."""
        found = []
        mark = b"\0" + self.mark.encode() + b"\0"
        for name in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if name.isdigit() and mark in b"\0" + pathlib.Path("/proc", name, "environ").read_bytes():
                    found.append(Process(int(name)))
        return [process for process in found if residents or process.pid not in self.residents]

    def of_role(self, role):
        return [process for process in self.members() if process.role() == role]

    def reap_orphans(self):
        """Waits for what came to this process when its parent had gone."""
        with contextlib.suppress(OSError):
            children = pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
            for pid in set(map(int, children)) - self.residents:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def end_all(self):
        for process in self.members():
            process.kill(signal.SIGKILL)

    def left_behind(self):
        """What should be gone by now, as sentences. Ends it."""
        def are_gone():
            self.reap_orphans()
            return not self.members()

        becomes(are_gone, GRACE_S)
        problems = [f"process {process.pid} ({process.role()}, state {process.status('State')}) is left"
                    for process in self.members()]
        self.end_all()
        problems += [f"temporary file {name} is left" for name in os.listdir(self.temporary)]
        problems += [f"/dev/shm/{name} is left" for name in set(os.listdir("/dev/shm")) - self.shared_before
                     if "harness" in name]
        return problems
