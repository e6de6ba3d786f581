"""An experiment's files agree with each other, and with what is computed anew from their rows."""

import datetime
import json
import re
import statistics
import subprocess

import pytest

import harness_runs
from harness_runs import group, has_failed, nanoseconds, numbers, was_sent
from quantiles import occurring_quantile

CONCURRENCY = 4
WARMUP = 2
REPEAT = 3
SEED = 20240229
ARMS = (*harness_runs.STRATEGIES, "thread-pool#2")
P90_MINIMUM = 50

# Six significant digits survive in the cells of computed numbers.
PRECISION = 1e-5

# At this concurrency the longest batch bounds the time from below, one by one it is the sum of all.
WELL = [
    ["/delay/0.03", "/delay/0.03"],
    *[["/delay/0.00%d" % (number % 4 + 1)] for number in range(40)],
    *[["/bytes/%d?seed=%d" % (100 * number, number)] for number in range(8)],
    {"name": "order", "requests": [{"url": "/post", "body": {"item": 1}}, "/delay/0.004", {"url": "/post", "body": "paid"}]},
    [{"url": "/anything/a", "method": "PUT", "body": "text"}, "/get", "/delay/0.003"],
]
WITH_FAILURES = [
    *WELL,
    ["/status/500", "/get", "/delay/0.001"],
    [{"url": "/get", "expected_status": 201}, "/get"],
    [{"url": "/status/404", "expected_status": 404}, "/get"],
]

COLUMNS = {
    "trials": """trial round position warmup arm strategy workload concurrency http no_reuse start started_at requests succeeded
        failed skipped status wall_s inner_wall_s user_s sys_s cpu_us_per_request origin_cpu_s requests_per_s
        peak_memory_kib peak_threads peak_processes voluntary_switches involuntary_switches minor_faults http_version connections_opened
        handshakes_full handshakes_resumed
        max_in_flight mean_in_flight origin_max_in_flight
        origin_connections origin_streams origin_handshakes_full origin_handshakes_resumed bytes_received""",
    "requests": """trial round warmup arm strategy concurrency http start batch batch_name request method url lane started_s first_byte_s finished_s duration_s
        time_namelookup_s time_connect_s time_appconnect_s time_pretransfer_s time_starttransfer_s response_code
        http_version connections_opened handshakes_full handshakes_resumed bytes_received outcome error""",
    "summary": """arm strategy concurrency http trials failed_requests median_s min_s mean_s max_s mad_s lower_bound_s efficiency
        request_p50_s request_p90_s request_p99_s cpu_us_per_request peak_memory_kib peak_threads peak_processes http_version
        connections_opened handshakes_full handshakes_resumed""",
    "urls": "arm strategy concurrency http url requests statuses median_s p90_s failed",
}

TEXT_COLUMNS = {"arm", "http_version", "libcurl", "strategy", "family", "workload", "start", "started_at", "status", "message", "batch_name", "method", "url",
                "outcome", "error", "statuses", "reference", "verdict", "verdict_text", "cpu_verdict", "cpu_verdict_text", "warmup", "no_reuse", "ranked",
                "ranked_by", "not_ranked_because", "shares_first"}


class Experiment:
    def __init__(self, outcome, batches):
        self.outcome = outcome
        self.results = outcome.results
        self.batch_names = [batch.get("name", "") if isinstance(batch, dict) else "" for batch in batches]
        self.batches = [batch["requests"] if isinstance(batch, dict) else batch for batch in batches]
        self.requests = [request for batch in self.batches for request in batch]


def run_experiment(folder, batches):
    path = harness_runs.write_workload(folder / "given.json", batches)
    outcome = harness_runs.run(
        folder, "--workload", path, "--strategy", "all,thread-pool", "--concurrency", CONCURRENCY,
        "--repeat", REPEAT, "--warmup", WARMUP, "--seed", SEED, "-H", "X-Extra: 1")
    return Experiment(outcome, batches)


@pytest.fixture(scope="module")
def well(tmp_path_factory):
    return run_experiment(tmp_path_factory.mktemp("well"), WELL)


@pytest.fixture(scope="module")
def with_failures(tmp_path_factory):
    return run_experiment(tmp_path_factory.mktemp("with-failures"), WITH_FAILURES)


@pytest.fixture(params=["well", "with_failures"])
def experiment(request):
    return request.getfixturevalue(request.param)


def concurrency_of(strategy):
    return harness_runs.lanes_of(strategy, CONCURRENCY)


def close_to(value):
    return pytest.approx(value, rel=PRECISION, abs=1e-9)


def of_strategy(rows, strategy):
    return [row for row in rows if row["strategy"] == strategy]


def summary_of(experiment, strategy):
    (row,) = of_strategy(experiment.results.summary, strategy)
    return row


def durations_of_trial(experiment, trial):
    requests = experiment.results.requests_by_trial[trial["trial"]]
    return [float(request["duration_s"]) for request in requests if request["outcome"] == "ok"]


# ---- what is there ----


def test_every_file_is_written(experiment):
    names = {path.name for path in experiment.results.folder.iterdir()}
    assert names == {"trials.csv", "requests.csv", "summary.csv", "urls.csv", "summary.md", "experiment.json", "workload.json"}


def test_exit_code_tells_whether_requests_failed(well, with_failures):
    assert well.outcome.exit_code == 0, well.outcome.stderr
    assert with_failures.outcome.exit_code == 3, with_failures.outcome.stderr


@pytest.mark.parametrize("name", COLUMNS)
def test_every_promised_column_is_there(well, name):
    assert set(COLUMNS[name].split()) - set(well.results.columns(name)) == set()


def test_the_columns_described_are_those_of_the_files_in_their_order(well):
    described = subprocess.run(harness_runs.command("--list-columns"), capture_output=True, text=True, check=True).stdout
    by_file = {}
    for line in described.splitlines():
        if head := re.match(r"`(\w+)\.csv`: ", line):
            columns = by_file[head[1]] = []
        elif column := re.match(r"- `(\w+)`: \S", line):
            columns.append(column[1])
    assert by_file == {name: well.results.columns(name) for name in COLUMNS}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_with_figures_hold_plain_numbers_or_nothing(experiment, name):
    for row in experiment.results.table(name):
        for column in row.keys() - TEXT_COLUMNS:
            cell = row[column]
            assert cell == "" or (cell[0].isdigit() and float(cell) >= 0), f"{column} of {row}"


def test_trials_has_a_row_for_every_strategy_in_every_round(experiment):
    trials = experiment.results.trials
    assert [trial["trial"] for trial in trials] == [str(number) for number in range(1, len(trials) + 1)]
    assert len(trials) == (WARMUP + REPEAT) * len(ARMS)
    for of_round in group(trials, "round").values():
        assert sorted(trial["strategy"] for trial in of_round) == sorted(ARMS)


def test_trials_say_what_was_run_and_how_it_ended(experiment):
    for trial in experiment.results.trials:
        assert trial["family"] == harness_runs.FAMILIES[trial["strategy"].partition("#")[0]]
        assert (trial["workload"], trial["no_reuse"], trial["start"]) == ("given.json", "false", "cold")
        assert (trial["status"], trial["message"], trial["not_run"]) == ("ok", "", "0")


def test_positions_count_through_every_round(experiment):
    for of_round in group(experiment.results.trials, "round").values():
        assert [int(trial["position"]) for trial in of_round] == list(range(1, len(ARMS) + 1))


def test_warmup_rounds_are_the_first_ones(experiment):
    for trial in experiment.results.trials:
        assert trial["warmup"] == ("true" if int(trial["round"]) <= WARMUP else "false")


def test_requests_has_every_request_of_every_run_once(experiment):
    wanted = [(str(batch), str(place)) for batch, requests in enumerate(experiment.batches, 1)
              for place in range(1, len(requests) + 1)]
    for trial in experiment.results.trials:
        rows = experiment.results.requests_by_trial[trial["trial"]]
        assert [(row["batch"], row["request"]) for row in rows] == wanted
        assert {(row["round"], row["strategy"]) for row in rows} == {(trial["round"], trial["strategy"])}


def test_requests_are_those_of_the_workload(experiment):
    wanted = [request if isinstance(request, dict) else {"url": request} for request in experiment.requests]
    for rows in experiment.results.requests_by_trial.values():
        assert [row["url"] for row in rows] == [request["url"] for request in wanted]
        assert [row["method"] for row in rows] == [
            request.get("method", "POST" if "body" in request else "GET") for request in wanted]


# ---- order ----


def order_of(folder, seed):
    outcome = harness_runs.run_well(
        folder, "/get", "--strategy", "all,all", "--repeat", 3, "--warmup", 0, "--seed", seed)
    return [trial["strategy"] for trial in outcome.results.trials]


def test_the_seed_decides_the_order(tmp_path):
    assert order_of(tmp_path, 1) == order_of(tmp_path, 1)
    assert order_of(tmp_path, 1) != order_of(tmp_path, 2)


def test_order_is_written_down_as_it_was(experiment):
    rounds = group(experiment.results.trials, "round").values()
    assert experiment.results.document("experiment")["order"] == [[trial["strategy"] for trial in trials] for trials in rounds]


def test_rounds_have_different_orders(experiment):
    assert len({tuple(order) for order in experiment.results.document("experiment")["order"]}) > 1


# ---- trials.csv against requests.csv ----


def test_counts_of_a_run_are_sums_over_its_requests(experiment):
    for trial in experiment.results.trials:
        requests = experiment.results.requests_by_trial[trial["trial"]]
        assert int(trial["requests"]) == len(requests) == len(experiment.requests)
        assert int(trial["succeeded"]) == sum(request["outcome"] == "ok" for request in requests)
        assert int(trial["failed"]) == sum(map(has_failed, requests))
        assert int(trial["skipped"]) == sum(request["outcome"] == "skipped" for request in requests)
        assert int(trial["bytes_received"]) == sum(numbers(requests, "bytes_received"))
        assert int(trial["connections_opened"]) == sum(numbers(requests, "connections_opened"))


def test_a_request_s_row_says_of_its_trial_what_trials_csv_says(experiment):
    common = ["trial", "round", "warmup", "arm", "strategy", "concurrency", "no_reuse", "start"]
    assert {trial["warmup"] for trial in experiment.results.trials} == {"true", "false"}
    for trial in experiment.results.trials:
        requests = experiment.results.requests_by_trial[trial["trial"]]
        assert {tuple(row[name] for name in common) for row in requests} == {tuple(trial[name] for name in common)}


def test_a_request_s_row_has_the_name_of_its_batch(experiment):
    names = experiment.batch_names
    assert set(names) == {"order", ""}
    for row in experiment.results.requests:
        assert row["batch_name"] == names[int(row["batch"]) - 1]


# What pandas takes for a missing value, whether quoted or not (pandas.read_csv, na_values), but for the empty cell;
# R, readr and agate have fewer. All of them in any case.
READ_AS_MISSING = ("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
                   "NULL", "NaN", "None", "n/a", "nan", "null")
MISSING = {word.lower() for word in READ_AS_MISSING}


def test_no_text_is_read_as_a_missing_value(tmp_path):
    (tmp_path / "NA").write_text("/get\n")
    outcome = harness_runs.run_once_well(tmp_path, "--workload", "./NA", "--strategy", "all,no-op")
    read = [cell for name in COLUMNS for row in outcome.results.table(name) for cell in row.values()]
    assert "no-op" in read and "unnamed" in read
    assert [cell for cell in read if cell.lower() in MISSING] == []


@pytest.mark.parametrize("name", [*READ_AS_MISSING, "na", "Null", " NA", "NA ", "  n/a  ", " "])
def test_names_that_are_read_as_missing_values_are_refused(tmp_path, name):
    workloads = [{"name": name, "batches": [["/get"]]}, [{"name": name, "requests": ["/get"]}]]
    for workload in workloads:
        outcome = harness_runs.run_once(tmp_path, "--workload", "-", stdin=json.dumps(workload))
        if name.startswith("-"):  # is written with an apostrophe, as what may be a formula is
            assert outcome.exit_code == 0
            cells = {row["workload"] for row in outcome.results.trials} | {row["batch_name"] for row in outcome.results.requests}
            assert f"'{name}" in cells
        else:
            assert outcome.exit_code == 2
            assert f"name '{name}' is read as a missing value" in outcome.stderr


def test_a_failure_skips_the_rest_of_its_batch_only(with_failures):
    for trial in with_failures.results.trials:
        assert (trial["succeeded"], trial["failed"], trial["skipped"]) == (str(len(with_failures.requests) - 5), "2", "3")


def test_no_request_outlasts_the_wall_time(experiment):
    for trial in experiment.results.trials:
        finished = numbers(experiment.results.requests_by_trial[trial["trial"]], "finished_s")
        assert float(trial["wall_s"]) >= float(trial["inner_wall_s"]) >= max(finished)


def test_duration_is_the_time_from_start_to_finish(experiment):
    for request in filter(was_sent, experiment.results.requests):
        assert nanoseconds(request["duration_s"]) == (
            nanoseconds(request["finished_s"]) - nanoseconds(request["started_s"]))
        assert float(request["started_s"]) <= float(request["first_byte_s"]) <= float(request["finished_s"]) + 0.001


def test_the_first_byte_comes_when_libcurl_says(experiment):
    for request in filter(was_sent, experiment.results.requests):
        assert nanoseconds(request["first_byte_s"]) == (
            nanoseconds(request["started_s"]) + nanoseconds(request["time_starttransfer_s"]))


def test_answers_have_a_version_and_no_error(experiment):
    for request in filter(was_sent, experiment.results.requests):
        assert (request["http_version"], request["error"]) == ("1.1", "")


def test_phases_come_one_after_the_other(experiment):
    """On a connection that is used again nothing is looked up: there 7.88 has the time until it noticed, 8.14 none."""
    reusing = ("time_pretransfer_s", "time_starttransfer_s")
    connecting = ("time_namelookup_s", "time_connect_s", "time_pretransfer_s", "time_starttransfer_s")
    for request in filter(was_sent, experiment.results.requests):
        opened = request["connections_opened"] == "1"
        assert bool(request["time_connect_s"]) == opened
        times = [float(request[phase]) for phase in (connecting if opened else reusing)]
        assert times == sorted(times)


def most_in_flight(requests):
    """Sweeps over all starts and ends; an end at the same nanosecond as a start comes first."""
    events = sorted([(nanoseconds(request["finished_s"]), -1) for request in requests]
                    + [(nanoseconds(request["started_s"]), 1) for request in requests])
    most = now = 0
    for _, change in events:
        now += change
        most = max(most, now)
    return most


def test_requests_in_flight_are_what_the_records_show(experiment):
    for trial in experiment.results.trials:
        sent = list(filter(was_sent, experiment.results.requests_by_trial[trial["trial"]]))
        assert int(trial["max_in_flight"]) == most_in_flight(sent)
        assert float(trial["mean_in_flight"]) == close_to(sum(numbers(sent, "duration_s")) / float(trial["wall_s"]))


def test_requests_in_flight_stay_within_the_concurrency(experiment):
    for trial in experiment.results.trials:
        assert int(trial["concurrency"]) == concurrency_of(trial["strategy"])
        assert int(trial["max_in_flight"]) <= int(trial["concurrency"])
        assert 1 <= int(trial["origin_max_in_flight"]) <= int(trial["concurrency"])


def test_concurrent_strategies_fill_their_concurrency(well):
    for strategy, trials in group(well.results.trials, "strategy").items():
        if strategy not in harness_runs.ONE_LANE:
            assert max(numbers(trials, "origin_max_in_flight")) == CONCURRENCY


def test_lanes_are_as_many_as_the_concurrency_and_never_run_two_requests_at_once(experiment):
    for trial in experiment.results.trials:
        sent = list(filter(was_sent, experiment.results.requests_by_trial[trial["trial"]]))
        for lane, requests in group(sent, "lane").items():
            assert 1 <= int(lane) <= int(trial["concurrency"])
            assert most_in_flight(requests) == 1


def test_rates_follow_from_the_times_of_the_run(experiment):
    for trial in experiment.results.trials:
        answered = int(trial["succeeded"]) + int(trial["failed"])
        cpu_us = 1e6 * (float(trial["user_s"]) + float(trial["sys_s"]))
        assert float(trial["requests_per_s"]) == close_to(int(trial["succeeded"]) / float(trial["wall_s"]))
        assert float(trial["cpu_us_per_request"]) == close_to(cpu_us / answered)


def test_threads_and_processes_are_those_that_the_strategy_needs(experiment):
    """The main one, and one for each lane at most."""
    for trial in experiment.results.trials:
        threads = int(trial["peak_threads"])
        if trial["strategy"] in ("sequential", "curl-multi"):
            assert threads == 1
        elif trial["strategy"] in ("thread-pool", "thread-pool#2", "thread-per-request"):
            assert CONCURRENCY <= threads <= CONCURRENCY + 1
        else:
            assert 1 <= threads <= int(trial["concurrency"]) + 1
        if harness_runs.FAMILIES.get(trial["strategy"]) == "processes":
            assert 1 < int(trial["peak_processes"]) <= CONCURRENCY + 1
        else:
            assert trial["peak_processes"] == "1"


def test_trials_start_one_after_the_other(experiment):
    ended_s = 0
    for trial in experiment.results.trials:
        started_s = datetime.datetime.fromisoformat(trial["started_at"].replace("Z", "+00:00")).timestamp()
        assert started_s >= ended_s - 0.002
        ended_s = started_s + float(trial["wall_s"])


# ---- missing values ----


def test_what_was_not_sent_has_empty_cells_and_no_zeros(with_failures):
    known = {"trial", "round", "warmup", "arm", "strategy", "concurrency", "http", "no_reuse", "start", "batch", "request", "method", "url",
             "outcome"}
    skipped = [request for request in with_failures.results.requests if request["outcome"] == "skipped"]
    assert skipped
    for request in skipped:
        assert {column for column, cell in request.items() if cell} == known


def test_phases_that_did_not_happen_are_empty(experiment):
    assert {request["time_appconnect_s"] for request in experiment.results.requests} == {""}


def test_a_reused_connection_is_counted_as_none_opened(well):
    for requests in well.results.requests_by_trial.values():
        on_lanes = group(requests, "lane").values()
        assert [[request["connections_opened"] for request in sorted(rows, key=lambda row: nanoseconds(row["started_s"]))]
                for rows in on_lanes] == [["1"] + ["0"] * (len(rows) - 1) for rows in on_lanes]


def test_percentiles_of_too_few_requests_are_empty(well):
    assert {row["request_p99_s"] for row in well.results.summary} == {""}
    few = [row for row in well.results.urls if int(row["requests"]) < P90_MINIMUM]
    assert {row["p90_s"] for row in few} == {""}


def test_figures_of_an_origin_of_somebody_else_are_empty(tmp_path, origin_url):
    outcome = harness_runs.run_once_well(tmp_path, "/get", "--base-url", origin_url)
    assert {(trial["origin_cpu_s"], trial["origin_max_in_flight"]) for trial in outcome.results.trials} == {("", "")}


# ---- summary.csv ----


def test_summary_has_a_row_for_each_strategy_in_the_order_given(experiment):
    assert [row["strategy"] for row in experiment.results.summary] == list(ARMS)


@pytest.mark.parametrize("strategy", ARMS)
def test_summary_of_wall_times_leaves_the_warmup_out(experiment, strategy):
    row = summary_of(experiment, strategy)
    walls = numbers(of_strategy(experiment.results.measured_trials, strategy), "wall_s")
    median = statistics.median(walls)
    assert int(row["trials"]) == len(walls) == REPEAT
    assert float(row["median_s"]) == close_to(median)
    assert float(row["min_s"]) == close_to(min(walls))
    assert float(row["mean_s"]) == close_to(statistics.mean(walls))
    assert float(row["max_s"]) == close_to(max(walls))
    assert float(row["mad_s"]) == pytest.approx(statistics.median(abs(wall - median) for wall in walls), abs=1e-8)


@pytest.mark.parametrize("strategy", ARMS)
@pytest.mark.parametrize("column", ["cpu_us_per_request", "peak_memory_kib", "peak_threads", "peak_processes", "connections_opened"])
def test_summary_has_the_medians_of_the_other_figures(experiment, strategy, column):
    values = numbers(of_strategy(experiment.results.measured_trials, strategy), column)
    assert float(summary_of(experiment, strategy)[column]) == close_to(statistics.median(values))


@pytest.mark.parametrize("strategy", ARMS)
def test_summary_counts_failed_requests_of_measured_trials(experiment, strategy):
    failed = numbers(of_strategy(experiment.results.measured_trials, strategy), "failed")
    assert int(summary_of(experiment, strategy)["failed_requests"]) == sum(failed)


@pytest.mark.parametrize("strategy", ARMS)
def test_request_percentiles_are_medians_over_the_trials(experiment, strategy):
    row = summary_of(experiment, strategy)
    trials = [durations_of_trial(experiment, trial)
              for trial in of_strategy(experiment.results.measured_trials, strategy)]
    assert all(len(durations) >= P90_MINIMUM for durations in trials)
    for column, probability in (("request_p50_s", 0.5), ("request_p90_s", 0.9)):
        assert float(row[column]) == close_to(
            occurring_quantile([occurring_quantile(durations, probability) for durations in trials], 0.5))
    assert float(row["request_max_s"]) == close_to(max(map(max, trials)))


def lower_bound(experiment, concurrency):
    """The longest batch, or all requests spread evenly, given the least duration seen of each request."""
    measured = {trial["trial"] for trial in experiment.results.measured_trials}
    least = {}
    for request in experiment.results.requests:
        if request["trial"] in measured and request["outcome"] == "ok":
            key = request["batch"], request["request"]
            least[key] = min(least.get(key, float("inf")), float(request["duration_s"]))
    batches = {}
    for (batch, _), duration in least.items():
        batches[batch] = batches.get(batch, 0) + duration
    return max(max(batches.values()), sum(batches.values()) / concurrency)


@pytest.mark.parametrize("strategy", ARMS)
def test_lower_bound_and_efficiency_follow_from_the_requests(experiment, strategy):
    row = summary_of(experiment, strategy)
    bound = lower_bound(experiment, int(row["concurrency"]))
    assert float(row["lower_bound_s"]) == close_to(bound)
    if row["not_ranked_because"] == "failed-requests":
        assert row["efficiency"] == "", "no trial of it was without failures"
        return
    assert float(row["efficiency"]) == close_to(bound / float(row["median_s"]))
    assert float(row["efficiency"]) <= 1


@pytest.mark.parametrize("figure, column", [("ratio", "wall_s"), ("cpu_ratio", "cpu_us_per_request")])
def test_strategies_are_compared_round_by_round_with_the_pool(well, figure, column):
    values = {strategy: numbers(of_strategy(well.results.measured_trials, strategy), column) for strategy in ARMS}
    for row in well.results.summary:
        if row["strategy"] == "thread-pool":
            assert (row["reference"], row[figure]) == ("", "")
            continue
        ratios = [one / other for one, other in zip(values[row["strategy"]], values["thread-pool"])]
        assert row["reference"] == "thread-pool"
        assert float(row[figure]) == close_to(statistics.median(ratios))


@pytest.mark.parametrize("figure", ["ratio", "cpu_ratio"])
def test_three_rounds_are_too_few_for_an_interval(well, figure):
    for row in well.results.summary:
        assert (row[f"{figure}_low"], row[f"{figure}_high"]) == ("", "")
        if row["strategy"] != "thread-pool":
            assert row["verdict"] == row["cpu_verdict"] == "no-interval"
            assert "no interval" in row["verdict_text"] and "no interval" in row["cpu_verdict_text"]
            assert row["rounds"] == "3" and int(row["rounds_missing"]) > 0


def test_rounds_with_failures_are_not_compared(with_failures):
    assert {row["ratio"] for row in with_failures.results.summary} == {""}


# ---- urls.csv ----


def statuses(requests):
    counts = {}
    for request in requests:
        status = request["response_code"] or "none"
        counts[status] = counts.get(status, 0) + 1
    return " ".join(f"{status}:{count}" for status, count in sorted(counts.items()))


def test_urls_agree_with_the_requests_of_measured_trials(experiment):
    measured = {trial["trial"] for trial in experiment.results.measured_trials}
    sent = [request for request in experiment.results.requests if request["trial"] in measured and was_sent(request)]
    by_url = group(sent, "strategy", "method", "url")
    rows = {(row["strategy"], row["method"], row["url"]): row for row in experiment.results.urls}
    assert len(rows) == len(experiment.results.urls)
    assert rows.keys() == by_url.keys()
    for key, requests in by_url.items():
        row = rows[key]
        durations = [float(request["duration_s"]) for request in requests if request["outcome"] == "ok"]
        assert int(row["concurrency"]) == concurrency_of(row["strategy"])
        assert int(row["requests"]) == len(requests)
        assert int(row["failed"]) == sum(map(has_failed, requests))
        assert row["statuses"] == statuses(requests)
        assert numbers([row], "median_s") == ([close_to(occurring_quantile(durations, 0.5))] if durations else [])


def test_urls_with_many_requests_have_the_same_quantiles(tmp_path):
    arguments = ("/get", "/get?other", "--requests", "1200", "--strategy", "curl-multi", "--warmup", "0", "--repeat", "3")
    results = harness_runs.run_well(tmp_path, *arguments).results
    by_url = group(results.requests, "url")
    assert {len(requests) for requests in by_url.values()} == {1800}
    assert len(results.urls) == 2
    for row in results.urls:
        durations = numbers(by_url[row["url"]], "duration_s")
        assert float(row["median_s"]) == close_to(occurring_quantile(durations, 0.5))
        assert float(row["p90_s"]) == close_to(occurring_quantile(durations, 0.9))


# ---- the JSON files ----


def test_experiment_json_holds_what_is_needed_to_repeat_or_doubt(experiment):
    document = experiment.results.document("experiment")
    assert document["command"][1:] == [
        "--workload", str(experiment.results.folder.parents[1].resolve() / "given.json"), "--strategy", "all,thread-pool",
        "--concurrency", "4", "--repeat", "3", "--warmup", "2", "--seed", str(SEED), "-H", "X-Extra: 1", "--no-charts"]
    assert [document["settings"][name] for name in ("seed", "warmup", "repeat")] == [SEED, WARMUP, REPEAT]
    assert document["settings"]["concurrency"] == [4]
    assert (document["settings"]["header"], document["withheld"]) == (["X-Extra: 1"], [])
    assert document["complete"] is True
    assert document["versions"].keys() >= {"harness", "libcurl", "libcurl_tls", "libcurl_resolver", "kernel"}
    assert all(document["versions"].values())
    assert document["machine"]["processors_online"] >= 1
    assert len(document["machine"]["load_averages"]) == 3
    assert document["limits"]["open_files"] > 0
    assert document["limits"]["processes"] > 0
    assert document["started_at"] < document["finished_at"]
    assert document["requests"]["origin"] == "embedded"
    assert document["requests"]["base_url"].startswith("http://127.0.0.1:")


LOOPS = [name for name in harness_runs.STRATEGIES if harness_runs.FAMILIES[name] in ("event loop", "mixed", "coroutines")]


def known_defects(outcome):
    """What experiment.json lists for this libcurl: {source: arms}; and the version, as numbers."""
    document = outcome.results.document("experiment")
    assert all(defect["effect"] and defect["arms"] for defect in document["known_defects"])
    told = [warning["finding"] for warning in document["warnings"] if warning["code"] == "libcurl-defect"]
    listed = {defect["source"]: defect["arms"] for defect in document["known_defects"]}
    assert all(any(f"({source})" in finding for source in listed) for finding in told)
    return listed, tuple(int(number) for number in document["versions"]["libcurl"].split("."))


def test_the_known_defects_are_those_of_this_libcurl_and_these_arms(tmp_path, well):
    """In 7.88.1 and 8.14.1, of Debian 12 and 13, one over HTTP/1.1; others have more."""
    listed, version = known_defects(well)
    if version in ((7, 88, 1), (8, 14, 1)):
        assert listed == {"curl pull request 22763": LOOPS}
    alone = harness_runs.run_well(tmp_path, "/get", "--strategy", "all", "-c", "1", "--repeat", "1")
    assert known_defects(alone)[0] == {} or version == (8, 10, 0)


def test_defects_of_shared_connections_are_told_where_lanes_share_one(tmp_path):
    shared = ["--tls", "--http", "1.1,2", "-c", "8", "/get", "--requests", "16", "--strategy", "thread-pool,curl-multi",
              "--repeat", "1"]
    crowded = harness_runs.run_well(tmp_path, *shared, "--streams", "4")
    listed, version = known_defects(crowded)
    assert (listed.get("curl pull request 10456") == ["curl-multi HTTP/2"]) == (version < (8, 0, 0))
    assert (listed.get("curl issue 18017") == ["curl-multi HTTP/2"]) == ((8, 14, 0) <= version <= (8, 15, 0))
    assert (listed.get("curl issue 13416") == ["thread-pool HTTP/2", "curl-multi HTTP/2"]) == (version >= (8, 7, 0))
    for source in {"curl pull request 10456", "curl issue 18017", "curl issue 13416"} & set(listed):
        assert len([line for line in crowded.stderr.splitlines() if line.startswith("warning: ") and f"({source})" in line]) == 1
    roomy, _ = known_defects(harness_runs.run_well(tmp_path, *shared, "--streams", "8"))
    assert not {"curl pull request 10456", "curl issue 18017"} & set(roomy)


def test_experiment_json_counts_the_failures(well, with_failures):
    assert well.results.document("experiment")["failed_requests"] == 0
    assert with_failures.results.document("experiment")["failed_requests"] == sum(
        numbers(with_failures.results.trials, "failed"))


def test_workload_json_can_be_run_again_and_is_the_same(tmp_path, experiment):
    path = experiment.results.folder / "workload.json"
    again = harness_runs.run_once(tmp_path, "--workload", path, "--strategy", "curl-multi")
    assert again.results.document("workload")["batches"] == json.loads(path.read_text())["batches"]
    of_one_trial = experiment.results.requests_by_trial["1"]
    columns = ("batch", "request", "method", "url", "outcome")
    assert [[row[column] for column in columns] for row in again.results.requests] == [
        [row[column] for column in columns] for row in of_one_trial]


# ---- where the files go ----


def test_latest_points_to_the_newest_results(tmp_path):
    folders = set()
    for _ in range(2):
        outcome = harness_runs.run_once_well(tmp_path, "/get", "--strategy", "sequential")
        folders.add(outcome.results.folder.resolve())
        assert f"results/{outcome.results.folder.resolve().name}" in outcome.stdout
    named = {path for path in (tmp_path / "results").iterdir() if path.name != "latest"}
    assert {path.resolve() for path in named} == folders
    assert len(folders) == 2


def test_output_names_the_folder_and_leaves_results_alone(tmp_path):
    harness_runs.run_once_well(tmp_path, "/get", "--output", "deep/down", "--strategy", "sequential")
    assert len(harness_runs.Results(tmp_path / "deep" / "down").trials) == 1
    assert not (tmp_path / "results").exists()
