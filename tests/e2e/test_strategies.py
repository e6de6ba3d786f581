"""The strategies side by side: their names and options, who waits for whom, connections, order within batches."""

import contextlib
import errno
import itertools
import os

import pytest

import harness_runs
import listings
import refused_calls
import strategies
import target_servers
from harness_runs import CONCURRENT, FAMILIES, ONE_LANE, STRATEGIES, group, nanoseconds, run_once_well

EVERY_KIND = (*STRATEGIES, "thread-per-request:handles=fresh")


# ---- names and options ----


def test_list_strategies_names_each_with_a_summary_and_its_options():
    by_name = {strategy.name: strategy for strategy in strategies.listed()}
    assert len(by_name) == len(strategies.listed())
    assert all(strategy.summary for strategy in by_name.values())
    assert {strategy.family for strategy in by_name.values()} <= {
        "nobody", "blocking", "threads", "processes", "event loop", "mixed", "coroutines"}
    options = {name: [key.partition("=")[0] for key, meaning in strategy.options if meaning]
               for name, strategy in by_name.items()}
    assert options["thread-per-request"] == ["handles", "stack-kib"]
    assert options["thread-pool"] == ["stack-kib"]


@pytest.mark.parametrize("name, family", [
    ("sequential", "blocking"), ("thread-per-request", "threads"), ("thread-pool", "threads"),
    ("process-pool", "processes"), ("curl-multi", "event loop"), ("multi-threads", "mixed"), ("coroutines", "coroutines"),
    ("no-op", "nobody")])
def test_the_strategies_of_the_documents_are_there(name, family):
    assert FAMILIES[name] == family


def test_one_by_one_is_of_one_lane_and_those_with_threads_or_a_loop_are_not():
    assert "sequential" in ONE_LANE
    assert {"thread-per-request", "thread-pool", "curl-multi"} <= set(CONCURRENT)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_listed_name_is_accepted_and_keeps_its_family(tmp_path, name):
    outcome = run_once_well(tmp_path, "/get", "--strategy", name)
    assert [(trial["strategy"], trial["family"]) for trial in outcome.results.trials] == [(name, FAMILIES[name])]


# ---- addresses of the origin ----


def test_lanes_take_turns_on_the_addresses_of_the_origin(tmp_path):
    """Over HTTP/2 the lanes of a loop share a connection, but not with those of another address."""
    outcome = run_once_well(tmp_path, "/delay/0.05", "--requests", 60, "--strategy", "multi-epoll", "--concurrency", 12,
                            "--tls", "--http", 2, "--origin-addresses", 3)
    (trial,) = outcome.results.trials
    assert (trial["connections_opened"], trial["origin_connections"]) == ("3", "3")
    assert {row["connections_opened"] for row in outcome.results.requests[12:]} == {"0"}


@pytest.mark.parametrize("option, why", [
    (["--base-url", "http://127.0.0.1:1"], "which --base-url replaces"), (["--proxy", "http://127.0.0.1:1"], "with --proxy"),
], ids=["base URL", "proxy"])
def test_addresses_that_are_not_the_origins_are_refused(tmp_path, option, why):
    outcome = harness_runs.run(tmp_path, "/get", "--origin-addresses", 2, *option)
    assert outcome.exit_code == 2
    assert "--origin-addresses" in outcome.stderr and why in outcome.stderr


def test_addresses_without_the_origin_are_refused(tmp_path):
    outcome = harness_runs.run(tmp_path, "http://127.0.0.1:1/", "--origin-addresses", 2)
    assert outcome.exit_code == 2
    assert "the workload has no paths" in outcome.stderr


def labels(outcome):
    return [row["strategy"] for row in outcome.results.summary]


@pytest.mark.parametrize("arguments, wanted", [
    ([], list(STRATEGIES)),
    (["-s", "all"], list(STRATEGIES)),
    (["-s", "thread-pool,curl-multi"], ["thread-pool", "curl-multi"]),
    (["-s", "thread-pool", "-s", "curl-multi"], ["thread-pool", "curl-multi"]),
    (["-s", "all,no-op"], [*STRATEGIES, "no-op"]),
    (["-s", "curl-multi,curl-multi", "-s", "curl-multi"], ["curl-multi", "curl-multi#2", "curl-multi#3"]),
    (["-s", "thread-pool:stack-kib=512,thread-pool"], ["thread-pool:stack-kib=512", "thread-pool"]),
], ids=lambda value: " ".join(value) or "none")
def test_strategies_are_chosen_by_name(tmp_path, arguments, wanted):
    outcome = run_once_well(tmp_path, "/get", *arguments)
    assert labels(outcome) == wanted
    assert sorted(trial["strategy"] for trial in outcome.results.trials) == sorted(wanted)


@pytest.mark.parametrize("name, reason", [
    ("nope", f"choose from {', '.join(strategy.name for strategy in strategies.listed())}, or all"),
    ("", "sequential"),
    ("curl-multi,", "sequential"),
    ("thread-pool:stack=512", "stack-kib"),
    ("thread-pool:stack-kib=1", "64"),
    ("thread-pool:stack-kib=many", "64"),
    ("thread-per-request:handles=none", "'lane' or 'fresh'"),
    ("sequential:stack-kib=512", "stack-kib"),
])
def test_unknown_names_and_options_are_refused_with_what_there_is(tmp_path, name, reason):
    outcome = harness_runs.run(tmp_path, "/get", "--strategy", name)
    assert outcome.exit_code == 2
    assert reason in outcome.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_op_sends_nothing(tmp_path, witness):
    outcome = run_once_well(tmp_path, "/get", "/get", "--strategy", "no-op", "--base-url", witness.url)
    assert witness.connections == 0
    assert outcome.results.trials[0]["connections_opened"] == "0"
    assert "fastest: no-op" not in outcome.stdout


def test_no_op_is_never_the_fastest(tmp_path):
    outcome = run_once_well(tmp_path, "/get", "--strategy", "no-op,sequential")
    assert "not ranked: no-op (sends no requests)" in outcome.stdout
    assert "fastest: no-op" not in outcome.stdout


# ---- what can't run here ----


NOT_PERMITTED = ("Operation not permitted; the setting kernel.io_uring_disabled or a container's seccomp profile can do so")


@pytest.fixture(name="io_uring_refused", params=[
    (refused_calls.IO_URING_SETUP, errno.EPERM, NOT_PERMITTED),
    (refused_calls.IO_URING_SETUP, errno.ENOSYS, "Function not implemented"),
    (refused_calls.IO_URING_SETUP, errno.EMFILE, "Too many open files; raise the limit on open files (ulimit -n)"),
    (refused_calls.IO_URING_ENTER, errno.EPERM, NOT_PERMITTED)], ids=["EPERM", "ENOSYS", "EMFILE", "entering"])
def _io_uring_refused(request):
    """What makes the kernel refuse it, and the reason that is then given."""
    call, error, text = request.param
    if "multi-uring" in (strategy.name for strategy in strategies.listed() if "build" in (strategy.missing or "")):
        pytest.skip("built without liburing")
    return refused_calls.refusal(call, error), f"the kernel refuses io_uring: {text}"


def test_what_the_kernel_refuses_is_listed_with_the_reason(tmp_path, io_uring_refused):
    refuse, reason = io_uring_refused
    listing = listings.unwrapped(harness_runs.run_well(tmp_path, "--list-strategies", before=refuse).stdout).splitlines()
    (place,) = [number for number, line in enumerate(listing) if line.startswith("multi-uring ")]
    assert listing[place + 1] == f"    not available: {reason}"
    assert sum(reason in line for line in listing) == 1


def test_all_leaves_out_what_the_kernel_refuses(tmp_path, io_uring_refused):
    outcome = run_once_well(tmp_path, "/get", "--strategy", "all", before=io_uring_refused[0])
    assert set(labels(outcome)) == {*STRATEGIES} - {"multi-uring"}


def test_naming_what_the_kernel_refuses_gives_the_reason(tmp_path, io_uring_refused):
    refuse, reason = io_uring_refused
    outcome = harness_runs.run(tmp_path, "/get", "--strategy", "multi-uring", before=refuse)
    assert outcome.exit_code == 2
    assert f"strategy 'multi-uring' is not available: {reason}" in outcome.stderr
    assert list(tmp_path.iterdir()) == []


# ---- who waits for whom ----


def walls(outcome):
    return {row["strategy"]: float(row["median_s"]) for row in outcome.results.summary}


def test_sequential_takes_the_sum_of_all_delays_and_the_others_do_not(tmp_path):
    times = walls(run_once_well(tmp_path, *["/delay/0.06"] * 8, "--concurrency", 8, "--repeat", 3))
    assert set(times) == set(STRATEGIES)
    assert times["sequential"] >= 8 * 0.06
    for strategy in CONCURRENT:
        assert times["sequential"] > 2.5 * times[strategy] >= 2.5 * 0.06


def test_at_concurrency_1_all_are_sequential(tmp_path):
    outcome = run_once_well(tmp_path, *["/delay/0.05"] * 4, "--concurrency", 1)
    times = walls(outcome).values()
    assert min(times) >= 4 * 0.05
    assert max(times) < 2 * min(times)
    assert {trial["max_in_flight"] for trial in outcome.results.trials} == {"1"}
    assert {trial["origin_max_in_flight"] for trial in outcome.results.trials} == {"1"}


def test_more_concurrency_than_batches_is_allowed(tmp_path):
    outcome = run_once_well(tmp_path, "/delay/0.05", "/delay/0.05", "--concurrency", 50, "-s", ",".join(CONCURRENT))
    assert {trial["max_in_flight"] for trial in outcome.results.trials} == {"2"}


def test_levels_of_concurrency_are_compared_with_each_other(tmp_path):
    outcome = run_once_well(tmp_path, *["/delay/0.2"] * 4, "--concurrency", "1,4", "-s", "sequential,curl-multi")
    times = {(row["strategy"], row["concurrency"]): float(row["median_s"]) for row in outcome.results.summary}
    assert set(times) == {("sequential", "1"), ("curl-multi", "1"), ("curl-multi", "4")}
    assert times["curl-multi", "1"] >= 4 * 0.2
    assert times["curl-multi", "1"] > 2 * times["curl-multi", "4"]


# ---- several loops on several threads ----

LOOP_KINDS = ("poll", "epoll")


def threads_of(outcome):
    """Besides the main one, which waits for them."""
    (trial,) = outcome.results.trials
    return int(trial["peak_threads"]) - 1


def test_there_is_a_loop_for_each_processor_that_the_trial_may_use(tmp_path):
    usable = sorted(os.sched_getaffinity(0))
    for count in {1, len(usable)}:
        folder = tmp_path / str(count)
        folder.mkdir()
        outcome = run_once_well(folder, "/get", "--strategy", "multi-threads", "--requests", 2000, "--concurrency", 1000,
                                "--client-cpus", ",".join(map(str, usable[:count])))
        assert threads_of(outcome) == count


@pytest.mark.parametrize("threads, lanes, wanted", [("auto", 1, 1), (1, 4, 1), (3, 4, 3), (4, 4, 4), (1024, 4, 4)])
def test_there_are_as_many_loops_as_asked_for_and_no_more_than_lanes(tmp_path, threads, lanes, wanted):
    outcome = run_once_well(tmp_path, "/get", "--requests", 20, "--strategy", f"multi-threads:threads={threads}", "--concurrency", lanes)
    assert threads_of(outcome) == wanted


@pytest.mark.parametrize("kind", LOOP_KINDS)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_each_loop_has_its_own_connections(tmp_path, kind, threads):
    """Over HTTP/2 the lanes of a loop share one: a single thread has what a loop without threads has."""
    outcome = run_once_well(tmp_path, "/delay/0.05", "--requests", 60, "--concurrency", 12, "--tls", "--http", 2,
                            "--strategy", f"multi-threads:threads={threads}:loop={kind}")
    (trial,) = outcome.results.trials
    assert (trial["connections_opened"], trial["origin_connections"]) == (str(threads), str(threads))
    assert trial["max_in_flight"] == "12"


# ---- connections ----


def run_for_connections(tmp_path, server, *arguments):
    path = harness_runs.write_workload(tmp_path / "w.json", [["/1", "/2"], ["/3"], ["/4", "/5", "/6"], ["/7"], ["/8"]])
    return run_once_well(tmp_path, "--workload", path, "--base-url", server.url, "--concurrency", 2,
                         "--strategy", ",".join(EVERY_KIND), *arguments)


def opened(outcome):
    return {trial["strategy"]: int(trial["connections_opened"]) for trial in outcome.results.trials}


def test_connections_are_reused_and_as_many_as_the_server_sees(tmp_path, witness):
    outcome = run_for_connections(tmp_path, witness)
    counts = opened(outcome)
    assert sum(counts.values()) + harness_runs.FIRST_LOOK == witness.connections
    assert counts["sequential"] == 1
    for strategy in CONCURRENT:
        assert 1 <= counts[strategy] <= 2
    assert counts["thread-per-request:handles=fresh"] == 5, "one for each batch"


FIRST_LOOK_SERVERS = 64  # so many are connected to before the first round


@pytest.mark.parametrize("servers, lanes", [(12, 4), (100, 3)])
def test_no_connection_is_closed_to_make_room_for_another_server(tmp_path, servers, lanes):
    """Whatever the strategy: a lane may keep a connection to each server."""
    with contextlib.ExitStack() as stack:
        witnesses = [stack.enter_context(target_servers.witness()) for _ in range(servers)]
        urls = [f"{one.url}/{place}" for place in range(20) for one in witnesses]
        outcome = run_once_well(tmp_path, *urls, "--strategy", "all", "--concurrency", lanes)
        seen = sum(one.connections for one in witnesses)
    assert_no_connection_was_closed(outcome, servers, seen - harness_runs.FIRST_LOOK * min(servers, FIRST_LOOK_SERVERS))


def assert_no_connection_was_closed(outcome, servers, seen):
    opened = {trial["strategy"]: int(trial["connections_opened"]) for trial in outcome.results.trials}
    assert set(opened) == set(STRATEGIES)
    assert sum(opened.values()) == seen
    for trial in outcome.results.trials:
        assert servers <= opened[trial["strategy"]] <= servers * int(trial["concurrency"]), trial["strategy"]


def test_no_connection_is_closed_to_make_room_for_a_server_behind_a_redirect(tmp_path):
    with target_servers.witness() as behind, target_servers.redirecting(behind.url) as before:
        outcome = run_once_well(tmp_path, f"{before.url}/", "--location", "--yes", "--requests", 100, "--strategy", "all",
                                "--concurrency", 4)
        seen = before.connections + behind.connections
    assert_no_connection_was_closed(outcome, 2, seen - harness_runs.FIRST_LOOK)


def test_no_reuse_opens_a_connection_for_every_request(tmp_path, witness):
    outcome = run_for_connections(tmp_path, witness, "--no-reuse")
    assert opened(outcome) == dict.fromkeys(EVERY_KIND, 8)
    assert witness.connections == 8 * len(EVERY_KIND) + harness_runs.FIRST_LOOK
    assert {trial["no_reuse"] for trial in outcome.results.trials} == {"true"}
    assert {request["connections_opened"] for request in outcome.results.requests} == {"1"}


def test_reuse_and_none_are_compared_in_one_experiment(tmp_path):
    outcome = harness_runs.run_well(tmp_path, "/delay/0.1", "--requests", 8, "-c", 2, "-s", "thread-pool,curl-multi",
                                    "--no-reuse=false,true", "--reference", "no-reuse=false", "--repeat", 1, "--warmup", 0)
    assert [(row["arm"], row["no_reuse"], row["reference"]) for row in outcome.results.summary] == [
        (f"{name} no-reuse={flag}", flag, f"{name} no-reuse=false" if flag == "true" else "")
        for name in ("thread-pool", "curl-multi") for flag in ("false", "true")]
    assert {(trial["no_reuse"], trial["connections_opened"]) for trial in outcome.results.trials} == {("false", "2"), ("true", "8")}
    assert outcome.results.document("experiment")["settings"]["no-reuse"] == [False, True]


# ---- order ----

ORDERED = [["/1/1", "/1/2"], ["/2/1", "/2/2", "/2/3"], ["/3/1", "/3/2"]]
STEP_S = 0.03


@pytest.fixture(scope="module")
def ordered(tmp_path_factory):
    """One trial of each strategy on three ordered batches, and what the server saw of them."""
    folder = tmp_path_factory.mktemp("ordered")
    path = harness_runs.write_workload(folder / "w.json", ORDERED)
    with target_servers.witness(delay_s=STEP_S) as server:
        outcome = run_once_well(
            folder, "--workload", path, "--base-url", server.url, "--strategy", ",".join(EVERY_KIND))
        return outcome.results, list(server.arrivals)


def batches_of(results, strategy):
    return group(results.requests_of(strategy), "batch").values()


@pytest.mark.parametrize("strategy", EVERY_KIND)
def test_a_request_starts_when_the_one_before_it_has_finished(ordered, strategy):
    assert len(batches_of(ordered[0], strategy)) == len(ORDERED)
    for batch in batches_of(ordered[0], strategy):
        assert [row["request"] for row in batch] == [str(place) for place in range(1, len(batch) + 1)]
        for one, next_one in itertools.pairwise(batch):
            assert nanoseconds(next_one["started_s"]) >= nanoseconds(one["finished_s"])


def test_the_server_sees_every_batch_in_order(ordered):
    results, arrivals = ordered
    in_order_of_trials = sorted(arrivals, key=lambda arrival: arrival.begun)
    per_trial = sum(map(len, ORDERED))
    assert len(in_order_of_trials) == per_trial * len(results.trials)
    for first in range(0, len(in_order_of_trials), per_trial):
        of_trial = in_order_of_trials[first:first + per_trial]
        for batch in ORDERED:
            seen = [arrival for arrival in of_trial if arrival.path in batch]
            assert [arrival.path for arrival in seen] == batch
            for one, next_one in itertools.pairwise(seen):
                assert next_one.begun >= one.ended


def overlap(one, other):
    return (nanoseconds(one[0]["started_s"]) < nanoseconds(other[-1]["finished_s"])
            and nanoseconds(other[0]["started_s"]) < nanoseconds(one[-1]["finished_s"]))


@pytest.mark.parametrize("strategy", EVERY_KIND)
def test_different_batches_run_at_once_except_one_by_one(ordered, strategy):
    pairs = itertools.combinations(batches_of(ordered[0], strategy), 2)
    assert {overlap(one, other) for one, other in pairs} == {strategy not in ONE_LANE}


@pytest.mark.parametrize("strategy", EVERY_KIND)
def test_a_batch_stays_on_one_lane(ordered, strategy):
    assert len(batches_of(ordered[0], strategy)) == len(ORDERED)
    for batch in batches_of(ordered[0], strategy):
        assert len({row["lane"] for row in batch}) == 1
