"""Makes folders of results like those that an experiment writes, from a small simulation.

    folder = Experiment(strategies=[...], rounds=20).write(path)

Lanes take the next batch as they become free, as the real ones do, so the timelines are plausible.
Everything comes from the seed.
"""

import csv
import random
import statistics
from dataclasses import dataclass, field

from quantiles import occurring_quantile

TRIALS = (
    "trial,round,position,warmup,arm,strategy,family,workload,concurrency,http,no_reuse,start,started_at,requests,"
    "succeeded,failed,skipped,not_run,status,message,wall_s,user_s,sys_s,cpu_us_per_request,origin_cpu_s,"
    "requests_per_s,peak_memory_kib,peak_threads,voluntary_switches,involuntary_switches,minor_faults,"
    "connections_opened,handshakes_full,handshakes_resumed,retries,max_in_flight,mean_in_flight,rate_per_s,arrivals,achieved_per_s,max_backlog,saturated,"
    "origin_max_in_flight,bytes_received").split(",")
REQUESTS = (
    "trial,round,strategy,batch,request,method,url,lane,intended_s,started_s,first_byte_s,finished_s,"
    "duration_s,service_s,"
    "time_namelookup_s,time_connect_s,time_appconnect_s,time_pretransfer_s,time_starttransfer_s,response_code,"
    "http_version,connections_opened,retries,bytes_received,outcome,error").split(",")
SUMMARY = (
    "arm,strategy,family,concurrency,trials,failed_requests,median_s,min_s,mean_s,max_s,mad_s,figure_low_s,figure_high_s,"
    "usual_low_s,usual_high_s,lower_bound_s,"
    "efficiency,request_p50_s,request_p90_s,request_p99_s,request_max_s,requests_per_s,requests_per_s_low,requests_per_s_high,usl_lambda,usl_sigma,usl_kappa,usl_residual,usl_peak,usl_describes,cpu_us_per_request,voluntary_switches,"
    "involuntary_switches,peak_memory_kib,"
    "peak_threads,peak_processes,connections_opened,handshakes_full,handshakes_resumed,saturated,max_backlog,origin_share,rank,ranked,not_ranked_because,shares_first,first_place,"
    "first_rounds_missing,ranked_by,reference,ratio,ratio_low,ratio_high,threshold,rounds,"
    "rounds_missing,detectable,verdict,verdict_text,cpu_ratio,cpu_ratio_low,cpu_ratio_high,cpu_verdict").split(",")
ROUNDS_NEEDED = 6


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
    slow: dict = field(default_factory=dict)      # round -> times as long as it would have taken


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
    rate_per_s: float = None    # None: a closed loop
    saturated: tuple = ()       # names of strategies

    def write(self, folder):
        self.measured = {}  # (name, level) -> [(round, wall_s, durations)] of the measured trials with a time
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "trials.csv", "w", newline="") as trials_file, \
                open(folder / "requests.csv", "w", newline="") as requests_file:
            self.trials, self.requests = csv.writer(trials_file), csv.writer(requests_file)
            self.trials.writerow(TRIALS)
            self.requests.writerow(REQUESTS)
            self._run_all()
        self._write_summary(folder)
        return folder

    def _arm(self, strategy, level):
        return strategy.name if len(self.levels) == 1 else f"{strategy.name} @{level}"

    def _run_all(self):
        rng, trial = random.Random(self.seed), 0
        for number in range(1, self.warmup + self.rounds + 1):
            arms = [(strategy, level) for strategy in self.strategies for level in self.levels]
            rng.shuffle(arms)
            for position, (strategy, level) in enumerate(arms, start=1):
                trial += 1
                self._trial(rng, trial, number, position, strategy, level)

    def _trial(self, rng, trial, number, position, strategy, level):
        is_warmup = number <= self.warmup
        slowness = (3 if is_warmup else 1) * (1 + strategy.noise * rng.expovariate(1)) * strategy.slow.get(number - self.warmup, 1)
        rows, wall_s = self._simulate(rng, strategy, level, slowness)
        to_fail = rng.sample(range(len(rows)), min(len(rows), strategy.failures.get(number - self.warmup, 0)))
        status = strategy.status.get(number - self.warmup, "ok")
        if not is_warmup and status == "ok":
            durations = [end - due for *_, due, _, end in rows]
            self.measured.setdefault((strategy.name, level), []).append((number, wall_s, durations))
        cells = dict(trial=trial, round=number, position=position, warmup=str(is_warmup).lower(),
                     arm=self._arm(strategy, level), strategy=strategy.name,
                     family=strategy.family, workload=self.workload_name, concurrency=level, no_reuse="false",
                     start="cold", http="1.1", started_at="2024-05-01T12:00:00Z", requests=len(rows),
                     succeeded=len(rows) - len(to_fail), failed=len(to_fail), skipped=0, not_run=0, status=status,
                     wall_s=f"{wall_s:.9f}" if status == "ok" else "")
        if self.rate_per_s:
            cells.update(rate_per_s=self.rate_per_s, arrivals="poisson", achieved_per_s=f"{len(self.workload) / wall_s:.6f}",
                         saturated=str(strategy.name in self.saturated).lower())
        self.trials.writerow([cells.get(name, "") for name in TRIALS])
        if self.records and status == "ok" and strategy.family != "nobody":
            self._write_requests(trial, number, strategy, rows, set(to_fail))

    def _simulate(self, rng, strategy, level, slowness):
        free_at = [strategy.start_s] * min(strategy.lanes or level, len(self.workload))
        rows = []
        for batch, delays in enumerate(self.workload, start=1):
            lane = min(range(len(free_at)), key=free_at.__getitem__)
            due = (batch - 1) / self.rate_per_s if self.rate_per_s else None
            free_at[lane] = max(free_at[lane], due or 0)
            for request, delay in enumerate(delays, start=1):
                start = free_at[lane] + 2e-5
                end = start + (delay + strategy.overhead_s * rng.uniform(0.5, 2)) * slowness
                rows.append((batch, request, lane + 1, start if due is None else due, start, end))
                free_at[lane] = end
        if strategy.family == "nobody":
            return rows, 2e-5 * slowness
        return rows, max(free_at) + 5e-5

    def _write_requests(self, trial, number, strategy, rows, to_fail):
        for place, (batch, request, lane, due, start, end) in enumerate(rows):
            times = [f"{value:.9f}" for value in (start, end - 1e-5, end, end - due, end - start)]
            times.insert(0, f"{due:.9f}" if self.rate_per_s else "")
            outcome, code = ("unexpected status", 500) if place in to_fail else ("ok", 200)
            self.requests.writerow([trial, number, strategy.name, batch, request, "GET", f"/delay/{batch}", lane, *times,
                                    "0", "0", "", "0", "0", code, "1.1", 0, 0, 120, outcome, ""])

    def _write_summary(self, folder):
        """As the program does it, with less statistics: no two share the first place, intervals are ranges."""
        rows = [self._summary_row(strategy, level) for strategy in self.strategies for level in self.levels]
        ranked = sorted((row for row in rows if row["ranked"] == "true"), key=self._figure)
        reference = next((row for row in ranked if row["strategy"] == "sequential"), ranked[0] if ranked else None)
        for rank, row in enumerate(ranked, start=1):
            missing = max(0, ROUNDS_NEEDED - self.rounds) if len(ranked) > 1 else 0
            row.update(rank=rank, first_rounds_missing=missing,
                       shares_first="" if missing else str(rank == 1).lower(),
                       first_place="fastest" if rank == 1 and not missing else "")
            if row is not reference:
                row.update(self._comparison(row, reference))
        with open(folder / "summary.csv", "w", newline="") as file:
            summary = csv.writer(file)
            summary.writerow(SUMMARY)
            summary.writerows([row.get(name, "") for name in SUMMARY] for row in rows)

    def _figure(self, row):
        return float(row["request_p90_s" if self.rate_per_s else "median_s"])

    def _summary_row(self, strategy, level):
        total, longest = sum(map(sum, self.workload)), max(map(sum, self.workload))
        trials = self.measured.get((strategy.name, level), [])
        is_saturated = strategy.name in self.saturated
        reason = ("sends-nothing" if strategy.family == "nobody" else "no-trials" if not trials else
                  "failed-requests" if strategy.failures else "failed-trials" if strategy.status else
                  "saturated" if is_saturated else "")
        row = dict(arm=self._arm(strategy, level), strategy=strategy.name, family=strategy.family, concurrency=level,
                   trials=len(trials),
                   lower_bound_s="" if self.rate_per_s else f"{max(longest, total / (strategy.lanes or level)):.9f}",
                   ranked=str(not reason).lower(), not_ranked_because=reason, threshold=0.02,
                   ranked_by="request_p90_s" if self.rate_per_s else "wall_s",
                   saturated=str(is_saturated).lower() if self.rate_per_s else "")
        if trials:
            row.update(self._costs(strategy, level, len(self.workload)))
            rate = sum(map(len, self.workload)) / statistics.median(wall_s for _, wall_s, _ in trials)
            row.update(requests_per_s=rate, requests_per_s_low=rate * 0.9, requests_per_s_high=rate * 1.1)
            if len(self.levels) > 3 and not strategy.lanes:
                row.update(usl_lambda=rate / level * 1.02, usl_sigma=0.02, usl_kappa=0.0001, usl_residual=-0.02, usl_peak=99, usl_describes="true")
        if len(trials) >= ROUNDS_NEEDED:
            figures = sorted(occurring_quantile(durations, 0.9) if self.rate_per_s else wall_s for _, wall_s, durations in trials)
            median = statistics.median(figures)
            mad = statistics.median(abs(figure - median) for figure in figures)
            row.update(figure_low_s=figures[len(figures) // 4], figure_high_s=figures[-1 - len(figures) // 4],
                       usual_low_s=max(0, median - 14.826 * mad), usual_high_s=median + 14.826 * mad)
        if trials:
            row["median_s"] = f"{statistics.median(wall_s for _, wall_s, _ in trials):.9f}"
        if trials and strategy.family != "nobody":
            for name, share in (("request_p50_s", 0.5), ("request_p90_s", 0.9), ("request_max_s", 1)):
                row[name] = f"{statistics.median(occurring_quantile(durations, share) for *_, durations in trials):.9f}"
        return row

    def _costs(self, strategy, level, batches):
        """Plausible, and different for each family."""
        has_threads = strategy.family == "threads"
        lanes = strategy.lanes or level
        return dict(cpu_us_per_request=50 + 40 * has_threads + 100000 * strategy.overhead_s,
                    voluntary_switches=batches * (1 + has_threads), involuntary_switches=lanes // 2,
                    peak_memory_kib=250 + 16 * lanes + 28 * lanes * has_threads, peak_threads=lanes + 1 if has_threads else 1,
                    peak_processes=1, connections_opened=lanes, handshakes_full=0, handshakes_resumed=0)

    def _comparison(self, row, reference):
        figures = [{number: occurring_quantile(durations, 0.9) if self.rate_per_s else wall_s
                    for number, wall_s, durations in self.measured[one["strategy"], one["concurrency"]]}
                   for one in (row, reference)]
        ratios = sorted(figures[0][number] / figures[1][number] for number in figures[0] if number in figures[1])
        low, high = ratios[0], ratios[-1]
        verdict, text = (("faster", f"faster by {100 - 100 * high:.1f} to {100 - 100 * low:.1f} %") if high < 1 else
                         ("slower", f"{low:.1f} to {high:.1f} times as long") if low > 1 else
                         ("no-difference", "no difference found"))
        return dict(reference=reference["arm"], ratio=statistics.median(ratios), ratio_low=low, ratio_high=high, rounds=len(ratios),
                    rounds_missing=0, verdict=verdict, verdict_text=text)
