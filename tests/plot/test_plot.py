"""The charts, as their reader sees them: which pictures there are, what they say, and what is complained about.

Run with /usr/bin/python3 -m pytest tests/plot
"""

import csv
import json
import os
import pty
import re
import shutil
import stat
import statistics
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle

PLOT_FOLDER = Path(__file__).resolve().parents[2] / "plot"
PLOT = PLOT_FOLDER / "plot.py"
sys.path[:0] = [str(PLOT_FOLDER), str(Path(__file__).parent)]

import bars  # noqa: E402
import chart_cost  # noqa: E402
import chart_heat_map  # noqa: E402
import chart_in_flight  # noqa: E402
import chart_open_loop  # noqa: E402
import chart_ratios  # noqa: E402
import chart_request_times  # noqa: E402
import chart_scaling  # noqa: E402
import chart_stability  # noqa: E402
import chart_timeline  # noqa: E402
import chart_total_time  # noqa: E402
import contest  # noqa: E402
import curves  # noqa: E402
import files  # noqa: E402
import plot  # noqa: E402
import style  # noqa: E402
import wording  # noqa: E402
from charts import CHARTS  # noqa: E402
from pictures import png_size  # noqa: E402
from quantiles import occurring_quantile  # noqa: E402
from results import Arm, NothingToDraw, Results, Standing, Trial  # noqa: E402
from sample_results import MAIN, TRIALS, Experiment, Strategy  # noqa: E402

PICTURES = ["total-time.png", "ratios.png", "request-times.png", "heat-map.png", "timeline.png", "in-flight.png", "cost.png", "stability.png"]  # of one level
FILES = PICTURES + ["report.html"]
OF_ONE_LEVEL = [chart for chart in CHARTS if chart not in (chart_scaling, chart_open_loop)]  # and of a closed loop
WITHOUT_REQUESTS = ["total-time.png", "ratios.png", "cost.png", "stability.png", "report.html"]


def run_plot(*arguments, **options):
    return subprocess.run(["/usr/bin/python3", PLOT, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          **options)


def refuse_warning(text):
    raise AssertionError(f"unexpected warning: {text}")


def results_of(folder, warn=refuse_warning):
    return Results(str(folder), warn)


def arm(name, *walls, family="threads", concurrency=16):
    made = Arm(name, concurrency, family, name)
    made.trials = [Trial(place, place, False, name, name, family, "mixed", concurrency, True, "cold", "1.1", 60,
                         0, "ok", wall) for place, wall in enumerate(walls, start=1)]
    return made


def placed(name, figure_s, rank=1, shares=False, missing=0, because="", versus=None, verdict="", text="",
           ranked_by="wall_s", first_place="no-difference"):
    """An arm with its standing, as summary.csv may have it."""
    made = Arm(name, 16, "threads", name)
    made.trials = [Trial(1, 1, False, name, name, "threads", "mixed", 16, True, "cold", "1.1", 60, 0, "ok", 1.0,
                         rate_per_s=None if ranked_by == "wall_s" else 100.0)]
    made.standing = Standing(ranked=not because, not_ranked_because=because, rank=None if because else rank,
                             shares_first=None if because or missing else shares, first_place=first_place if shares else "",
                             first_rounds_missing=missing,
                             ranked_by=ranked_by, median_s=figure_s, request_p50_s=figure_s / 2, request_p90_s=figure_s,
                             verdict=verdict, verdict_text=text)
    made.reference = versus
    return made


def texts_of(figure):
    texts = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        texts += [text.get_text() for text in axes.texts] + [label.get_text() for label in axes.get_yticklabels()]
    return texts


def values_of(figure):
    """What stands beside the rows of points, from the top down."""
    texts = [(text.xy[1], text.get_text()) for axes in figure.axes for text in axes.texts if text.get_text()]
    return [text for _, text in sorted(texts)]


def whole_text(figure):
    return " ".join(" ".join(texts_of(figure)).split())


def edit_rows(path, change):
    """Passes each row, as a dictionary, to `change`; rows for which it answers False are dropped."""
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        rows = [row for row in reader if change(row) is not False]
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, reader.fieldnames)
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def main_folder(tmp_path_factory):
    return Experiment().write(tmp_path_factory.mktemp("main"))


@pytest.fixture
def small_folder(tmp_path):
    return Experiment(rounds=3).write(tmp_path / "results")


# Pictures

def test_draws_every_picture_and_prints_its_path(main_folder, tmp_path):
    done = run_plot(main_folder, "--output", tmp_path / "new" / "folder")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [str(tmp_path / "new" / "folder" / name) for name in FILES]
    for name in PICTURES:
        width, height = png_size(tmp_path / "new" / "folder" / name)
        assert width == 1600 and 500 < height < 2500
    assert sorted(os.listdir(tmp_path / "new" / "folder")) == sorted(FILES)


def test_equal_input_draws_equal_pictures(small_folder, tmp_path):
    for output in ("first", "second"):
        assert run_plot(small_folder, "-o", tmp_path / output).returncode == 0
    for name in PICTURES:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_draws_latest_results_beside_the_csv_by_default(tmp_path):
    Experiment(strategies=MAIN[:1], rounds=2).write(tmp_path / "results" / "latest")
    done = run_plot(cwd=tmp_path)
    assert done.stdout.splitlines() == [f"results/latest/{name}" for name in FILES if name != "ratios.png"]
    assert done.stderr == "", "nobody misses the ratios of one strategy"
    done = run_plot("--only", "ratios", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ratios.png is left out: summary.csv compares no strategy with another" in done.stderr
    assert (tmp_path / "results" / "latest" / "timeline.png").exists()


# What the pictures say

def test_title_names_the_fastest_and_how_much_faster():
    sequential = placed("sequential", 0.806, 2)
    fastest = placed("curl-multi", 0.072, 1, True, versus=sequential, verdict="faster",
                     text="faster by 90.1 to 91.4 %")
    assert chart_total_time.finding([fastest, sequential]) == \
        "curl-multi was fastest: median 72.0 ms, faster by 90.1 to 91.4 % than sequential"


def test_title_words_a_factor_and_other_verdicts_with_the_reference():
    reference = placed("b", 2.0, 2)
    a = placed("a", 1.0, 1, True, versus=reference, verdict="faster", text="0.49 to 0.51 times as long")
    assert wording.headline([a, reference]).endswith(", 0.49 to 0.51 times as long as b")
    a.standing.verdict, a.standing.verdict_text = "equivalent", "equivalent within 2 %"
    assert wording.headline([a, reference]).endswith(", compared with b: equivalent within 2 %")
    a.standing.verdict = "no-interval"
    assert wording.headline([a, reference]) == "a was fastest: median 1.00 s"


def test_title_of_a_reference_that_was_fastest_quotes_a_compared_one():
    pool = placed("thread-pool", 0.072, 1, True)
    multi = placed("curl-multi", 0.08, 2, versus=pool, verdict="slower", text="slower by 9 to 12 %")
    sequential = placed("sequential", 0.806, 3, versus=pool, verdict="slower", text="10.9 to 12.1 times as long")
    assert wording.headline([pool, multi, sequential]) == \
        "thread-pool was fastest: median 72.0 ms; sequential: 10.9 to 12.1 times as long as thread-pool"


def test_title_names_those_that_share_the_first_place():
    first = [placed(name, 1 + place / 10, place, True, first_place="among-the-fastest") for place, name in enumerate("abc", start=1)]
    rest = [placed(name, 9.0, place) for place, name in enumerate("defg", start=4)]
    assert wording.headline(first + rest) == "Fastest, too close to tell apart: a, b and c, medians 1.10 s to 1.30 s"
    compared = placed("h", 9.0, 8, versus=first[1], verdict="slower", text="8.1 to 8.3 times as long")
    first[0].reference, first[0].standing.verdict, first[0].standing.verdict_text = first[1], "equivalent", "equivalent within 2 %"
    assert wording.headline([*first, compared]) == ("Fastest, too close to tell apart: a, b and c, medians 1.10 s to 1.30 s; "
                                                    "h: 8.1 to 8.3 times as long as b")
    first = [placed(name, 1 + place / 10, place, True) for place, name in enumerate("abc", start=1)]
    assert wording.headline(first + rest[:2]) == "No difference was found between a, b and c: medians 1.10 s to 1.30 s"
    assert wording.headline(first) == "No difference was found between a, b and c: medians 1.10 s to 1.30 s"
    assert wording.headline([placed("a", 1.0, 1, True), placed("b", 1.001, 2, True)]) == \
        "No difference was found between a and b: medians 1.00 s"


def test_too_few_rounds_name_no_fastest():
    arms = [placed("a", 1.0, 1, missing=3), placed("b", 2.0, 2, missing=3)]
    assert wording.headline(arms) == "Too few rounds to name a fastest (3 more needed); lowest so far: a, median 1.00 s"
    assert "fastest" not in chart_timeline.finding([(one, 1.0, 2.0) for one in arms])


@pytest.mark.parametrize("because, words", [
    ("sends-nothing", "sends nothing"), ("no-trials", "no trial completed"),
    ("failed-requests", "requests failed"),
    ("failed-trials", "trials failed"), ("saturated", "could not keep up with the rate"),
    ("too-few-requests", "too few requests"), ("of-the-future", "of the future"),
])
def test_what_is_not_ranked_is_never_fastest_and_the_reason_is_said(because, words):
    other = placed("flawed", 0.01, because=because)
    assert wording.headline([other]) == f"Not ranked: flawed ({words})"
    assert wording.headline([placed("b", 1.0, shares=True), other]) == "Only b is ranked: median 1.00 s"
    assert chart_timeline.finding([(other, 1.0, 2.0)]).endswith(f"Not ranked: flawed ({words})")


def test_single_strategy_is_described_and_not_compared():
    assert wording.headline([placed("sequential", 0.806, shares=True)]) == "sequential: median 806 ms"


def test_charts_follow_the_summary_and_not_the_trials(small_folder):
    decided = {"sequential": (1, "true", 0.1), "curl-multi": (2, "false", 0.2), "thread-pool": (3, "false", 0.3)}

    def decide(row):
        rank, shares, median = decided.get(row["strategy"], ("", "", 0.4))
        row.update(rank=rank, ranked=str(bool(rank)).lower(), not_ranked_because="" if rank else "failed-trials",
                   shares_first=shares, first_rounds_missing=0 if rank else "", median_s=median,
                   request_p50_s=median / 100, request_p90_s="", reference="",
                   verdict="", verdict_text="")
    edit_rows(small_folder / "summary.csv", decide)
    results = results_of(small_folder)
    figure = chart_total_time.draw(results)
    assert figure.texts[0].get_text() == "sequential was fastest: median 100 ms"
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [*decided, "thread-per-request"]
    assert [text.get_text() for text in figure.axes[0].texts] == ["100 ms", "200 ms", "300 ms", "400 ms"]
    assert "Not ranked: thread-per-request (trials failed)." in whole_text(figure)
    legend = chart_request_times.draw(results).axes[1]
    assert [text.get_text() for text in legend.texts][2:5] == ["sequential", "1.00 ms", "-"]
    assert chart_timeline.draw(results).texts[0].get_text().startswith("sequential had 1.0 requests under way")


def test_requests_that_were_not_sent_on_purpose_are_no_failures(tmp_path):
    folder = Experiment(strategies=[MAIN[0], Strategy("no-op", "nobody")], rounds=2).write(tmp_path)
    edit_rows(folder / "trials.csv", lambda row: row["strategy"] != "no-op" or row.update(succeeded=0, not_run=56))
    text = whole_text(chart_total_time.draw(results_of(folder)))
    assert "failures" not in text and "Only sequential is ranked" in text and "no-op (sends nothing)" in text


# An open loop

@pytest.fixture(scope="session")
def open_folder(tmp_path_factory):
    experiment = Experiment(strategies=MAIN + [Strategy("slow", "mixed", lanes=1)], rounds=8, rate_per_s=2000,
                            saturated=("slow",))
    return experiment.write(tmp_path_factory.mktemp("open"))


def test_open_loop_is_ranked_by_request_times_and_tells_rate_and_saturation(open_folder):
    results = results_of(open_folder)
    for chart in CHARTS:
        if chart in (chart_stability, chart_scaling):
            continue
        text = whole_text(chart.draw(results))
        assert "Open loop: 2,000 batches due per second, poisson arrivals, started" in text
        assert "Saturated, because most trials could not keep up: slow." in text
        assert "from start to end" not in text
    figure = chart_total_time.draw(results)
    assert "was fastest: 90 % of the requests within" in whole_text(figure)
    assert "Ranked by the time within which 90 % of a trial's requests were done, each from when it was due to its " \
           "end" in whole_text(figure)
    assert "slow (could not keep up with the rate)" in whole_text(figure)
    assert "from when it was due to its end" in whole_text(chart_request_times.draw(results))


def test_points_of_an_open_loop_are_type_1_quantiles_of_each_trial(open_folder):
    durations = {}
    with open(open_folder / "requests.csv", newline="") as file:
        for row in csv.DictReader(file):
            durations.setdefault(int(row["trial"]), []).append(float(row["duration_s"]))
    for row in chart_total_time.rows_of(results_of(open_folder)):
        assert len(row.points) == 8
        for trial, value in row.points:
            assert value == occurring_quantile(durations[trial.number], 0.9)


def test_arrivals_of_which_nothing_is_known_are_not_told(open_folder, tmp_path):
    for name in ("trials.csv", "summary.csv"):
        (tmp_path / name).write_bytes((open_folder / name).read_bytes())
    edit_rows(tmp_path / "trials.csv", lambda row: row.update(arrivals=""))
    assert "Open loop: 2,000 batches due per second, started" in whole_text(chart_ratios.draw(results_of(tmp_path)))


def test_total_time_of_an_open_loop_without_records_is_left_out(open_folder, tmp_path):
    for name in ("trials.csv", "summary.csv"):
        (tmp_path / name).write_bytes((open_folder / name).read_bytes())
    with pytest.raises(NothingToDraw, match="records switched off"):
        chart_total_time.draw(results_of(tmp_path))


def test_figure_that_the_summary_does_not_have_is_a_dash(small_folder):
    edit_rows(small_folder / "summary.csv", lambda row: row["strategy"] != "curl-multi" or row.update(
        median_s="", ranked="false", not_ranked_because="no-trials", rank="", shares_first="", request_p50_s=""))
    results = results_of(small_folder)
    axes = chart_total_time.draw(results).axes[0]
    assert "-" in values_of(chart_total_time.draw(results)) and axes.get_yticklabels()[-1].get_text() == "curl-multi"
    assert chart_request_times.draw(results).texts[0].get_text() == "How long individual requests took"


def test_closed_loop_does_not_mention_a_rate(main_folder):
    for chart in OF_ONE_LEVEL:
        assert "loop" not in whole_text(chart.draw(results_of(main_folder))).replace("event loop", "")


# More of what the pictures say

def test_rows_go_from_fastest_to_slowest_and_show_the_medians(main_folder):
    results = results_of(main_folder)
    axes = chart_total_time.draw(results).axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    medians = {}
    with open(main_folder / "trials.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["warmup"] == "false":
                medians.setdefault(row["strategy"], []).append(float(row["wall_s"]))
    medians = {name: statistics.median(walls) for name, walls in medians.items()}
    assert rows == sorted(medians, key=medians.get)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row is at the top
    shown = values_of(chart_total_time.draw(results))
    assert shown == [style.seconds_text(medians[name]) for name in rows]
    assert axes.get_xlim()[0] == 0


def test_the_contest_has_a_panel_of_its_own_when_one_is_far_behind(main_folder, tmp_path):
    """Enlarged, not from zero, and says so; without one that is far behind, and where they differ, there is one panel."""
    figure = chart_total_time.draw(results_of(main_folder))
    whole, near = figure.axes
    assert whole.get_xlim()[0] == 0 and near.get_xlim()[0] > 0.5 * near.get_xlim()[1]
    assert near.get_xlabel().endswith("not from zero")
    assert len(near.texts) == 3 and [text.get_text() for text in whole.texts if text.get_text()] == [values_of(figure)[-1]]
    close = Experiment(strategies=[Strategy("a"), Strategy("b", overhead_s=0.0003)], rounds=3)
    assert len(chart_total_time.draw(results_of(close.write(tmp_path / "close"))).axes) == 2
    different = Experiment(strategies=[Strategy("a"), Strategy("b", overhead_s=0.01)], rounds=3)
    assert len(chart_total_time.draw(results_of(different.write(tmp_path / "different"))).axes) == 1


def test_every_measured_trial_is_a_point_and_warm_up_is_not(main_folder):
    axes = chart_total_time.draw(results_of(main_folder)).axes[0]
    scattered = [collection for collection in axes.collections if len(collection.get_offsets()) > 1]
    assert sum(len(collection.get_offsets()) for collection in scattered) == 4 * 20
    # Warm-up trials take three times as long in these results.
    assert max(x for collection in scattered for x, _ in collection.get_offsets()) < 0.5


def test_wide_spread_gets_a_logarithmic_axis():
    def is_logarithmic(*walls_and_family):
        rows = [chart_total_time.Row(arm("x", wall, family=family), [(None, wall)], wall)
                for wall, family in walls_and_family]
        return chart_total_time.is_logarithmic(rows)
    assert not is_logarithmic((1.0, "threads"), (19.0, "threads"))
    assert is_logarithmic((1.0, "threads"), (21.0, "threads"))
    assert not is_logarithmic((1.0, "threads"), (0.00002, "nobody"))


def test_failed_trials_are_crosses_with_a_note(tmp_path):
    strategies = [MAIN[0], Strategy("thread-pool", failures={2: 3}),
                  Strategy("gone", status={1: "crashed", 2: "crashed"})]
    figure = chart_total_time.draw(results_of(Experiment(strategies=strategies, rounds=4).write(tmp_path)))
    text = whole_text(figure)
    assert "thread-pool 1 of 4" in text and "gone 2 of 4 (crashed)" in text
    assert "Without a time: 2 of 4 trials of gone." in text
    assert "(1 of 4 trials failed)" in text
    assert "Not ranked: thread-pool (requests failed); gone (trials failed)." in text


@pytest.mark.parametrize("chart", [chart for chart in OF_ONE_LEVEL if chart not in (chart_ratios, chart_timeline)], ids=lambda chart: chart.FILE)
def test_strategies_with_failed_trials_have_a_cross_in_every_chart(chart, tmp_path):
    """But in ratios, from which they are left out."""
    strategies = [MAIN[0], Strategy("thread-pool", failures={2: 3}), Strategy("curl-multi", "event loop", status={1: "crashed"})]
    results = results_of(Experiment(strategies=strategies, rounds=4).write(tmp_path), warn=lambda text: None)
    figure = chart.draw(results)
    names = texts_of(figure) + [axes.get_title(loc="left") for axes in figure.axes]
    assert {"thread-pool ×", "curl-multi ×", "sequential"} <= set(names)
    assert "× Trials with failures: curl-multi 1 of 4 (crashed); thread-pool 1 of 4." in whole_text(figure)


def test_request_times_are_described_and_not_ranked():
    a, b = placed("a", 0.002, 1, True), placed("b", 0.5, 2)
    assert chart_request_times.finding([a, b]) == \
        "Half of the requests were done within 1.00 ms to 250 ms, 90 % within 2.00 ms to 500 ms"
    assert chart_request_times.finding([a]) == "a: half of the requests were done within 1.00 ms, 90 % within 2.00 ms"
    assert chart_request_times.finding([a, a]) == "Half of the requests were done within 1.00 ms, 90 % within 2.00 ms"
    b.standing.request_p90_s = None
    assert chart_request_times.finding([a, b]) == "Half of the requests were done within 1.00 ms to 250 ms"


def test_request_times_of_an_open_loop_are_ranked():
    arms = [placed("a", 0.002, 1, True, ranked_by="request_p90_s"), placed("b", 0.5, 2, ranked_by="request_p90_s")]
    assert chart_request_times.finding(arms) == "a was fastest: 90 % of the requests within 2.00 ms"


def test_request_times_print_the_quantiles_of_the_summary(main_folder):
    figure = chart_request_times.draw(results_of(main_folder))
    shown = [text.get_text() for text in figure.axes[1].texts]
    with open(main_folder / "summary.csv", newline="") as file:
        for row in csv.DictReader(file):
            place = shown.index(row["strategy"])
            assert shown[place + 1:place + 3] == [style.seconds_text(float(row[name]))
                                                  for name in ("request_p50_s", "request_p90_s")]
    assert shown[:2] == ["median", "90 %"]
    assert "90 %" in [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert figure.axes[0].get_ylabel() == "share of requests done within this time"


def test_ecdf_has_the_right_shares_however_long_the_input():
    times, shares = curves.ecdf([3.0, 1.0, 2.0, 2.0])
    assert list(times) == [1, 2, 2, 3] and list(shares) == [0.25, 0.5, 0.75, 1]
    times, shares = curves.ecdf(range(1, 100001), most_steps=100)
    assert len(times) == 100 and (times[0], times[-1], shares[-1]) == (1, 100000, 1)
    assert all(abs(share - time / 100000) < 1e-9 for time, share in zip(times, shares))


def test_request_times_leave_out_warm_up_and_failures(tmp_path):
    strategies = [MAIN[0], Strategy("thread-pool", failures={1: 5})]
    results = results_of(Experiment(strategies=strategies, rounds=2).write(tmp_path))
    sequential, pool = results.request_records
    sent = results.trials[0].requests
    assert len(sequential.durations_s) == 2 * sent
    assert len(pool.durations_s) == 2 * sent - 5
    assert "5 of thread-pool (5 unexpected status)" in whole_text(chart_request_times.draw(results))


def test_timeline_shows_the_clean_trial_nearest_to_the_median(main_folder):
    for records in results_of(main_folder).request_records:
        distances = [abs(trial.wall_s - records.arm.median_s) for trial in records.arm.trials]
        chosen = records.timeline.trial
        assert abs(chosen.wall_s - records.arm.median_s) == min(distances) and not chosen.warmup
        assert len(records.timeline.lanes) == chosen.requests


def test_levels_appear_in_labels_only_when_there_are_several(main_folder, tmp_path):
    assert {arm.label for arm in results_of(main_folder).arms} == {strategy.name for strategy in MAIN}
    several = results_of(Experiment(strategies=MAIN[2:3], levels=(4, 16), rounds=2).write(tmp_path))
    assert [arm.label for arm in several.arms] == ["thread-pool @4", "thread-pool @16"]


def test_footnote_tells_trials_concurrency_and_workload(main_folder):
    for chart in OF_ONE_LEVEL:
        text = whole_text(chart.draw(results_of(main_folder)))
        assert "20 trials of each strategy (and 1 warm-up round, not shown); workload mixed: 56 requests; " \
               "concurrency 16; cold start, connections reused." in text


def change_trials(folder, **columns):
    """Gives the trials' columns the values, in turns."""
    with open(folder / "trials.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        row.update({name: values[number % len(values)] for name, values in columns.items()})
    with open(folder / "trials.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("http, opened, full, resumed, words", [
    ("1.1", "8", "6", "2", "reused; HTTP/1.1 over TLS."), ("2", "1", "1", "0", "reused; HTTP/2 over TLS."),
    ("1.1", "8", "0", "0", "reused."), ("1.1", "8", "1", "0", "reused."), ("1.1", "0", "0", "0", "reused."),
    ("2", "8", "", "", "reused; HTTP/2.")])
def test_footnote_tells_tls_where_every_connection_shook_hands(tmp_path, http, opened, full, resumed, words):
    Experiment(strategies=MAIN[2:4], rounds=2).write(tmp_path)
    change_trials(tmp_path, http=[http], connections_opened=[opened], handshakes_full=[full], handshakes_resumed=[resumed])
    assert words in whole_text(chart_total_time.draw(results_of(tmp_path)))


def test_footnote_tells_versions_of_http_beyond_the_usual_one(tmp_path):
    Experiment(strategies=MAIN[2:4], rounds=2).write(tmp_path)
    for versions, words in ((("2", "2"), "reused; HTTP/2."), (("1.1", "2"), "reused; HTTP/1.1 and 2.")):
        change_trials(tmp_path, http=versions)
        assert words in whole_text(chart_total_time.draw(results_of(tmp_path)))


def test_numbers_are_short_and_have_units():
    times = (0.0000123, 0.0051, 0.0668, 0.788, 0.9994, 0.9997, 0.0009997, 1.23, 12.34, 1234.5)
    assert [style.seconds_text(value) for value in times] == \
        ["12.3 µs", "5.10 ms", "66.8 ms", "788 ms", "999 ms", "1.00 s", "1.00 ms", "1.23 s", "12.3 s", "1230 s"]
    assert style.optional_seconds_text(None) == "-"
    assert style.percent_text(0.9) == "90 %" and style.percent_text(0.07) == "7 %"


def test_range_whose_ends_read_alike_is_printed_once():
    assert style.range_text(1.001, 1.002) == "1.00 s"
    assert style.range_text(0.0668, 1.23) == "66.8 ms to 1.23 s"


@pytest.mark.parametrize("low, high", [(1e-6, 1e5), (0.9, 1.1), (0.001, 0.05), (2.0, 2.0001), (3e-4, 8e-1)])
def test_logarithmic_axes_always_have_labels_that_fit(low, high):
    ticks = style.nice_log_ticks(low, high, inches=4)
    labels = [style.tick_text(tick) for tick in ticks]
    assert len(ticks) >= 2 and len(set(labels)) == len(labels)


# What is complained about

def assert_refused(done, code, *parts):
    assert done.returncode == code
    assert done.stderr.startswith("harness-plot: ") and "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    for part in parts:
        assert part in done.stderr
    assert done.stdout == ""


def test_missing_folder(tmp_path):
    assert_refused(run_plot(tmp_path / "nowhere"), 2, "nowhere: no such folder; ")
    (tmp_path / "file").touch()
    assert_refused(run_plot(tmp_path / "file"), 2, "file: is not a folder; ")


def test_missing_trials(tmp_path):
    assert_refused(run_plot(tmp_path), 2, "trials.csv: no such file or directory; ")


@pytest.mark.parametrize("content, complaint", [
    ("", "trials.csv: the file is empty"),
    ("a,b\n1,2\n", "trials.csv:1: column 'trial' is missing"),
    ("trial;round;warmup\n1;1;false\n", "trials.csv:1: column 'trial' is missing"),
], ids=["empty", "other columns", "semicolons"])
def test_trials_that_are_no_results(tmp_path, content, complaint):
    (tmp_path / "trials.csv").write_text(content)
    assert_refused(run_plot(tmp_path), 2, complaint)


def test_header_only(small_folder):
    trials = small_folder / "trials.csv"
    trials.write_text(trials.read_text().splitlines()[0] + "\n")
    assert_refused(run_plot(small_folder), 2, "trials.csv: it has a header but no trial; ")


@pytest.mark.parametrize("column, cell, complaint", [
    ("wall_s", "abc", "'abc' is not a number; "),
    ("wall_s", "nan", "'nan' is not a finite number; "),
    ("wall_s", "-1", "'-1' is negative; "),
    ("trial", "1.5", "'1.5' is not a whole number; "),
    ("concurrency", "", "'' is empty; "),
    ("concurrency", "0", "'0' is less than 1; "),
    ("warmup", "perhaps", "'perhaps' is neither true nor false; "),
])
def test_bad_cell_is_named_by_file_line_and_column(small_folder, column, cell, complaint):
    def spoil_third_line(row):
        if row["trial"] == "2":
            row[column] = cell
    edit_rows(small_folder / "trials.csv", spoil_third_line)
    assert_refused(run_plot(small_folder), 2, f"trials.csv:3: column '{column}': {complaint}")
    assert not list(small_folder.glob("*.png"))


@pytest.mark.parametrize("column", ["duration_s", "started_s", "lane", "batch", "trial"])
def test_bad_cell_among_requests(small_folder, column):
    lines = 0

    def spoil(row):
        nonlocal lines
        lines += 1
        if lines == 299:
            row[column] = "x"
    edit_rows(small_folder / "requests.csv", spoil)
    done = run_plot(small_folder)
    assert done.returncode == 2
    assert f"requests.csv:300: column '{column}': 'x' is not a number; " in done.stderr


def test_line_with_too_few_cells(small_folder):
    lines = (small_folder / "trials.csv").read_text().splitlines()
    lines[4] = "5,1"
    (small_folder / "trials.csv").write_text("\n".join(lines) + "\n")
    assert_refused(run_plot(small_folder), 2, f"trials.csv:5: 2 cells, but the header has {len(TRIALS)}; ")


def test_only_warm_up(small_folder):
    edit_rows(small_folder / "trials.csv", lambda row: row["warmup"] == "true")
    assert_refused(run_plot(small_folder), 2, "no measured trial", "--repeat")


def test_no_trial_with_a_time(small_folder):
    edit_rows(small_folder / "trials.csv", lambda row: row.update(wall_s="", status="crashed"))
    assert_refused(run_plot(small_folder), 2, "no measured trial has a time", "crashed")


def test_bad_option():
    done = run_plot("--frobnicate")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "results/latest" in run_plot("--help").stdout


def test_cut_off_last_line_is_skipped_with_a_warning(small_folder):
    requests = small_folder / "requests.csv"
    requests.write_text(requests.read_text().rstrip("\n")[:-60])
    done = run_plot(small_folder)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == len(FILES)
    lines = requests.read_text().count("\n") + 1
    assert f"requests.csv:{lines}: the last line is incomplete" in done.stderr


def test_without_requests_the_total_time_is_drawn(small_folder):
    (small_folder / "requests.csv").unlink()
    done = run_plot(small_folder)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [str(small_folder / name) for name in WITHOUT_REQUESTS]
    assert "request-times.png is left out: there is no " in done.stderr
    assert "timeline.png is left out: there is no " in done.stderr


def test_requests_with_a_header_only_count_as_none(tmp_path):
    done = run_plot(Experiment(rounds=2, records=False).write(tmp_path))
    assert done.returncode == 0 and len(done.stdout.splitlines()) == len(WITHOUT_REQUESTS)
    assert "has no request of a measured trial" in done.stderr


def test_requests_of_some_trials_only(small_folder):
    edit_rows(small_folder / "requests.csv", lambda row: row["strategy"] != "curl-multi" and row["round"] != "3")
    warnings = []
    results = results_of(small_folder, warnings.append)
    assert "Left out, because no requests were recorded: curl-multi." in whole_text(chart_timeline.draw(results))
    assert any("for 1 of 3 trials of 'thread-pool'" in warning for warning in warnings)
    assert any("for 3 of 3 trials of 'curl-multi'" in warning for warning in warnings)


def test_without_a_summary_nothing_is_claimed(small_folder):
    (small_folder / "summary.csv").unlink()
    for chart in OF_ONE_LEVEL:
        try:
            text = whole_text(chart.draw(results_of(small_folder)))
        except NothingToDraw as reason:
            assert "summary.csv" in str(reason)
            continue
        assert "Not ranked: there is no summary.csv (was the experiment interrupted?)" in text
        assert "fastest" not in text and "lower bound" not in text


def test_arm_without_a_row_in_the_summary_is_not_ranked(small_folder):
    edit_rows(small_folder / "summary.csv", lambda row: row["strategy"] != "curl-multi")
    text = whole_text(chart_total_time.draw(results_of(small_folder)))
    assert "Not ranked: curl-multi (summary.csv has no row for it)." in text


@pytest.mark.parametrize("column, cell, complaint", [
    ("ranked", "", "'' is neither true nor false; "),
    ("rank", "", "'' is empty; "),
    ("shares_first", "perhaps", "'perhaps' is neither true nor false; "),
    ("request_p90_s", "abc", "'abc' is not a number; "),
])
def test_bad_cell_of_the_summary(small_folder, column, cell, complaint):
    edit_rows(small_folder / "summary.csv", lambda row: row.update({column: cell}))
    assert_refused(run_plot(small_folder), 2, f"summary.csv:2: column '{column}': {complaint}")


def test_output_that_cannot_be_written(small_folder, tmp_path):
    (tmp_path / "blocked").write_text("")
    done = run_plot(small_folder, "-o", tmp_path / "blocked" / "below")
    assert_refused(done, 1, "not a directory", "--output")


def saved_by(write):
    """A picture that writes itself like this."""
    figure = Figure()
    figure.savefig = write
    return figure


def test_failure_leaves_no_half_picture_and_keeps_the_old_one(tmp_path):
    def fill_the_disk(file, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    old = tmp_path / "total-time.png"
    old.write_text("old")
    with pytest.raises(OSError):
        files.save(saved_by(fill_the_disk), str(old), "png")
    assert os.listdir(tmp_path) == ["total-time.png"] and old.read_text() == "old"


def test_missing_matplotlib_names_the_package(small_folder, tmp_path):
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'matplotlib'\")")
    done = run_plot(small_folder, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert_refused(done, 1, "apt-get install python3-matplotlib")


def test_spreadsheet_leftovers_are_read(small_folder):
    trials = small_folder / "trials.csv"
    text = trials.read_text().replace("true", "TRUE").replace("false", "FALSE")
    trials.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert len(results_of(small_folder).trials) == 12


def test_program_is_executable():
    assert PLOT.stat().st_mode & stat.S_IXUSR
    assert PLOT.read_text().startswith("#!/usr/bin/python3\n")


def test_links_that_have_a_picture_s_name_are_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    picture = tmp_path / "total-time.png"
    (tmp_path / f"total-time.png.{os.getpid()}.tmp").symlink_to(victim)
    picture.symlink_to(victim)

    files.save(saved_by(lambda file, **_: file.write(b"picture")), str(picture), "png")
    assert victim.read_text() == "precious"
    assert picture.read_bytes() == b"picture" and not picture.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["total-time.png", "victim"]


# ---- whatever surrounds it ----


@pytest.mark.parametrize("changes", [
    {"PYTHONSAFEPATH": "1"},
    {"MPLBACKEND": "no-such-backend"},
    {"MPLBACKEND": "module://no_such_module"},
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONWARNINGS": "error"},
    {"HOME": "/nonexistent", "MPLCONFIGDIR": None},
], ids=str)
def test_no_environment_keeps_it_from_drawing(small_folder, changes):
    folder = small_folder.rename(small_folder.parent / "na\u00efve")
    variables = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    done = subprocess.run(["/usr/bin/python3", PLOT, folder], capture_output=True, timeout=60, env=variables, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines() == [os.fsencode(folder / name) for name in FILES]


@pytest.mark.parametrize("option", ["-E", "-I"])
def test_python_may_be_isolated(small_folder, option):
    done = subprocess.run(["/usr/bin/python3", option, PLOT, small_folder], capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_obeys_no_name(small_folder):
    folder = small_folder.rename(small_folder.parent / "\x9b31m\x1b[31m\u202e")
    master, terminal = pty.openpty()
    try:
        done = run_with_output(folder, terminal)
        shown = os.read(master, 65536).decode()
    finally:
        os.close(terminal)
        os.close(master)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown.splitlines()[0].endswith(f"/?31m?[31m?/{PICTURES[0]}")


def test_no_matplotlibrc_keeps_it_from_drawing(small_folder, tmp_path):
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe")
    done = run_plot(small_folder, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def run_with_output(folder, output):
    return subprocess.run(["/usr/bin/python3", PLOT, folder], stdout=output, stderr=subprocess.PIPE, text=True, timeout=60,
                          check=False)


def test_a_closed_pipe_ends_nothing(small_folder):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run_with_output(small_folder, writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
    assert all((small_folder / name).exists() for name in FILES)


def test_output_that_is_full_is_not_called_a_bad_folder(small_folder):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = run_with_output(small_folder, full)
    assert (done.returncode, done.stderr) == (
        1, "harness-plot: standard output: no space left on device; the pictures were drawn\n")
    assert all((small_folder / name).exists() for name in FILES)


# Ratios

def test_a_ratio_has_its_interval_and_the_program_s_words(main_folder):
    results = results_of(main_folder)
    figure = chart_ratios.draw(results)
    axes = figure.axes[0]
    by_name = {arm.label: arm for arm in results.arms}
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert set(rows) == set(by_name)
    words = dict(zip(rows, (" ".join(text.split()) for text in values_of(figure))))
    [reference] = {arm.reference for arm in results.arms if arm.reference}
    for name, arm in by_name.items():
        assert words[name] == ("what the others are compared with" if arm is reference else arm.standing.verdict_text)
    intervals = [tuple(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2 and line.get_xdata()[0] != line.get_xdata()[1]]
    assert sorted(intervals) == sorted((arm.standing.ratio_low, arm.standing.ratio_high) for arm in by_name.values() if arm.reference)


def test_a_ratio_without_an_interval_is_hollow(small_folder):
    edit_rows(small_folder / "summary.csv", lambda row: row.update(ratio_low="", ratio_high=""))
    axes = chart_ratios.draw(results_of(small_folder)).axes[0]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(dots) == 3 and {dot.get_markerfacecolor() for dot in dots} == {"white"}


def test_a_ratio_far_away_is_an_arrow_and_the_axis_is_for_the_others(tmp_path):
    folder = Experiment(strategies=MAIN, rounds=8).write(tmp_path)

    def compare_with_pool(row):
        ratio = {"sequential": 8.2, "thread-per-request": 1.02, "curl-multi": 0.97}.get(row["strategy"])
        row.update(reference="thread-pool" if ratio else "", ratio=ratio or "", ratio_low=ratio * 0.99 if ratio else "",
                   ratio_high=ratio * 1.01 if ratio else "", verdict_text="so")
    edit_rows(folder / "summary.csv", compare_with_pool)
    axes = chart_ratios.draw(results_of(folder)).axes[0]
    assert 1.03 < axes.get_xlim()[1] < 2
    assert [line.get_marker() for line in axes.lines].count(">") == 1


@pytest.mark.parametrize("ratio", [1e40, 1e300, 1e-40, 1e-300])
def test_a_ratio_beyond_all_measure_is_an_arrow(small_folder, ratio):
    edit_rows(small_folder / "summary.csv", lambda row: row["ratio"] and row.update(ratio=ratio, ratio_low=ratio / 2, ratio_high=ratio * 2))
    axes = chart_ratios.draw(results_of(small_folder)).axes[0]
    low, high = axes.get_xlim()
    assert 0.5 < low < 1 < high < 2
    assert [line.get_marker() for line in axes.lines].count(">" if ratio > 1 else "<") == 3


def test_the_threshold_is_a_band(main_folder):
    axes = chart_ratios.draw(results_of(main_folder)).axes[0]
    spans = [patch.get_path().transformed(patch.get_transform() - axes.transData).get_extents() for patch in axes.patches]
    edges = [(round(span.x0, 6), round(span.x1, 6)) for span in spans]
    assert (0.98, 1.02) in edges


# Cost

def test_costs_are_the_figures_of_the_summary(main_folder):
    results = results_of(main_folder)
    figure = chart_cost.draw(results)
    order = [arm.label for arm in results.ordered_arms]
    shown = {axes.texts[0].get_text(): [text.get_text() for text in axes.texts[1:]] for axes in figure.axes}
    assert set(shown) == {"CPU time a request", "peak memory", "context switches", "threads", "connections"}
    by_name = {arm.label: arm.standing for arm in results.arms}
    assert shown["CPU time a request"] == [style.seconds_text(by_name[name].cpu_us_per_request * 1e-6) for name in order]
    assert shown["threads"] == [f"{by_name[name].peak_threads:,.0f}" for name in order]
    for axes in figure.axes:
        assert axes.get_xlim()[0] == 0 and len(axes.patches) == len(order)


def test_an_unknown_cost_has_no_bar(small_folder):
    edit_rows(small_folder / "summary.csv", lambda row: row["strategy"] != "curl-multi" or row.update(peak_memory_kib=""))
    figure = chart_cost.draw(results_of(small_folder))
    [memory] = [axes for axes in figure.axes if axes.texts[0].get_text() == "peak memory"]
    assert len(memory.patches) == 3 and "-" in [text.get_text() for text in memory.texts]


# Stability

def test_what_the_summary_calls_unusual_is_ringed_and_counted(tmp_path):
    folder = Experiment(strategies=MAIN, rounds=8).write(tmp_path)
    walls = sorted(trial.wall_s for trial in results_of(folder).trials if trial.strategy == "curl-multi")
    edit_rows(folder / "summary.csv", lambda row: row.update(
        usual_low_s=0, usual_high_s=(walls[-3] + walls[-2]) / 2 if row["strategy"] == "curl-multi" else 100))
    figure = chart_stability.draw(results_of(folder))
    rings = [line for line in figure.axes[0].lines if line.get_markersize() == 11]
    assert [len(ring.get_xdata()) for ring in rings] == [2]
    assert whole_text(figure).startswith("2 of 32 trials were far from the median of their strategy, 2 of them of curl-multi")


def test_too_few_trials_are_not_judged(small_folder):
    text = whole_text(chart_stability.draw(results_of(small_folder)))
    assert "Too few trials to call any of them unusual" in text


@pytest.mark.parametrize("column", ["usual_low_s", "usual_high_s"])
def test_trials_are_not_judged_by_half_of_what_is_usual(tmp_path, column):
    folder = Experiment(strategies=MAIN, rounds=8).write(tmp_path)
    edit_rows(folder / "summary.csv", lambda row: row.update({column: ""}))
    assert "Too few trials to call any of them unusual" in whole_text(chart_stability.draw(results_of(folder)))


@pytest.mark.parametrize("first, last", [(1, 1), (1, 2), (3, 9), (1, 13), (2, 100), (7, 60001), (1, 70000), (5, 10 ** 12), (10 ** 12, 10 ** 12 + 3)])
def test_rounds_are_numbered_however_many_there_are(first, last):
    ticks = chart_stability._round_ticks(first, last)
    assert min(last - first + 1, 4) <= len(ticks) <= 13 and first <= ticks[0] and ticks[-1] <= last
    assert len({after - before for before, after in zip(ticks, ticks[1:])}) <= 1


# Requests in flight

def test_requests_in_flight_are_counted_as_they_begin_and_end(tmp_path):
    folder = Experiment(strategies=[Strategy("curl-multi", "event loop", noise=0)], workload=[[0.01]] * 8, levels=(4,), rounds=1).write(tmp_path)
    results = results_of(folder)
    [records] = results.request_records
    moments, counts = curves.steps_of(bars.Bars.of(records.timeline))
    assert counts.max() == 4 and counts[-1] == 0 and list(moments) == sorted(moments)
    thin_moments, thin_counts = curves.thinned(moments, counts, most_steps=6)
    assert thin_counts.max() == 4 and len(thin_moments) == 4 and (thin_moments[-1], thin_counts[-1]) == (moments[-1], 0)


@pytest.mark.parametrize("seed", range(5))
def test_a_curve_of_fewer_steps_has_the_most_of_each_stretch(seed):
    """Stretches without a change, and those into which a plateau reaches, included."""
    rng = numpy.random.default_rng(seed)
    moments = numpy.cumsum(rng.choice([0.001, 0.002, 1.0, 20.0], size=400, p=[0.6, 0.3, 0.08, 0.02]))
    counts = numpy.append(rng.integers(0, 50, size=399), 0)
    edges, highest = curves.thinned(moments, counts, most_steps=100)
    assert len(edges) == 51 and (edges[0], edges[-1], highest[-1]) == (moments[0], moments[-1], 0)

    def at(moment):
        return [count for since, count in zip(moments, counts) if since <= moment][-1]
    for begin, end, most in zip(edges, edges[1:], highest):
        assert most == max([at(begin), *(count for moment, count in zip(moments, counts) if begin <= moment < end)])


def test_means_of_requests_in_flight_are_those_of_the_curve():
    """2 from 0 to 1 s, 4 until 3 s, then none."""
    middles, means = chart_in_flight.means_of(numpy.array([0.0, 1.0, 3.0]), numpy.array([2, 4, 0]), limit=4.0, slices=4)
    assert list(middles[:3]) == [0.5, 1.5, 2.5] and list(means[:3]) == [2, 4, 4]
    middles, means = chart_in_flight.means_of(numpy.array([0.5, 1.5]), numpy.array([3, 0]), limit=2.0, slices=2)
    assert list(means) == [1.5, 1.5]


def test_who_goes_on_far_beyond_the_others_is_said_to(main_folder):
    figure = chart_in_flight.draw(results_of(main_folder))
    assert "Beyond the axis: sequential until" in whole_text(figure)
    assert figure.axes[0].get_xlim()[1] < 0.3


def test_the_contest_is_among_those_before_the_first_wide_gap():
    assert contest.close_ones([1, 1.1, 12]) == [1, 1.1]
    assert contest.close_ones([1, 4, 19]) == [1, 4, 19]
    assert contest.close_ones([1, 12, 13]) == [1, 12, 13], "one alone is no contest"
    assert contest.close_ones([1, 1.1, 12, 100]) == [1, 1.1]
    assert contest.close_ones([None, 2]) == [2] and contest.close_ones([]) == []
    assert contest.close_ones([1, 1.1, 12], times=20) == [1, 1.1, 12]


def test_one_rule_says_in_all_charts_of_times_who_is_far_behind(main_folder, monkeypatch):
    """And another one in that of ratios, whose distances are logarithms."""
    results = results_of(main_folder)
    before = chart_ratios.draw(results).axes[0].get_xlim()
    assert len(chart_total_time.draw(results).axes) == 2 and "Enlarged" in whole_text(chart_timeline.draw(results))
    monkeypatch.setattr(contest, "is_far_behind", lambda slower, faster, times=5: slower > 1e6 * faster)
    assert len(chart_total_time.draw(results).axes) == 1 and "Enlarged" not in whole_text(chart_timeline.draw(results))
    assert "Beyond the axis" not in whole_text(chart_in_flight.draw(results))
    monkeypatch.undo()
    monkeypatch.setattr(contest, "FAR_BEHIND", 1.001)
    assert chart_ratios.draw(results).axes[0].get_xlim() == before


# Options

def test_other_formats_and_sizes(small_folder, tmp_path):
    done = run_plot(small_folder, "--format", "svg", "--only", "ratios", "--only", "cost", "-o", tmp_path / "svg")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(os.listdir(tmp_path / "svg")) == ["cost.svg", "ratios.svg"]
    assert (tmp_path / "svg" / "cost.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert run_plot(small_folder, "--format", "pdf", "--only", "cost", "-o", tmp_path / "pdf").returncode == 0
    assert (tmp_path / "pdf" / "cost.pdf").read_bytes().startswith(b"%PDF")
    assert run_plot(small_folder, "--dpi", "60", "--only", "cost", "-o", tmp_path / "small").returncode == 0
    assert png_size(tmp_path / "small" / "cost.png")[0] == 600


@pytest.mark.parametrize("format", ["svg", "pdf"])
def test_equal_input_draws_equal_vectors(small_folder, tmp_path, format):
    for output in ("first", "second"):
        assert run_plot(small_folder, "--format", format, "--only", "ratios", "-o", tmp_path / output).returncode == 0
    assert (tmp_path / "first" / f"ratios.{format}").read_bytes() == (tmp_path / "second" / f"ratios.{format}").read_bytes()


@pytest.mark.parametrize("options, words", [
    (["--only", "ratio"], "invalid choice: 'ratio'"), (["--dpi", "many"], "'many' is not a whole number from 40 to 1000"),
    (["--dpi", "5000"], "'5000' is not a whole number"), (["--format", "gif"], "invalid choice: 'gif'")])
def test_bad_options_are_refused_with_what_there_is(small_folder, options, words):
    done = run_plot(small_folder, *options)
    assert done.returncode == 2 and words in done.stderr


@pytest.mark.parametrize("options", [["--only", "ratios"], ["--format", "svg"], ["--dpi", "160"]])
def test_what_a_trace_can_do_nothing_with_is_refused(small_folder, options):
    done = run_plot(small_folder, "--trace", *options)
    assert (done.returncode, done.stdout) == (2, "") and not (small_folder / "trace.json").exists()
    assert f"--trace writes no picture, so {options[0]} does nothing with it; leave out one of the two" in done.stderr


def test_what_was_asked_for_and_has_nothing_to_show_is_no_success(small_folder, tmp_path):
    done = run_plot(small_folder, "--only", "scaling", "--only", "cost", "-o", tmp_path / "out")
    assert done.returncode == 1 and os.listdir(tmp_path / "out") == ["cost.png"]
    assert "scaling.png is left out: it shows how strategies scale, and there is one level" in done.stderr
    (small_folder / "requests.csv").unlink()
    for options, code in ((["--trace"], 1), (["--only", "timeline"], 1), (["--only", "report"], 0), ([], 0)):
        done = run_plot(small_folder, *options)
        assert done.returncode == code, options
        assert code == 0 or re.search(r"(trace\.json|timeline\.png) is left out: there is no ", done.stderr)
    assert not (small_folder / "trace.json").exists()


def test_a_picture_that_would_take_too_much_memory_is_refused(tmp_path):
    """A high one, of many strategies: no gigabytes, no traceback, and what to do instead."""
    folder = Experiment(strategies=[Strategy(f"s{place}") for place in range(40)], rounds=1, records=False).write(tmp_path)
    done = run_plot(folder, "--dpi", "1000", "--only", "cost")
    assert done.returncode == 2 and done.stdout == ""
    assert re.search(r"cost\.png: it would have 10,000 x [\d,]+ pixels at --dpi 1000; use a smaller --dpi, or --format svg or pdf$",
                     done.stderr.strip())
    assert run_plot(folder, "--dpi", "1000", "--only", "cost", "--format", "svg").returncode == 0


def test_help_lists_the_charts():
    assert [f"{name}.png" for name, _ in plot.CHART_LIST] == [chart.FILE for chart in CHARTS]
    text = run_plot("--help").stdout
    assert all(f"{name} {meaning}" in " ".join(text.split()) for name, meaning in plot.CHART_LIST)
    assert re.search(r"^  report +report\.html", text, re.M)


# Scaling

@pytest.fixture(scope="session")
def sweep_folder(tmp_path_factory):
    return Experiment(levels=(2, 4, 8, 16), rounds=6, workload=[[0.01]] * 40).write(tmp_path_factory.mktemp("sweep"))


def test_scaling_has_a_line_for_each_strategy_with_levels(sweep_folder):
    results = results_of(sweep_folder)
    figure = chart_scaling.draw(results)
    legend, throughput, times, cpu, memory = figure.axes
    assert {text.get_text() for text in legend.texts} == {strategy.name for strategy in MAIN}
    by_name = {arm.label: arm.standing for arm in results.arms}
    drawn = {tuple(line.get_ydata()) for line in throughput.lines if line.get_marker() != "None"}
    assert drawn == {tuple(by_name[f"{strategy.name} @{level}"].requests_per_s for level in (2, 4, 8, 16)) for strategy in MAIN}
    for axes in (throughput, times, cpu, memory):
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert [label.get_text() for label in axes.get_xticklabels()] == ["2", "4", "8", "16"]


def test_the_law_is_drawn_and_told_where_the_program_has_fitted_it(sweep_folder):
    results = results_of(sweep_folder)
    figure = chart_scaling.draw(results)
    text = whole_text(figure)
    assert "Universal Scalability Law, fitted by the program." in text and "most with 99 lanes (off by up to 2 %)" in text
    edit_rows(sweep_folder / "summary.csv", lambda row: row.update(usl_lambda="", usl_sigma="", usl_kappa="", usl_residual=""))
    figure = chart_scaling.draw(results_of(sweep_folder))
    assert "Scalability" not in whole_text(figure)


def test_scaling_is_about_several_levels(main_folder):
    with pytest.raises(NothingToDraw, match="one level of concurrency"):
        chart_scaling.draw(results_of(main_folder))


def test_levels_are_in_their_order_and_strategies_by_rank_within_each(sweep_folder):
    results = results_of(sweep_folder)
    levels = [arm.concurrency for arm in results.shown_arms]
    assert levels == sorted(levels)
    ranks = [arm.standing.rank for arm in results.shown_arms if arm.concurrency == 16]
    assert ranks == sorted(ranks)
    rows = [label.get_text() for axes in chart_total_time.draw(results).axes for label in axes.get_yticklabels()]
    assert rows == [arm.label for arm in results.shown_arms]


def test_each_level_has_a_contest_of_its_own(sweep_folder):
    """Next to sequential, and to lower levels, its strategies would be side by side."""
    results = results_of(sweep_folder)
    near = [axes for axes in chart_total_time.draw(results).axes if axes.get_xlabel().endswith("not from zero")]
    walls = {level: [arm.median_s for arm in results.arms if arm.concurrency == level and arm.strategy != "sequential"]
             for level in (8, 16)}
    for axes, of_level in zip(near[-2:], walls.values()):
        low, high = axes.get_xlim()
        assert all(low < wall < high for wall in of_level) and high - low < 0.5 * high


def test_titles_tell_what_may_have_gone_unnoticed_and_what_is_equivalent():
    a, b = placed("a", 1.0, 1, True), placed("b", 1.01, 2, True)
    b.reference, b.standing.verdict, b.standing.verdict_text = a, "no-difference", "no difference detected (could be so)"
    b.standing.detectable = 0.0656
    assert wording.headline([a, b]) == ("No difference was found between a and b: medians 1.00 s to 1.01 s (differences below "
                                        "6.6 % may have gone unnoticed)")
    b.standing.verdict, b.standing.verdict_text = "equivalent", "equivalent within 2 %"
    assert wording.headline([a, b]) == "a and b are equivalent within 2 %: medians 1.00 s to 1.01 s"


def test_titles_contrast_with_what_is_decided():
    """Not with one of which nothing is known."""
    best = placed("best", 1.0, 1, True)
    slow = placed("slow", 2.0, 2, versus=best, verdict="slower", text="1.9 to 2.1 times as long")
    noisy = placed("noisy", 3.0, 3, versus=best, verdict="no-difference", text="no difference detected (could be so)")
    assert wording.headline([best, slow, noisy]) == "best was fastest: median 1.00 s; slow: 1.9 to 2.1 times as long as best"
    assert wording.headline([best, noisy]) == "best was fastest: median 1.00 s"


def test_titles_of_costs_tell_what_is_certain_of_them():
    pool = placed("pool", 1.0, 1, True)
    lean, heavy = placed("lean", 1.1, 2, versus=pool), placed("heavy", 1.2, 3, versus=pool)
    for one, cpu in ((pool, 50), (lean, 40), (heavy, 90)):
        one.standing.cpu_us_per_request = cpu
    lean.standing.cpu_verdict, lean.standing.cpu_verdict_text = "faster", "less CPU by 10 to 30 %"
    heavy.standing.cpu_verdict, heavy.standing.cpu_verdict_text = "no-difference", "no difference detected (could be so)"
    start = "A request took 40.0 µs of CPU time with lean and 90.0 µs with heavy"
    assert chart_cost.finding([pool, lean, heavy]) == f"{start}; lean: less CPU by 10 to 30 % than pool"
    heavy.standing.cpu_verdict, heavy.standing.cpu_verdict_text = "slower", "more CPU by 50 to 90 %"
    assert chart_cost.finding([pool, lean, heavy]) == f"{start}; heavy: more CPU by 50 to 90 % than pool"
    lean.standing.cpu_verdict = heavy.standing.cpu_verdict = "no-difference"
    assert chart_cost.finding([pool, lean, heavy]) == f"{start}, which may be noise"


def test_levels_of_a_strategy_share_colour_and_marker(sweep_folder):
    looks = {}
    for arm in results_of(sweep_folder).arms:
        looks.setdefault(arm.strategy, set()).add((style.look(arm).colour, style.look(arm).marker))
    assert all(len(of_one) == 1 for of_one in looks.values())
    assert len({look for of_one in looks.values() for look in of_one}) == len(MAIN)


# The trace for viewers

def trace_of(folder, output):
    done = run_plot("--trace", folder, "--output", output)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{output / 'trace.json'}\n"
    return json.loads((output / "trace.json").read_text(encoding="utf-8"))["traceEvents"]


def test_a_trace_has_processes_lanes_batches_and_requests(tmp_path):
    strategies = [MAIN[0], Strategy("$odd$ \"name\", ü", "event loop")]
    folder = Experiment(strategies=strategies, workload=[[0.002, 0.001], [0.001], [0.003]], levels=(2,), rounds=3).write(tmp_path / "in")
    events = trace_of(folder, tmp_path / "out")
    assert {event["ph"] for event in events} == {"M", "X"}, "no legacy events"
    processes = {event["pid"]: event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert sorted(processes.values()) == sorted(strategy.name for strategy in strategies)
    for process, name in processes.items():
        lanes = {event["tid"] for event in events if event["name"] == "thread_name" and event["pid"] == process}
        assert lanes == ({1} if name == "sequential" else {1, 2})
        slices = [event for event in events if event["ph"] == "X" and event["pid"] == process]
        assert {event["tid"] for event in slices} == lanes
        requests = [event for event in slices if event["name"].startswith("GET ")]
        assert sorted((event["args"]["batch"], event["args"]["request"]) for event in requests) == [(1, 1), (1, 2), (2, 1), (3, 1)]
        [batch] = [event for event in slices if event["name"] == "batch 1"]
        assert batch["args"] == {"requests": 2}


def test_slices_of_a_lane_are_nested(main_folder, tmp_path):
    """Or a viewer would not know what is within what."""
    events = trace_of(main_folder, tmp_path)
    by_lane = {}
    for event in events:
        if event["ph"] == "X":
            by_lane.setdefault((event["pid"], event["tid"]), []).append((event["ts"], event["ts"] + event["dur"]))
    assert len(by_lane) == 1 + 3 * 16
    for slices in by_lane.values():
        open_ends = []
        for begin, end in sorted(slices, key=lambda one: (one[0], -one[1])):
            while open_ends and open_ends[-1] <= begin + 0.01:
                open_ends.pop()
            assert not open_ends or end <= open_ends[-1] + 0.01
            open_ends.append(end)


def test_phases_are_within_their_request(tmp_path):
    folder = Experiment(strategies=MAIN[:1], workload=[[0.01]], rounds=1).write(tmp_path / "in")
    edit_rows(folder / "requests.csv", lambda row: row.update(
        time_connect_s="0.001", time_appconnect_s="0.003", time_starttransfer_s="0.009"))
    events = trace_of(folder, tmp_path / "out")
    slices = {event["name"]: (event["ts"], event["ts"] + event["dur"]) for event in events if event["ph"] == "X"}
    [request] = [times for name, times in slices.items() if name.startswith("GET")]
    phases = [slices[name] for name in ("connecting", "TLS", "waiting", "receiving")]
    assert [round(end - begin) for begin, end in phases[:3]] == [1000, 2000, 6000]
    assert request[0] == phases[0][0] and phases[3][1] == pytest.approx(request[1], abs=0.01)


def test_a_trace_needs_no_matplotlib(small_folder, tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError('none here')")
    done = run_plot("--trace", small_folder, env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (0, "")


def test_results_of_an_earlier_version_are_drawn(small_folder):
    """Without the newer columns of summary.csv."""
    with open(small_folder / "summary.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    old = [name for name in rows[0] if name not in ("usl_residual", "figure_low_s", "usual_low_s", "requests_per_s", "ratio")]
    with open(small_folder / "summary.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, old, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    done = run_plot(small_folder)
    assert (done.returncode, done.stderr) == (0, "") and "total-time.png" in done.stdout


# The heat map

def test_every_successful_request_is_in_a_cell(main_folder):
    results = results_of(main_folder)
    data = [(records.arm, numpy.frombuffer(records.started_s), numpy.frombuffer(records.durations_s)) for records in results.request_records]
    most = max(float((started + durations).max()) for _, started, durations in data)
    for _, started, durations in data:
        assert len(started) == len(durations) == 20 * 56
        assert chart_heat_map.cells_of(started, durations, most, (durations.min() / 2, durations.max() * 2)).sum() == 20 * 56


def test_the_slowest_request_is_told_with_its_moment(tmp_path):
    folder = Experiment(strategies=MAIN[2:], workload=[[0.001], [0.001], [0.2], [0.001]], levels=(1,), rounds=2).write(tmp_path)
    figure = chart_heat_map.draw(results_of(folder))
    assert re.match(r"The slowest request took 2\d\d ms: (thread-pool|curl-multi), begun [2-4]\.\d\d ms after the start", figure.texts[0].get_text())
    assert [axes.get_title(loc="left") for axes in figure.axes] == [arm.label for arm in results_of(folder).shown_arms]


def test_a_heat_map_has_all_requests_also_of_one_that_is_far_behind(tmp_path):
    folder = Experiment(strategies=[MAIN[0], *MAIN[2:4]], workload=[[0.01]] * 60, rounds=2).write(tmp_path)
    results = results_of(folder)
    figure = chart_heat_map.draw(results)
    ends = {axes.get_title(loc="left"): axes.get_xlim()[1] for axes in figure.axes}
    assert ends["sequential"] > 5 * max(end for name, end in ends.items() if name != "sequential")
    assert len(set(ends.values())) == 2 and "Time axes differ" in whole_text(figure)
    for axes in figure.axes:
        assert numpy.ma.sum(axes.images[0].get_array() ** 2) == pytest.approx(120)


def test_a_heat_map_of_an_open_loop_counts_from_when_a_request_was_due(open_folder):
    [records] = [records for records in results_of(open_folder).request_records if records.arm.label == "slow"]
    assert min(records.started_s) == 0 and max(records.started_s) < 0.05, "they are due every half a millisecond"


# The slowest requests

def test_the_tail_is_of_the_slowest():
    times, shares = chart_request_times.tail_of(numpy.arange(1, 1001) / 1000, 0.1)
    assert list(times) == [number / 1000 for number in range(901, 1001)]
    assert shares[0] == 0.1 and shares[-1] == 0.001
    times, shares = chart_request_times.tail_of(numpy.arange(1, 1000001) / 1e6, 0.1, most_steps=500)
    assert len(times) <= 500 and times[-1] == 1 and times[-2] == 0.999999 and shares[-1] == 1e-6, "the slowest are all there"


@pytest.mark.parametrize("requests, title", [(2000, "The slowest percent"), (1990, "The slowest tenth"), (200, "The slowest tenth")])
def test_the_tail_is_the_slowest_percent_where_requests_are_enough(tmp_path, requests, title):
    folder = Experiment(strategies=MAIN[:2], workload=[[0.01]] * (requests // 2), rounds=2).write(tmp_path)
    tail = chart_request_times.draw(results_of(folder)).axes[2]
    assert tail.get_title(loc="left") == title
    share = 0.01 if title.endswith("percent") else 0.1
    assert all(len(line.get_xdata()) == int(requests * share) for line in tail.lines) and len(tail.lines) == 2


def test_each_level_has_its_slowest_requests(tmp_path):
    folder = Experiment(strategies=MAIN[1:3], workload=[[0.01]] * 1000, levels=(2, 4), rounds=2).write(tmp_path)
    figure = chart_request_times.draw(results_of(folder))
    tails = [axes for axes in figure.axes if axes.get_yscale() == "log"]
    assert [axes.get_title(loc="left") for axes in tails] == ["concurrency 2", "concurrency 4"]
    assert all(len(line.get_xdata()) == 20 for axes in tails for line in axes.lines) and all(len(axes.lines) == 2 for axes in tails)
    assert "The slowest percent" in whole_text(figure)


def test_times_are_said_to_be_of_successful_requests_where_some_failed(main_folder):
    arms = [arm for arm in results_of(main_folder).ordered_arms if arm.standing.request_p90_s]
    assert "alf of the requests were done" in chart_request_times.finding(arms)
    arms[0].standing.failed_requests = 3.0
    assert "alf of the successful requests were done" in chart_request_times.finding(arms)


def test_few_requests_have_no_tail(main_folder, tmp_path):
    assert len(chart_request_times.draw(results_of(main_folder)).axes) == 3
    folder = Experiment(strategies=MAIN, workload=[[0.01]] * 9, rounds=2).write(tmp_path)
    assert len(chart_request_times.draw(results_of(folder)).axes) == 2


def test_the_99_percent_line_is_in_the_legend_where_it_is_known(tmp_path):
    folder = Experiment(strategies=MAIN, rounds=2).write(tmp_path)
    edit_rows(folder / "summary.csv", lambda row: row.update(request_p99_s="0.0321" if row["strategy"] == "curl-multi" else ""))
    texts = [text.get_text() for text in chart_request_times.draw(results_of(folder)).axes[1].texts]
    assert "99 %" in texts and "32.1 ms" in texts and texts.count("-") == 3


def test_first_and_last_level_are_named_however_many_there_are():
    for levels in ([1, 2, 4, 8, 16, 32, 64, 128, 256, 512], [4, 16], [15, 16], [1, 2, 3, 1000], list(range(1, 60))):
        ticks = chart_scaling._level_ticks(levels, 3.0)
        assert (ticks[0], ticks[-1]) == (levels[0], levels[-1]) and set(ticks) <= set(levels)
        room = numpy.log10(levels[-1] * 1.15 ** 2 / levels[0]) / 3.0
        assert all(numpy.log10(after / before) > 0.4 * room for before, after in zip(ticks, ticks[1:]))


# Marks, each where its value is

def test_failed_trials_are_crosses_at_their_times(tmp_path):
    strategies = [MAIN[0], Strategy("thread-pool", failures={2: 3, 4: 1}), Strategy("curl-multi", "event loop", status={3: "crashed"})]
    results = results_of(Experiment(strategies=strategies, rounds=5).write(tmp_path), warn=lambda text: None)
    failed = [trial for trial in results.trials if not trial.is_clean]
    assert len(failed) == 3
    cross = MarkerStyle("x").get_path().vertices / 2
    crosses = [x for axes in chart_total_time.draw(results).axes for collection in axes.collections if isinstance(collection, PathCollection)
               and numpy.array_equal(collection.get_paths()[0].vertices, cross) for x, _ in collection.get_offsets()]
    assert set(crosses) == {trial.wall_s for trial in failed if trial.wall_s is not None} and len(crosses) >= 2
    crosses = [x for line in chart_stability.draw(results).axes[0].lines if line.get_marker() == "x" for x in line.get_xdata()]
    assert sorted(crosses) == sorted(trial.round for trial in failed)


def test_intervals_of_the_total_time_are_those_of_the_summary(main_folder):
    results = results_of(main_folder)
    boxes = [tuple(collection.get_paths()[0].vertices[:, 0][[0, 2]].round(12)) for axes in chart_total_time.draw(results).axes
             for collection in axes.collections if not isinstance(collection, PathCollection)]
    ends = {tuple(numpy.round((arm.standing.figure_low_s, arm.standing.figure_high_s), 12)) for arm in results.arms}
    assert {tuple(sorted(box)) for box in boxes} == ends and len(ends) == len(MAIN)


def test_bars_of_costs_are_as_long_as_the_figures(main_folder):
    results = results_of(main_folder)
    standings = [arm.standing for arm in results.ordered_arms]
    expected = {"CPU time a request": [one.cpu_us_per_request / 1e6 for one in standings], "peak memory": [one.peak_memory_kib for one in standings],
                "context switches": [one.voluntary_switches + one.involuntary_switches for one in standings],
                "threads": [one.peak_threads for one in standings], "connections": [one.connections_opened for one in standings]}
    for axes in chart_cost.draw(results).axes:
        bars_from_the_top = sorted(axes.patches, key=lambda bar: bar.get_y())
        assert [bar.get_width() for bar in bars_from_the_top] == pytest.approx(expected[axes.texts[0].get_text()])
        assert all(bar.get_x() == 0 for bar in bars_from_the_top) and axes.get_ylim()[0] > axes.get_ylim()[1]


@pytest.fixture
def own_sweep_folder(sweep_folder, tmp_path):
    return Path(shutil.copytree(sweep_folder, tmp_path / "sweep"))


def test_a_law_that_does_not_describe_a_strategy_is_not_drawn(own_sweep_folder):
    edit_rows(own_sweep_folder / "summary.csv", lambda row: row.update(usl_describes="false", usl_residual="0.79"))
    text = whole_text(chart_scaling.draw(results_of(own_sweep_folder)))
    assert "fitted by the program" not in text and "The Universal Scalability Law does not describe " in text and "(off by up to 79 %)" in text


def test_scaling_says_where_most_is_done_and_what_more_lanes_make_of_it(own_sweep_folder):
    def peak(row):
        most = {"2": 900, "4": 1000}.get(row["concurrency"], 500) - 100 * (row["strategy"] != "curl-multi")
        row.update(requests_per_s=most, requests_per_s_low=most - 10, requests_per_s_high=most + 10)
    edit_rows(own_sweep_folder / "summary.csv", peak)
    text = whole_text(chart_scaling.draw(results_of(own_sweep_folder)))
    assert ("curl-multi had the most requests per second with 4 at once: 1,000 (990 to 1,010); with 16, 500 (490 to 510)") in text


def test_scaling_has_the_ideal_line_and_the_slowest_percent(tmp_path):
    folder = Experiment(strategies=MAIN[1:], levels=(2, 4, 8), rounds=3, workload=[[0.01]] * 40).write(tmp_path)
    edit_rows(folder / "summary.csv", lambda row: row.update(request_p99_s=float(row["request_p90_s"]) * 3))
    results = results_of(folder)
    _, throughput, times, *_ = chart_scaling.draw(results).axes
    best = max(arm.standing.requests_per_s for arm in results.arms if arm.concurrency == 2)
    [ideal] = [line for line in throughput.lines if len(line.get_xdata()) == 2]
    assert list(ideal.get_xdata()) == [2, 8] and list(ideal.get_ydata()) == pytest.approx([best, 4 * best])
    by_name = {arm.label: arm.standing for arm in results.arms}
    for marks, column in (("None", "request_p99_s"), ("", "request_p50_s")):
        drawn = {tuple(line.get_ydata()) for line in times.lines if (line.get_marker() == "None") == bool(marks)}
        assert drawn == {tuple(getattr(by_name[f"{strategy.name} @{level}"], column) for level in (2, 4, 8)) for strategy in MAIN[1:]}


def test_a_heat_map_has_slow_requests_at_the_top_and_late_ones_on_the_right(tmp_path):
    workload = [[0.001]] * 20 + [[0.2]] + [[0.001]] * 30
    results = results_of(Experiment(strategies=MAIN[2:3], workload=workload, levels=(1,), rounds=2).write(tmp_path))
    [axes] = chart_heat_map.draw(results).axes
    [image] = axes.images
    left, right, bottom, top = image.get_extent()
    assert image.origin == "lower" and (left, right) == axes.get_xlim() and (bottom, top) == axes.get_ylim() and left < right and bottom < top
    filled = ~numpy.ma.getmaskarray(image.get_array())
    [records] = results.request_records
    up, across = filled.shape
    for start, duration in zip(records.started_s, records.durations_s):
        assert filled[int((numpy.log10(duration) - bottom) / (top - bottom) * up), int((start - left) / (right - left) * across)]
    assert not filled[:up // 2, int(0.15 * across):int(0.8 * across)].any() and filled[up // 2:].sum() in (1, 2), "but the two slow ones"
