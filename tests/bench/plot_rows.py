#!/usr/bin/python3
"""What harness-plot needs for a long requests.csv: time to read it, beside what pandas needs, and peak memory with all
charts drawn. Not a test, because a busy machine would fail it.

    tests/bench/plot_rows.py build/release/bin/harness [ROWS] [TRIALS] [PAIRS]

ROWS rows (default 4,000,000) in TRIALS trials (20) of two strategies are made up, in a temporary folder, with the columns
that the program has. Then one after the other, PAIRS times (3): pandas reads the file, and so does what harness-plot reads it
with. The ratio is the median of the pairs', of CPU time, which other programs disturb less; neither has threads. At the end
harness-plot draws all charts. All that for a closed loop, and for an open one.
"""

import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "plot"), str(ROOT / "tests" / "shared")]

from sample_results import Experiment, Strategy  # noqa: E402

LANES = 64
RATE_PER_S = 20000
PYTHON = "/usr/bin/python3"
READ_BY_PANDAS = "import pandas, sys; print(len(pandas.read_csv(sys.argv[1])))"
READ_BY_PLOT = f"""import sys; sys.path.insert(0, {str(ROOT / 'plot')!r})
import os, numpy
from results import Results
results = Results(os.path.dirname(sys.argv[1]), print)
print(sum(len(records.durations_s) for records in results.request_records))"""


def columns_of(harness):
    text = subprocess.run([harness, "--list-columns"], check=True, capture_output=True, text=True).stdout
    return re.findall(r"^- `(\w+)`", text.split("`requests.csv`")[1].split("`urls.csv`")[0], re.MULTILINE)


def rows_of(columns, trial, number, is_open, rng):
    """Lines of one trial, as they come: by batch."""
    lanes = [0.0] * LANES
    strategy = STRATEGIES[trial % 2].name
    cells = dict(trial=trial, round=(trial + 1) // 2, warmup="false", arm=strategy, strategy=strategy, concurrency=LANES,
                 http="1.1", no_reuse="false", start="cold", request=1, method="GET", url="/bytes/24", response_code=200, http_version="1.1",
                 handshakes_full=0, handshakes_resumed=0, retries=0, bytes_received=24, outcome="ok", curl_code=0)
    changing = {"batch": "{0}", "lane": "{1}", "intended_s": "{2}", "started_s": "{3:.9f}", "first_byte_s": "{4:.9f}",
                "finished_s": "{5:.9f}", "duration_s": "{6:.9f}", "service_s": "{7:.9f}", "time_namelookup_s": "0.000014",
                "time_connect_s": "{8}", "time_pretransfer_s": "0.000044", "time_starttransfer_s": "{9:.6f}",
                "connections_opened": "{10}"}
    line = ",".join(changing.get(name, str(cells.get(name, ""))) for name in columns) + "\n"
    for batch in range(1, number + 1):
        lane = batch % LANES
        due = batch / RATE_PER_S
        start = max(due, lanes[lane]) if is_open else lanes[lane] + 2e-6
        took = 0.0021 + 0.0012 * rng.random()
        end = start + took
        is_first, lanes[lane] = lanes[lane] == 0, end
        yield line.format(batch, lane + 1, f"{due:.9f}" if is_open else "", start, end - 2e-5, end, end - due if is_open else took,
                          took, "0.000112" if is_first else "", took - 2e-5, int(is_first))


STRATEGIES = [Strategy("thread-pool"), Strategy("curl-multi", "event loop")]


def write(folder, columns, rows, trials, is_open):
    Experiment(strategies=STRATEGIES, rounds=trials // 2, warmup=0, records=False, levels=(LANES,),
               rate_per_s=RATE_PER_S if is_open else None).write(folder)
    rng = random.Random(1)
    with open(folder / "requests.csv", "w", encoding="utf-8") as file:
        file.write(",".join(columns) + "\n")
        for trial in range(1, trials + 1):
            file.writelines(rows_of(columns, trial, rows // trials, is_open, rng))


def run(*command):
    """(seconds, seconds of CPU time, peak memory in MiB) of the command by itself."""
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    if status:
        sys.exit(f"{command[0]} {command[1]} failed")
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(harness, rows=4000000, trials=20, pairs=3):
    rows, trials, pairs = int(rows), int(trials), int(pairs)
    columns = columns_of(harness)
    with tempfile.TemporaryDirectory(prefix="harness-") as parent:
        for is_open in (False, True):
            folder = pathlib.Path(parent) / ("open" if is_open else "closed")
            write(folder, columns, rows, trials, is_open)
            path = folder / "requests.csv"
            print(f"{'open' if is_open else 'closed'} loop: {rows:,} rows, {path.stat().st_size / 2 ** 20:.0f} MiB, {trials} trials")
            ratios = []
            for _ in range(pairs):
                by_pandas, by_plot = (run(PYTHON, "-c", program, str(path)) for program in (READ_BY_PANDAS, READ_BY_PLOT))
                ratios.append(by_plot[1] / by_pandas[1])
                for reader, (seconds, cpu_seconds, memory) in (("pandas", by_pandas), ("harness-plot", by_plot)):
                    print(f"  read by {reader}: {cpu_seconds:.1f} s of CPU time in {seconds:.1f} s, {memory:.0f} MiB")
            print(f"  ratio {statistics.median(ratios):.2f}, by pairs {' '.join(f'{ratio:.2f}' for ratio in ratios)}")
            seconds, _, memory = run(PYTHON, str(ROOT / "plot" / "plot.py"), str(folder))
            print(f"  all charts: {seconds:.1f} s, {memory:.0f} MiB", flush=True)
            path.unlink()


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
