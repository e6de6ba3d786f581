"""Who takes part: strategies of harness, bare loops of libcurl, and other programs, all asking the same origin."""

import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import time

import result_files
from speed.samples import Sample, Unavailable

LIMIT_S = 1800
QUICK_PATH = "/status/200"  # an answer without a body


def _run(command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=LIMIT_S, check=False, **options)


def _last_line(text):
    return (text.strip().splitlines() or ["it said nothing"])[-1].removeprefix("harness: ")


class ChildrenUsage:
    """What processes that were started here, and have ended, took: CPU and wall time in seconds."""

    def __init__(self):
        self.before = self._now()

    def since(self):
        return tuple(now - then for now, then in zip(self._now(), self.before))

    @staticmethod
    def _now():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime, time.monotonic()


class Bare:
    """A loop of bare_loops.c. `least`: only what no such program goes without is set."""

    def __init__(self, bench, way, lanes, requests, path=QUICK_PATH, least=False, warm=False, waiting=0, waiting_path="",
                 name=None):
        self.name = name or f"bare {way}{', few options' if least else ''}"
        self.command = [bench.bare_loops, way, lanes, requests, bench.url + path,
                        "--options", "least" if least else "all", "--start", "warm" if warm else "cold"]
        if waiting:
            self.command += ["--waiting", waiting, bench.url + waiting_path]

    def measure(self):
        done = _run(self.command)
        if done.returncode != 0:
            raise Unavailable(_last_line(done.stderr))
        taken = json.loads(done.stdout)
        return Sample(taken["requests"], taken["cpu_us"], taken["wall_ns"] / 1e9, peak_kib=taken["peak_kib"],
                      idle_kib=taken["idle_kib"])


class Strategy:
    """One trial of a strategy. `requests` are for `path`, or else `workload` is the text of a file. With `addresses` it has
    an origin of its own, the same program, that listens on so many."""

    def __init__(self, bench, spec, concurrency, requests=None, path=QUICK_PATH, workload=None, start="cold", records="none",
                 addresses=None, name=None):
        self.name = name or spec
        self.bench = bench
        self.workload = workload
        server = ["--origin-addresses", addresses] if addresses else ["--base-url", bench.url]
        self.options = ["--strategy", spec, "--concurrency", concurrency, *server, "--start", start, "--records", records]
        self.what = [] if workload else ["--requests", requests, path]

    def command(self, folder, more):
        """The trial's rows go to `folder`; `more` are further options. Placed as this program is, like all other contestants."""
        what = self.what
        if self.workload:
            (folder / "workload").write_text(self.workload, encoding="utf-8")
            what = ["--workload", folder / "workload"]
        placement = ["--client-cpus", ",".join(map(str, sorted(os.sched_getaffinity(0))))]
        return [self.bench.harness, "--repeat", 1, "--warmup", 0, "--no-charts", "--quiet", "--force",
                "--output", folder / "results", *placement, *self.options, *more, *what]

    def trial(self, watch=None, more=(), **options):
        """The row of trials.csv, as text. `watch` gets the process while it runs."""
        with tempfile.TemporaryDirectory(prefix="harness-speed-") as name:
            folder = pathlib.Path(name)
            command = [str(word) for word in self.command(folder, more)]
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                  stdin=subprocess.DEVNULL, **options) as running:
                if watch:
                    watch(running)
                complaint = running.communicate(timeout=LIMIT_S)[1]
            if running.returncode != 0:
                raise Unavailable(_last_line(complaint))
            return result_files.Results(folder / "results").trials[0]

    def measure(self):
        """`whole` is the experiment from beginning to end, with its files."""
        usage = ChildrenUsage()
        row = self.trial()
        whole = usage.since()
        cpu_s = float(row["user_s"]) + float(row["sys_s"])
        return Sample(int(row["requests"]), cpu_s * 1e6, float(row["wall_s"]), whole=whole)


class Experiment:
    """The default experiment with these strategies and its own origin, charts included."""

    def __init__(self, bench, strategies, rounds):
        self.name = strategies
        self.bench = bench
        self.rounds = rounds

    def measure(self):
        with tempfile.TemporaryDirectory(prefix="harness-speed-") as folder:
            usage = ChildrenUsage()
            done = _run([self.bench.harness, "--strategy", self.name, "--repeat", self.rounds, "--quiet", "--force", "--output",
                         folder])
            whole = usage.since()
            if done.returncode != 0:
                raise Unavailable(_last_line(done.stderr))
            charts = list(pathlib.Path(folder).glob("*.png"))
            if not charts:
                raise Unavailable(f"it drew no charts: {_last_line(done.stderr)}")
            trials = result_files.Results(pathlib.Path(folder)).trials
        return Sample(len(trials), whole[0] * 1e6, whole[1], whole=whole)


class Difference:
    """What some requests cost beside others that wait: a run with both, less a run of the others alone."""

    def __init__(self, name, both, others, requests):
        self.name = name
        self.both = both
        self.others = others
        self.requests = requests

    def measure(self):
        both, others = self.both.measure(), self.others.measure()
        return Sample(self.requests, both.cpu_us - others.cpu_us, both.wall_s, others_cpu_us=others.cpu_us)


class Tool:
    """Another program. Counted is the whole process, and the wall time is its own figure where it says one."""

    def __init__(self, program, requests, arguments, answered=None, took=None, package=None, name=None):
        self.name = name or program
        self.program = program
        self.requests = requests
        self.arguments = arguments
        self.answered = answered  # a pattern: how many answers it says that it got; None: its exit code tells
        self.took = took          # a pattern: how long it says that it took
        self.package = package or program

    def measure(self):
        if not shutil.which(self.program):
            raise Unavailable(f"not installed (Debian's package {self.package})")
        usage = ChildrenUsage()
        done = _run([self.program, *self.arguments])
        cpu_s, elapsed = usage.since()
        requests = self._answered(done)
        took = re.search(self.took, done.stdout) if self.took else None
        return Sample(requests, cpu_s * 1e6, _seconds(*took.groups()) if took else elapsed)

    def _answered(self, done):
        found = re.search(self.answered, done.stdout) if self.answered else None
        count = int(found[1]) if found else 0 if self.answered else self.requests
        if done.returncode != 0 or count < (self.requests or 1):
            raise Unavailable(f"{count} of {self.requests} requests answered, exit code {done.returncode}: "
                              f"{_last_line(done.stderr)}")
        return count


def _seconds(number, unit="s"):
    return float(number) * {"s": 1, "ms": 1e-3, "us": 1e-6}[unit]


class PythonClient(Tool):
    """One of python_client.py, which counts itself: without the start of Python."""

    def __init__(self, module, requests, connections, url, package):
        script = pathlib.Path(__file__).with_name("python_client.py")
        super().__init__("/usr/bin/python3", requests, [script, module, requests, connections, url], package=package,
                         name=f"{package.removeprefix('python3-')} (Python)")

    def measure(self):
        done = _run([self.program, *self.arguments])
        if done.returncode == 3:
            raise Unavailable(f"not installed (Debian's package {self.package})")
        if done.returncode != 0:
            raise Unavailable(_last_line(done.stderr))
        taken = json.loads(done.stdout)
        return Sample(self.requests, taken["cpu_s"] * 1e6, taken["wall_s"])


def h2load(url, connections, requests):
    """HTTP/1.1, one thread, one request at a time on each connection."""
    return Tool("h2load", requests, ["--h1", "-t", 1, "-c", connections, "-m", 1, "-n", requests, url],
                answered=r"(\d+) succeeded", took=r"finished in ([\d.]+)(us|ms|s)", package="nghttp2-client")


def other_programs(url, connections, requests, curl_file):
    """Each asks for the URL with so many connections; wrk takes a time instead of a number. `curl_file` is a path for a
    file that says what curl asks for. hey wants a multiple of the connections."""
    curl_requests = max(1, requests // 4)
    curl_file.write_text(f'url = "{url}?[1-{curl_requests}]"\noutput = "/dev/null"\n', encoding="utf-8")
    return [
        Tool("wrk", None, ["-t", 1, "-c", connections, "-d", "1s", url], answered=r"(\d+) requests in",
             took=r"requests in ([\d.]+)(us|ms|s)"),
        h2load(url, connections, requests),
        Tool("hey", requests, ["-n", requests, "-c", connections, url],
             answered=r"\[200\]\s+(\d+) responses", took=r"Total:\s+([\d.]+) secs"),
        Tool("curl", curl_requests, ["--parallel", "--parallel-max", connections, "--silent", "--fail", "--noproxy", "*",
                                     "--config", curl_file], name="curl --parallel"),
        PythonClient("aiohttp", max(1, requests // 10), connections, url, "python3-aiohttp"),
        PythonClient("requests", max(1, requests // 10), connections, url, "python3-requests"),
    ]

