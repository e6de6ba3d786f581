"""An open loop: batches start when they are due, whatever became of those before them."""

import math
import statistics
import threading
import time

import pytest

import harness_runs
import target_servers
from harness_runs import group, nanoseconds, numbers, was_sent

ALL = tuple(harness_runs.FAMILIES)  # those that send nothing keep a schedule too
RATE = 200
BATCHES = 30
SEED = 4711

# A process may be kept from running for as long by what else the machine does.
LATE_S = 0.015

STALL_S = 0.4
STALL_RATE = 100
STALLED_BATCH = 10


def run_open_loop(folder, *arguments, well=True):
    """Batches of two requests, so that only the first of each is due at a moment of its own."""
    path = harness_runs.write_workload(folder / "given.json", [["/bytes/24", "/bytes/25"]] * BATCHES)
    run = harness_runs.run_well if well else harness_runs.run
    return run(folder, "--workload", path, "--strategy", ",".join(ALL), "--seed", SEED, *arguments).results


@pytest.fixture(scope="module")
def constant(tmp_path_factory):
    return run_open_loop(tmp_path_factory.mktemp("constant"), "--rate", RATE, "--repeat", 2)


@pytest.fixture(scope="module")
def poisson(tmp_path_factory):
    return run_open_loop(tmp_path_factory.mktemp("poisson"), "--rate", RATE, "--arrivals", "poisson", "--repeat", 2)


@pytest.fixture(scope="module", params=["constant", "poisson"])
def experiment(request):
    return request.getfixturevalue(request.param)


def first_of_batches(rows):
    return [row for row in rows if row["request"] == "1"]


def schedules(results):
    """What each trial's batches were due at, in nanoseconds."""
    return [tuple(nanoseconds(row["intended_s"]) for row in first_of_batches(rows))
            for rows in results.requests_by_trial.values()]


def gaps(schedule):
    return [later - earlier for earlier, later in zip(schedule, schedule[1:])]


# ---- the schedule ----


def test_every_trial_of_an_experiment_has_the_same_ascending_schedule(experiment):
    first, *others = schedules(experiment)
    assert len(others) + 1 == len(ALL) * 3
    assert len(first) == BATCHES
    assert first[0] == 0
    assert list(first) == sorted(first)
    assert set(others) == {first}


def test_constant_arrivals_are_evenly_spread(constant):
    for gap in gaps(schedules(constant)[0]):
        assert gap == pytest.approx(1e9 / RATE, abs=2)


def test_poisson_arrivals_have_exponential_gaps(tmp_path):
    """Mean and deviation are the same, and 1 - 1/e of the gaps are below them (39 % below half)."""
    outcome = harness_runs.run_once_well(
        tmp_path, "/get", "--strategy", "no-op", "--rate", 20000, "--arrivals", "poisson", "--requests", 4000, "--seed", SEED)
    between = [gap * 20000 / 1e9 for gap in gaps(schedules(outcome.results)[0])]
    tolerance = 5 / math.sqrt(len(between))
    assert statistics.mean(between) == pytest.approx(1, abs=tolerance)
    assert statistics.stdev(between) == pytest.approx(1, abs=2 * tolerance)
    for bound in (0.1, 0.5, 1, 2):
        assert sum(gap < bound for gap in between) / len(between) == pytest.approx(1 - math.exp(-bound), abs=tolerance)


def test_the_seed_decides_poisson_arrivals(tmp_path):
    def schedule(seed):
        outcome = harness_runs.run_once_well(
            tmp_path, "/get", "--strategy", "no-op", "--rate", 2000, "--arrivals", "poisson", "--requests", 20, "--seed", seed)
        return schedules(outcome.results)[0]
    assert schedule(1) == schedule(1)
    assert schedule(1) != schedule(2)


# ---- what is measured ----


def test_no_request_starts_before_it_is_due(experiment):
    for request in experiment.requests:
        assert nanoseconds(request["started_s"]) >= nanoseconds(request["intended_s"])


@pytest.mark.parametrize("strategy", ALL)
def test_batches_start_when_they_are_due_if_there_is_time(experiment, strategy):
    late = [float(row["started_s"]) - float(row["intended_s"])
            for row in first_of_batches(experiment.requests_of(strategy))]
    assert statistics.median(late) < LATE_S


def test_durations_count_from_the_intended_start_and_service_from_the_real_one(experiment):
    sent = list(filter(was_sent, experiment.requests))
    assert sent
    for request in sent:
        finished = nanoseconds(request["finished_s"])
        assert nanoseconds(request["duration_s"]) == finished - nanoseconds(request["intended_s"])
        assert nanoseconds(request["service_s"]) == finished - nanoseconds(request["started_s"])


def test_within_a_batch_a_request_is_due_when_the_one_before_it_was_answered(experiment):
    second = [request for request in experiment.requests if request["request"] == "2"]
    assert len(second) == BATCHES * len(experiment.trials)
    for request in second:
        assert request["intended_s"] == request["started_s"]


def test_a_closed_loop_has_no_schedule(tmp_path):
    results = run_open_loop(tmp_path, "--repeat", 1)
    for request in results.requests:
        assert request["intended_s"] == ""
        assert request["service_s"] == request["duration_s"]
    for trial in results.trials:
        assert (trial["rate_per_s"], trial["achieved_per_s"], trial["max_backlog"], trial["saturated"]) == ("", "", "", "")
    assert {row["saturated"] for row in results.summary} == {""}
    assert results.document("experiment")["settings"]["rate"] is None


def test_the_results_say_what_rate_and_arrivals_were_asked_for(constant, poisson):
    assert {trial["rate_per_s"] for trial in constant.trials} == {str(RATE)}
    for results, arrivals in ((constant, "constant"), (poisson, "poisson")):
        settings = results.document("experiment")["settings"]
        assert (settings["rate"], settings["arrivals"]) == (RATE, arrivals)


def backlog(rows):
    """The most batches that were due and not yet started; a start at the same nanosecond as another's due time is first."""
    events = sorted([(nanoseconds(row["started_s"]), -1) for row in rows]
                    + [(nanoseconds(row["intended_s"]), 1) for row in rows])
    most = waiting = 0
    for _, change in events:
        waiting += change
        most = max(most, waiting)
    return most


def test_backlog_and_rate_achieved_follow_from_the_requests(experiment):
    for trial in experiment.trials:
        rows = first_of_batches(experiment.requests_by_trial[trial["trial"]])
        last_started = max(nanoseconds(row["started_s"]) for row in rows)
        assert int(trial["max_backlog"]) == backlog(rows)
        assert float(trial["achieved_per_s"]) == pytest.approx((BATCHES - 1) * 1e9 / last_started, rel=1e-4)


# ---- too much ----


@pytest.fixture(scope="module")
def too_much(tmp_path_factory):
    """Twenty requests of 20 ms each that are due within 20 ms: nobody with one lane can do that."""
    return harness_runs.run_well(
        tmp_path_factory.mktemp("too-much"), "/delay/0.02", "--requests", 20, "--rate", 1000, "--concurrency", 1,
        "--repeat", 2)


def test_who_cannot_keep_up_is_marked_saturated_and_warned_of(too_much):
    assert len(too_much.results.measured_trials) == 2 * len(harness_runs.STRATEGIES)
    for trial in too_much.results.measured_trials:
        assert trial["saturated"] == "true"
        assert float(trial["achieved_per_s"]) < 60
        assert int(trial["max_backlog"]) > 15
    assert {row["saturated"] for row in too_much.results.summary} == {"true"}
    codes = [warning["code"] for warning in too_much.results.document("experiment")["warnings"]]
    assert codes.count("saturated") == len(harness_runs.STRATEGIES)
    assert "less than 98 % of the rate" in too_much.stderr


def test_waiting_for_a_lane_is_part_of_the_duration_but_not_of_the_work(too_much):
    last = [request for request in too_much.results.requests if request["batch"] == "20"]
    assert len(last) == len(too_much.results.trials)
    for request in last:
        assert float(request["duration_s"]) > 0.3
        assert float(request["service_s"]) < 0.2
    for row in too_much.results.summary:
        assert float(row["request_p50_s"]) > 0.1
        assert row["efficiency"] == "", "the schedule decides on the total time"


def test_enough_lanes_keep_up(tmp_path):
    outcome = harness_runs.run_well(
        tmp_path, "/delay/0.02", "--requests", 40, "--rate", 100, "--concurrency", 16, "--strategy",
        ",".join(harness_runs.CONCURRENT), "--repeat", 3)
    assert {row["strategy"]: row["saturated"] for row in outcome.results.summary} == {
        strategy: "false" for strategy in harness_runs.CONCURRENT}
    for trial in outcome.results.measured_trials:
        assert float(trial["achieved_per_s"]) <= 100


def test_a_few_batches_far_apart_are_no_hang_and_no_saturation(tmp_path):
    """The gap is longer than a request's time-out."""
    outcome = harness_runs.run_once_well(
        tmp_path, "/get", "--requests", 3, "--rate", 1.5, "--timeout", 0.4, "--connect-timeout", 0.3, "--strategy",
        "curl-multi,thread-pool")
    for trial in outcome.results.trials:
        assert (trial["status"], trial["succeeded"], trial["saturated"]) == ("ok", "3", "false")
        assert 1.33 <= float(trial["wall_s"]) < 2.5


def test_who_has_nothing_to_do_but_to_wait_for_an_answer_sleeps(tmp_path):
    """With one lane no batch waits for its moment while a request is under way, so no alarm is set."""
    outcome = harness_runs.run_once_well(tmp_path, "/delay/0.15", "--requests", 4, "--rate", 5, "--concurrency", 1,
                                         "--strategy", "all")
    for trial in outcome.results.trials:
        assert float(trial["user_s"]) + float(trial["sys_s"]) < 0.2 * float(trial["wall_s"]), trial["strategy"]


@pytest.mark.parametrize("rate", ["-1", "x", "nan", ""])
def test_rates_that_are_none_are_refused(tmp_path, rate):
    outcome = harness_runs.run(tmp_path, "/get", f"--rate={rate}")
    assert outcome.exit_code == 2
    assert "--rate" in outcome.stderr


# ---- an origin that stalls once ----


class _StallingHandler(target_servers.QuietHandler):
    """Answers at once, but for one path, whose requests hold up everybody for STALL_S."""

    def do_GET(self):
        with self.server.gate:
            if self.path == "/stall":
                time.sleep(STALL_S)
        self.reply(b"")


class _Stalling(target_servers.SmallServer):
    def __init__(self):
        super().__init__(_StallingHandler)
        self.gate = threading.Lock()


@pytest.fixture(scope="module", params=[1, 4])
def stalled(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stalled")
    batches = [["/stall" if number == STALLED_BATCH else "/quick"] for number in range(80)]
    path = harness_runs.write_workload(folder / "given.json", batches)
    with target_servers.serving(_Stalling()) as server:
        outcome = harness_runs.run_once_well(
            folder, "--workload", path, "--base-url", server.url, "--rate", STALL_RATE, "--concurrency", request.param)
    return outcome.results


def due_meanwhile(rows):
    """Those that were due while the server stalled, with the time that was left of it. Until it saw the request that has it
    stall, it may have answered others."""
    (stall,) = [row for row in rows if row["url"] == "/stall"]
    began, ended = float(stall["started_s"]), float(stall["finished_s"])
    assert ended - began >= STALL_S
    return [(row, ended - float(row["intended_s"])) for row in rows
            if row is not stall and ended - STALL_S < float(row["intended_s"]) < ended]


@pytest.mark.parametrize("strategy", harness_runs.STRATEGIES)
def test_a_stall_shows_up_in_every_request_that_was_due_meanwhile(stalled, strategy):
    meanwhile = due_meanwhile(stalled.requests_of(strategy))
    assert len(meanwhile) >= STALL_S * STALL_RATE - 2
    for row, left_s in meanwhile:
        assert float(row["duration_s"]) >= left_s - LATE_S, row["batch"]


@pytest.mark.parametrize("strategy", harness_runs.STRATEGIES)
def test_a_stall_does_not_show_up_in_the_service_of_requests_that_waited_for_a_lane(stalled, strategy):
    """One request a lane was held up by the origin itself."""
    rows = stalled.requests_of(strategy)
    lanes = len({row["lane"] for row in rows})
    held_up = [row for row in rows if float(row["service_s"]) > STALL_S / 2]
    waited = [row for row, left_s in due_meanwhile(rows) if left_s > STALL_S / 2]
    assert 1 <= len(held_up) <= lanes
    assert len(waited) > 4 * lanes
    assert statistics.median(numbers(waited, "service_s")) < STALL_S / 8


def test_a_stall_is_a_backlog(stalled):
    for trial in stalled.trials:
        assert int(trial["max_backlog"]) >= STALL_S * STALL_RATE / 2


def test_a_stall_that_is_caught_up_with_is_no_saturation(stalled):
    assert {strategy: [trial["saturated"] for trial in trials] for strategy, trials in group(stalled.trials, "strategy").items()} == {
        strategy: ["false"] for strategy in harness_runs.STRATEGIES}
