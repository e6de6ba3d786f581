"""How many requests each strategy had under way at each moment of a trial, all on one axis: the trial nearest to the
median, as in the timeline. Where there are several levels of concurrency, each has a panel.
"""

import numpy

import contest
import page
import style
from bars import Bars
from curves import steps_of
from results import NothingToDraw

HOW_TO_READ = ("The height of a curve is the number of requests under way at that moment. A curve that stays at the limit makes the most of it; "
               "where it falls at the end, too little work was left to keep all lanes busy.")

FILE = "in-flight.png"

PLOT_HEIGHT = 3.6
PANEL_HEIGHT = 1.6  # one for each level
COLUMNS = 3         # of panels
GAP = (0.62, 0.75)  # between panels, across and down
SLICES = 120        # of the axis, in each of which a curve has one value: each change by itself would be a hatching
MOST_BESIDE = 12    # lines that are named beside the plot


def means_of(moments, counts, limit, slices=SLICES):
    """The middle of each slice of the time up to `limit`, and the mean number in it."""
    edges = numpy.linspace(0, limit, slices + 1)
    lengths = numpy.diff(moments, append=moments[-1])
    sums = numpy.concatenate([[0], numpy.cumsum(counts * lengths)])[:-1]
    at_edges = numpy.interp(edges, moments, sums, left=0)
    middles = (edges[:-1] + edges[1:]) / 2
    means = numpy.diff(at_edges) / numpy.diff(edges)
    shown = edges[:-1] <= moments[-1]
    return middles[shown], means[shown]


def finding(rows):
    most = max(rows, key=lambda row: row[1].mean_in_flight)
    least = min(rows, key=lambda row: row[1].mean_in_flight)
    high, low = (style.significant(row[1].mean_in_flight, 2) for row in (most, least))
    if len(rows) == 1 or high == low:
        return f"{high} requests were under way on average" + (f" with {style.short(most[0].label)}" if len(rows) == 1 else "")
    return (f"{high} requests were under way on average with {style.short(most[0].label)}, {low} with "
            f"{style.short(least[0].label)}")


def draw(results):
    records = {one.arm.label: one for one in results.request_records}
    arms = [arm for arm in results.shown_arms if arm.label in records and len(records[arm.label].timeline.lanes) > 0]
    if not arms:
        raise NothingToDraw("no request of a measured trial has a start and an end")
    rows = [(arm, Bars.of(records[arm.label].timeline)) for arm in arms]
    return _draw_levels(results, rows) if results.has_levels else _draw_one(results, rows)


def _sheet(results, rows, limits, body_height):
    return page.Page(finding(rows), "Requests under way over the time of a trial, the one of each strategy nearest to its median",
                     [arm for arm, _ in rows], _notes(results, rows, limits), body_height)


def _limit(rows):
    return max(contest.close_ones([bars.wall_s for _, bars in rows]))


def _draw_one(results, rows):
    arms = [arm for arm, _ in rows]
    names = [page.name_lines(arm) for arm in arms]
    beside = page.LineKey(arms, names)
    is_beside = len(arms) <= MOST_BESIDE and beside.width < 0.35 * page.INNER_WIDTH
    key = beside if is_beside else page.LineKey(arms, names, page.INNER_WIDTH)
    plot_height = max(PLOT_HEIGHT, key.height - 0.65) if is_beside else PLOT_HEIGHT
    limit = _limit(rows)
    sheet = _sheet(results, rows, [limit] * len(rows), plot_height + 0.65 + (0 if is_beside else key.height + 0.1))
    width = page.INNER_WIDTH - 0.65 - (key.width + 0.3 if is_beside else 0.1)
    _draw_panel(sheet.axes(0.65, 0, width, plot_height), rows, limit, is_first=True, is_last=True)
    key.draw(sheet, page.INNER_WIDTH - key.width if is_beside else 0, 0 if is_beside else plot_height + 0.75)
    return sheet.figure


def _draw_levels(results, rows):
    panels = page.by_level(rows, lambda row: row[0])
    arms = page.one_of_each_name([arm for arm, _ in rows])
    key = page.LineKey(arms, page.panel_names(arms), page.INNER_WIDTH)
    limits = {level: _limit(of_one) for level, of_one in panels}
    columns = min(COLUMNS, len(panels))
    lines = -(-len(panels) // columns)
    sheet = _sheet(results, rows, [limits[arm.concurrency] for arm, _ in rows],
                   lines * (PANEL_HEIGHT + GAP[1]) + 0.15 + key.height)
    width = (page.INNER_WIDTH - 0.65 - GAP[0] * (columns - 1)) / columns
    for place, (level, of_one) in enumerate(panels):
        line, column = divmod(place, columns)
        axes = sheet.axes(0.65 + column * (width + GAP[0]), line * (PANEL_HEIGHT + GAP[1]) + 0.22, width, PANEL_HEIGHT)
        _draw_panel(axes, of_one, limits[level], is_first=column == 0, is_last=place + columns >= len(panels), arms=arms)
        axes.set_title(f"concurrency {level:,}", size=page.SMALL, loc="left", pad=4)
    key.draw(sheet, 0, lines * (PANEL_HEIGHT + GAP[1]) + 0.15)
    return sheet.figure


def _notes(results, rows, limits):
    beyond = [f"{style.short(arm.label)} until {style.seconds_text(bars.wall_s)}" for (arm, bars), limit in zip(rows, limits)
              if bars.wall_s > limit]
    notes = [f"Beyond the axis: {style.listing(beyond)}."] if beyond else []
    if any(_is_averaged(bars) for _, bars in rows):
        notes.append(f"Where a trial has many requests, the curve is their mean number in each {SLICES}th part of the axis.")
    return notes + page.failure_notes(results) + page.rate_notes(results) + [page.experiment_note(results)]


def _is_averaged(bars):
    return len(bars.start) > SLICES // 4


def _draw_panel(axes, rows, limit, is_first, is_last, arms=()):
    unit = style.unit_for_all([limit])
    curves = [(arm, *_curve(bars, limit)) for arm, bars in rows]
    most = max(float(counts.max()) for *_, counts in curves)
    axes.set_xlim(0, limit * 1.02)
    axes.set_ylim(0, most * 1.06)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    axes.xaxis.get_major_locator().set_params(nbins=max(3, int(axes.bbox.width / page.DPI / 0.8)))
    ticks = _count_ticks(most, axes.bbox.height / page.DPI)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    if is_last or not arms:
        axes.set_xlabel(f"time since the start of the trial in {unit.name}" if not arms else f"time in {unit.name}")
    elif arms:
        axes.set_xlabel(unit.name, loc="right")
    if is_first:
        axes.set_ylabel("requests under way")
    axes.grid(color=style.GRID, linewidth=0.8)
    names, bars_of = [page.without_level(arm) for arm in arms], dict(rows)
    for place, ((arm, moments, counts), line_width) in enumerate(zip(curves, numpy.linspace(2.8, 1.4, len(curves)))):
        place = names.index(page.without_level(arm)) if arms else place
        axes.plot(moments, counts, linewidth=line_width, alpha=0.9, **page.line_style(arm, place, SLICES if _is_averaged(bars_of[arm]) else 0))


def _curve(bars, limit):
    moments, counts = steps_of(bars)
    if _is_averaged(bars):
        return means_of(moments, counts, limit)
    return numpy.repeat(moments, 2), numpy.concatenate([[0], numpy.repeat(counts, 2)[:-1]])


def _count_ticks(most, inches):
    wanted, least = max(2, inches / 0.42), 1 if most >= 2 else 0
    step = next(power * part for power in (10.0 ** exponent for exponent in range(-2, 9)) for part in (1, 2, 5)
                if most / (power * part) <= wanted and power * part >= least)
    return [step * place for place in range(int(most / step) + 1)]
