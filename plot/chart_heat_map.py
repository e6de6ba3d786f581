"""When slow requests come: of each strategy, how many requests began at each moment of a trial and took how long, all
measured trials together. The darker, the more; each panel by its own darkest.
"""

import math

import numpy
from matplotlib.colors import LinearSegmentedColormap

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
    sheet = page.Page(finding(data), _subtitle(results), arms, _notes(results, data),
                      body_height=lines * (height + GAP[1]) + 0.35)
    width = (page.INNER_WIDTH - 0.7 - GAP[0] * (columns - 1)) / columns
    limit = limit_of(data)
    low, high = _reach(data)
    for place, one in enumerate(data):
        line, column = divmod(place, columns)
        axes = sheet.axes(0.7 + column * (width + GAP[0]), line * (height + GAP[1]) + 0.28, width, height)
        _draw_panel(axes, one, limit, (low, high), width)
        _label_axes(axes, (low, high), height, limit, is_first=column == 0, is_last=place + columns >= len(arms))
    return sheet.figure


def limit_of(data):
    """The end of the time axis, in which those that are far behind go beyond."""
    return max(contest.close_ones([float((started + durations).max()) for _, started, durations in data]))


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


def _notes(results, data):
    limit = limit_of(data)
    beyond = [style.short(arm.label) for arm, started, durations in data if float((started + durations).max()) > limit * 1.001]
    notes = ["The darker a cell, the more requests; each panel by its own darkest. All measured trials together; successful "
             "requests only."]
    if beyond:
        notes.append(f"Goes on beyond the axis: {style.listing(beyond)}.")
    return notes + page.failure_notes(results) + page.rate_notes(results) + [page.experiment_note(results)]


def cells_of(started, durations, limit, reach):
    """The number of requests in each cell: [across, up]."""
    low, high = reach
    inside = started <= limit
    return numpy.histogram2d(started[inside], numpy.log10(numpy.maximum(durations[inside], low)), bins=CELLS,
                             range=[[0, limit], [math.log10(low), math.log10(high)]])[0]


def _draw_panel(axes, one, limit, reach, width):
    arm, started, durations = one
    cells = cells_of(started, durations, limit, reach)
    colour = style.look(arm).colour
    colours = LinearSegmentedColormap.from_list("family", [(1, 1, 1, 0), style.shade(colour, 0.55), colour, style.shade(colour, -0.5)])
    axes.imshow(numpy.sqrt(cells.T), origin="lower", aspect="auto", extent=(0, limit, *map(math.log10, reach)), cmap=colours,
                vmin=0, vmax=max(1.0, math.sqrt(cells.max())), interpolation="nearest", zorder=2)
    axes.set_title(style.short(arm.label, max(10, int(width * 9))), size=10, loc="left", color=style.family_text_colour(arm.family), pad=4)


def _label_axes(axes, reach, height, limit, is_first, is_last):
    unit = style.unit_for_all([limit])
    axes.set_xlim(0, limit)
    axes.set_ylim(*map(math.log10, reach))
    ticks = style.nice_log_ticks(*reach, height * 2.2)  # low panels have room for a label each decade
    axes.set_yticks([math.log10(tick) for tick in ticks], [style.tick_text(tick) for tick in ticks] if is_first else [])
    axes.xaxis.get_major_locator().set_params(nbins=4)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    axes.tick_params(axis="x", labelbottom=is_last)
    axes.tick_params(axis="y", length=3 if is_first else 0)
    axes.grid(color=style.GRID, linewidth=0.6)
    if is_last:
        axes.set_xlabel(f"start in {unit.name}", size=9)
