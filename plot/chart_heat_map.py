"""When slow requests come: of each strategy, how many requests began at each moment of a trial and took how long, all
measured trials together. The darker, the more; each panel by its own darkest.
"""

import math

import numpy
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

import contest
import page
import style
from results import NothingToDraw

HOW_TO_READ = ("The time of a trial runs to the right, how long a request took upwards, and a darker cell holds more requests. A band is what is "
               "usual; cells high above it are the slow requests, and their place tells when these began.")

FILE = "heat-map.png"

COLUMNS = 3
CELLS = (48, 26)          # across and up
PANEL_HEIGHT = (1.5, 1.1)  # inches; the second one from 7 panels on
GAP = (0.25, 0.42)


def draw(results):
    by_arm = {id(records.arm): records for records in results.request_records if records.durations_s}
    arms = [arm for arm in results.shown_arms if id(arm) in by_arm]
    if not arms:
        raise NothingToDraw("no request of a measured trial succeeded")
    data = [(arm, numpy.frombuffer(by_arm[id(arm)].started_s), numpy.frombuffer(by_arm[id(arm)].durations_s)) for arm in arms]
    height = PANEL_HEIGHT[len(arms) > 6]
    columns = min(COLUMNS, len(arms))
    lines = -(-len(arms) // columns)
    limits = limits_of(data, results.has_levels)
    has_own_times = len(set(limits.values())) > 1
    gap = GAP[1] + 0.25 * has_own_times
    sheet = page.Page(finding(data), _subtitle(results), arms, _notes(results, has_own_times),
                      body_height=lines * (height + gap) + 0.35)
    width = (page.INNER_WIDTH - 0.7 - GAP[0] * (columns - 1)) / columns
    low, high = _reach(data)
    for place, one in enumerate(data):
        line, column = divmod(place, columns)
        axes = sheet.axes(0.7 + column * (width + GAP[0]), line * (height + gap) + 0.28, width, height)
        limit = limits[id(arms[place])]
        _draw_panel(axes, one, limit, (low, high), width)
        _label_axes(axes, (low, high), height, limit, is_first=column == 0,
                    is_last=place + columns >= len(arms), has_own_times=has_own_times)
    return sheet.figure


def limits_of(data, has_levels):
    """By id of the arm: the end of its time axis. All of a level have the same, but those that are far behind have their own."""
    ends = {id(arm): float((started + durations).max()) for arm, started, durations in data}
    by_level = {}
    for arm, *_ in data:
        by_level.setdefault(arm.concurrency if has_levels else None, []).append(ends[id(arm)])
    common = {level: max(contest.close_ones(of_one)) for level, of_one in by_level.items()}
    return {id(arm): max(ends[id(arm)], common[arm.concurrency if has_levels else None]) for arm, *_ in data}


def _reach(data):
    positive = [float(durations[durations > 0].min()) for *_, durations in data if (durations > 0).any()]
    low, high = min(positive, default=1e-6), max(max(float(durations.max()) for *_, durations in data), 1e-6)
    return low / 1.15, max(high, low * 1.01) * 1.15


def finding(data):
    """By the requests that took longest, of all."""
    arm, started, durations = max(data, key=lambda one: float(one[2].max()))
    place = int(durations.argmax())
    return (f"The slowest request took {style.seconds_text(float(durations[place]))}: {style.short(arm.label)}, "
            f"begun {style.seconds_text(float(started[place]))} after the start")


def _subtitle(results):
    what = "when each was due" if results.is_open_loop else "when each began"
    return f"Requests by {what}, from left to right, and by how long it took, from the bottom up; logarithmic axis"


def _notes(results, has_own_times):
    notes = ["The darker a cell, the more requests; each panel by its own darkest. All measured trials together; successful "
             "requests only." + (" Time axes differ: look at their numbers." if has_own_times else "")]
    return notes + page.failure_notes(results) + page.rate_notes(results) + [page.experiment_note(results)]


def cells_of(started, durations, limit, reach):
    """The number of requests in each cell: [across, up]."""
    low, high = reach
    return numpy.histogram2d(started, numpy.log10(numpy.maximum(durations, low)), bins=CELLS,
                             range=[[0, limit], [math.log10(low), math.log10(high)]])[0]


def _draw_panel(axes, one, limit, reach, width):
    arm, started, durations = one
    cells = cells_of(started, durations, limit, reach)
    # The family's own shade: in these panels, light and dark say how many requests there are.
    colour = style.family_colour(arm.family)
    colours = LinearSegmentedColormap.from_list("family", [style.shade(colour, 0.6), colour, style.shade(colour, -0.7)])
    counts = numpy.ma.masked_equal(cells.T, 0)
    axes.imshow(numpy.sqrt(counts), origin="lower", aspect="auto", extent=(0, limit, *map(math.log10, reach)), cmap=colours,
                vmin=1, vmax=max(2.0, math.sqrt(cells.max())), interpolation="nearest", zorder=2)
    mark = f" {page.FAILED_MARK}" if arm.failed_trials else ""
    axes.set_title(style.short(arm.label, max(8, int(width * 10.5) - len(mark))) + mark, size=page.SMALL, loc="left",
                   color=style.family_text_colour(arm.family), pad=4)


def _label_axes(axes, reach, height, limit, is_first, is_last, has_own_times):
    unit = style.unit_for_all([limit])
    axes.set_xlim(0, limit)
    axes.set_ylim(*map(math.log10, reach))
    ticks = style.nice_log_ticks(*reach, height * 2.2)  # low panels have room for a label each decade
    axes.set_yticks([math.log10(tick) for tick in ticks], [style.tick_text(tick) for tick in ticks] if is_first else [])
    ticks = MaxNLocator(3 if has_own_times else 4).tick_values(0, limit)
    axes.set_xticks([tick for tick in ticks if 0 <= tick <= 0.93 * limit])  # the next panel's begin where this one ends
    suffix = f" {unit.name}" if has_own_times else ""
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}{suffix}")
    axes.tick_params(axis="x", labelbottom=is_last or has_own_times)
    axes.tick_params(axis="y", length=3 if is_first else 0)
    axes.grid(color=style.GRID, linewidth=0.6)
    if is_last:
        axes.set_xlabel("start" if has_own_times else f"start in {unit.name}", size=page.SMALL)
