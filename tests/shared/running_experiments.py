"""Experiments under way, with their processes."""

import contextlib
import os
import signal
import subprocess

import harness_runs
import processes
from waiting import wait_until


class Running:
    """An experiment under way, in a session of its own. Its results are in `folder`/out."""

    def __init__(self, folder, *arguments):
        arguments = [*arguments, "--warmup", 1, "--seed", 1, "--no-charts", "--output", "out"]
        self.process = subprocess.Popen(harness_runs.command(*arguments), cwd=folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.folder = folder / "out"
        self.results = harness_runs.Results(self.folder)

    def rows(self):
        trials = self.folder / "trials.csv"
        return trials.read_bytes().count(b"\n") - 1 if trials.exists() else 0

    def members(self):
        return processes.of_session(self.process.pid)

    def await_rows(self, count):
        wait_until(lambda: self.rows() >= count, 60, f"{count} trials are written down")

    def await_trial(self):
        wait_until(lambda: {"origin", "trial"} <= {member.role() for member in self.members()}, 20,
                   "an origin and a trial are running")

    def send(self, number):
        self.process.send_signal(number)

    def send_to_group(self, number):
        """As the terminal does: to the trial and the origin as well."""
        os.killpg(self.process.pid, number)

    def send_to_role(self, role, number):
        """The process that it was sent to."""
        (member,) = [member for member in self.members() if member.role() == role]
        member.kill(number)
        return member

    def await_end_of(self, member):
        wait_until(lambda: member.pid not in [other.pid for other in self.members()], 10, f"{member.pid} has ended")

    def await_end(self):
        """What it printed. Read last: the end of its output would be waited for in every process that has it."""
        self.process.wait(timeout=30)
        wait_until(lambda: not self.members(), 3, "all its processes have ended")
        return self.process.communicate()

    def kill_all(self):
        for member in self.members():
            member.kill(signal.SIGKILL)
        self.process.communicate()


@contextlib.contextmanager
def running(folder, *arguments):
    experiment = Running(folder, *arguments)
    try:
        yield experiment
    finally:
        experiment.kill_all()
