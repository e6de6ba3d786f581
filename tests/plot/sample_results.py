"""Makes folders of results like those that an experiment writes, from a small simulation.

    folder = Experiment(strategies=[...], rounds=20).write(path)

Lanes take the next batch as they become free, as the real ones do, so the timelines are plausible.
Everything comes from the seed.
"""

import csv
import random
from dataclasses import dataclass, field

RUNS = (
    "run,round,position,warmup,strategy,family,workload,concurrency,reuse,connections,started_at,requests,"
    "succeeded,failed,skipped,not_run,status,message,wall_s,user_s,sys_s,cpu_us_per_request,origin_cpu_s,"
    "requests_per_s,peak_memory_kib,peak_threads,voluntary_switches,involuntary_switches,minor_faults,"
    "connections_opened,max_in_flight,mean_in_flight,origin_max_in_flight,bytes_received").split(",")
REQUESTS = (
    "run,round,strategy,batch,request,method,url,lane,started_s,first_byte_s,finished_s,duration_s,"
    "time_namelookup_s,time_connect_s,time_appconnect_s,time_pretransfer_s,time_starttransfer_s,response_code,"
    "http_version,connections_opened,bytes_received,outcome,error").split(",")
SUMMARY = (
    "strategy,family,concurrency,runs,failed_requests,median_s,min_s,mean_s,max_s,mad_s,lower_bound_s,"
    "efficiency,request_p50_s,request_p90_s,request_p99_s,cpu_us_per_request,peak_memory_kib,peak_threads,"
    "connections_opened").split(",")


@dataclass
class Strategy:
    name: str
    family: str = "threads"
    lanes: int = None           # None: as many as the concurrency
    overhead_s: float = 0.0002  # for each request
    start_s: float = 0.0        # before the first request
    noise: float = 0.03
    failures: dict = field(default_factory=dict)  # round -> requests that fail
    status: dict = field(default_factory=dict)    # round -> status of a trial without a time


MAIN = [
    Strategy("sequential", "blocking", lanes=1),
    Strategy("thread-per-request", overhead_s=0.0006, start_s=0.001),
    Strategy("thread-pool", overhead_s=0.0004),
    Strategy("curl-multi", "event loop", overhead_s=0.0002),
]


def heavy_tailed(seed=1, batches=50):
    """Batches of delays: most of them one short request, some of several, a few long."""
    rng = random.Random(seed)
    return [[min(0.0013 * rng.paretovariate(0.9), 0.04 / size) for _ in range(size)]
            for size in rng.choices([1, 2, 4], weights=[46, 3, 1], k=batches)]


@dataclass
class Experiment:
    strategies: list = field(default_factory=lambda: MAIN)
    rounds: int = 20
    warmup: int = 1
    workload: list = field(default_factory=heavy_tailed)
    workload_name: str = "mixed"
    levels: tuple = (16,)
    seed: int = 1
    records: bool = True

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "runs.csv", "w", newline="") as runs_file, \
                open(folder / "requests.csv", "w", newline="") as requests_file:
            self.runs, self.requests = csv.writer(runs_file), csv.writer(requests_file)
            self.runs.writerow(RUNS)
            self.requests.writerow(REQUESTS)
            self._run_all()
        self._write_summary(folder)
        return folder

    def _run_all(self):
        rng, run = random.Random(self.seed), 0
        for number in range(1, self.warmup + self.rounds + 1):
            arms = [(strategy, level) for strategy in self.strategies for level in self.levels]
            rng.shuffle(arms)
            for position, (strategy, level) in enumerate(arms, start=1):
                run += 1
                self._trial(rng, run, number, position, strategy, level)

    def _trial(self, rng, run, number, position, strategy, level):
        is_warmup = number <= self.warmup
        slowness = (3 if is_warmup else 1) * (1 + strategy.noise * rng.expovariate(1))
        rows, wall_s = self._simulate(rng, strategy, level, slowness)
        to_fail = rng.sample(range(len(rows)), min(len(rows), strategy.failures.get(number - self.warmup, 0)))
        status = strategy.status.get(number - self.warmup, "ok")
        cells = dict(run=run, round=number, position=position, warmup=str(is_warmup).lower(), strategy=strategy.name,
                     family=strategy.family, workload=self.workload_name, concurrency=level, reuse="true",
                     connections="cold", started_at="2024-05-01T12:00:00Z", requests=len(rows),
                     succeeded=len(rows) - len(to_fail), failed=len(to_fail), skipped=0, not_run=0, status=status,
                     wall_s=f"{wall_s:.9f}" if status == "ok" else "")
        self.runs.writerow([cells.get(name, "") for name in RUNS])
        if self.records and status == "ok" and strategy.family != "none":
            self._write_requests(run, number, strategy, rows, set(to_fail))

    def _simulate(self, rng, strategy, level, slowness):
        free_at = [strategy.start_s] * min(strategy.lanes or level, len(self.workload))
        rows = []
        for batch, delays in enumerate(self.workload, start=1):
            lane = min(range(len(free_at)), key=free_at.__getitem__)
            for request, delay in enumerate(delays, start=1):
                start = free_at[lane] + 2e-5
                end = start + (delay + strategy.overhead_s * rng.uniform(0.5, 2)) * slowness
                rows.append((batch, request, lane + 1, start, end))
                free_at[lane] = end
        if strategy.family == "none":
            return rows, 2e-5 * slowness
        return rows, max(free_at) + 5e-5

    def _write_requests(self, run, number, strategy, rows, to_fail):
        for place, (batch, request, lane, start, end) in enumerate(rows):
            times = [f"{value:.9f}" for value in (start, end - 1e-5, end, end - start)]
            outcome, code = ("unexpected status", 500) if place in to_fail else ("ok", 200)
            self.requests.writerow([run, number, strategy.name, batch, request, "GET", f"/delay/{batch}", lane, *times,
                                    "0", "0", "", "0", "0", code, "1.1", 0, 120, outcome, ""])

    def _write_summary(self, folder):
        total, longest = sum(map(sum, self.workload)), max(map(sum, self.workload))
        with open(folder / "summary.csv", "w", newline="") as file:
            summary = csv.writer(file)
            summary.writerow(SUMMARY)
            for strategy in self.strategies:
                for level in self.levels:
                    bound = max(longest, total / (strategy.lanes or level))
                    cells = dict(strategy=strategy.name, family=strategy.family, concurrency=level, runs=self.rounds,
                                 lower_bound_s=f"{bound:.9f}")
                    summary.writerow([cells.get(name, "") for name in SUMMARY])
