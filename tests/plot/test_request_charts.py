"""What is drawn from requests.csv: the timeline and its phases, an open loop.

Run with /usr/bin/python3 -m pytest tests/plot/test_request_charts.py
"""

import csv
import re
import tracemalloc
import types

import numpy
import pytest
from matplotlib.collections import PolyCollection

import test_plot  # the paths of the modules, too
from test_plot import Experiment, MAIN, Strategy, edit_rows, placed, results_of, small_folder, whole_text  # noqa: F401

import bars
import chart_open_loop
import chart_timeline
import contest
import looks
import style
from quantiles import occurring_quantile
from results import NotOfThisKind, NothingToDraw, Trial


@pytest.fixture(scope="session")
def main_folder(tmp_path_factory):
    return Experiment().write(tmp_path_factory.mktemp("main"))


def panels_of(figure, names):
    """{name: axes from the top down}"""
    panels = {name: [] for name in names}
    for axes in figure.axes:
        for text in axes.texts[:1]:
            if text.get_text() in panels:
                panels[text.get_text()].append(axes)
    return panels


def lane_labels(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def boxes_of(axes):
    return {tuple(numpy.round(collection.get_facecolor()[0], 3)): len(collection.get_paths())
            for collection in axes.collections if isinstance(collection, PolyCollection) and len(collection.get_facecolor())}


def colour_of(family, phase):
    from matplotlib.colors import to_rgba
    return tuple(numpy.round(to_rgba(chart_timeline.phase_colour(family, phase)), 3))


# One axis, and enlarged copies on one of their own

def test_all_are_on_one_axis_and_the_small_ones_once_more_on_another(main_folder):
    figure = chart_timeline.draw(results_of(main_folder))
    panels = panels_of(figure, [strategy.name for strategy in MAIN])
    assert [len(panels[strategy.name]) for strategy in MAIN] == [1, 2, 2, 2]
    whole = {axes[0].get_xlim() for axes in panels.values()}
    enlarged = {axes[1].get_xlim() for axes in panels.values() if len(axes) > 1}
    assert len(whole) == 1 and len(enlarged) == 1
    assert enlarged.pop()[1] * contest.FAR_BEHIND / 2 < whole.pop()[1]
    text = whole_text(figure)
    assert re.search(r"All on one time axis .* Enlarged: the same trials of the 3 that were done within [\d.]+ ms, on an axis of their own", text)


def test_an_enlarged_panel_lies_in_a_frame_below_the_common_axis(main_folder):
    figure = chart_timeline.draw(results_of(main_folder))
    panels = panels_of(figure, [strategy.name for strategy in MAIN])
    [frame] = [patch for axes in figure.axes for patch in axes.patches if patch.get_width() > 5]
    box = frame.get_window_extent()
    for axes in panels["thread-pool"][1:] + panels["curl-multi"][1:]:
        assert box.y0 < axes.get_window_extent().y0 and axes.get_window_extent().y1 < box.y1
    for axes in panels["sequential"] + panels["thread-pool"][:1]:
        assert axes.get_window_extent().y0 > box.y1


def test_nothing_is_enlarged_where_none_is_far_behind(tmp_path):
    figure = chart_timeline.draw(results_of(Experiment(strategies=MAIN[1:], rounds=2).write(tmp_path)))
    assert all(len(axes) == 1 for axes in panels_of(figure, [strategy.name for strategy in MAIN[1:]]).values())
    assert "nlarged" not in whole_text(figure) and "one time axis" not in whole_text(figure)


def test_what_is_small_among_the_small_is_enlarged_again(tmp_path):
    experiment = Experiment(strategies=[MAIN[2]], levels=(1, 8, 64), rounds=2, workload=[[0.01]] * 512)
    figure = chart_timeline.draw(results_of(experiment.write(tmp_path)))
    assert [len(axes) for axes in panels_of(figure, [f"thread-pool @{level}" for level in (1, 8, 64)]).values()] == [1, 2, 3]


def test_the_title_tells_overlap_and_time_and_what_is_not_known():
    fast, slow = placed("curl-multi", 0.072, 1, True), placed("sequential", 0.806, 2)
    panels = [(fast, 0.072, 13.1), (slow, 0.806, 0.999)]
    assert chart_timeline.finding(panels) == ("curl-multi had 13 requests under way on average and took 72.0 ms; "
                                              "sequential had 1.0 and took 806 ms")
    slow.standing.shares_first = True
    text = "1.0 to 13 requests were under way on average, and the trials took 72.0 ms to 806 ms"
    assert chart_timeline.finding(panels) == f"{text} (no difference was shown)"
    fast.standing.first_rounds_missing = 3
    assert chart_timeline.finding(panels) == f"{text} (too few rounds to tell who is faster)"


def test_the_lower_bound_of_the_summary_is_marked(main_folder):
    results = results_of(main_folder)
    figure = chart_timeline.draw(results)
    panels = panels_of(figure, [strategy.name for strategy in MAIN])
    for arm in results.arms:
        lines = [line.get_xdata()[0] for line in panels[arm.label][-1].lines]
        assert arm.standing.lower_bound_s in lines


# Lanes

def test_every_lane_has_a_row_and_the_last_one_its_number(tmp_path):
    experiment = Experiment(strategies=[Strategy("thread-pool")], workload=[[0.01]] * 130, levels=(64,), rounds=1)
    [axes] = panels_of(chart_timeline.draw(results_of(experiment.write(tmp_path))), ["thread-pool"])["thread-pool"]
    assert axes.get_ylim()[0] + 0.5 == 64 and lane_labels(axes) == ["1", "64"]


def test_lanes_that_share_a_row_are_named_and_none_is_left_out(tmp_path):
    experiment = Experiment(strategies=[Strategy("thread-pool")], workload=[[0.01]] * 1500, levels=(1000,), rounds=1)
    results = results_of(experiment.write(tmp_path))
    [axes] = panels_of(chart_timeline.draw(results), ["thread-pool"])["thread-pool"]
    first, last = lane_labels(axes)
    assert re.fullmatch(r"1…\d+", first) and re.fullmatch(r"(\d+…)?1,000", last)
    [image] = axes.images
    timeline = results.request_records[0].timeline
    busy = numpy.subtract(timeline.finished_s, timeline.started_s).sum()
    step, rows = int(first[2:]), image.get_array().shape[0]
    lanes_of_row = numpy.minimum(step, 1000 - numpy.arange(rows) * step)
    shown = (image.get_array()[:, :, 3].mean(axis=1) * lanes_of_row).sum() * image.get_extent()[1]
    assert shown == pytest.approx(busy, rel=0.01)


def test_lanes_without_a_request_are_named(tmp_path):
    experiment = Experiment(strategies=[Strategy("thread-pool")], workload=[[0.01, 0.02], [0.01]], levels=(16,), rounds=1)
    [axes] = panels_of(chart_timeline.draw(results_of(experiment.write(tmp_path))), ["thread-pool"])["thread-pool"]
    assert lane_labels(axes)[0] == "1" and lane_labels(axes)[-1] == "3…16"
    assert "nothing to do" in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("lanes, concurrency, text", [
    ([1, 2, 3], 3, ""), ([1, 2, 3], 4, "4"), ([3], 16, "1, 2, 4…16"), ([2, 4], 5, "3 others"), ([1, 4], 5, "2, 3, 5"), ([1, 9], 4, "2…4"),
    ([5, 7], 30_000_000, "29,999,998 others"), ([1], 30_000_000, "2…30,000,000")])
def test_lanes_without_a_request_are_told_however_many_there_may_be(lanes, concurrency, text):
    trial = Trial(1, 1, False, "a", "a", "threads", "mixed", concurrency, True, "cold", "1.1", 1, 0, "ok", 1.0)
    one = types.SimpleNamespace(trial=trial, lanes=numpy.array(lanes))
    tracemalloc.start()
    assert chart_timeline._idle_lanes(one) == text
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()


def test_a_batch_of_several_requests_is_framed(tmp_path):
    experiment = Experiment(strategies=[Strategy("thread-pool")], workload=[[0.01, 0.02], [0.02, 0.01, 0.01], [0.03]], levels=(3,), rounds=1)
    figure = chart_timeline.draw(results_of(experiment.write(tmp_path)))
    [axes] = panels_of(figure, ["thread-pool"])["thread-pool"]
    frames = [collection for collection in axes.collections if isinstance(collection, PolyCollection) and not len(collection.get_facecolor())]
    assert [len(collection.get_paths()) for collection in frames] == [2]


# Phases

def with_phases(folder, **seconds):
    edit_rows(folder / "requests.csv", lambda row: row.update(
        {f"time_{name}_s": value for name, value in seconds.items()}))
    return results_of(folder)


def test_phases_are_told_apart(tmp_path):
    folder = Experiment(strategies=[Strategy("thread-pool")], workload=[[0.01]] * 4, levels=(2,), rounds=1).write(tmp_path)
    results = with_phases(folder, connect="0.002", appconnect="0.005", pretransfer="0.005", starttransfer="0.007")
    figure = chart_timeline.draw(results)
    [axes] = panels_of(figure, ["thread-pool"])["thread-pool"]
    assert boxes_of(axes) == {colour_of("threads", phase): 4 for phase in bars.PHASES}
    one = bars.Bars.of(results.request_records[0].timeline)
    lengths = {phase: numpy.subtract(*reversed(one.spans(phase))) for phase in bars.PHASES}
    assert lengths["connecting"] == pytest.approx(0.002) and lengths["TLS"] == pytest.approx(0.003)
    assert lengths["waiting"] == pytest.approx(0.002)
    assert sum(lengths.values()) == pytest.approx(one.end - one.start)


def test_a_kept_connection_has_neither_connecting_nor_tls(tmp_path):
    folder = Experiment(strategies=[Strategy("thread-pool")], workload=[[0.01]] * 4, levels=(2,), rounds=1).write(tmp_path)
    for kept in ("", "0"):
        one = bars.Bars.of(with_phases(folder, connect=kept, appconnect=kept, starttransfer="0.007").request_records[0].timeline)
        assert one.has_phases
        assert not numpy.subtract(*one.spans("connecting")).any() and not numpy.subtract(*one.spans("TLS")).any()


@pytest.mark.parametrize("times", [(0.5, 0.6, 0.7), (0.002, 0.001, 0.007), (0.004, 0.9, 0.003)])
def test_phases_never_leave_their_request(tmp_path, times):
    folder = Experiment(strategies=[Strategy("thread-pool")], workload=[[0.01]] * 4, levels=(2,), rounds=1).write(tmp_path)
    one = bars.Bars.of(with_phases(folder, **dict(zip(("connect", "appconnect", "starttransfer"), times))).request_records[0].timeline)
    moments = [one.start, one.connected, one.secured, one.answered, one.end]
    assert all((earlier <= later + 1e-12).all() for earlier, later in zip(moments, moments[1:]))


def test_unknown_phases_are_drawn_as_unknown(tmp_path):
    folder = Experiment(strategies=[Strategy("thread-pool")], workload=[[0.01]] * 4, levels=(2,), rounds=1).write(tmp_path)
    figure = chart_timeline.draw(with_phases(folder, connect="", appconnect="", pretransfer="", starttransfer=""))
    [axes] = panels_of(figure, ["thread-pool"])["thread-pool"]
    assert boxes_of(axes) == {colour_of("threads", "unknown"): 4}
    legend = [text.get_text() for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()]
    assert "under way, phases not recorded" in legend and "receiving" not in " ".join(legend)


def test_results_without_columns_of_phases_are_drawn(small_folder):  # noqa: F811
    requests = small_folder / "requests.csv"
    lines = [line.split(",") for line in requests.read_text(encoding="utf-8").splitlines()]
    kept = [place for place, name in enumerate(lines[0]) if not name.startswith(("time_", "intended", "service"))]
    requests.write_text("".join(",".join(line[place] for place in kept) + "\n" for line in lines), encoding="utf-8")
    assert "Phases" not in whole_text(chart_timeline.draw(results_of(small_folder)))


@pytest.mark.parametrize("column", ["time_connect_s", "time_starttransfer_s"])
def test_a_bad_phase_is_named(small_folder, column):  # noqa: F811
    edit_rows(small_folder / "requests.csv", lambda row: row.update({column: "x"}))
    done = test_plot.run_plot(small_folder, "--only", "timeline")
    assert done.returncode == 2 and f"column '{column}': 'x' is not a number; " in done.stderr


def test_a_lane_s_number_that_is_too_large_is_refused(small_folder):  # noqa: F811
    edit_rows(small_folder / "requests.csv", lambda row: row.update(lane="99999999999"))
    done = test_plot.run_plot(small_folder, "--only", "timeline")
    assert done.returncode == 2 and "column 'lane': '99999999999' is too large; " in done.stderr


def test_failures_are_black_with_a_cross(tmp_path):
    folder = Experiment(strategies=[Strategy("thread-pool", failures={1: 3})], workload=[[0.01]] * 8, levels=(2,), rounds=1).write(tmp_path)
    figure = chart_timeline.draw(with_phases(folder, starttransfer="0.007"))
    [axes] = panels_of(figure, ["thread-pool ×"])["thread-pool ×"]
    from matplotlib.colors import to_rgba
    boxes = boxes_of(axes)
    assert boxes[tuple(numpy.round(to_rgba(style.INK), 3))] == 3 and boxes[colour_of("threads", "waiting")] == 5
    assert [len(collection.get_offsets()) for collection in axes.collections if not isinstance(collection, PolyCollection)] == [3]


def test_crosses_that_would_hide_the_bars_are_left_out(tmp_path):
    folder = Experiment(strategies=[Strategy("thread-pool", failures={1: 200})], workload=[[0.01]] * 200, levels=(1,), rounds=1).write(tmp_path)
    figure = chart_timeline.draw(results_of(folder))
    [axes] = panels_of(figure, ["thread-pool ×"])["thread-pool ×"]
    assert list(boxes_of(axes).values()) == [200]
    assert all(isinstance(collection, PolyCollection) for collection in axes.collections)
    assert "Phases" not in whole_text(figure)


def test_phases_differ_in_lightness_or_pattern():
    for family in looks.FAMILIES:
        colours = {phase: style.lightness(chart_timeline.phase_colour(family, phase)) for phase in (*bars.PHASES, "unknown")}
        for one in colours:
            for other in colours:
                patterns = (chart_timeline.HATCHES.get(one), chart_timeline.HATCHES.get(other))
                assert one == other or patterns[0] != patterns[1] or abs(colours[one] - colours[other]) >= 15
        assert colours["TLS"] - style.lightness(style.INK) > 10


def test_marks_of_the_key_are_as_far_from_one_another_however_long_their_names(tmp_path):
    folder = Experiment(rounds=2).write(tmp_path)
    figure = chart_timeline.draw(with_phases(folder, connect="0.0001", appconnect="0.0003", starttransfer="0.0005"))
    figure.draw_without_rendering()
    cells = [(axes.bbox.width, text.get_window_extent().width) for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()]
    gaps = [cell - name for cell, name in cells]
    assert len(cells) >= 6 and max(gaps) - min(gaps) < 3, "pixels"


def test_the_busy_share_of_a_row_is_right():
    share = chart_timeline._coverage(numpy.array([0.0, 2.0]), numpy.array([1.0, 2.5]), numpy.array([0.0, 1, 2, 3]))
    assert list(share) == [1, 0, 0.5]
    share = chart_timeline._coverage(numpy.array([0.5, 0.0]), numpy.array([3.0, 1.0]), numpy.array([0.0, 1, 2, 3]))
    assert list(share) == [1.5, 1, 1]


# An open loop

@pytest.fixture(scope="session")
def open_folder(tmp_path_factory):
    strategies = [Strategy("thread-pool"), Strategy("slow", "mixed", lanes=1)]
    experiment = Experiment(strategies=strategies, rounds=7, rate_per_s=2000, saturated=("slow",), workload=[[0.002]] * 100)
    return experiment.write(tmp_path_factory.mktemp("open"))


def test_response_and_service_times_are_those_of_the_file(open_folder):
    times = {}
    with open(open_folder / "requests.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["round"] != "1":  # the warm-up round
                for name in ("duration_s", "service_s"):
                    times.setdefault((row["strategy"], name), []).append(float(row[name]))
    for row in chart_open_loop.rows_of(results_of(open_folder)):
        assert sorted(row.response_s) == sorted(times[row.arm.label, "duration_s"])
        assert sorted(row.service_s) == sorted(times[row.arm.label, "service_s"])


def test_solid_curves_are_of_response_times_and_dotted_ones_of_service_times(open_folder):
    results = results_of(open_folder)
    drawn = [axes for axes in chart_open_loop.draw(results).axes if axes.get_xscale() == "log"]
    for axes, row in zip(drawn, chart_open_loop.rows_of(results), strict=True):
        [solid], [dotted] = ([line for line in axes.lines if (line.get_linestyle() == "-") == is_solid] for is_solid in (True, False))
        with open(open_folder / "requests.csv", newline="", encoding="utf-8") as file:
            lines = [line for line in csv.DictReader(file) if line["strategy"] == row.arm.label and line["round"] != "1"]
        for curve, column in ((solid, "duration_s"), (dotted, "service_s")):
            assert list(curve.get_xdata()[1:-1]) == sorted(float(line[column]) for line in lines)
            assert list(curve.get_ydata()[1:-1]) == pytest.approx(numpy.arange(1, len(lines) + 1) / len(lines))


def test_late_batches_are_those_that_are_due_and_not_started(open_folder):
    for row in chart_open_loop.rows_of(results_of(open_folder)):
        batches = {}
        with open(open_folder / "requests.csv", newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                if line["trial"] == str(row.trial.number):
                    batches.setdefault(line["batch"], (float(line["intended_s"]), float(line["started_s"])))
        for moment, late in list(zip(row.moments, row.late))[::7]:
            assert late == sum(due <= moment < start for due, start in batches.values())
        assert row.late[-1] == 0
        assert row.late.max() > 20 if row.arm.label == "slow" else row.late.max() < 5


def test_only_a_batch_s_first_request_can_be_late(tmp_path):
    experiment = Experiment(strategies=[Strategy("thread-pool")], rounds=1, rate_per_s=2000, workload=[[0.01] * 5] * 3)
    [row] = chart_open_loop.rows_of(results_of(experiment.write(tmp_path)))
    assert row.late.max() == 1, "three batches, each started when it was due"


def test_the_title_has_the_rate_and_who_could_not_keep_up(open_folder):
    results = results_of(open_folder)
    assert chart_open_loop.draw(results).texts[0].get_text() + " " + chart_open_loop.draw(results).texts[1].get_text() == \
        "2,000 batches were due a second: slow could not keep up (in 7 of 7 trials), thread-pool could"
    rows = chart_open_loop.rows_of(results)
    assert chart_open_loop.finding([row for row in rows if row.arm.label == "slow"]) == \
        "2,000 batches were due a second, and slow could not keep up (in 7 of 7 trials)"
    [good] = [row for row in rows if row.arm.label == "thread-pool"]
    assert re.fullmatch(r"2,000 batches were due a second, and thread-pool kept up; 90 % of the requests were done within [\d.]+ ms of "
                        r"when they were due", chart_open_loop.finding([good]))
    assert re.search(r"could not keep up started [\d.]+ of 2,000 a second", whole_text(chart_open_loop.draw(results)))


def test_the_curves_part_where_requests_had_to_wait(open_folder):
    for row in chart_open_loop.rows_of(results_of(open_folder)):
        ratio = occurring_quantile(list(row.response_s), 0.9) / occurring_quantile(list(row.service_s), 0.9)
        assert ratio > 5 if row.arm.label == "slow" else ratio < 1.5


def test_a_closed_loop_has_no_such_chart(main_folder, tmp_path):
    with pytest.raises(NotOfThisKind, match="open loop"):
        chart_open_loop.draw(results_of(main_folder))
    done = test_plot.run_plot(main_folder, "--only", "open-loop", "-o", tmp_path)
    assert done.returncode == 1 and "open-loop.png is left out: it is about an open loop (--rate)" in done.stderr


def test_an_open_loop_in_which_nothing_was_late_is_drawn(open_folder, tmp_path):
    for name in ("trials.csv", "summary.csv", "requests.csv"):
        (tmp_path / name).write_bytes((open_folder / name).read_bytes())
    edit_rows(tmp_path / "requests.csv", lambda row: row.update(started_s=row["intended_s"]))
    assert "at most 0" in whole_text(chart_open_loop.draw(results_of(tmp_path)))
    edit_rows(tmp_path / "requests.csv", lambda row: row.update(outcome="connection lost"))
    with pytest.raises(NothingToDraw, match="no request of a measured trial succeeded"):
        chart_open_loop.draw(results_of(tmp_path))


def test_an_open_loop_without_its_columns_is_left_out(open_folder, tmp_path):
    for name in ("trials.csv", "summary.csv", "requests.csv"):
        (tmp_path / name).write_bytes((open_folder / name).read_bytes())
    edit_rows(tmp_path / "requests.csv", lambda row: row.update(intended_s="", service_s=""))
    with pytest.raises(NothingToDraw, match="intended_s, service_s"):
        chart_open_loop.draw(results_of(tmp_path))


# The trace for viewers; more of it is in test_plot.py

def one_batch(tmp_path, **cells):
    folder = Experiment(strategies=MAIN[:1], workload=[[0.01, 0.01], [0.02]], rounds=1).write(tmp_path / "in")
    edit_rows(folder / "requests.csv", lambda row: row.update(cells))
    return folder


def test_a_trace_without_columns_of_phases_has_requests_alone(tmp_path):
    folder = one_batch(tmp_path)
    requests = folder / "requests.csv"
    lines = [line.split(",") for line in requests.read_text(encoding="utf-8").splitlines()]
    kept = [place for place, name in enumerate(lines[0]) if not name.startswith("time_")]
    requests.write_text("".join(",".join(line[place] for place in kept) + "\n" for line in lines), encoding="utf-8")
    slices = [event["name"] for event in test_plot.trace_of(folder, tmp_path / "out") if event["ph"] == "X"]
    assert slices == ["batch 1", "GET /delay/1", "GET /delay/1", "GET /delay/2"]


@pytest.mark.parametrize("times", [("0.002", "", "0.006", "0.02"), ("0.002", "0.005", "0.0051", "0.007"), ("0", "0", "0.001", "0.007"), ("", "", "", ""),
                                   ("0.002", "0.001", "0.004", "0.003"), ("0.004", "0.9", "0.9", "0"), ("0.5", "0.6", "0.6", "0.7")])
def test_the_trace_has_the_phases_of_the_timeline(tmp_path, times):
    """The first: a request of 10.4 ms that says it was answered after 20 ms."""
    cells = dict(zip(("time_connect_s", "time_appconnect_s", "time_pretransfer_s", "time_starttransfer_s"), times))
    folder = one_batch(tmp_path, started_s="0.001", finished_s="0.0114", batch="1", **cells)
    one = bars.Bars.of(results_of(folder).request_records[0].timeline)
    drawn = sorted((phase, begin * 1e6, (end - begin) * 1e6) for phase in bars.PHASES for begin, end in zip(*one.spans(phase)) if end > begin)
    events = [event for event in test_plot.trace_of(folder, tmp_path / "out") if event["ph"] == "X" and event["name"] in bars.PHASES]
    traced = sorted((event["name"], event["ts"], event["dur"]) for event in events)
    assert [name for name, *_ in traced] == [name for name, *_ in drawn]
    assert [times for _, *times in traced] == [pytest.approx(times, abs=0.1) for _, *times in drawn]
    if times[3] == "0.02":
        assert [(name, round(length)) for name, _, length in traced] == [("connecting", 2000)] * 3 + [("waiting", 8400)] * 3


def test_a_failed_request_says_so_in_its_name(tmp_path):
    events = test_plot.trace_of(one_batch(tmp_path, outcome="connection lost"), tmp_path / "out")
    names = {event["name"] for event in events if "outcome" in event["args"]}
    assert names == {"GET /delay/1: connection lost", "GET /delay/2: connection lost"}


def test_lanes_and_processes_are_in_their_order(tmp_path):
    folder = Experiment(strategies=MAIN, workload=[[0.01]] * 40, levels=(12,), rounds=1).write(tmp_path / "in")
    events = test_plot.trace_of(folder, tmp_path / "out")
    order = {(event["pid"], event["tid"]): event["args"]["sort_index"] for event in events if event["name"] == "thread_sort_index"}
    lanes = {(event["pid"], event["tid"]) for event in events if event["ph"] == "X"}
    assert set(order) == lanes and all(lane == place for (_, lane), place in order.items())
    named = {(event["pid"], event["tid"]): event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert named == {(process, lane): f"lane {lane}" for process, lane in lanes}


def test_a_trace_of_an_open_loop_tells_when_a_request_was_due(open_folder, tmp_path):
    events = test_plot.trace_of(open_folder, tmp_path)
    requests = [event for event in events if "outcome" in event["args"]]
    assert requests and all(event["args"]["due_s"] * 1e6 <= event["ts"] for event in requests)


def test_an_unfinished_file_is_complained_about_once(tmp_path):
    folder = one_batch(tmp_path)
    requests = folder / "requests.csv"
    requests.write_text(requests.read_text(encoding="utf-8").rstrip("\n")[:-60], encoding="utf-8")
    done = test_plot.run_plot("--trace", folder)
    assert done.returncode == 0 and done.stderr.count("the last line is incomplete") == 1


# Memory

@pytest.mark.parametrize("rate", [None, 5000])
def test_a_request_takes_few_bytes_however_long_the_file(tmp_path, rate):
    """So that millions fit: 16 bytes, 24 in an open loop, and those of one trial's timeline; a list of floats alone has 32 more."""
    experiment = Experiment(strategies=MAIN[2:], workload=[[0.001]] * 1500, rounds=10, rate_per_s=rate)
    results = results_of(experiment.write(tmp_path))
    results_of(tmp_path).request_records  # so that what is loaded but once is not counted
    tracemalloc.start()
    records = results.request_records
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    rows = sum(len(one.durations_s) for one in records)
    assert rows == 2 * 10 * 1500
    assert peak < 45 * rows
