"""An experiment ends with its charts drawn."""

import html
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import pytest

import harness_runs
import running_experiments
from pictures import png_size
from printed_table import unwrapped

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "plot"), str(TOP / "tests" / "plot")]
import sample_results  # noqa: E402
import style  # noqa: E402

CHARTS = {"total-time.png", "request-times.png", "timeline.png", "in-flight.png", "cost.png"}  # whatever was run
REPORT = "report.html"
LEAST_BYTES = 5000
LEAST_PIXELS = 400


def test_charts_are_drawn_beside_the_files_and_named(tmp_path):
    outcome = harness_runs.run_well(
        tmp_path, *["/delay/0.01"] * 8, "--repeat", 2, "--warmup", 0, charts=True)
    drawn = {path.name: path for path in outcome.results.folder.glob("*.png")}
    assert set(drawn) >= CHARTS
    for name, path in drawn.items():
        assert path.stat().st_size > LEAST_BYTES
        assert min(png_size(path)) >= LEAST_PIXELS
        assert re.search(rf"^results/.+/{name}$", outcome.stdout, re.M)


def test_the_report_comes_last_and_has_what_was_run(tmp_path):
    outcome = harness_runs.run_once_well(tmp_path, "/bytes/10?seed=1", "--strategy", "thread-pool,curl-multi", charts=True)
    lines = [line for line in outcome.stdout.splitlines() if line.startswith("results/")]
    assert lines[-1].endswith(f"/{REPORT}") and len(lines) > len(CHARTS)
    page = (outcome.results.folder / REPORT).read_text(encoding="utf-8")
    document = outcome.results.document("experiment")
    assert document["versions"]["libcurl"] in page and html.escape(document["warnings"][0]["finding"]) in page
    assert all(html.escape(word) in page for word in document["command"][1:])
    assert page.count("data:image/png;base64,") >= len(CHARTS)


def draw(folder):
    return subprocess.run([pathlib.Path(harness_runs.command()[0]).parent / "harness-plot", folder], capture_output=True,
                          text=True, timeout=harness_runs.RUN_LIMIT_S, check=False)


def test_half_an_experiment_is_not_drawn(tmp_path):
    with running_experiments.running(tmp_path, "/delay/0.05", "--repeat", 2, "--strategy", "sequential") as experiment:
        experiment.await_rows(2)
        experiment.send(signal.SIGSTOP)  # so that it has not ended before the charts are asked for
        early = draw(experiment.folder)
        experiment.send(signal.SIGCONT)
        experiment.await_end()
    assert (early.returncode, early.stdout) == (2, "")
    assert early.stderr == f"harness-plot: {experiment.folder}: an experiment is writing there; draw its charts when it has ended\n"
    assert list(experiment.folder.glob("*.png")) == []
    late = draw(experiment.folder)
    assert (late.returncode, late.stderr) == (0, "")
    assert {path.name for path in experiment.folder.glob("*.png")} >= CHARTS


# ---- whatever surrounds them ----


def run_into_head(folder, *arguments):
    """As in `harness ... | head -1`: (exit code, what is on standard error)."""
    command = harness_runs.command("/get", "/status/500", "--repeat", 1, "--warmup", 0, "--strategy", "thread-pool,curl-multi",
                                   *arguments)
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    process.stdout.readline()
    process.stdout.close()
    stderr = process.stderr.read()
    process.stderr.close()
    return process.wait(timeout=harness_runs.RUN_LIMIT_S), stderr


@pytest.mark.parametrize("options, exit_code", [([], 3), (["--trace"], 3), (["--ignore-failures"], 0)])
def test_a_closed_pipe_changes_neither_the_exit_code_nor_the_charts(tmp_path, options, exit_code):
    code, stderr = run_into_head(tmp_path, *options)
    assert code == exit_code
    assert [line for line in stderr.splitlines() if not line.startswith("warning: ")] == []
    results = harness_runs.Results(tmp_path / "results" / "latest")
    assert results.document("experiment")["complete"] is True
    assert {path.name for path in results.folder.glob("*.png")} >= CHARTS


def test_an_output_that_is_full_is_told_with_the_reason_and_the_charts_are_drawn(tmp_path):
    with open("/dev/full", "w", encoding="utf-8") as full:
        outcome = harness_runs.run_once(tmp_path, "/get", "--output", "out", charts=True, stdout=full)
    assert outcome.exit_code == 1
    told = [line for line in outcome.stderr.splitlines() if not line.startswith("warning: ")]
    assert told == ["harness: can't write to standard output: No space left on device; results: out"]
    assert {path.name for path in (tmp_path / "out").glob("*.png")} >= CHARTS


def test_bad_usage_told_to_a_closed_pipe_keeps_its_exit_code(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(harness_runs.command("--no-such-option"), cwd=tmp_path, stderr=writer, check=False)
    finally:
        os.close(writer)
    assert done.returncode == 2


def test_a_failure_to_draw_says_how_the_program_ended(tmp_path):
    program = tmp_path / "harness"
    shutil.copy(harness_runs.command()[0], program)
    plot = tmp_path / "harness-plot"
    for script, how in (("kill -9 $$", "was ended by signal 9"), ("echo no >&2; exit 5", "ended with exit code 5, see above")):
        plot.write_text(f"#!/bin/sh\n{script}\n")
        plot.chmod(0o755)
        done = subprocess.run([program, "http://127.0.0.1:1/", "-n1", "--warmup=0", "-s", "curl-multi",
                               harness_runs.NOBODY_THERE], cwd=tmp_path,
                              capture_output=True, text=True, timeout=harness_runs.RUN_LIMIT_S, check=False)
        assert done.returncode == 1
        assert f"harness-plot' {how}; the results in" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name, value", [
    ("PYTHONINSPECT", "1"), ("PYTHONHOME", "/nonexistent"), ("PYTHONIOENCODING", "nonsense"), ("PYTHONPATH", "modules"),
    ("PYTHONSAFEPATH", "1")])
def test_no_variable_for_python_keeps_the_charts_from_being_drawn(tmp_path, name, value):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "csv.py").write_text("raise SystemExit(9)\n")
    outcome = harness_runs.run_once_well(tmp_path, "/get", charts=True, env={name: value})
    assert [line for line in outcome.stderr.splitlines() if not line.startswith("warning: ")] == []
    assert {path.name for path in outcome.results.folder.glob("*.png")} >= CHARTS


def test_a_folder_whose_name_begins_with_a_dash_gets_its_charts(tmp_path):
    harness_runs.run_once_well(tmp_path, "/get", "--output=-x", charts=True)
    assert {path.name for path in (tmp_path / "-x").glob("*.png")} >= CHARTS


@pytest.mark.parametrize("path", ["/get", "/delay/0.02", "/delay/1.1"])
def test_sentences_print_times_by_the_rule_of_the_charts(tmp_path, path):
    outcome = harness_runs.run_well(tmp_path, path, "--repeat", 2, "--warmup", 0, "--strategy", "curl-multi,thread-pool")
    printed = re.search(r"lowest so far: (\S+), median (.*)$", unwrapped(outcome.stdout), re.M)
    (row,) = [row for row in outcome.results.summary if row["strategy"] == printed[1]]
    assert printed[2] == style.seconds_text(float(row["median_s"]))


def test_every_chart_that_may_be_drawn_is_removed_before_new_results(tmp_path):
    charts = re.findall(r'^FILE = "(.+)"$', "".join(path.read_text() for path in (TOP / "plot").glob("chart_*.py")), re.M)
    assert set(charts) >= CHARTS
    (tmp_path / "out").mkdir()
    names = [pathlib.Path(name).with_suffix(suffix).name for name in charts for suffix in (".png", ".svg", ".pdf")] + ["trace.json", REPORT]
    for name in names:
        (tmp_path / "out" / name).write_text("old")
    assert "already holds results" in harness_runs.run_once(tmp_path, "/get", "--output", "out").stderr
    harness_runs.run_once_well(tmp_path, "/get", "--output", "out", "--force")
    assert not [name for name in names if (tmp_path / "out" / name).exists()]


def test_charts_are_not_drawn_when_not_wanted(tmp_path):
    outcome = harness_runs.run_once_well(tmp_path, "/get")
    assert list(outcome.results.folder.glob("*.png")) == [] and not (outcome.results.folder / REPORT).exists()


@pytest.mark.parametrize("name, columns", [
    ("trials", sample_results.TRIALS), ("requests", sample_results.REQUESTS), ("summary", sample_results.SUMMARY)])
def test_the_results_that_tests_plot_makes_up_have_columns_that_the_program_writes(tmp_path, name, columns):
    written = harness_runs.run_once_well(tmp_path, "/get").results.columns(name)
    assert set(columns) - set(written) == set()
