"""What more lanes bring, where an experiment has several levels of concurrency: throughput, request times, CPU time and
memory against the level, a line for each strategy. Figures, intervals and the Universal Scalability Law are those of
summary.csv.
"""

import math
from dataclasses import dataclass

import numpy

import page
import style
from results import NotOfThisKind

HOW_TO_READ = ("To the right, more requests may be under way at once; each line is a strategy. Both axes are logarithmic, so that equal steps are "
               "equal factors. Where the throughput bends away from the ideal line, more at once no longer helps as much.")

FILE = "scaling.png"

IDEAL_ROOM = 2.5  # times the most: so much of the ideal line is shown
PANEL_HEIGHT = 2.5
GAP = (0.95, 0.95)  # between panels, across and down


@dataclass
class Line:
    """A strategy: its arms in the order of their levels, which share all but the concurrency."""
    label: str
    arms: list

    @property
    def levels(self):
        return [arm.concurrency for arm in self.arms]

    @property
    def law(self):
        """(lambda, sigma, kappa), or None where the program has fitted none that describes these levels."""
        standing = self.arms[0].standing
        law = (standing.usl_lambda, standing.usl_sigma, standing.usl_kappa)
        return None if None in law or standing.usl_describes is False else law


@dataclass
class Panel:
    title: str
    column: str
    factor: float  # to what is shown
    text: object   # of a tick
    low: str = None
    high: str = None


PANELS = [
    Panel("requests per second", "requests_per_s", 1, lambda value: f"{value:,g}", "requests_per_s_low", "requests_per_s_high"),
    Panel("request time: median; dotted: p99", "request_p50_s", 1, style.tick_text),
    Panel("CPU time a request", "cpu_us_per_request", 1e-6, style.tick_text),
    Panel("peak memory in MiB", "peak_memory_kib", 1 / 1024, lambda value: f"{value:g}"),
]


def lines_of(arms):
    """Those with at least two levels, in the order of their best throughput; and the others, which have one."""
    by_key = {}
    for arm in arms:
        if not arm.sends_nothing and arm.is_in_summary:
            by_key.setdefault((arm.strategy, arm.trials[0].http, arm.trials[0].reuse, arm.trials[0].start), []).append(arm)
    several = len({key[1:] for key in by_key}) > 1
    lines = [Line(_label(key, several), sorted(of_one, key=lambda arm: arm.concurrency)) for key, of_one in by_key.items()]
    return ([line for line in lines if len(set(line.levels)) > 1], [line for line in lines if len(set(line.levels)) == 1])


def _label(key, several):
    strategy, http, reuse, start = key
    return f"{strategy} (HTTP/{http}, {start}{'' if reuse else ', no reuse'})" if several else strategy


def finding(lines):
    """Who has the most throughput, at which level, and what became of it at the highest one; or who has the least there."""
    points = [(arm.standing.requests_per_s, arm.concurrency, line.label) for line in lines for arm in line.arms
              if arm.standing.requests_per_s]
    if not points:
        return "What more lanes bring"
    rate, level, best = max(points)
    highest = max(level for _, level, _ in points)
    at_highest = {label: rate for rate, level, label in points if level == highest}
    text = f"{style.short(best)} had the most requests per second with {level:,} at once: {_rate_text(rate)}{_interval_text(lines, best, level)}"
    other = best if level != highest and best in at_highest else min(at_highest, key=at_highest.get)
    if (other, highest) == (best, level) or _rate_text(at_highest[other]) == _rate_text(rate):
        return text
    who = "" if other == best else f"{style.short(other)} "
    return f"{text}; with {highest:,}, {who}{_rate_text(at_highest[other])}{_interval_text(lines, other, highest)}"


def _rate_text(rate):
    """Three digits: 37,700, 932, 5.25"""
    text = style.significant(rate)
    return f"{int(text):,}" if text.isdigit() else text


def _interval_text(lines, label, level):
    """" (911 to 940)", where summary.csv has an interval."""
    [standing] = [arm.standing for line in lines if line.label == label for arm in line.arms if arm.concurrency == level]
    ends = (standing.requests_per_s_low, standing.requests_per_s_high)
    return "" if None in ends else f" ({_rate_text(ends[0])} to {_rate_text(ends[1])})"


def draw(results):
    lines, single = lines_of(results.ordered_arms)
    if not lines:
        raise NotOfThisKind("it shows how strategies scale, and there is one level of concurrency")
    arms = [line.arms[0] for line in lines]
    key = page.LineKey(arms, [style.label_lines(line.label) for line in lines], page.INNER_WIDTH, has_dashes=False)
    body = key.height + 0.35 + 2 * PANEL_HEIGHT + GAP[1] + 0.6
    sheet = page.Page(finding(lines), _subtitle(results, lines), arms, _notes(results, lines, single), body_height=body)
    key.draw(sheet, 0, 0)
    width = (page.INNER_WIDTH - 0.65 - GAP[0]) / 2
    for place, panel in enumerate(PANELS):
        row, column = divmod(place, 2)
        axes = sheet.axes(0.65 + column * (width + GAP[0]), key.height + 0.35 + row * (PANEL_HEIGHT + GAP[1]), width, PANEL_HEIGHT)
        _draw_panel(axes, lines, panel, width)
    return sheet.figure


def _subtitle(results, lines):
    text = "Medians of the trials against the most batches under way at once; both axes logarithmic"
    has_bands = any(arm.standing.requests_per_s_low is not None for line in lines for arm in line.arms)
    return text if results.is_open_loop or not has_bands else f"{text}. Band: interval of the throughput"


def _notes(results, lines, single):
    notes = []
    laws = [f"{style.short(line.label)}: {_rate_text(line.law[0])} requests per second with one lane, "
            f"{_law_text(line)}{_residual_text(line)}" for line in lines if line.law]
    if laws:
        notes.append("Dashed: the Universal Scalability Law, fitted by the program. " + "; ".join(laws) + ".")
    others = [f"{style.short(line.label)}{_residual_text(line)}" for line in lines if line.arms[0].standing.usl_describes is False]
    if others:
        notes.append(f"The Universal Scalability Law does not describe {style.listing(others)}.")
    notes.append("Grey line: throughput in proportion to the level, from the best of the lowest level on.")
    if single:
        notes.append(f"With one level only, and not shown: {style.listing(style.short(line.label) for line in single)}.")
    return notes + page.failure_notes(results) + page.rate_notes(results) + [page.experiment_note(results)]


def _law_text(line):
    peak = line.arms[0].standing.usl_peak
    return "more with each lane" if peak is None else f"most with {style.significant(peak, 2)} lanes"


def _residual_text(line):
    residuals = [abs(arm.standing.usl_residual) for arm in line.arms if arm.standing.usl_residual is not None]
    return f" (off by up to {style.percent_text(float(style.significant(100 * max(residuals), 2)) / 100)})" if residuals else ""


def _points(line, column, factor):
    points = [(arm.concurrency, getattr(arm.standing, column)) for arm in line.arms]
    return [(level, value * factor) for level, value in points if value]


def _draw_panel(axes, lines, panel, width):
    columns = [panel.column] + (["request_p99_s"] if panel.column == "request_p50_s" else [])
    values = [value for line in lines for column in columns for _, value in _points(line, column, panel.factor)]
    values += [end for line in lines for column in (panel.low, panel.high) if column for _, end in _points(line, column, panel.factor)]
    levels = sorted({level for line in lines for level in line.levels})
    axes.set_title(panel.title, size=10.5, weight="bold", loc="left")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(levels[0] / 1.15, levels[-1] * 1.15)
    ticks = _level_ticks(levels, width)
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set_xlabel("concurrency")
    axes.minorticks_off()
    axes.grid(color=style.GRID, linewidth=0.8)
    if not values:
        axes.set_yticks([])
        axes.annotate("not known", (0.5, 0.5), xycoords="axes fraction", ha="center", color=style.QUIET)
        return
    low, high = min(values) / 1.15, max(values) * 1.15
    ideal = _ideal_of(lines, panel, levels) if panel.low else None
    if ideal:
        high = max(high, min(ideal[1][1] * 1.15, high * IDEAL_ROOM))
    axes.set_ylim(low, high)
    marks = style.nice_log_ticks(low, high, PANEL_HEIGHT * 1.6)
    axes.set_yticks(marks, [panel.text(mark) for mark in marks])
    if ideal:
        _draw_ideal(axes, ideal, high)
    for line in lines:
        _draw_line(axes, line, panel)


def _level_ticks(levels, width):
    """As many of the levels as have room, the first and the last among them."""
    room = math.log10(levels[-1] * 1.15 ** 2 / levels[0]) * 0.45 / width
    ticks = levels[:1]
    for level in levels[1:]:
        if math.log10(level / ticks[-1]) >= room:
            ticks.append(level)
    while len(ticks) > 1 and ticks[-1] != levels[-1] and math.log10(levels[-1] / ticks[-1]) < room:
        ticks.pop()
    return ticks if ticks[-1] == levels[-1] else ticks + levels[-1:]


def _ideal_of(lines, panel, levels):
    """Both ends of the line on which throughput is in proportion to the level."""
    firsts = [(level, value) for line in lines for level, value in _points(line, panel.column, 1)[:1] if level == levels[0]]
    if not firsts:
        return None
    level, value = max(firsts, key=lambda point: point[1])
    return (level, value), (levels[-1], value * levels[-1] / level)


def _draw_ideal(axes, ideal, high):
    (level, value), (last, most) = ideal
    axes.plot([level, last], [value, most], color="#AAAAAA", linewidth=1.6, zorder=1)
    if most > high:  # it leaves the panel, in whose upper part nothing else is
        axes.annotate("ideal", (level * high / value, high), xytext=(4, -4), textcoords="offset points", va="top",
                      size=page.SMALL, color=style.QUIET)


def _draw_line(axes, line, panel):
    look, marks = style.look(line.arms[0]), page.line_style(line.arms[0])
    points = _points(line, panel.column, panel.factor)
    if not points:
        return
    axes.plot(*zip(*points), linewidth=1.6, zorder=3, **{**marks, "linestyle": "-", "markevery": 1})
    if panel.low:
        ends = [(arm.concurrency, arm.standing.requests_per_s_low, arm.standing.requests_per_s_high) for arm in line.arms]
        ends = [end for end in ends if None not in end]
        if ends:
            axes.fill_between(*zip(*ends), color=look.colour, alpha=0.15, linewidth=0, zorder=2)
        if line.law:
            rate, sigma, kappa = line.law
            levels = numpy.geomspace(line.levels[0], line.levels[-1], 100)
            axes.plot(levels, rate * levels / (1 + sigma * (levels - 1) + kappa * levels * (levels - 1)), color=look.colour,
                      linestyle=(0, (4, 2)), linewidth=1, zorder=3)
    if panel.column == "request_p50_s":
        tail = _points(line, "request_p99_s", panel.factor)
        if tail:
            axes.plot(*zip(*tail), color=look.colour, linestyle=(0, (1.2, 1.6)), linewidth=1.4, zorder=3)
