"""What goes wrong while an experiment runs, when, and how the experiment may end then."""

import os
import re
import resource
import signal
import subprocess
import time

from census import DidNotEnd
from result_files import Results

LIMIT_S = 120        # for an experiment that nobody hangs
READY_LIMIT_S = 30
LOST_PROCESS = re.compile(r"process \d+ of the strategy (was killed|crashed) \([\w ]+\)")


class Outcome:
    """How the program ended, and the trials of which there is a row."""

    def __init__(self, exit_code, stderr, folder):
        self.exit_code = exit_code
        self.stderr = stderr
        self.results = Results(folder)
        trials = folder / "trials.csv"
        self.trials = self.results.trials if trials.exists() and trials.stat().st_size > 0 else []


class Disturbance:
    """None at all: the experiment runs to its end."""

    name = "none"
    weight = 6
    rounds = None  # so many, for there to be time to disturb
    timeout_s = None
    trial_s = 0  # a trial takes at least so long
    requests = 0  # at least so many
    failures = 1  # factor for the share of failing requests
    needs_embedded_origin = False
    strikes = False  # at the experiment while it runs
    may_leave_a_trial_without_row = False

    def __init__(self):
        self.struck = 0  # how often
        self.number = 0  # of the signal
        self.complete = True  # must the experiment come to its end?

    def run(self, command, folder, chance, census):
        with open(folder / "stdout", "w+", encoding="utf-8") as stdout, \
                open(folder / "stderr", "w+", encoding="utf-8") as stderr:
            process = subprocess.Popen(command, cwd=folder, env=census.environment, stdin=subprocess.DEVNULL, stdout=stdout,
                                       stderr=stderr, start_new_session=True, restore_signals=False,
                                       preexec_fn=self.prepare_process)
            try:
                self.strike(process, folder / "out", chance, census)
                process.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                state = [f"{member.pid} {member.role()} {member.status('State')}" for member in census.members()]
                raise DidNotEnd(f"did not end within {LIMIT_S} s: {state}") from None
            finally:
                process.kill()
                process.wait()
            stderr.seek(0)
            return Outcome(process.returncode, stderr.read(), folder / "out")

    def prepare_process(self):
        for number in (signal.SIGPIPE, *Interrupted.signals):  # ignored ones, as under nohup, would stay so
            signal.signal(number, signal.SIG_DFL)

    def strike(self, process, out, chance, census):
        pass

    def exit_codes(self, has_failures):
        return {3} if has_failures else {0}

    def statuses(self):
        return {"ok"}

    def problems(self, outcome):
        """What else is wrong, as sentences."""
        return []


def wait_for(condition, process, limit_s=READY_LIMIT_S):
    """Until the condition holds: what it gave. None when the process ends before."""
    limit = time.monotonic() + limit_s
    while process.poll() is None:
        found = condition()
        if found:
            return found
        if time.monotonic() >= limit:
            raise DidNotEnd(f"there was nothing to disturb for {limit_s} s")
        time.sleep(0.002)
    return None


class TrialEnds(Disturbance):
    """Its own process, or one that it forked: then it says so."""

    name = "trial ends"
    strikes = True
    weight = 4
    rounds = 8
    failures = 0
    signals = {signal.SIGKILL: "killed", signal.SIGTERM: "killed", signal.SIGSEGV: "crashed", signal.SIGABRT: "crashed",
               signal.SIGBUS: "crashed"}

    def strike(self, process, out, chance, census):
        for _ in range(chance.randint(1, 3)):
            trials = wait_for(lambda: census.of_role("trial"), process)
            if not trials:
                return
            time.sleep(chance.choice((0, 0.003, 0.03)))
            chance.choice(trials + census.of_role("worker")).kill(chance.choice(list(self.signals)))
            self.struck += 1
            time.sleep(chance.random() * 0.2)

    def statuses(self):
        return {"ok", "failed"} | set(self.signals.values())

    def problems(self, outcome):
        lost = sum(trial["status"] != "ok" for trial in outcome.trials)
        found = [f"{self.struck} trials were killed, {lost} lost"] if lost > self.struck else []
        return found + [f"a trial failed: {trial['message']}" for trial in outcome.trials
                        if trial["status"] == "failed" and not LOST_PROCESS.fullmatch(trial["message"])]


class TrialHangs(TrialEnds):
    """While it sends requests: before that, a trial has a minute to get ready."""

    name = "trial hangs"
    weight = 1
    rounds = 4
    timeout_s = 0.5
    trial_s = 0.4

    def strike(self, process, out, chance, census):
        trials = wait_for(lambda: census.of_role("trial"), process)
        if trials:
            time.sleep(0.1 + chance.random() * 0.2)
            trials[0].kill(signal.SIGSTOP)
            self.struck = 1

    def statuses(self):
        return {"ok", "hung"}


class OriginEnds(Disturbance):
    name = "origin ends"
    strikes = True
    weight = 2
    rounds = 40
    failures = 0
    needs_embedded_origin = True

    def strike(self, process, out, chance, census):
        origins = wait_for(lambda: census.of_role("origin"), process)
        wait_for(lambda: (out / "trials.csv").exists(), process)
        time.sleep(chance.random())
        if origins and process.poll() is None:
            origins[0].kill(chance.choice((signal.SIGKILL, signal.SIGSEGV)))
            self.struck = 1
            self.complete = False

    def exit_codes(self, has_failures):
        return super().exit_codes(has_failures) | ({1} if self.struck else set())

    def statuses(self):
        return {"ok", "origin lost"}

    def problems(self, outcome):
        is_told = outcome.exit_code != 1 or "the embedded origin ended" in outcome.stderr
        return [] if is_told else [f"says nothing of the origin: {outcome.stderr!r}"]


class Interrupted(Disturbance):
    """A second signal ends the program the way it ends any other."""

    name = "interrupted"
    strikes = True
    weight = 3
    rounds = 40
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    times = (1, 1, 2)

    def strike(self, process, out, chance, census):
        wait_for(lambda: (out / "experiment.json").exists(), process)
        time.sleep(chance.random() * chance.choice((0, 0.1, 1)))
        self.number = chance.choice(self.signals)
        send = os.killpg if chance.random() < 0.5 else os.kill
        for _ in range(chance.choice(self.times)):
            if process.poll() is None:
                self.struck += 1
                self.complete = False
                send(process.pid, self.number)
            time.sleep(chance.choice((0, 0.01)))

    def exit_codes(self, has_failures):
        codes = super().exit_codes(has_failures)
        if self.struck >= 1:
            codes.add(130)
        if self.struck >= 2:
            codes.add(-self.number)
        return codes

    def statuses(self):
        return {"ok", "interrupted"}


class InterruptedAtOnce(Interrupted):
    """Maybe before there is anything to keep: what a signal does to any program is all right too."""

    name = "interrupted at once"
    weight = 1

    def strike(self, process, out, chance, census):
        time.sleep(chance.random() * 0.05)
        self.struck = 1
        self.complete = False
        self.number = chance.choice(self.signals)
        process.send_signal(self.number)

    def exit_codes(self, has_failures):
        return super().exit_codes(has_failures) | {-self.number}


class Killed(Disturbance):
    name = "killed"
    strikes = True
    weight = 2
    rounds = 40
    may_leave_a_trial_without_row = True

    def strike(self, process, out, chance, census):
        wait_for(lambda: (out / "experiment.json").exists(), process)
        time.sleep(chance.random())
        self.struck = process.poll() is None
        self.complete = not self.struck
        process.kill()

    def exit_codes(self, has_failures):
        return super().exit_codes(has_failures) | ({-signal.SIGKILL} if self.struck else set())


class DiskFull(Disturbance):
    """No file may pass so many bytes: writing fails with EFBIG, in the middle of a row."""

    name = "disk full"
    weight = 2
    rounds = 10
    requests = 300
    failures = 0
    may_leave_a_trial_without_row = True

    # Shared memory counts as files, and the records take some 290,000 bytes; the rows of all rounds take half a million.
    bytes_max = 350_000

    def prepare_process(self):
        super().prepare_process()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.bytes_max, self.bytes_max))

    def exit_codes(self, has_failures):
        return {1}

    def problems(self, outcome):
        is_told = "requests.csv" in outcome.stderr and "too large" in outcome.stderr
        return [] if is_told else [f"does not say what is wrong: {outcome.stderr!r}"]


class FolderRefused(Disturbance):
    """The folder can't be made, can't be written, or already holds results: told before the first request."""

    name = "folder refused"
    weight = 1

    def strike(self, process, out, chance, census):
        self.complete = False

    def run(self, command, folder, chance, census):
        self.say = chance.choice((self.put_file, self.put_results, self.put_folder))(folder / "out")
        return super().run(command, folder, chance, census)

    @staticmethod
    def put_file(out):
        out.write_text("in the way")
        return "out'"

    @staticmethod
    def put_results(out):
        out.mkdir()
        (out / "trials.csv").write_text("run\n")
        return "already holds results"

    @staticmethod
    def put_folder(out):
        (out / ".experiment.json.part").mkdir(parents=True)
        return "Is a directory"

    def exit_codes(self, has_failures):
        return {1}

    def problems(self, outcome):
        return [] if self.say in outcome.stderr else [f"does not say {self.say!r}: {outcome.stderr!r}"]


ALL = [Disturbance, TrialEnds, TrialHangs, OriginEnds, Interrupted, InterruptedAtOnce, Killed, DiskFull, FolderRefused]
