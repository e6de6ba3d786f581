"""How many requests each strategy had under way at each moment of a trial, all on one axis: the trial nearest to the
median, as in the timeline.
"""

import numpy

import contest
import page
import style
from chart_timeline import Bars
from results import NothingToDraw

FILE = "in-flight.png"

PLOT_HEIGHT = 3.6
MOST_STEPS = 4000   # of a curve; more cannot be seen
LEGEND_ROW = 0.34


def steps_of(bars):
    """The moments at which the number changes, and the number from each of them on."""
    moments = numpy.concatenate([bars.start, bars.end])
    changes = numpy.repeat(numpy.array([1, -1], dtype="i1"), len(bars.start))  # small: there may be millions
    order = numpy.lexsort((changes, moments))  # an end before a start at the same moment
    moments, counts = moments[order], numpy.cumsum(changes[order], dtype="i4")
    last = numpy.append(moments[1:] != moments[:-1], True)
    return moments[last], counts[last]


def thinned(moments, counts, most_steps=MOST_STEPS):
    """Of each stretch of time the most, so that no peak is lost."""
    if len(moments) <= most_steps:
        return moments, counts
    edges = numpy.linspace(moments[0], moments[-1], most_steps // 2 + 1)
    places = numpy.searchsorted(moments, edges[:-1])
    highest = numpy.maximum.reduceat(counts, numpy.minimum(places, len(counts) - 1))
    return edges[:-1], highest


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
    names = [style.label_lines(arm.label) for arm in arms]
    legend_width = 0.5 + max(page.text_width(name, 10) for name in names)
    row_height = LEGEND_ROW + (0.12 if any("\n" in name for name in names) else 0)
    body_height = max(PLOT_HEIGHT, row_height * len(rows) + 0.1) + 0.65
    limit = max(contest.close_ones([bars.wall_s for _, bars in rows]))
    sheet = page.Page(finding(rows), "Requests under way over the time of a trial, the one of each strategy nearest to its median",
                      arms, _notes(results, rows, limit), body_height)
    width = page.INNER_WIDTH - legend_width - 0.95
    axes = sheet.axes(0.65, 0, width, body_height - 0.65)
    _set_scales(axes, rows, limit)
    for (arm, bars), line_width in zip(rows, numpy.linspace(3.0, 1.5, len(rows))):
        moments, counts = thinned(*steps_of(bars))
        look = style.look(arm)
        axes.step(numpy.append(moments, moments[-1]), numpy.append(counts, 0), where="post", color=look.colour,
                  linestyle=look.dashes, linewidth=line_width, alpha=0.9)
    legend = sheet.axes(page.INNER_WIDTH - legend_width, 0, legend_width, body_height)
    _draw_legend(legend, arms, names, legend_width, row_height, body_height)
    return sheet.figure


def _notes(results, rows, limit):
    beyond = [f"{style.short(arm.label)} until {style.seconds_text(bars.wall_s)}" for arm, bars in rows if bars.wall_s > limit]
    notes = [f"Beyond the axis: {style.listing(beyond)}."] if beyond else []
    return notes + page.failure_notes(results) + page.rate_notes(results) + [page.experiment_note(results)]


def _set_scales(axes, rows, limit):
    unit = style.unit_for_all([limit])
    most = max(float(steps_of(bars)[1].max()) for _, bars in rows)
    axes.set_xlim(0, limit * 1.02)
    axes.set_ylim(0, most * 1.06)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    axes.set_yticks(_count_ticks(most))
    axes.set_xlabel(f"time since the start of the trial in {unit.name}")
    axes.set_ylabel("requests under way")
    axes.grid(color=style.GRID, linewidth=0.8)


def _count_ticks(most):
    step = next(power * part for power in (10 ** exponent for exponent in range(9)) for part in (1, 2, 5) if most / (power * part) <= 8)
    return range(0, int(most) + 1, step)


def _draw_legend(axes, arms, names, width, row_height, height):
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    for row, (arm, name) in enumerate(zip(arms, names)):
        look, y = style.look(arm), 0.15 + row * row_height
        axes.plot([0, 0.38], [y, y], color=look.colour, linestyle=look.dashes, linewidth=2.4, clip_on=False)
        axes.text(0.5, y, name, va="center", size=10, linespacing=1.05, color=style.family_text_colour(arm.family))
