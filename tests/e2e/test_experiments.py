"""Ready-made experiments: a claim, what settles it on this machine, and the one sentence at the end."""

import html
import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

import harness_runs
import listings
from harness_runs import run, run_well
from limited_runs import run_limited
from running_experiments import running

TOP = pathlib.Path(__file__).resolve().parents[2]
FILES = {path.stem: path for path in sorted((TOP / "experiments").glob("*.json"))}
AVAILABLE = set(harness_runs.STRATEGIES)

# What makes a round short; of the rest there is as much as the files say.
SHORT = ["--repeat", 2, "--warmup", 0, "--quiet"]
SHORTER = {"ten-thousand-waits": ["-c", 20, "--requests", 20]}

# What each of these is there to show, with much room: by which figure, and between which ratios.
EFFECTS = {
    "cold-or-warm": ("total", 0, 0.95),
    "coordinated-omission": ("p99", 5, 1000),
    "reuse-or-not": ("cpu", 1.2, 1000),
}


def read(name):
    return json.loads(FILES[name].read_text(encoding="utf-8"))


def strategies_of(document):
    named = [document.get("settings", {}), *(part.get("settings", {}) for part in document["parts"])]
    return [strategy for settings in named for strategy in settings.get("strategy", [])]


def can_run_here(document):
    return [strategy for strategy in strategies_of(document) if strategy.partition(":")[0] in AVAILABLE]


def found(outcome):
    """The sentence, which comes last and once."""
    lines = [line for line in outcome.stdout.splitlines() if line.startswith("found: ")]
    assert len(lines) == 1 and outcome.stdout.endswith(f"{lines[0]}\n"), outcome.stdout
    assert lines[0].endswith(".")
    return lines[0].removeprefix("found: ")


def findings(folder):
    return json.loads((folder / "finding.json").read_text(encoding="utf-8"))


def listed():
    """{name: {"claim": ..., "arms": ..., "takes": ...}}"""
    text = subprocess.run(harness_runs.command("--list-experiments"), capture_output=True, text=True, check=True).stdout
    experiments = {}
    for line in listings.unwrapped(text).splitlines():
        key = re.match(r"  (\w+): +(.*)", line)
        if key:
            experiments[name][key.group(1)] = key.group(2)
        elif not line.startswith(" "):
            name = line
            experiments[name] = {}
    return experiments


def test_there_is_one_for_each_claim_that_people_make():
    assert set(FILES) >= {"thread-cost", "poll-epoll-uring", "ten-thousand-waits", "one-loop-or-several", "cold-or-warm",
                          "reuse-or-not", "coordinated-omission"}


def test_the_list_has_claim_arms_and_duration_of_each():
    experiments = listed()
    assert set(experiments) == set(FILES)
    for name, lines in experiments.items():
        assert lines["claim"] == read(name)["claim"]
        assert all(strategy in lines["arms"] for strategy in strategies_of(read(name)))
        assert re.fullmatch(r"about (\d+ min )?\d+ (s|minutes)", lines["takes"])


@pytest.mark.parametrize("name", FILES)
def test_each_ends_with_one_sentence(tmp_path, name):
    """With too few rounds, which it says."""
    document = read(name)
    arguments = ["--experiment", name, *SHORT, *SHORTER.get(name, []), "--output", "out"]
    if len(can_run_here(document)) < 2:
        outcome = run(tmp_path, *arguments)
        assert outcome.exit_code == 2
        assert f"experiment '{name}' can't run here: it needs two strategies to compare" in outcome.stderr
        return
    outcome = run_well(tmp_path, *arguments)
    assert outcome.stdout.startswith(f"claim: {document['claim']}\nabout ")
    sentence = found(outcome)
    assert "rounds are needed, 2 can be compared" in sentence
    finding = findings(tmp_path / "out")
    assert (finding["experiment"], finding["claim"], finding["found"]) == (name, document["claim"], sentence)
    if name in EFFECTS:
        by, least, most = EFFECTS[name]
        ratios = [comparison["ratio"] for comparison in finding["comparisons"] if comparison["by"] == by]
        assert ratios and all(ratio and least < ratio < most for ratio in ratios), ratios
    assert finding["comparisons"] and {comparison["verdict"] for comparison in finding["comparisons"]} == {"no-interval"}
    folders = [tmp_path / "out" / part["name"] for part in document["parts"]] if len(document["parts"]) > 1 else [tmp_path / "out"]
    assert all((folder / "summary.csv").exists() for folder in folders)


def test_the_sentence_says_what_summary_csv_says(tmp_path):
    """Of CPU time and of total time, each in the words of its own verdict."""
    outcome = run_well(tmp_path, "--experiment", "reuse-or-not", "--repeat", 7, "--warmup", 0, "--requests", 60, "--quiet",
                       "--output", "out")
    sentence = found(outcome)
    summary = {row["arm"]: row for row in harness_runs.Results(tmp_path / "out").summary}
    comparisons = findings(tmp_path / "out")["comparisons"]
    assert {comparison["by"] for comparison in comparisons} == {"cpu", "total"}
    for comparison in comparisons:
        row = summary[comparison["arm"]]
        prefix = {"cpu": "cpu_", "total": ""}[comparison["by"]]
        assert comparison["reference"] == row["reference"] and comparison["arm"] in sentence
        assert comparison["verdict"] == row[f"{prefix}verdict"]
        assert comparison["ratio_low"] == pytest.approx(float(row[f"{prefix}ratio_low"]), rel=1e-5)
        numbers = re.findall(r"[\d.]+ to [+-]?[\d.]+|[+-][\d.]+ % to", row[f"{prefix}verdict_text"])
        assert all(number in sentence for number in numbers)


def test_options_replace_those_of_the_file(tmp_path):
    outcome = run_well(tmp_path, "--experiment", "cold-or-warm", *SHORT, "-c", "2,4", "--strategy", "curl-multi", "--workload",
                       "hello", "--seed", 7, "--start", "warm,cold", "--output", "out")
    settings = outcome.results.folder.parent  # results/latest is not made
    assert not settings.exists()
    document = harness_runs.Results(tmp_path / "out").document("experiment")
    kept = document["settings"]
    assert (kept["concurrency"], kept["strategy"], kept["seed"], kept["repeat"]) == ([2, 4], ["curl-multi"], 7, 2)
    assert (kept["tls"], kept["reference"], kept["start"]) == (True, "start=cold", ["warm", "cold"]), "as in the file"
    assert document["requests"]["workload"] == "hello"
    assert [comparison["arm"] for comparison in findings(tmp_path / "out")["comparisons"]] == [
        "curl-multi @2 warm", "curl-multi @4 warm"]


def test_a_part_can_be_repeated(tmp_path):
    run_well(tmp_path, "--experiment", "coordinated-omission", *SHORT, "--repeat", 1, "--output", "out")
    run_well(tmp_path, "--repeat-from", "out/open", "--output", "again", "--quiet")
    then, now = (harness_runs.Results(tmp_path / folder).document("experiment") for folder in ("out/open", "again"))
    assert then["settings"] | {"workload": None} == now["settings"] | {"workload": None}
    assert then["order"] == now["order"]


@pytest.mark.parametrize("name, folders", [("cold-or-warm", ["out"]), ("coordinated-omission", ["out/closed", "out/open", "out"])])
def test_the_report_begins_with_what_was_found_and_is_told_once(tmp_path, name, folders):
    outcome = run_well(tmp_path, "--experiment", name, *SHORT, "--repeat", 1, "--output", "out", charts=True)
    sentence = found(outcome)
    assert [line for line in outcome.stdout.splitlines() if line.endswith("/report.html")] == [f"{folder}/report.html" for folder in folders]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.index(html.escape(read(name)["claim"])) < page.index("What was found") < page.index("Figures")
    assert sentence in html.unescape(re.sub(r"</?span[^>]*>", "", page))
    pictures = [len(list((tmp_path / folder).glob("*.png"))) for folder in folders]
    assert page.count("data:image/png;base64,") == sum(pictures)


def test_results_are_overwritten_with_force_only(tmp_path):
    arguments = ["--experiment", "coordinated-omission", *SHORT, "--repeat", 1, "--output", "out"]
    run_well(tmp_path, *arguments)
    again = run(tmp_path, *arguments)
    assert again.exit_code == 1 and "already holds results (finding.json)" in again.stderr
    (tmp_path / "out" / "report.html").write_text("old")
    run_well(tmp_path, *arguments, "--force")
    assert not (tmp_path / "out" / "report.html").exists(), "a report of other results would mislead"
    plain = run(tmp_path, "/get", "--output", "out", *SHORT)
    assert plain.exit_code == 1 and "finding.json" in plain.stderr


@pytest.mark.parametrize("arguments, reason", [
    (["--experiment", "cold-or-wram"], "no ready-made experiment 'cold-or-wram'; did you mean 'cold-or-warm'? those in "),
    (["--experiment", "zzz"], "cold-or-warm, coordinated-omission, "),
    (["--experiment", "./none.json"], "'./none.json', line -1"),
    (["--experiment", "cold-or-warm", "--repeat-from", "x"], "--experiment and --repeat-from: give one or the other"),
])
def test_what_there_is_not_is_refused(tmp_path, arguments, reason):
    outcome = run(tmp_path, *arguments)
    assert outcome.exit_code == 2
    assert reason in outcome.stderr


GOOD = {"claim": "So it is.", "settings": {"strategy": ["thread-pool", "curl-multi"]}, "parts": [{"workload": "hello", "round_s": 0.1}],
        "questions": [{"compare": {"strategy": "curl-multi"}, "with": {"strategy": "thread-pool"}, "by": "total"}]}


def run_file(folder, document):
    (folder / "own.json").write_text(json.dumps(document), encoding="utf-8")
    return run(folder, "--experiment", "./own.json", *SHORT, "--output", "out")


def test_a_file_of_ones_own_is_an_experiment(tmp_path):
    outcome = run_file(tmp_path, GOOD)
    assert outcome.exit_code == 0, outcome.stderr
    assert found(outcome) == ("whether curl-multi and thread-pool differ in time can't be told: 6 rounds are needed, 2 can be "
                              "compared.")


@pytest.mark.parametrize("change, reason", [
    ({"claims": "x"}, "the file has no key 'claims'; did you mean 'claim'?"),
    ({"claim": 1}, "the file: 'claim' has to be a text"),
    ({"settings": {"concurency": [4]}}, "there is no setting 'concurency'; did you mean 'concurrency'?"),
    ({"settings": {"concurrency": [0]}}, "--concurrency takes a whole number from 1"),
    ({"settings": {"output": "x"}}, "there is no setting 'output'"),
    ({"parts": []}, "'parts' has to be a list of at least one"),
    ({"parts": [{"workload": "hello"}]}, "a part: 'round_s' has to be the seconds that a round takes"),
    ({"parts": [{"round_s": 1}]}, "a part: 'workload' has to be"),
    ({"parts": [{"workload": "hello", "round_s": 1, "name": "../x"}]}, "a part: 'name' has to be the name of a folder"),
    ({"parts": [{"workload": "hello", "round_s": 1}] * 2}, "a part: 'name' has to be given where there are several parts"),
    ({"questions": []}, "'questions' has to be a list of at least one"),
    ({"questions": [{"compare": {}, "with": {}, "by": "beauty"}]}, "a question: 'by' has to be total, cpu, memory, p50"),
    ({"questions": [{"compare": {"part": "x"}, "with": {}, "by": "cpu"}]}, "'part' has to be one of the parts"),
    ({"questions": [{"compare": {"colour": "x"}, "with": {}, "by": "cpu"}]}, "'colour' is neither"),
    ({"questions": [{"compare": {}, "with": {}, "by": "cpu", "over": "concurrency"}]}, "'over' has to be with a strategy"),
])
def test_what_is_wrong_in_a_file_is_named(tmp_path, change, reason):
    outcome = run_file(tmp_path, GOOD | change)
    assert outcome.exit_code == 2
    assert "experiment './own.json': " in outcome.stderr and reason in outcome.stderr
    assert not (tmp_path / "out").exists()


def test_what_can_not_run_here_is_left_out_with_the_reason(tmp_path):
    settings = {"strategy": ["thread-pool", "teleport", "curl-multi", "thread-pool:stack-kib=1"], "reference": "teleport"}
    outcome = run_file(tmp_path, GOOD | {"settings": settings})
    assert outcome.exit_code == 0, outcome.stderr
    assert "warning: left out: teleport: no strategy 'teleport'\n" in outcome.stderr
    assert "warning: left out: thread-pool:stack-kib=1: option 'stack-kib' of strategy 'thread-pool' takes" in outcome.stderr
    assert {row["arm"] for row in harness_runs.Results(tmp_path / "out").summary} == {"thread-pool", "curl-multi"}


def test_fewer_than_two_strategies_are_no_experiment(tmp_path):
    outcome = run_file(tmp_path, GOOD | {"settings": {"strategy": ["thread-pool", "teleport"]}})
    assert outcome.exit_code == 2
    assert "can't run here: it needs two strategies to compare, and has thread-pool; see what --list-strategies" in outcome.stderr


def test_waits_are_as_many_as_the_system_allows(open_folder):
    outcome = run_limited(open_folder, "--experiment", "ten-thousand-waits", "--repeat", 1, limits=["--nofile=400:400"],
                          unprivileged=True)
    assert outcome.exit_code == 0, outcome.stderr
    (scaled,) = re.findall(r"warning: (\d+) at once are run instead of 10000: '[\w-]+' at concurrency 10000 needs \d+ "
                           r"open files, but the limit is 400;", outcome.stderr)
    assert 20 <= int(scaled) < 400
    assert {(row["concurrency"], row["requests"]) for row in outcome.results.trials} == {(scaled, scaled)}
    sentence = found(outcome)
    assert sentence.startswith(f"with {scaled} at once, ") and sentence.count(" at once, ") == 1


def test_as_many_as_allowed_is_said_beside_what_the_part_is(tmp_path):
    part = GOOD["parts"][0] | {"where": "with quick answers", "as-many-as-allowed": True}
    settings = GOOD["settings"] | {"concurrency": [12]}
    assert found(run_file(tmp_path, GOOD | {"settings": settings, "parts": [part]})).startswith(
        "with quick answers, with 12 at once, whether curl-multi and thread-pool differ in time")


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one processor")
def test_all_parts_run_on_the_same_processors(tmp_path):
    """Also the origin, which is started for each part where those before have ended."""
    client, origin, *_ = sorted(os.sched_getaffinity(0))
    run_well(tmp_path, "--experiment", "coordinated-omission", *SHORT, "--repeat", 1, "--requests", 20, "--client-cpus", client,
             "--origin-cpus", origin, "--output", "out")
    for part in ("closed", "open"):
        document = harness_runs.Results(tmp_path / "out" / part).document("experiment")
        assert (document["requests"]["client_cpus"], document["requests"]["origin_cpus"]) == (str(client), str(origin))
        assert "cpus-missing" not in [warning["code"] for warning in document["warnings"]]


def test_an_interruption_ends_all_parts(tmp_path):
    with running(tmp_path, "--experiment", "coordinated-omission", "--repeat", 50) as experiment:
        harness_runs.wait_until(lambda: (tmp_path / "out" / "closed" / "trials.csv").exists(), 30, "the first part is under way")
        experiment.await_trial()
        experiment.send(signal.SIGINT)
        stdout, _ = experiment.await_end()
    assert experiment.process.returncode == 130
    assert stdout.splitlines()[-1].startswith("found: nothing was run that compares thread-pool with thread-pool by ")
    assert not (tmp_path / "out" / "open").exists()


def test_the_file_in_the_document_is_one(tmp_path):
    text = (TOP / "docs" / "experiments.md").read_text(encoding="utf-8")
    document = json.loads(re.search(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE).group(1))
    outcome = run_file(tmp_path, document)
    assert outcome.exit_code == 0, outcome.stderr
    assert "at all of 16 to 256 connections" in found(outcome)
