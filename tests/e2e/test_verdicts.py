"""What is compared with what, in which words, where it ran, for how long, and the same again."""

import json
import math
import os
import re
import shutil
import statistics
import subprocess

import pytest

import harness_runs
import processes
import target_servers
from harness_runs import group, numbers, run, run_once_well, run_well

LEVELS = (1, 4, 16)
QUICK = ["/bytes/24"] * 6

SECRET = "Authorization: Bearer hidden"


def arms(rows):
    return [(row["strategy"], int(row["concurrency"])) for row in rows]


def settings(outcome):
    return outcome.results.document("experiment")


def warnings(outcome):
    return {warning["code"]: warning for warning in settings(outcome)["warnings"]}


# ---- sweeps ----


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    return run_well(tmp_path_factory.mktemp("sweep"), *["/delay/0.004"] * 16, "--concurrency",
                    ",".join(map(str, LEVELS)), "--repeat", 3, "--seed", 5)


SWEPT = [(strategy, level) for strategy in harness_runs.STRATEGIES
         for level in ((1,) if strategy in harness_runs.ONE_LANE else LEVELS)]


def test_every_level_of_every_strategy_is_an_arm_of_every_round(sweep):
    assert [(arm["label"], arm["concurrency"]) for arm in settings(sweep)["arms"]] == SWEPT
    for rows in group(sweep.results.trials, "round").values():
        assert sorted(arms(rows)) == sorted(SWEPT)
    assert len({tuple(arms(rows)) for rows in group(sweep.results.trials, "round").values()}) > 1


def test_the_order_written_down_tells_the_levels_apart(sweep):
    def name(row):
        return row["strategy"] if row["strategy"] in harness_runs.ONE_LANE else f"{row['strategy']} @{row['concurrency']}"
    rounds = group(sweep.results.trials, "round").values()
    assert settings(sweep)["order"] == [[name(row) for row in rows] for rows in rounds]


def test_summary_has_a_row_for_every_level(sweep):
    assert arms(sweep.results.summary) == SWEPT


def test_levels_are_compared_round_by_round_with_the_pool_of_the_same_level(sweep):
    walls = {arm: numbers(rows, "wall_s") for arm, rows in
             group(sweep.results.measured_trials, "strategy", "concurrency").items()}
    for row in sweep.results.summary:
        if row["strategy"] == "thread-pool":
            assert (row["reference"], row["ratio"]) == ("", "")
            continue
        of_arm = walls[row["strategy"], row["concurrency"]]
        of_pool = walls["thread-pool", row["concurrency"]]
        assert row["reference"] == f"thread-pool @{row['concurrency']}"
        assert float(row["ratio"]) == pytest.approx(
            statistics.median(one / other for one, other in zip(of_arm, of_pool)), rel=1e-5)


def test_levels_are_held_to(sweep):
    for row in sweep.results.trials:
        assert int(row["max_in_flight"]) <= int(row["concurrency"])


def test_the_terminal_names_arms_by_their_level(sweep):
    _, said = sweep.stdout.split("lowest so far: ")
    named = set(re.findall(r"([a-z-]+) @(\d+)", said))
    assert len(named) == 1, "the one with the least median, by its level"
    assert named < {(strategy, str(level)) for strategy, level in SWEPT if strategy not in harness_runs.ONE_LANE}
    assert "sequential @" not in said


# ---- references, thresholds, words ----


def slow_and_quick(folder, *arguments):
    """One request at a time, or eight at once: the ratio is about eight."""
    return run_well(folder, *["/delay/0.02"] * 8, "--strategy", "sequential,curl-multi", "--repeat", 7, "--wide", *arguments)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    return slow_and_quick(tmp_path_factory.mktemp("compared"))


def test_an_interval_far_from_one_is_a_verdict_in_words_everywhere(compared):
    reference, row = compared.results.summary
    low, high = float(row["ratio_low"]), float(row["ratio_high"])
    assert high < 0.8
    assert low <= float(row["ratio"]) <= high
    assert row["verdict"] == "faster"
    words = re.fullmatch(r"faster by ([\d.]+) to ([\d.]+) %", row["verdict_text"])
    assert words, row["verdict_text"]
    assert float(words[1]) == pytest.approx((1 - high) * 100, abs=0.06)
    assert float(words[2]) == pytest.approx((1 - low) * 100, abs=0.06)
    assert (reference["reference"], reference["verdict"]) == ("", "")
    of_json = {verdict["arm"]: verdict for verdict in settings(compared)["verdicts"]}
    assert of_json["curl-multi"]["verdict_text"] == row["verdict_text"]
    assert of_json["curl-multi"]["cpu_verdict_text"] == row["cpu_verdict_text"] != ""
    assert of_json["curl-multi"]["reference"] == "sequential"
    assert "compared with sequential, round by round" in compared.stdout
    assert row["verdict_text"] in compared.stdout
    assert f"CPU/request: {row['cpu_verdict_text']}" in compared.stdout


def test_first_place_is_said_on_the_terminal_and_in_the_json(compared):
    places = {verdict["arm"]: (verdict["ranked"], verdict["shares_first"])
              for verdict in settings(compared)["verdicts"]}
    assert places == {"sequential": (True, False), "curl-multi": (True, True)}
    assert [(row["ranked"], row["rank"], row["shares_first"], row["ranked_by"]) for row in compared.results.summary] == [
        ("true", "2", "false", "wall_s"), ("true", "1", "true", "wall_s")]
    assert "fastest: curl-multi" in compared.stdout


def test_the_user_names_the_reference(tmp_path):
    outcome = slow_and_quick(tmp_path, "--reference", "curl-multi")
    row, reference = outcome.results.summary
    assert (row["reference"], reference["reference"]) == ("curl-multi", "")
    assert row["verdict"] == "slower"
    assert re.fullmatch(r"[\d.]+ to [\d.]+ times as long", row["verdict_text"]), row["verdict_text"]
    assert "compared with curl-multi, round by round" in outcome.stdout


def test_the_threshold_decides_whether_a_difference_matters(tmp_path):
    outcome = slow_and_quick(tmp_path, "--threshold", "100")
    assert outcome.results.summary[1]["verdict_text"] == "equivalent within 100 %"
    assert outcome.results.summary[1]["verdict"] == "equivalent"
    assert float(outcome.results.summary[1]["threshold"]) == 1
    assert settings(outcome)["settings"]["threshold"] == 100


@pytest.mark.parametrize("arguments, reason", [
    (["--reference", "no-such"], "no-such"),
    (["--strategy", "curl-multi", "--reference", "thread-pool"], "thread-pool"),
    (["--threshold", "-1"], "--threshold"),
    (["--threshold", "many"], "--threshold"),
])
def test_references_and_thresholds_that_make_no_sense_are_refused(tmp_path, witness, arguments, reason):
    outcome = run(tmp_path, f"{witness.url}/get", *arguments)
    assert outcome.exit_code == 2
    assert reason in outcome.stderr
    assert not witness.arrivals
    assert not (tmp_path / "results").exists()


def test_the_smallest_detectable_difference_is_stated_in_words_and_in_the_json(compared):
    stated = settings(compared)["smallest_detectable_difference"]
    assert stated == pytest.approx(max(numbers(compared.results.summary, "detectable")), rel=1e-5)
    words = re.search(r"^differences below ([\d.]+) % may have gone unnoticed$", compared.stdout, re.M)
    assert float(words[1]) == pytest.approx(stated * 100, abs=0.06)


def test_the_smallest_detectable_difference_follows_from_the_interval(compared):
    """exp(h (1 + z(0.8) / z((1 + level) / 2))) - 1, where 7 rounds reach the level 1 - 2 / 2**7."""
    row = compared.results.summary[1]
    half_width = math.log(float(row["ratio_high"]) / float(row["ratio_low"])) / 2
    assert float(row["detectable"]) == pytest.approx(math.expm1(half_width * (1 + 0.841621 / 2.417559)), rel=1e-3)


def test_without_an_interval_there_is_no_detectable_difference_but_a_warning(tmp_path):
    outcome = run_well(tmp_path, *QUICK, "--strategy", "sequential,curl-multi", "--repeat", 3)
    assert settings(outcome)["smallest_detectable_difference"] is None
    assert "unnoticed" not in outcome.stdout
    assert "to name a fastest, use --repeat 6 or more; lowest so far: " in outcome.stdout
    assert {row["first_rounds_missing"] for row in outcome.results.summary} == {"3"}
    assert {row["shares_first"] for row in outcome.results.summary} == {""}
    assert warnings(outcome)["too-few-rounds"]["finding"] == "too few rounds: 3 can be compared, every comparison needs 6"


def test_one_arm_alone_is_no_comparison(tmp_path):
    outcome = run_well(tmp_path, *QUICK, "--strategy", "thread-pool", "--repeat", 6)
    for word in ("fastest", "least", "difference", "compared", "interval"):
        assert word not in outcome.stdout, word


def test_what_sends_nothing_is_said_to_do_so(tmp_path):
    outcome = run_well(tmp_path, *QUICK, "--strategy", "no-op", "--repeat", 2)
    assert "not ranked: no-op (sends no requests)" in outcome.stdout
    assert "fail" not in outcome.stdout.split("\n\n")[1]
    assert outcome.results.summary[0]["not_ranked_because"] == "sends-nothing"


def test_where_most_share_the_first_place_no_difference_was_found(tmp_path):
    outcome = run_well(tmp_path, *QUICK, "--strategy", "thread-pool,thread-pool", "--repeat", 12, "--threshold", "100")
    shares = [row["shares_first"] for row in outcome.results.summary]
    if shares == ["true", "true"]:  # one in twenty such experiments may tell the two apart
        assert re.search("^no difference was found between thread-pool(#2)? and thread-pool(#2)?, ", outcome.stdout, re.M)
    else:
        assert "fastest: thread-pool" in outcome.stdout


def test_an_experiment_without_a_measured_round_has_failed(tmp_path):
    outcome = run(tmp_path, "/delay/0.3", "--strategy", "sequential", "--max-time", "0.1")
    assert outcome.exit_code == 1
    assert "no measured round was finished" in outcome.stderr
    assert "--max-time" in outcome.stderr
    assert "fastest" not in outcome.stdout
    assert "not ranked: sequential (no measured trial)" in outcome.stdout


def test_batches_that_break_off_early_are_no_efficiency(tmp_path):
    """One trial in two or three is done at once, as its batch ends at the 500."""
    batches = json.dumps({"batches": [[{"url": "/status/200:1,500:2"}, {"url": "/delay/0.1"}]]})
    (tmp_path / "broken.json").write_text(batches)
    outcome = run(tmp_path, "--workload", "broken.json", "--strategy", "sequential,thread-pool", "--repeat", 8, "--seed", 1)
    assert len(outcome.results.summary) == 2
    for row in outcome.results.summary:
        assert int(row["failed_requests"]) > 0
        assert row["efficiency"] == "" or float(row["efficiency"]) <= 1
        assert row["ranked"] == "false"


def test_a_control_is_an_arm_of_its_own_that_is_compared_as_well(tmp_path):
    outcome = run_well(tmp_path, *QUICK, "--strategy", "thread-pool,thread-pool", "--repeat", 6)
    assert arms(outcome.results.summary) == [("thread-pool", 16), ("thread-pool#2", 16)]
    control = outcome.results.summary[1]
    claims = float(control["ratio_low"]) > 1 or float(control["ratio_high"]) < 1
    assert ("noisy-control" in warnings(outcome)) == claims


def test_warnings_are_told_with_advice_on_standard_error_and_in_the_json(tmp_path):
    outcome = run(tmp_path, "/status/500", "/get", "/status/503", "--strategy", "sequential", "--repeat", 2, "--warmup", 0)
    failed = [warning for warning in settings(outcome)["warnings"] if warning["code"] == "failed-requests"]
    assert [warning["finding"] for warning in failed] == [
        "GET /status/500 failed 2 times, of 4 failures in total: status 500",
        "GET /status/503 failed 2 times, of 4 failures in total: status 503"]
    lines = [f"warning: {warning['finding']}; {warning['advice']}" for warning in settings(outcome)["warnings"]]
    assert all(warning["advice"] for warning in settings(outcome)["warnings"])
    assert [line for line in outcome.stderr.splitlines() if line.startswith("warning: ")] == lines


# ---- warm connections ----


@pytest.mark.parametrize("strategy", harness_runs.STRATEGIES)
def test_warm_connections_are_opened_before_the_clock_starts(tmp_path, strategy):
    """Answers take so long that no lane can do without any of the others."""
    with target_servers.witness(delay_s=0.03) as witness:
        outcome = run_well(tmp_path, *["/get"] * 12, "--base-url", witness.url, "--strategy", strategy, "--concurrency", 3,
                           "--start", "warm", "--repeat", 2, "--warmup", 0)
    assert settings(outcome)["settings"]["start"] == ["warm"]
    for of_trial in outcome.results.trials:
        assert (of_trial["start"], of_trial["status"], of_trial["connections_opened"]) == ("warm", "ok", "0")
        assert (of_trial["succeeded"], of_trial["not_run"]) == ("12", "0")
    assert {request["outcome"] for request in outcome.results.requests} == {"ok"}
    assert {request["time_connect_s"] for request in outcome.results.requests} <= {"", "0.000000"}
    assert len(witness.arrivals) == 2 * 2 * 12, "once untimed and once timed in each trial"
    assert witness.connections == 2 * harness_runs.lanes_of(strategy, 3) + harness_runs.FIRST_LOOK


def test_cold_connections_are_opened_while_the_clock_runs(tmp_path, witness):
    outcome = run_once_well(tmp_path, "/get", "--base-url", witness.url)
    assert {(row["start"], row["connections_opened"]) for row in outcome.results.trials} == {("cold", "1")}


# ---- time limit ----


def test_time_that_is_up_ends_the_experiment_after_a_whole_round(tmp_path):
    chosen = harness_runs.STRATEGIES[:2]  # whose rounds take 0.15 s or more
    outcome = run_well(tmp_path, *["/delay/0.05"] * 2, "--repeat", 1000, "--max-time", 5, "--strategy", ",".join(chosen))
    rounds = group(outcome.results.trials, "round")
    assert 2 <= len(rounds) <= 34
    assert {len(rows) for rows in rounds.values()} == {len(chosen)}
    assert {row["trials"] for row in outcome.results.summary} == {str(len(rounds) - 1)}
    assert settings(outcome)["complete"] is False
    assert ", median " in outcome.stdout


def test_time_that_is_not_up_changes_nothing(tmp_path):
    outcome = run_well(tmp_path, *QUICK, "--strategy", "curl-multi", "--repeat", 3, "--max-time", 600)
    assert len(outcome.results.trials) == 4
    assert settings(outcome)["complete"] is True


# ---- placement ----

CPUS = sorted(os.sched_getaffinity(0))
needs_two_cpus = pytest.mark.skipif(len(CPUS) < 2, reason="there is only one processor")


def processors_by_role(pid):
    """{role: the processors that it may use} of the processes that `pid` has started."""
    return {child.role(): child.status("Cpus_allowed_list") for child in processes.children_of(pid)}


@needs_two_cpus
def test_trials_and_origin_run_where_they_are_put(tmp_path):
    client, origin = map(str, CPUS[:2])
    line = harness_runs.command("/delay/1", "--strategy", "curl-multi", "--repeat", 1, "--warmup", 0, "--no-charts",
                                "--client-cpus", client, "--origin-cpus", origin)
    with subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        harness_runs.wait_until(lambda: {"trial", "origin"} <= processors_by_role(process.pid).keys(), 20, "a trial runs")
        found = processors_by_role(process.pid)
        assert process.wait(60) == 0
    assert found == {"trial": client, "origin": origin}
    requests = harness_runs.Results(tmp_path / "results" / "latest").document("experiment")["requests"]
    assert (requests["client_cpus"], requests["origin_cpus"]) == (client, origin)


def test_processors_that_are_not_there_are_left_out_with_a_warning(tmp_path):
    outcome = run_once_well(tmp_path, "/get", "--client-cpus", f"{CPUS[0]},1000")
    assert settings(outcome)["requests"]["client_cpus"] == str(CPUS[0])
    assert "cpus-missing" in warnings(outcome)


def test_without_a_choice_they_are_kept_apart_from_four_processors_on(tmp_path):
    requests = settings(run_once_well(tmp_path, "/get"))["requests"]
    if len(CPUS) < 4:
        assert (requests["client_cpus"], requests["origin_cpus"]) == ("any", "any")
    else:
        assert requests["origin_cpus"] == str(CPUS[-1])
        assert requests["client_cpus"] != "any"


@pytest.mark.parametrize("option", ["--client-cpus", "--origin-cpus"])
@pytest.mark.parametrize("processors", ["1000", "x", "", "1-", "-1", "2-1", "0;1", "99999999999"])
def test_lists_without_a_processor_that_is_there_are_refused(tmp_path, witness, option, processors):
    outcome = run(tmp_path, f"{witness.url}/get", f"{option}={processors}")
    assert outcome.exit_code == 2
    assert option in outcome.stderr
    assert not witness.arrivals


# ---- the same again ----


def seen(witness):
    return sorted(arrival.content() for arrival in witness.arrivals)


def trials(outcome):
    return [(row["round"], row["position"], row["strategy"], row["concurrency"], row["requests"], row["warmup"])
            for row in outcome.results.trials]


def test_an_experiment_can_be_repeated_and_the_repetition_too(tmp_path, witness):
    batches = [["/one", {"url": "/two", "body": {"item": 1}}], [{"url": "/three", "method": "PUT", "body": "text"}]]
    path = harness_runs.write_workload(tmp_path / "given.json", batches)
    first = run_well(tmp_path, "--workload", path, "--base-url", witness.url, "--strategy", "curl-multi,thread-pool",
                     "--concurrency", "2,3", "--requests", 7, "--repeat", 3, "-H", "X-Extra: 1", "--threshold", 7,
                     "--records", "none", "--output", tmp_path / "first")
    first.results = harness_runs.Results(tmp_path / "first")
    path.unlink()
    wanted = seen(witness)
    earlier = first
    for name in ("second", "third"):
        witness.arrivals.clear()
        later = run_well(tmp_path, "--repeat-from", earlier.results.folder, "--output", tmp_path / name)
        later.results = harness_runs.Results(tmp_path / name)
        assert trials(later) == trials(first)
        for key in ("order", "arms", "requests"):
            assert settings(later)[key] == settings(first)[key], key
        kept = [{key: value for key, value in settings(one)["settings"].items() if key != "workload"}
                for one in (later, first)]
        assert kept[0] == kept[1]
        assert later.results.document("workload") == first.results.document("workload")
        assert seen(witness) == wanted
        assert len(later.results.requests) == sum(int(row["requests"]) for row in later.results.trials)
        earlier = later
    assert not first.results.requests, "which records are kept is a matter of each command line"


def test_poisson_arrivals_are_repeated_as_they_were(tmp_path):
    first = run_once_well(tmp_path, *QUICK, "--strategy", "no-op", "--rate", 500, "--arrivals", "poisson",
                          "--output", tmp_path / "first")
    again = run_well(tmp_path, "--repeat-from", tmp_path / "first", "--output", tmp_path / "second")
    first.results, again.results = (harness_runs.Results(tmp_path / name) for name in ("first", "second"))
    assert [row["intended_s"] for row in again.results.requests] == [row["intended_s"] for row in first.results.requests]


def test_a_workload_from_standard_input_is_repeated(tmp_path, witness):
    first = run_once_well(tmp_path, "--workload", "-", "--base-url", witness.url, stdin="/piped\n")
    assert len(witness.arrivals) == len(first.results.trials)
    run_well(tmp_path, "--repeat-from", first.results.folder)
    assert len(witness.arrivals) == 2 * len(first.results.trials)
    assert {arrival.path for arrival in witness.arrivals} == {"/piped"}


def refused(folder, *arguments):
    outcome = run(folder, *arguments)
    assert outcome.exit_code == 2, outcome.stderr
    return outcome.stderr


@pytest.mark.parametrize("secret, again", [
    (["-H", SECRET], ["-H", SECRET]),
    ([f"--header={SECRET}"], ["-H", SECRET]),
])
def test_headers_with_secrets_have_to_be_given_again(tmp_path, witness, secret, again):
    first = run_once_well(tmp_path, "/get", "--base-url", witness.url, "--strategy", "sequential", *secret)
    folder = first.results.folder.resolve()
    witness.arrivals.clear()
    assert "secret" in refused(tmp_path, "--repeat-from", folder)
    assert not witness.arrivals
    run_well(tmp_path, "--repeat-from", folder, *again)
    assert [arrival.headers["authorization"] for arrival in witness.arrivals] == ["Bearer hidden"]


def test_a_base_url_with_a_password_has_to_be_given_again(tmp_path, witness):
    with_password = witness.url.replace("//", "//user:hidden@")
    first = run_once_well(tmp_path, "/get", "--strategy", "sequential", "--base-url", with_password)
    folder = first.results.folder.resolve()
    witness.arrivals.clear()
    assert "password" in refused(tmp_path, "--repeat-from", folder)
    assert not witness.arrivals
    run_well(tmp_path, "--repeat-from", folder, "--base-url", with_password)
    assert [arrival.path for arrival in witness.arrivals] == ["/get"]


def test_a_workload_with_secrets_is_not_repeated(tmp_path, witness):
    path = harness_runs.write_workload(tmp_path / "w.json", [[{"url": "/get", "headers": {"Cookie": "hidden"}}]])
    first = run_once_well(tmp_path, "--workload", path, "--base-url", witness.url, "--strategy", "sequential")
    witness.arrivals.clear()
    assert "secrets" in refused(tmp_path, "--repeat-from", first.results.folder)
    assert not witness.arrivals


def test_a_body_that_says_redacted_is_no_secret(tmp_path, witness):
    path = harness_runs.write_workload(tmp_path / "w.json", [[{"url": "/get", "method": "POST", "body": "REDACTED"}]])
    first = run_once_well(tmp_path, "--workload", path, "--base-url", witness.url, "--strategy", "sequential",
                          "-H", "X-Word: REDACTED")
    witness.arrivals.clear()
    run_well(tmp_path, "--repeat-from", first.results.folder.resolve())
    assert [(arrival.body, arrival.headers["x-word"]) for arrival in witness.arrivals] == [(b"REDACTED", "REDACTED")]


def test_what_is_written_down_is_repeated_and_not_the_command_line(tmp_path):
    """All strategies of then, and the defaults of then, whatever the words stand for now."""
    first = run_once_well(tmp_path, "/get", "--strategy", "all", "--output", tmp_path / "first")
    path = tmp_path / "first" / "experiment.json"
    document = json.loads(path.read_text())
    assert document["settings"]["strategy"] == list(harness_runs.STRATEGIES)
    document["command"] = ["harness", "--no-such-option"]
    document["settings"].update({"timeout": 12.5, "strategy": ["curl-multi", "no-op"], "concurrency": [3, 5]})
    path.write_text(json.dumps(document))
    assert first.exit_code == 0
    run_well(tmp_path, "--repeat-from", tmp_path / "first", "--output", tmp_path / "again")
    again = json.loads((tmp_path / "again" / "experiment.json").read_text())
    assert again["settings"]["timeout"] == 12.5
    assert [arm["arm"] for arm in again["arms"]] == ["curl-multi @3", "curl-multi @5", "no-op"]


def test_cold_and_warm_are_arms_of_one_experiment(tmp_path, witness):
    outcome = run_well(tmp_path, "/get", "/get", "--base-url", witness.url, "--strategy", "sequential,curl-multi",
                       "--concurrency", 2, "--start", "cold,warm", "--reference", "start=cold", "--repeat", 2)
    summary = {row["arm"]: row for row in outcome.results.summary}
    assert {name: (row["strategy"], row["start"], row["reference"]) for name, row in summary.items()} == {
        "sequential cold": ("sequential", "cold", ""), "sequential warm": ("sequential", "warm", "sequential cold"),
        "curl-multi cold": ("curl-multi", "cold", ""), "curl-multi warm": ("curl-multi", "warm", "curl-multi cold")}
    for trial in outcome.results.trials:
        assert (int(trial["connections_opened"]) == 0) == (trial["start"] == "warm")
    assert "compared with start=cold" in outcome.stdout


def test_what_is_no_experiment_cannot_be_repeated(tmp_path):
    assert "no-such-folder" in refused(tmp_path, "--repeat-from", "no-such-folder")
    first = run_once_well(tmp_path, "/get", "--strategy", "no-op")
    folder = first.results.folder.resolve()
    (folder / "workload.json").unlink()
    assert "workload.json" in refused(tmp_path, "--repeat-from", folder)
    for change in ({"warmup": None}, {"unknown": 1}, {"repeat": "3"}, {"repeat": 0}, {"strategy": "no-op"},
                   {"header": ["no colon"]}):
        kept = first.results.document("experiment")
        kept["settings"].update(change)
        (folder / "experiment.json").write_text(json.dumps(kept))
        assert "another version" in refused(tmp_path, "--repeat-from", folder)
    for content in ("", "[]", "{}", '{"settings": []}'):
        (folder / "experiment.json").write_text(content)
        assert "--repeat-from" in refused(tmp_path, "--repeat-from", folder)
    shutil.rmtree(folder)
    refused(tmp_path, "--repeat-from", folder)
