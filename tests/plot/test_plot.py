"""The charts, as their reader sees them: which pictures there are, what they say, and what is complained about.

Run with /usr/bin/python3 -m pytest tests/plot
"""

import csv
import os
import re
import stat
import statistics
import struct
import subprocess
import sys
from pathlib import Path

import pytest

PLOT_FOLDER = Path(__file__).resolve().parents[2] / "plot"
PLOT = PLOT_FOLDER / "plot.py"
sys.path[:0] = [str(PLOT_FOLDER), str(Path(__file__).parent)]

import chart_request_times  # noqa: E402
import chart_timeline  # noqa: E402
import chart_total_time  # noqa: E402
import comparison  # noqa: E402
import plot  # noqa: E402
import style  # noqa: E402
from charts import CHARTS  # noqa: E402
from results import Arm, Results, Trial  # noqa: E402
from sample_results import MAIN, Experiment, Strategy  # noqa: E402

PICTURES = ["total-time.png", "request-times.png", "timeline.png"]
LONG_NAMES = [
    Strategy("sequential", "blocking", lanes=1),
    Strategy("thread-pool"), Strategy("thread-pool#2"),
    Strategy("thread-per-request:handles=fresh", overhead_s=0.0012),
    Strategy("thread-pool:stack-kib=512"),
    Strategy("curl-multi:poll=epoll,window=16,fairness=strict,and-so=on", "event loop"),
    Strategy("$odd$ \"name\" with, a comma\nand a new line", "event loop"),
    Strategy("loops:loops=4", "mixed"), Strategy("loops:loops=8", "mixed"),
    Strategy("brand-new", "a family of the future"), Strategy("uv-loop", "event loop"),
    Strategy("null", "none"),
]


def run_plot(*arguments, **options):
    return subprocess.run(["/usr/bin/python3", PLOT, *map(str, arguments)], capture_output=True, text=True, timeout=60,
                          **options)


def refuse_warning(text):
    raise AssertionError(f"unexpected warning: {text}")


def results_of(folder, warn=refuse_warning):
    return Results(str(folder), warn)


def arm(name, *walls, family="threads", concurrency=16, failed_rounds=()):
    made = Arm(name, concurrency, family, name)
    made.trials = [Trial(place, place, False, name, family, "mixed", concurrency, True, "cold", 60,
                         int(place in failed_rounds), "ok", wall) for place, wall in enumerate(walls, start=1)]
    return made


def around(median, count=20, spread=0.01):
    return [median * (1 + spread * (place - (count - 1) / 2) / count) for place in range(count)]


def texts_of(figure):
    texts = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        texts += [text.get_text() for text in axes.texts] + [label.get_text() for label in axes.get_yticklabels()]
    return texts


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
    assert done.stdout.splitlines() == [str(tmp_path / "new" / "folder" / name) for name in PICTURES]
    for name in PICTURES:
        header = (tmp_path / "new" / "folder" / name).read_bytes()[:24]
        width, height = struct.unpack(">II", header[16:24])
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        assert width == 1600 and 500 < height < 2500
    assert sorted(os.listdir(tmp_path / "new" / "folder")) == sorted(PICTURES)


def test_equal_input_draws_equal_pictures(small_folder, tmp_path):
    for output in ("first", "second"):
        assert run_plot(small_folder, "-o", tmp_path / output).returncode == 0
    for name in PICTURES:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_draws_latest_results_beside_the_csv_by_default(tmp_path):
    Experiment(strategies=MAIN[:1], rounds=2).write(tmp_path / "results" / "latest")
    done = run_plot(cwd=tmp_path)
    assert done.stdout.splitlines() == [f"results/latest/{name}" for name in PICTURES]
    assert (tmp_path / "results" / "latest" / "timeline.png").exists()


@pytest.mark.parametrize("experiment", [
    Experiment(rounds=5),
    Experiment(strategies=MAIN[:1], rounds=1, warmup=0),
    Experiment(strategies=LONG_NAMES, rounds=3),
    Experiment(levels=(4, 16), rounds=3),
    Experiment(strategies=MAIN[1:], workload=[[0.01]] * 2000, levels=(1000,), rounds=1),
    Experiment(workload=[[0.001]] * 4000, levels=(2,), rounds=1),
    Experiment(workload=[[0.002], [0.003], [0.002], [1.0], [1.0], [1.0]], rounds=2),
], ids=["main", "one", "long names", "levels", "1,000 lanes", "many requests", "sync-vs-async"])
def test_no_text_is_cut_off_and_no_two_texts_overlap(experiment, tmp_path):
    results = results_of(experiment.write(tmp_path))
    for chart in CHARTS:
        figure = chart.draw(results)
        renderer = figure.canvas.get_renderer()
        figure.canvas.draw()
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in all_texts(figure)]
        for place, (text, box) in enumerate(boxes):
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, text
            for other_text, other in boxes[:place]:
                assert not (box.padded(-1).overlaps(other.padded(-1))), (chart.FILE, text, other_text)


def all_texts(figure):
    texts = list(figure.texts)
    for axes in figure.axes:
        texts += axes.texts
        if axes.get_legend():
            texts += axes.get_legend().get_texts()
        if axes.axison:
            texts += [axes.xaxis.label, axes.yaxis.label, *axes.get_yticklabels(), *visible_tick_labels(axes)]
    return [text for text in texts if text.get_text() and text.get_visible()]


def visible_tick_labels(axes):
    """matplotlib keeps labels of ticks beyond the limits, and does not draw them."""
    low, high = axes.get_xlim()
    return [label for label in axes.get_xticklabels() if low <= label.get_position()[0] <= high]


# What the pictures say

def test_title_names_the_fastest_and_how_much_faster():
    arms = [arm("sequential", *around(0.806), family="blocking"), arm("thread-pool", *around(0.09)),
            arm("curl-multi", *around(0.072), family="event loop")]
    assert chart_total_time.finding(arms) == \
        "curl-multi was fastest: median 0.0720 s, 11.2x faster than sequential"


def test_title_compares_with_the_slowest_where_there_is_no_sequential():
    arms = [arm("a", *around(1)), arm("b", *around(2)), arm("c", *around(3))]
    assert chart_total_time.finding(arms) == "a was fastest: median 1.00 s, 3.00x faster than c"


def test_title_hedges_when_medians_are_near():
    arms = [arm("a", *around(1)), arm("b", *around(1.02)), arm("sequential", *around(5))]
    assert "a and b were fastest and about equal" in chart_total_time.finding(arms)
    assert "fastest" not in chart_total_time.finding(arms[:2])
    assert "about equal" in chart_total_time.finding(arms[:2])


def test_title_hedges_when_rounds_disagree():
    noisy = [arm("a", *[1.0, 2.0] * 10), arm("b", *[2.0, 1.2] * 10)]
    assert "could not be told apart" in chart_total_time.finding(noisy)
    assert "too close to call" in chart_total_time.finding(noisy + [arm("sequential", *around(9))])


def test_few_rounds_need_ranges_that_do_not_overlap():
    assert "fastest" in chart_total_time.finding([arm("a", 1.0, 1.1), arm("b", 1.2, 1.3)])
    assert "could not be told apart" in chart_total_time.finding([arm("a", 1.0, 1.3), arm("b", 1.2, 1.5)])


def test_pairs_by_round_tell_apart_what_ranges_do_not():
    drift = [1 + 0.1 * place for place in range(20)]
    assert "a was fastest" in chart_total_time.finding([arm("a", *drift), arm("b", *[1.1 * wall for wall in drift])])


def test_sign_test_interval_has_the_ranks_of_the_tables():
    # Exact ranks of the binomial distribution at one half, as tabulated for 95%.
    assert [comparison.sign_test_rank(count, 0.05) for count in (5, 6, 8, 9, 10, 15, 20)] == [0, 1, 1, 2, 2, 4, 6]


def test_failures_are_never_fastest():
    flawed = arm("flawed", *around(0.01), failed_rounds=[3])
    arms = [flawed, arm("slow", *around(1)), arm("slower", *around(2))]
    assert chart_total_time.finding(arms) == \
        "Of those without failures, slow was fastest: median 1.00 s, 2.00x faster than slower"
    assert [one.label for one in comparison.order(arms)] == ["slow", "slower", "flawed"]
    assert chart_total_time.finding([flawed, arm("b", *around(1))]).startswith("Only b had no failed requests")
    assert chart_total_time.finding([flawed]) == "No ranking: every strategy had failed requests"


def test_what_sends_nothing_is_not_ranked():
    null = arm("null", *around(0.00002), family="none")
    assert "a was fastest" in chart_total_time.finding([null, arm("a", *around(1)), arm("b", *around(2))])
    assert "harness itself" in chart_total_time.finding([null])


def test_requests_that_were_not_sent_on_purpose_are_no_failures(tmp_path):
    folder = Experiment(strategies=[MAIN[0], Strategy("null", "none")], rounds=2).write(tmp_path)
    edit_rows(folder / "runs.csv", lambda row: row["strategy"] != "null" or row.update(succeeded=0, not_run=56))
    text = whole_text(chart_total_time.draw(results_of(folder)))
    assert "failures" not in text and "sequential took" in text


def test_single_strategy_is_described_and_not_compared():
    assert chart_total_time.finding([arm("sequential", *around(0.806))]) == \
        "sequential took 0.806 s (median of 20 trials)"


def test_rows_go_from_fastest_to_slowest_and_show_the_medians(main_folder):
    results = results_of(main_folder)
    axes = chart_total_time.draw(results).axes[0]
    rows = [label.get_text() for label in axes.get_yticklabels()]
    medians = {}
    with open(main_folder / "runs.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["warmup"] == "false":
                medians.setdefault(row["strategy"], []).append(float(row["wall_s"]))
    medians = {name: statistics.median(walls) for name, walls in medians.items()}
    assert rows == sorted(medians, key=medians.get)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first row is at the top
    shown = [text.get_text() for text in axes.texts]
    assert shown == [f"{style.significant(medians[name])} s" for name in rows]
    assert axes.get_xlim()[0] == 0


def test_every_measured_trial_is_a_point_and_warm_up_is_not(main_folder):
    axes = chart_total_time.draw(results_of(main_folder)).axes[0]
    points = sum(len(collection.get_offsets()) for collection in axes.collections)
    assert points == 4 * 20
    # Warm-up trials take three times as long in these results.
    assert max(x for collection in axes.collections for x, _ in collection.get_offsets()) < 0.5


def test_wide_spread_gets_a_logarithmic_axis():
    assert not chart_total_time.is_logarithmic([arm("a", 1.0), arm("b", 19.0)])
    assert chart_total_time.is_logarithmic([arm("a", 1.0), arm("b", 21.0)])
    assert not chart_total_time.is_logarithmic([arm("a", 1.0), arm("null", 0.00002, family="none")])


def test_failed_trials_are_crosses_with_a_note(tmp_path):
    strategies = [MAIN[0], Strategy("thread-pool", failures={2: 3}),
                  Strategy("gone", status={1: "crashed", 2: "crashed"})]
    figure = chart_total_time.draw(results_of(Experiment(strategies=strategies, rounds=4).write(tmp_path)))
    text = whole_text(figure)
    assert "thread-pool 1 of 4" in text and "gone 2 of 4 (crashed)" in text
    assert "2 of 4 trials of gone ended without a time" in text
    assert "(1 of 4 trials failed)" in text


def test_request_times_tell_what_differs_most():
    slow_tail = ("slow-tail", [0.001] * 80 + [0.5] * 20)
    even = ("even", [0.001] * 100)
    assert chart_request_times.finding([slow_tail, even]) == \
        "Single requests took longest under slow-tail: 90% of the requests within 500 ms, under even within 1.00 ms"
    assert "about equally long under both strategies" in chart_request_times.finding([even, even])
    assert chart_request_times.finding([even]).startswith("even: half of the requests took at most 1.00 ms")
    assert chart_request_times.finding([]).startswith("No comparison")


def test_ecdf_has_the_right_shares_however_long_the_input():
    times, shares = chart_request_times.ecdf([3.0, 1.0, 2.0, 2.0])
    assert list(times) == [1, 2, 2, 3] and list(shares) == [0.25, 0.5, 0.75, 1]
    times, shares = chart_request_times.ecdf(range(1, 100001), most_steps=100)
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


def test_timeline_has_a_panel_per_strategy_on_the_same_axis(main_folder):
    figure = chart_timeline.draw(results_of(main_folder))
    panels = [axes for axes in figure.axes if any(text.get_text() in {s.name for s in MAIN} for text in axes.texts)]
    assert [axes.texts[0].get_text() for axes in panels][-1] == "sequential"
    assert len(panels) == 4 and len({axes.get_xlim() for axes in panels}) == 1
    assert [axes.get_ylim()[0] + 0.5 for axes in panels] == [16, 16, 16, 1]


def test_timeline_title_tells_overlap_and_time():
    fast, slow = arm("curl-multi", *around(0.072)), arm("sequential", *around(0.806))
    assert chart_timeline.finding([(fast, 0.072, 13.1), (slow, 0.806, 0.999)]) == \
        "curl-multi had 13 requests under way on average and took 0.0720 s; sequential had 1.0 and took 0.806 s"
    assert "equally long" in chart_timeline.finding([(fast, 1.0, 1), (slow, 1.01, 1)])


def test_timeline_says_how_many_of_very_many_lanes_it_shows(tmp_path):
    experiment = Experiment(strategies=[Strategy("thread-pool")], workload=[[0.01]] * 1500, levels=(1000,), rounds=1)
    assert re.search(r"one in \d+ of the 1,000 of thread-pool", whole_text(chart_timeline.draw(
        results_of(experiment.write(tmp_path)))))


def test_batches_of_a_lane_alternate_in_shade(small_folder):
    bars = chart_timeline.Bars.of(results_of(small_folder).request_records[0].timeline)
    light = chart_timeline._every_other_batch(bars, bars.batch_starts())
    for place in range(1, len(bars.start)):
        if bars.row[place] == bars.row[place - 1]:
            same_batch = bars.batch[place] == bars.batch[place - 1]
            assert (light[place] == light[place - 1]) == same_batch


def test_busy_share_of_a_crowded_lane_is_right():
    numpy = pytest.importorskip("numpy")
    share = chart_timeline._coverage(numpy.array([0.0, 2.0]), numpy.array([1.0, 2.5]), numpy.array([0.0, 1, 2, 3]))
    assert list(share) == [1, 0, 0.5]


def test_levels_appear_in_labels_only_when_there_are_several(main_folder, tmp_path):
    assert {arm.label for arm in results_of(main_folder).arms} == {strategy.name for strategy in MAIN}
    several = results_of(Experiment(strategies=MAIN[2:3], levels=(4, 16), rounds=2).write(tmp_path))
    assert [arm.label for arm in several.arms] == ["thread-pool @4", "thread-pool @16"]


def test_footnote_tells_trials_concurrency_and_workload(main_folder):
    for chart in CHARTS:
        text = whole_text(chart.draw(results_of(main_folder)))
        assert "20 trials of each strategy (and 1 warm-up round, not shown); workload mixed: 56 requests; " \
               "concurrency 16; connections cold, reused." in text


def test_family_decides_the_hue_and_variants_differ(tmp_path):
    arms = results_of(Experiment(strategies=LONG_NAMES, rounds=1).write(tmp_path)).arms
    looks = [style.look(one) for one in arms]
    assert len(set(looks)) == len(looks)
    assert style.family_colour("threads") != style.family_colour("event loop")


def test_numbers_are_short_and_have_units():
    assert [style.seconds_text(value) for value in (0.0000123, 0.0051, 0.999999, 12.34, 1234.5)] == \
        ["12.3 µs", "5.10 ms", "1,000 ms", "12.3 s", "1,230 s"]
    assert [style.ratio_text(value) for value in (1.046, 11.24, 826.1)] == ["1.05x", "11.2x", "826x"]


@pytest.mark.parametrize("low, high", [(1e-6, 1e5), (0.9, 1.1), (0.001, 0.05), (2.0, 2.0001), (3e-4, 8e-1)])
def test_logarithmic_axes_always_have_labels_that_fit(low, high):
    ticks = style.nice_log_ticks(low, high, inches=4)
    labels = [style.tick_text(tick) for tick in ticks]
    assert len(ticks) >= 2 and len(set(labels)) == len(labels)


# What is complained about

def assert_refused(done, code, *parts):
    assert done.returncode == code
    assert done.stderr.startswith("plot.py: ") and "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    for part in parts:
        assert part in done.stderr
    assert done.stdout == ""


def test_missing_folder(tmp_path):
    assert_refused(run_plot(tmp_path / "nowhere"), 2, "nowhere: no such folder; ")
    (tmp_path / "file").touch()
    assert_refused(run_plot(tmp_path / "file"), 2, "file: is not a folder; ")


def test_missing_runs(tmp_path):
    assert_refused(run_plot(tmp_path), 2, "runs.csv: no such file or directory; ")


@pytest.mark.parametrize("content, complaint", [
    ("", "runs.csv: the file is empty"),
    ("a,b\n1,2\n", "runs.csv:1: column 'run' is missing"),
    ("run;round;warmup\n1;1;false\n", "runs.csv:1: column 'run' is missing"),
], ids=["empty", "other columns", "semicolons"])
def test_runs_that_are_no_results(tmp_path, content, complaint):
    (tmp_path / "runs.csv").write_text(content)
    assert_refused(run_plot(tmp_path), 2, complaint)


def test_header_only(small_folder):
    runs = small_folder / "runs.csv"
    runs.write_text(runs.read_text().splitlines()[0] + "\n")
    assert_refused(run_plot(small_folder), 2, "runs.csv: there is a header but no trial; ")


@pytest.mark.parametrize("column, cell, complaint", [
    ("wall_s", "abc", "'abc' is not a number; "),
    ("wall_s", "nan", "'nan' is not a finite number; "),
    ("wall_s", "-1", "'-1' is negative; "),
    ("run", "1.5", "'1.5' is not a whole number; "),
    ("concurrency", "", "'' is empty; "),
    ("warmup", "perhaps", "'perhaps' is neither true nor false; "),
])
def test_bad_cell_is_named_by_file_line_and_column(small_folder, column, cell, complaint):
    def spoil_third_line(row):
        if row["run"] == "2":
            row[column] = cell
    edit_rows(small_folder / "runs.csv", spoil_third_line)
    assert_refused(run_plot(small_folder), 2, f"runs.csv:3: column '{column}': {complaint}")
    assert not list(small_folder.glob("*.png"))


@pytest.mark.parametrize("column", ["duration_s", "started_s", "lane", "batch", "run"])
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
    lines = (small_folder / "runs.csv").read_text().splitlines()
    lines[4] = "5,1"
    (small_folder / "runs.csv").write_text("\n".join(lines) + "\n")
    assert_refused(run_plot(small_folder), 2, "runs.csv:5: 2 cells, but the header has 34; ")


def test_only_warm_up(small_folder):
    edit_rows(small_folder / "runs.csv", lambda row: row["warmup"] == "true")
    assert_refused(run_plot(small_folder), 2, "no measured trial", "--repeat")


def test_no_trial_with_a_time(small_folder):
    edit_rows(small_folder / "runs.csv", lambda row: row.update(wall_s="", status="crashed"))
    assert_refused(run_plot(small_folder), 2, "no measured trial has a time", "crashed")


def test_bad_option():
    done = run_plot("--frobnicate")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "results/latest" in run_plot("--help").stdout


def test_cut_off_last_line_is_skipped_with_a_warning(small_folder):
    requests = small_folder / "requests.csv"
    requests.write_text(requests.read_text().rstrip("\n")[:-60])
    done = run_plot(small_folder)
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 3
    lines = requests.read_text().count("\n") + 1
    assert f"requests.csv:{lines}: the last line is incomplete" in done.stderr


def test_without_requests_the_total_time_is_drawn(small_folder):
    (small_folder / "requests.csv").unlink()
    done = run_plot(small_folder)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [str(small_folder / "total-time.png")]
    assert "request-times.png is left out: there is no " in done.stderr
    assert "timeline.png is left out: there is no " in done.stderr


def test_requests_with_a_header_only_count_as_none(tmp_path):
    done = run_plot(Experiment(rounds=2, records=False).write(tmp_path))
    assert done.returncode == 0 and done.stdout.count(".png") == 1
    assert "has no request of a measured trial" in done.stderr


def test_requests_of_some_trials_only(small_folder):
    edit_rows(small_folder / "requests.csv", lambda row: row["strategy"] != "curl-multi" and row["round"] != "3")
    warnings = []
    results = results_of(small_folder, warnings.append)
    assert "Left out, because no requests were recorded: curl-multi." in whole_text(chart_timeline.draw(results))
    assert any("for 1 of 3 trials of 'thread-pool'" in warning for warning in warnings)
    assert any("for 3 of 3 trials of 'curl-multi'" in warning for warning in warnings)


def test_summary_is_not_needed(small_folder):
    (small_folder / "summary.csv").unlink()
    assert "lower bound" not in whole_text(chart_total_time.draw(results_of(small_folder)))


def test_output_that_cannot_be_written(small_folder, tmp_path):
    (tmp_path / "blocked").write_text("")
    done = run_plot(small_folder, "-o", tmp_path / "blocked" / "below")
    assert_refused(done, 1, "not a directory", "--output")


def test_failure_leaves_no_half_picture_and_keeps_the_old_one(tmp_path):
    class FullDisk:
        def savefig(self, path, **_):
            Path(path).write_text("half")
            raise OSError(28, "No space left on device", path)

    old = tmp_path / "total-time.png"
    old.write_text("old")
    with pytest.raises(OSError):
        plot.save(FullDisk(), str(old))
    assert os.listdir(tmp_path) == ["total-time.png"] and old.read_text() == "old"


def test_missing_matplotlib_names_the_package(small_folder, tmp_path):
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'matplotlib'\")")
    done = run_plot(small_folder, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert_refused(done, 1, "apt-get install python3-matplotlib")


def test_spreadsheet_leftovers_are_read(small_folder):
    runs = small_folder / "runs.csv"
    text = runs.read_text().replace("true", "TRUE").replace("false", "FALSE")
    runs.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert len(results_of(small_folder).trials) == 12


def test_program_is_executable():
    assert PLOT.stat().st_mode & stat.S_IXUSR
    assert PLOT.read_text().startswith("#!/usr/bin/python3\n")
