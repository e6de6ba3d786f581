"""Where things are in the pictures, measured by matplotlib's own renderer: nothing is cut, no text lies on another or on a
mark, all of it can be read on a page 600 pixels wide, and lines can be told apart without their colours.

Run with /usr/bin/python3 -m pytest tests/plot/test_layout.py
"""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from matplotlib.collections import PathCollection

PLOT_FOLDER = Path(__file__).resolve().parents[2] / "plot"
sys.path[:0] = [str(PLOT_FOLDER), str(Path(__file__).parent)]

import listings  # noqa: E402
import looks  # noqa: E402
import page  # noqa: E402
import program  # noqa: E402
import strategies  # noqa: E402
import style  # noqa: E402
from charts import CHARTS  # noqa: E402
from results import Arm, NothingToDraw, Results  # noqa: E402
from sample_results import MAIN, Experiment, Strategy  # noqa: E402

# A letter of this many pixels is about the least that can be read: its small ones are half as high.
LEAST_PIXELS = 8
NARROW_PAGE = 600
# Texts that touch are no harm: boxes have room above and below the letters.
TOUCH_PIXELS = 1.5

LONG_NAMES = [
    Strategy("sequential", "blocking", lanes=1),
    Strategy("thread-pool"), Strategy("thread-pool#2"),
    Strategy("thread-per-request:handles=fresh", overhead_s=0.0012),
    Strategy("thread-pool:stack-kib=512"),
    Strategy("curl-multi:poll=epoll,window=16,fairness=strict,and-so=on", "event loop"),
    Strategy("$odd$ \"name\" with, a comma\nand a new line", "event loop"),
    Strategy("multi-threads:threads=4:loop=epoll:stack-kib=65536@a-build-of-libcurl-8.9.1", "mixed"), Strategy("loops:loops=8", "mixed"),
    Strategy("brand-new", "a family of the future"), Strategy("uv-loop", "event loop"),
    Strategy("no-op", "nobody"),
]
ALL = [Strategy(name, family, lanes=1 if family == "blocking" else None, overhead_s=0.0002 + 0.00002 * place)
       for family, known in looks.FAMILIES.items() for place, name in enumerate(known.strategies)]
OF_13 = [one for one in ALL if not one.name.startswith(("python", "go", "node"))] + [Strategy("thread-pool:stack-kib=64")]
OF_20 = ALL + [Strategy(f"thread-pool:stack-kib={2 ** power}") for power in (6, 9)]
FAILING = [MAIN[0], Strategy("thread-pool", failures={2: 1, 4: 30}), Strategy("curl-multi", "event loop", status={1: "timed out", 3: "crashed"}),
           Strategy("gone", status={place: "crashed" for place in range(1, 7)}), Strategy("multi-epoll", "event loop")]
EQUAL = [[0.01]] * 24

CASES = {
    "two": Experiment(strategies=MAIN[2:], rounds=8),
    "five": Experiment(strategies=MAIN + [Strategy("coroutines", "coroutines")], rounds=8),
    "13": Experiment(strategies=OF_13, rounds=7, workload=EQUAL),
    "20 and more": Experiment(strategies=OF_20, rounds=3, workload=EQUAL),
    "40, one round": Experiment(strategies=[Strategy(f"plug-in-{place}", ("threads", "event loop")[place % 2]) for place in range(40)],
                                rounds=1, workload=EQUAL[:6]),
    "one arm, one round": Experiment(strategies=MAIN[2:3], rounds=1, warmup=0),
    "long names": Experiment(strategies=LONG_NAMES, rounds=3),
    "worst outliers": Experiment(strategies=[Strategy("thread-pool", noise=0.02, slow={4: 3, 30: 2}),
                                             Strategy("curl-multi", "event loop", noise=2),
                                             Strategy("multi-epoll", "event loop", noise=0.01, slow={1: 0.2, 9: 4})],
                                 rounds=30, workload=EQUAL),
    "failures": Experiment(strategies=FAILING, rounds=6),
    "open loop": Experiment(strategies=LONG_NAMES, rounds=7, rate_per_s=2000, saturated=("thread-pool", "sequential")),
    "two levels": Experiment(strategies=OF_13[::2], levels=(4, 16), rounds=1, workload=EQUAL),
    "ten levels": Experiment(strategies=LONG_NAMES[4:7], levels=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512), rounds=2,
                             workload=[[0.01]] * 20),
    "six requests": Experiment(strategies=MAIN, workload=[[0.002], [0.003], [0.002], [1.0], [1.0], [1.0]], rounds=2),
    "many requests": Experiment(strategies=MAIN, workload=[[0.001]] * 4000, levels=(2,), rounds=1),
    "1,000 lanes": Experiment(strategies=MAIN[1:], workload=[[0.01]] * 2000, levels=(1000,), rounds=1),
}


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES.keys())
def pictures(request, tmp_path_factory):
    """[(file name, figure, laid out)]"""
    folder = request.param.write(tmp_path_factory.mktemp("case"))
    results = Results(str(folder), lambda text: None)
    drawn = []
    for chart in CHARTS:
        try:
            figure = chart.draw(results)
        except NothingToDraw:
            continue
        figure.draw_without_rendering()
        drawn.append((chart.FILE, figure))
    assert len(drawn) >= 5
    return drawn


def texts_of(figure):
    texts = list(figure.texts)
    for axes in figure.axes:
        texts += axes.texts
        if axes.get_legend():
            texts += axes.get_legend().get_texts()
        texts += [axes.title, axes._left_title, axes._right_title]
        if axes.axison:
            texts += [axes.xaxis.label, axes.yaxis.label, *_within(axes.get_xticklabels(), axes.get_xlim(), 0),
                      *_within(axes.get_yticklabels(), axes.get_ylim(), 1)]
    return [text for text in texts if text.get_text().strip() and text.get_visible()]


def _within(labels, limits, coordinate):
    """matplotlib keeps labels of ticks beyond the limits, and does not draw them."""
    return [label for label in labels if min(limits) <= label.get_position()[coordinate] <= max(limits)]


def boxes_of(figure):
    renderer = figure.canvas.get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer).padded(-TOUCH_PIXELS)) for text in texts_of(figure)]


def marks_of(figure):
    """(x, y, radius in pixels, box that clips it or None) of each mark of a trial; markers of curves are none."""
    for axes in figure.axes:
        for collection in axes.collections:
            if isinstance(collection, PathCollection):
                radius = numpy.sqrt(collection.get_sizes().max()) / 2 * figure.dpi / 72
                clip = axes.bbox if collection.get_clip_on() else None
                yield from ((x, y, radius, clip) for x, y in axes.transData.transform(collection.get_offsets()))
        for line in axes.lines:
            if line.get_marker() not in ("None", None, "") and line.get_linestyle() == "None" and axes.axison:
                radius = line.get_markersize() / 2 * figure.dpi / 72
                clip = axes.bbox if line.get_clip_on() else None
                yield from ((x, y, radius, clip) for x, y in line.get_transform().transform(line.get_xydata()))


def bars_of(figure):
    return [bar.get_window_extent() for axes in figure.axes for bars in axes.containers for bar in bars if bar.get_width() > 0]


def test_no_text_is_cut(pictures):
    for name, figure in pictures:
        for text, box in boxes_of(figure):
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, (name, text)


def test_no_two_texts_overlap(pictures):
    for name, figure in pictures:
        for (text, box), (other_text, other) in itertools.combinations(boxes_of(figure), 2):
            assert not box.overlaps(other), (name, text, other_text)


def test_no_text_lies_on_a_mark_or_a_bar(pictures):
    for name, figure in pictures:
        boxes = boxes_of(figure)
        edges = numpy.array([[box.x0, box.y0, box.x1, box.y1] for _, box in boxes])
        for x, y, radius, _ in marks_of(figure):
            hit = (edges[:, 0] < x + radius) & (edges[:, 2] > x - radius) & (edges[:, 1] < y + radius) & (edges[:, 3] > y - radius)
            assert not hit.any(), (name, boxes[int(hit.argmax())][0])
        for bar, (text, box) in itertools.product(bars_of(figure), boxes):
            assert not bar.overlaps(box), (name, text)


def test_no_mark_is_cut_by_the_edge_of_its_axes(pictures):
    for name, figure in pictures:
        for x, y, radius, clip in marks_of(figure):
            box = (clip or figure.bbox).padded(1)
            assert box.x0 <= x - radius and x + radius <= box.x1 and box.y0 <= y - radius and y + radius <= box.y1, (name, x, y)


def test_texts_can_be_read_on_a_narrow_page(pictures):
    for name, figure in pictures:
        if name == "timeline.png":
            continue  # the numbers of its lanes are smaller: they have to fit their lanes
        for text in texts_of(figure):
            assert text.get_size() / 72 * NARROW_PAGE / page.WIDTH >= LEAST_PIXELS, (name, text.get_text(), text.get_size())


# Looks

# Sight without the cones for green, of linear red, green and blue: Machado, Oliveira and Fernandes, "A Physiologically-based
# Model for Simulation of Color Vision Deficiency", 2009, severity 1.0; and without those for red.
SIGHTS = {
    "all cones": numpy.eye(3),
    "deuteranopia": numpy.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "protanopia": numpy.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "grey": numpy.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}
TOLD_APART = 12  # distance in CIELAB; 2.3 is what is just noticed side by side


def lab(colour, sight):
    """The colour as CIELAB has it (D65), as somebody with that sight sees it."""
    rgb = numpy.array([int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = numpy.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = numpy.clip(SIGHTS[sight] @ linear, 0, 1)
    xyz = numpy.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear / [0.9505, 1, 1.089]
    x, y, z = numpy.where(xyz > 0.008856, numpy.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return numpy.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(colour, other, sight):
    return float(numpy.linalg.norm(lab(colour, sight) - lab(other, sight)))


def arms_of(*strategies_and_families):
    arms = [Arm(name, 16, family, name) for name, family in strategies_and_families]
    looks.assign(arms)
    return arms


SHIPPED = [(name, family) for family, known in looks.FAMILIES.items() for name in known.strategies]


@pytest.mark.parametrize("sight", ["all cones", "deuteranopia", "protanopia"])
def test_hues_of_families_can_be_told_apart(sight):
    families = {name: family.colour for name, family in looks.FAMILIES.items() if name != "nobody"}
    for (name, colour), (other_name, other) in itertools.combinations(families.items(), 2):
        assert distance(colour, other, sight) >= TOLD_APART, (name, other_name)


@pytest.mark.parametrize("sight", SIGHTS)
def test_lines_can_be_told_apart_by_colour_or_by_marker(sight):
    arms = arms_of(*SHIPPED, *((f"thread-pool:stack-kib={2 ** power}", "threads") for power in (6, 8, 10)))
    for one, other in itertools.combinations([arm for arm in arms if not arm.sends_nothing], 2):
        mine, others = style.look(one), style.look(other)
        assert (mine.marker, mine.is_hollow) != (others.marker, others.is_hollow) or \
            distance(mine.colour, others.colour, sight) >= TOLD_APART, (one.label, other.label)
        assert mine != others


def test_marks_of_strategies_are_unlike_those_of_failures_and_bounds():
    markers = {style.look(arm).marker for arm in arms_of(*SHIPPED)}
    assert not markers & {"x", "X", "+", "|", "."}


def test_strategies_of_the_program_have_markers_of_their_own():
    arms = [arm for arm in arms_of(*((one.name, one.family) for one in strategies.listed())) if not arm.sends_nothing]
    assert len({style.look(arm).marker for arm in arms}) == len(arms) and not any(style.look(arm).is_hollow for arm in arms)


def test_each_family_is_a_hue_and_its_names_are_dark_enough_to_be_read():
    for family in looks.FAMILIES:
        assert distance(style.family_text_colour(family), "#FFFFFF", "grey") >= 40, family
    for name, family in SHIPPED:
        [arm] = arms_of((name, family))
        red, green, blue = (int(style.look(arm).colour[place:place + 2], 16) for place in (1, 3, 5))
        base = [int(style.family_colour(family)[place:place + 2], 16) for place in (1, 3, 5)]
        assert sorted(range(3), key=[red, green, blue].__getitem__) == sorted(range(3), key=base.__getitem__), name


def test_looks_are_the_same_whoever_else_takes_part():
    alone = {name: style.look(arms_of((name, family))[0]) for name, family in SHIPPED}
    assert {arm.label: style.look(arm) for arm in arms_of(*reversed(SHIPPED))} == alone
    [mine] = arms_of(("mine", "event loop"))
    assert style.look(arms_of(("curl-multi", "event loop"), ("mine", "event loop"))[1]) == style.look(mine)


def test_options_keep_the_shade_of_their_strategy():
    plain, small, large = map(style.look, arms_of(("thread-pool", "threads"), ("thread-pool:stack-kib=64", "threads"),
                                                  ("thread-pool@8.9:stack-kib=64", "threads")))
    assert plain.colour == small.colour == large.colour
    assert (plain.is_hollow, small.is_hollow, large.is_hollow) == (False, True, True)
    assert small != large


def test_every_strategy_and_participant_of_the_program_has_its_place():
    """The one list that is kept by hand: a new strategy needs a line in plot/looks.py, so that it looks the same in every
    experiment."""
    listed = [(one.name, one.family) for one in strategies.listed()]
    guests = subprocess.run([program.harness_path(), "--list-participants"], capture_output=True, text=True, timeout=60, check=True)
    listed += re.findall(r"^(\S+) .*\[(.*)\]$", listings.unwrapped(guests.stdout), re.MULTILINE)
    assert sorted(listed) == sorted(SHIPPED)


def test_unknown_families_and_many_of_one_are_drawn_apart():
    made = [style.look(arm) for arm in arms_of(*((f"made-{place}", "of the future") for place in range(5)),
                                               *((f"mine-{place}", "event loop") for place in range(5)))]
    assert len(set(made)) == len(made)
