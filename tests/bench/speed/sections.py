"""What is measured: each section asks one question, and answers it with a table in Markdown."""

import json
import math

from speed import contestants, instructions, memory
from speed.contestants import Bare, Difference, Strategy
from speed.samples import Spread, Unavailable, cpu, judge, paired, table, take, wall

LANES = 64
# Where a few per cent count: many short rounds find more than few long ones, because noise comes in spells.
SHORT_ROUNDS_A_PAIR = 5
FILES_PER_BLOCKING_LANE = 3  # its connection, and the socket pair of its private multi handle
FILES_SPARE = 200
MANY_PAUSE_S = 1.2  # until loopback's ports can be used again, and the origin has closed its ends


def reasons(absent):
    return [f"- {contestant.name} takes no part: {reason}." for contestant, reason in absent]


def in_turn(bench, everyone, pause_s=0, rounds=None):
    """{name: samples}, and lines about those who can't take part."""
    pause_s = 0 if bench.is_quick else pause_s  # few ports are taken
    samples, absent = take(everyone, rounds or bench.pairs, bench.rng, bench.say, pause_s)
    return {contestant.name: taken for contestant, taken in samples.items()}, reasons(absent)


# What is compared: a column, its decimals, and those of the ratio.
CPU = ("CPU µs a request", cpu, 1, 2)
WALL = ("wall s", wall, 3, 2)
INSTRUCTIONS = ("instructions a request", cpu, 0, 3)
MISSES = (f"misses of a cache of {instructions.CACHE_MIB} MiB a request", lambda sample: sample.extra["misses"], 1, 0)
ELAPSED = ("s from start to end", lambda sample: sample.extra["whole"][1], 2, 2)


def ratios_table(by_name, reference, *columns):
    """Everyone's figures, and their ratios to those of the reference."""
    rows = []
    for name, taken in by_name.items():
        cells = [name]
        for _, value, digits, ratio_digits in columns:
            cells.append(Spread([value(sample) for sample in taken]).text(digits))
            is_other = name != reference and reference in by_name
            cells.append(paired(taken, by_name[reference], value).text(ratio_digits) if is_other else "")
        rows.append(cells)
    return table(["", *(word for column in columns for word in (column[0], "ratio"))], rows) + [""]


def judge_ratio(by_name, name, reference, what, limit, value=cpu):
    """Nothing if one of the two did not take part."""
    if name not in by_name or reference not in by_name:
        return []
    return [judge(f"{name}, {what} against {reference}", paired(by_name[name], by_name[reference], value).median, limit)]


def judge_best(by_name, names, reference, what, limit, value=cpu):
    """Of those with these names that took part, the one with the least ratio."""
    ratios = {name: paired(by_name[name], by_name[reference], value).median
              for name in names if name in by_name and reference in by_name}
    return judge_ratio(by_name, min(ratios, key=ratios.get), reference, f"the best: {what}", limit, value) if ratios else []


def event_loops(bench):
    return [strategy.name for strategy in bench.strategies if strategy.is_event_loop()]


def loops(bench):
    """Also those with several threads, and with coroutines."""
    return [strategy.name for strategy in bench.strategies if strategy.has_loop()]


def missing(bench, name):
    here = [strategy.name for strategy in bench.strategies]
    return [] if name in here else [f"- {name} is not in this build."]


# ---- 1: what harness adds ----

# Of a strategy: the bare loop that does the same, lanes, requests.
BARE_WAYS = {
    "sequential": ("sequential", 1, 2000),
    "thread-pool": ("pool", LANES, 5000),
    "curl-multi": ("multi", LANES, 5000),
}
COUNTED_REQUESTS = 5000  # under callgrind, which is some fifty times slower


def _against_bare(bench, name, requests):
    """The bare loop, the others that show what a ratio to it means, and the strategy."""
    way, lanes, _ = BARE_WAYS[name]
    return [Bare(bench, way, lanes, requests), Bare(bench, way, lanes, requests, name=f"bare {way}, again"),
            Bare(bench, way, lanes, requests, least=True), Strategy(bench, name, lanes, requests)]


def _against_bare_loop(bench, name):
    """The two tables of a strategy, and what to say of them."""
    way, lanes, requests = BARE_WAYS[name]
    requests, counted_requests, bare = bench.scaled(requests), bench.scaled(COUNTED_REQUESTS), f"bare {way}"
    rounds = SHORT_ROUNDS_A_PAIR * bench.pairs
    timed, absent = in_turn(bench, _against_bare(bench, name, requests), rounds=rounds)
    counted, not_counted = in_turn(
        bench, [instructions.Counted(one, counted_requests) for one in _against_bare(bench, name, counted_requests)],
        rounds=bench.counts)
    return [f"{name}, {lanes} at once, {requests:,} requests, {rounds} rounds:", "", *ratios_table(timed, bare, CPU, WALL),
            *(ratios_table(counted, bare, INSTRUCTIONS) if counted else []), *absent, *not_counted,
            *judge_ratio(timed, name, bare, "CPU time", 1.05), *judge_ratio(counted, name, bare, "instructions", 1.03), ""]


def against_bare_loops(bench):
    return [line for name in BARE_WAYS for line in _against_bare_loop(bench, name)]


ADDRESSES = 16  # of the origin: libcurl looks for a connection among those to the same address


def _at_addresses(name, addresses):
    return f"{name}, {addresses} addresses" if addresses else name


# ---- 2: multi-epoll ----


def epoll_busy(bench):
    requests, rounds = bench.scaled(5000), SHORT_ROUNDS_A_PAIR * bench.pairs
    everyone = [*(Strategy(bench, name, LANES, requests) for name in loops(bench)),
                Bare(bench, "multi", LANES, requests), Bare(bench, "socket", LANES, requests)]
    by_name, absent = in_turn(bench, everyone, rounds=rounds)
    return [f"{requests:,} requests, {rounds} rounds:", "", *ratios_table(by_name, "curl-multi", CPU, WALL), *absent,
            *missing(bench, "multi-epoll"), *judge_ratio(by_name, "multi-epoll", "curl-multi", "CPU time", 1.05)]


BUSY = 4
BUSY_REQUESTS = 250  # of each
WAIT_S = 6  # longer than the busy requests take; the origin waits for 10 at most


def _few_busy_workload(waiting, wait_s, each):
    """Half of those that wait are opened before the busy ones, and half after: libcurl looks at connections in this order."""
    before, after = ({"repeat": count, "requests": [f"/delay/{wait_s}"]} for count in (waiting // 2, waiting - waiting // 2))
    busy = [{"repeat": BUSY, "requests": [contestants.QUICK_PATH] * each}] if each else []
    return json.dumps([before, *busy, after])


def few_busy(bench):
    waiting, wait_s, each = bench.scaled(4000) - BUSY, 2 if bench.is_quick else WAIT_S, bench.scaled(BUSY_REQUESTS)
    everyone = []
    for name, addresses in [*((name, None) for name in loops(bench)), ("multi-epoll", ADDRESSES)]:
        both, others = (Strategy(bench, name, waiting + BUSY, workload=_few_busy_workload(waiting, wait_s, count),
                                 addresses=addresses) for count in (each, 0))
        everyone.append(Difference(_at_addresses(name, addresses), both, others, BUSY * each))
    for way in ("multi", "socket"):
        both, others = (Bare(bench, way, BUSY, count, waiting=waiting, waiting_path=f"/delay/{wait_s}")
                        for count in (BUSY * each, 0))
        everyone.append(Difference(both.name, both, others, BUSY * each))
    by_name, absent = in_turn(bench, everyone, MANY_PAUSE_S)
    return [f"{BUSY} busy among {waiting + BUSY:,}: what {BUSY * each:,} quick requests cost beside those that wait, without "
            "what these cost alone:", "", *ratios_table(by_name, "curl-multi", CPU), *absent, *missing(bench, "multi-epoll"),
            *(line for addresses in (None, ADDRESSES)
              for line in judge_ratio(by_name, _at_addresses("multi-epoll", addresses), "curl-multi", "CPU time", 0.1))]


# ---- 3: many connections ----

SHARDED = "multi-sharded"


def many_connections(bench):
    many = min(bench.scaled(8000), bench.open_files - FILES_SPARE)
    requests = 2 * many
    few = Strategy(bench, "curl-multi", LANES, requests, start="warm", name=f"curl-multi, {LANES}")
    arms = [Strategy(bench, name, many, requests, start="warm", addresses=addresses, name=_at_addresses(f"{name}, {many:,}", addresses))
            for name in event_loops(bench) for addresses in (None, ADDRESSES)]
    bare = [Bare(bench, way, many, requests, warm=True, name=f"bare {way}, {many:,}") for way in ("multi", "socket")]
    by_name, absent = in_turn(bench, [few, *arms, *bare], MANY_PAUSE_S)
    counted, not_counted = in_turn(
        bench, [instructions.Counted(one, requests, has_cache=True) for one in (few, *arms) if one is few or one.name.startswith(SHARDED)],
        MANY_PAUSE_S, rounds=1)
    return [*ratios_table(by_name, few.name, CPU, WALL), *absent,
            *(ratios_table(counted, few.name, INSTRUCTIONS, MISSES) if counted else []), *not_counted,
            *judge_best(by_name, [arm.name for arm in arms], few.name, "CPU time", 1.5)]


# ---- shards and threads ----

CHOICES = (
    # strategy, option, lanes, values beside the default
    (SHARDED, "shards", 8000, (1, 16, 63, 250, 500)),
    (SHARDED, "shards", 1000, (1, 4, 8, 32, 64)),
    (SHARDED, "shards", 256, (1, 2, 8, 16)),
    ("multi-threads", "threads", 1000, (1, 2, 4, 8)),
    ("multi-threads", "threads", LANES, (1, 2, 4, 8)),
    ("multi-threads", "loop", 1000, ("poll",)),
    ("multi-threads", "loop", LANES, ("poll",)),
)


def _choice(bench, name, option, lanes, values):
    lanes = min(bench.scaled(lanes) if lanes > LANES else lanes, bench.open_files - FILES_SPARE)
    requests = max(2 * lanes, bench.scaled(5000))
    everyone = [Strategy(bench, spec, lanes, requests, start="warm")
                for spec in (name, *(f"{name}:{option}={value}" for value in values))]
    by_name, absent = in_turn(bench, everyone, MANY_PAUSE_S)
    return [f"{name}:{option}=, {lanes:,} at once, all busy:", "", *ratios_table(by_name, name, CPU, WALL), *absent, ""]


def choices(bench):
    here = [strategy.name for strategy in bench.strategies]
    return [line for choice in CHOICES if choice[0] in here for line in _choice(bench, *choice)]


# ---- 4: all at once ----


def _all_at_once(bench, count):
    path = "/delay/1"
    strategies = [strategy.name for strategy in bench.strategies if not strategy.is_alone()]
    everyone = [contestants.h2load(bench.url + path, count, count),
                *(Strategy(bench, name, count, count, path) for name in strategies),
                *(Bare(bench, way, count, count, path) for way in ("multi", "socket"))]
    by_name, absent = in_turn(bench, everyone, MANY_PAUSE_S)
    return [f"{count:,} requests of 1 s, cold:", "", *ratios_table(by_name, "h2load", CPU, WALL), *absent,
            *judge_best(by_name, strategies, "h2load", "wall time", 1.1, wall)]


def all_at_once(bench):
    """Where blocking lanes can't all have their files, once more with as many as they can have."""
    count = min(bench.scaled(9000), bench.open_files - FILES_SPARE)
    of_blocking = (bench.open_files - FILES_SPARE) // FILES_PER_BLOCKING_LANE // 100 * 100
    lines = _all_at_once(bench, count)
    return lines if of_blocking >= count else [*lines, "", *_all_at_once(bench, of_blocking)]


# ---- 5: memory ----


def _memory_row(bench, name, lanes, wait_s):
    def of(count):
        return memory.measure(Strategy(bench, name, count, count, f"/delay/{wait_s}"))

    many, in_flight = of(lanes)
    one, _ = of(1)
    busy_kib = many.busy_kib / lanes
    idle_kib = (many.idle_kib - one.idle_kib) / (lanes - 1) - memory.RECORD_KIB
    return [name, f"{lanes:,}", f"{in_flight:,}", f"{idle_kib:.1f}", f"{busy_kib:.1f}"], busy_kib


def memory_of_lanes(bench):
    rows, most = [], 0
    for lanes in (bench.scaled(1000), min(bench.scaled(4000), bench.open_files - FILES_SPARE)):
        wait_s = 1 if bench.is_quick else 4
        for name in loops(bench):
            bench.say(f"memory: {name}, {lanes}")
            row, busy_kib = _memory_row(bench, name, lanes, wait_s)
            rows.append(row)
            most = max(most, busy_kib if name != "coroutines" else 0)  # their stacks come on top
        for way in ("multi", "socket"):
            bench.say(f"memory: bare {way}, {lanes}")
            taken = Bare(bench, way, lanes, lanes, f"/delay/{wait_s}").measure().extra
            each = [f"{taken[part] / lanes:.1f}" for part in ("idle_kib", "peak_kib")]
            rows.append([f"bare {way}", f"{lanes:,}", "", *each])
    head = ["", "lanes", "under way at once", "KiB of an idle lane", "KiB more with a request under way"]
    return table(head, rows) + ["", judge("a request under way in an event loop, KiB over an idle lane", most, 12, 1),
                                f"- a record: {memory.RECORD_KIB * 1024:.0f} bytes."]


# ---- 6: a million ----


def _million_row(bench, name, requests, records):
    """Cells, and the share of the trial's own time that everything else took; infinite if there was no trial."""
    bench.say(f"{requests:,} requests: {name}, records {records}")
    try:
        sample = Strategy(bench, name, LANES, requests, records=records).measure()
    except Unavailable as reason:
        return [name, records, str(reason), "", "", ""], math.inf
    cpu_s, elapsed_s = sample.extra["whole"]
    more_s = elapsed_s - sample.wall_s
    return [name, records, f"{sample.wall_s:.1f}", f"{more_s:.2f}", f"{more_s / sample.wall_s:.3f}",
            f"{cpu_s - sample.cpu_us / 1e6:.2f}"], more_s / sample.wall_s


def million(bench):
    requests = bench.scaled(1_000_000)
    rows = {(strategy.name, records): _million_row(bench, strategy.name, requests, records)
            for strategy in bench.strategies for records in ("all", "none")}
    (name, records), (_, most) = max(rows.items(), key=lambda item: item[1][1])
    head = ["", "rows of requests", "trial, s", "everything else, s", "ratio", "CPU of everything else, s"]
    return table(head, [cells for cells, _ in rows.values()]) + [
        "", judge(f"the most beyond the trial's own time, {name} with records {records}", most, 0.1)]


# ---- the whole experiment ----

FIRST_FOUR = "sequential,thread-per-request,thread-pool,curl-multi"


def whole_experiment(bench):
    """From the command to its last chart, as a user has it."""
    rounds = 2 if bench.is_quick else 20
    everyone = [contestants.Experiment(bench, strategies, rounds) for strategies in (FIRST_FOUR, "all")]
    by_name, absent = in_turn(bench, everyone)
    return [*ratios_table(by_name, FIRST_FOUR, ELAPSED), *absent,
            *judge_ratio(by_name, "all", FIRST_FOUR, "from the command to the last chart", 1.6, ELAPSED[1])]


# ---- other programs ----


def other_programs(bench):
    requests = LANES * (30 if bench.is_quick else 300)
    everyone = [*contestants.other_programs(bench.url + contestants.QUICK_PATH, LANES, requests, bench.folder / "curl"),
                *(Bare(bench, way, LANES, requests) for way in ("pool", "multi", "socket")),
                *(Strategy(bench, strategy.name, LANES, requests,
                           name=f"{strategy.name}, 1 connection" if strategy.is_alone() else None)
                  for strategy in bench.strategies)]
    by_name, absent = in_turn(bench, everyone)
    rows = []
    for name, taken in by_name.items():
        rates = Spread([sample.requests / sample.wall_s for sample in taken])
        rows.append((rates.median, [name, rates.text(0), Spread([cpu(sample) for sample in taken]).text(1)]))
    rows.sort(reverse=True)
    return table(["", "requests/s", "CPU µs a request"], [cells for _, cells in rows]) + ["", *absent]


SECTIONS = {
    "bare": ("What harness adds to bare libcurl", against_bare_loops),
    "epoll": (f"Event loops with {LANES} busy connections", epoll_busy),
    "few-busy": ("Event loops with few busy connections among many", few_busy),
    "many": ("Many busy connections", many_connections),
    "choices": ("How many shards, how many threads", choices),
    "at-once": ("Thousands of requests at once", all_at_once),
    "memory": ("Memory of lanes", memory_of_lanes),
    "million": ("A million requests in a trial", million),
    "whole": ("The default experiment", whole_experiment),
    "programs": (f"Beside other programs, {LANES} connections", other_programs),
}
