"""How long individual requests took, by strategy: the share of requests done within a given time (ECDF), and below it the
slowest percent, or the slowest tenth where requests are few, on an axis on which the very last can be seen.
"""

import numpy

import page
import style
import wording
from curves import MOST_STEPS, ecdf
from results import NothingToDraw

HOW_TO_READ = ("Choose a time at the bottom and go up to a curve: its height is the share of requests that were done by then. Curves further left "
               "belong to shorter requests. Where there is a lower part, it enlarges the slowest of them.")

FILE = "request-times.png"

PLOT_HEIGHT = 4.2
TAIL_HEIGHT = 1.9
TAILS = [(0.01, "The slowest percent"), (0.1, "The slowest tenth")]  # shares of the requests; the first that has enough
TAIL_REQUESTS = 20      # of a strategy, in the tail; fewer say little
LEGEND_ROW = 0.36
NAME_LEFT = page.LineKey.LINE + 0.12  # of a row of the legend, in inches
COLUMN_WIDTH = 0.8
LEFT = 1.05             # of the axes
MOST_PLOT_HEIGHT = 6.5  # however long the legend is
PANEL_COLUMNS = 3       # where each level of concurrency has a panel
PANEL_HEIGHT = 1.6
PANEL_GAP = (0.25, 0.45)
TAIL_GAP = (0.25, 0.6)
PANEL_LEFT = 1.05


def finding(arms):
    """The title. Strategies start a request at different points, so in a closed loop it does not rank them."""
    if any(arm.is_open_loop for arm in arms):
        return wording.headline(arms)
    if all(arm.standing.not_ranked_because == "no-summary" for arm in arms):
        return "How long individual requests took. " + wording.not_ranked(arms)
    halves = [arm.standing.request_p50_s for arm in arms]
    most = [arm.standing.request_p90_s for arm in arms]
    if None in halves:
        return "How long individual requests took"
    which = "successful requests" if any(arm.standing.failed_requests for arm in arms) else "requests"
    text = f"alf of the {which} were done within {style.range_text(min(halves), max(halves))}"
    if None not in most:
        text += f", 90 % within {style.range_text(min(most), max(most))}"
    return f"{style.short(arms[0].label)}: h{text}" if len(arms) == 1 else f"H{text}"


def draw(results):
    by_arm = {id(records.arm): records for records in results.request_records if records.durations_s}
    curves = [(arm, numpy.frombuffer(by_arm[id(arm)].durations_s)) for arm in results.shown_arms if id(arm) in by_arm]
    if not curves:
        raise NothingToDraw("no request of a measured trial succeeded")
    return (_draw_levels if results.has_levels else _draw_one)(results, curves)


def _sheet(results, curves, body_height):
    shown = {id(arm) for arm, _ in curves}
    return page.Page(finding([arm for arm in results.ordered_arms if id(arm) in shown]),
                     f"Time of each request {_span(results)}, all measured trials together", [arm for arm, _ in curves],
                     _notes(results), body_height)


def _draw_one(results, curves):
    """The curves and below them their tails; on the right the key with the quantiles, as high as both if need be."""
    arms = [arm for arm, _ in curves]
    names = [page.name_lines(arm) for arm in arms]
    columns = _columns_of(arms)
    name_width = max(page.text_width(name, page.SMALL) for name in names)
    legend_width = NAME_LEFT + name_width + 0.05 + COLUMN_WIDTH * len(columns)
    row_height = LEGEND_ROW + (0.12 if any("\n" in name for name in names) else 0)
    legend_height = row_height * (len(curves) + 1)
    tail = _tail_for(curves)
    tail_height = TAIL_HEIGHT + 1.0 if tail else 0
    is_tall = legend_height > PLOT_HEIGHT + 0.65
    plot_height = max(PLOT_HEIGHT, min(legend_height - 0.65 - tail_height, MOST_PLOT_HEIGHT))
    body_height = max(plot_height + 0.65 + tail_height, legend_height)
    sheet = _sheet(results, curves, body_height)
    plot_width = page.INNER_WIDTH - legend_width - LEFT - 0.3
    axes = sheet.axes(LEFT, 0, plot_width, plot_height)
    _set_scales(axes, [durations for _, durations in curves], plot_width)
    axes.set_ylabel("share of requests done within this time")
    _draw_curves(axes, curves)
    legend = sheet.axes(page.INNER_WIDTH - legend_width, 0, legend_width, body_height)
    _draw_legend(legend, arms, names, columns, (name_width, legend_width, row_height, body_height))
    if tail:
        width = plot_width if is_tall else page.INNER_WIDTH - LEFT
        _draw_tail(sheet.axes(LEFT, plot_height + 1.0, width, TAIL_HEIGHT), curves, tail, width)
    return sheet.figure


def _draw_levels(results, curves):
    """A panel for each level of concurrency, on the same axes, and below them one for its slowest requests, on axes of their own;
    the key has the strategies alone."""
    panels = page.by_level(curves, lambda curve: curve[0])
    arms = page.one_of_each_name([arm for arm, _ in curves])
    names = [page.without_level(arm) for arm in arms]
    key = page.LineKey(arms, page.panel_names(arms), page.INNER_WIDTH)
    tail = _tail_for(curves)
    tails = [panel for panel in panels if tail and _tails_of(panel[1], tail[0])]
    grid, tail_grid = _Grid(len(panels), PANEL_HEIGHT, PANEL_GAP), _Grid(len(tails), PANEL_HEIGHT, TAIL_GAP)
    tail_top = grid.height + (0.75 if tails else 0)
    sheet = _sheet(results, curves, tail_top + tail_grid.height + 0.3 + key.height)
    for place, (level, of_level) in enumerate(panels):
        axes = grid.axes(sheet, place, 0.22)
        _set_scales(axes, [durations for _, durations in curves], grid.width, is_first=grid.is_first(place),
                    is_last=grid.is_last(place))
        axes.set_title(f"concurrency {level:,}", size=page.SMALL, loc="left", pad=4)
        _draw_curves(axes, of_level, names)
    if tails:
        heading = sheet.axes(PANEL_LEFT, tail_top - 0.35, page.INNER_WIDTH - PANEL_LEFT, 0.3)
        heading.set_axis_off()
        heading.text(0, 0.5, tail[1], size=page.SMALL, weight="bold", va="center", transform=heading.transAxes)
    for place, (level, of_level) in enumerate(tails):
        axes = tail_grid.axes(sheet, place, tail_top + 0.22)
        _draw_tail(axes, of_level, (tail[0], f"concurrency {level:,}"), tail_grid.width, names)
        if not tail_grid.is_first(place):
            axes.set_ylabel("")
            axes.tick_params(axis="y", labelleft=False)
        axes.set_xlabel("")
    key.draw(sheet, 0, tail_top + tail_grid.height + 0.3)
    return sheet.figure


class _Grid:
    """Panels of one size, in lines of at most PANEL_COLUMNS."""

    def __init__(self, count, height, gap):
        self.count, self.panel_height, self.gap = count, height, gap
        self.columns = max(1, min(PANEL_COLUMNS, count))
        self.width = (page.INNER_WIDTH - PANEL_LEFT - gap[0] * (self.columns - 1)) / self.columns

    @property
    def height(self):
        return -(-self.count // self.columns) * (self.panel_height + self.gap[1])

    def axes(self, sheet, place, top):
        line, column = divmod(place, self.columns)
        return sheet.axes(PANEL_LEFT + column * (self.width + self.gap[0]), top + line * (self.panel_height + self.gap[1]),
                          self.width, self.panel_height)

    def is_first(self, place):
        return place % self.columns == 0

    def is_last(self, place):
        return place + self.columns >= self.count


def _draw_curves(axes, curves, names=None):
    """`names`: the order of the key, where the panel has only some of them."""
    low, high = axes.get_xlim()
    for place, ((arm, durations), width) in enumerate(zip(curves, _widths(curves))):
        times, shares = ecdf(durations)
        times = numpy.maximum(numpy.concatenate([times[:1], times, [high]]), low)
        shares = numpy.concatenate([[0], shares, [1]])
        place = names.index(page.without_level(arm)) if names else place
        axes.step(times, shares, where="post", linewidth=width, **page.line_style(arm, place))


def _widths(curves):
    """A wide curve can be seen under a narrow one."""
    return numpy.linspace(3.0, 1.4, len(curves))


def _tail_for(curves):
    """The share that is enlarged and what it is called; None where no strategy has requests enough."""
    most = max(len(durations) for _, durations in curves)
    return next((tail for tail in TAILS if int(most * tail[0]) >= TAIL_REQUESTS), None)


def tail_of(durations_s, share, most_steps=MOST_STEPS):
    """The sorted durations of the slowest, and the share of all requests that took at least as long as each."""
    slowest = numpy.sort(durations_s)[-max(1, int(len(durations_s) * share)):]
    ranks = numpy.arange(len(slowest), 0, -1)
    if len(slowest) > most_steps:  # on a logarithmic axis the last ones matter most
        chosen = numpy.unique(numpy.geomspace(1, len(slowest), most_steps).round().astype(int))
        slowest, ranks = slowest[len(slowest) - chosen[::-1]], chosen[::-1]
    return slowest, ranks / len(durations_s)


def _tails_of(curves, share):
    """Those that have requests enough."""
    return [(arm, *tail_of(durations, share)) for arm, durations in curves if int(len(durations) * share) >= TAIL_REQUESTS]


def _draw_tail(axes, curves, tail, inches, names=None):
    """`names`: the order of the key, where the panel has only some of them."""
    share, title = tail
    tails = _tails_of(curves, share)
    low, high = min(times[0] for _, times, _ in tails), max(times[-1] for _, times, _ in tails)
    low, high = max(low, 1e-9) / 1.05, max(high, low * 1.001, 1e-9) * 1.05
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    least = min(float(shares[-1]) for *_, shares in tails)
    axes.set_ylim(least / 1.3, share * 1.1)
    ticks = style.nice_log_ticks(low, high, inches)
    axes.set_xticks(ticks, [style.tick_text(tick) for tick in ticks])
    marks = [10.0 ** -power for power in range(1, 9) if least / 1.3 <= 10.0 ** -power <= share * 1.1]
    axes.set_yticks(marks, [style.percent_text(mark) + {0.1: ", p90", 0.01: ", p99"}.get(round(mark, 9), "") for mark in marks])
    axes.minorticks_off()
    axes.grid(color=style.GRID, linewidth=0.8)
    axes.set_title(title, size=page.SMALL, weight="bold" if names is None else "normal", loc="left")
    axes.set_ylabel("share that took\nat least as long", size=page.SMALL)
    axes.set_xlabel("time of a request, logarithmic axis")
    for place, ((arm, times, shares), width) in enumerate(zip(tails, _widths(tails))):
        place = names.index(page.without_level(arm)) if names else place
        axes.step(times, shares, where="pre", linewidth=max(1.2, width * 0.8), **page.line_style(arm, place))


def _span(results):
    return "from when it was due to its end" if results.is_open_loop else "from start to end"


def _notes(results):
    words = []
    if any(arm.is_in_summary for arm in results.arms) and not results.has_levels:
        words.append("Numbers: medians over the trials, as in summary.csv.")
    if not results.is_open_loop:
        words.append("Strategies start a request at different points, so these times do not rank them.")
    notes = [" ".join(words)] if words else []
    return (notes + _outcome_notes(results) + page.failure_notes(results) + page.rate_notes(results)
            + [page.experiment_note(results)])


def _outcome_notes(results):
    parts = []
    for records in results.request_records:
        outcomes = [f"{count:,} {style.short(outcome)}" for outcome, count in sorted(records.other_outcomes.items())]
        if outcomes:
            parts.append(f"{sum(records.other_outcomes.values()):,} of {style.short(records.arm.label)} "
                         f"({style.listing(outcomes)})")
    return ["Only successful requests are shown. Left out: " + "; ".join(parts) + "."] if parts else []


def _set_scales(axes, all_durations, inches, is_first=True, is_last=True):
    high = max(float(durations.max()) for durations in all_durations) or 1e-6
    positive = [float(durations[durations > 0].min()) for durations in all_durations if durations.max() > 0]
    low = min(positive, default=high)
    low, high = low / 1.15, high * 1.15
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = style.nice_log_ticks(low, high, inches)
    axes.set_xticks(ticks, [style.tick_text(tick) for tick in ticks] if is_last else [])
    axes.minorticks_off()
    if is_last:
        axes.set_xlabel("time of a request, logarithmic axis")
    axes.set_ylim(0, 1.02)
    has_room = axes.bbox.height / page.DPI > 2.5
    shares = [0, 0.25, 0.5, 0.75, 0.9, 1] if has_room else [0, 0.5, 0.9]
    axes.set_yticks(shares, [style.percent_text(share) for share in shares] if is_first else [])
    axes.grid(color=style.GRID, linewidth=0.8)


def _columns_of(arms):
    """(title, column) of the quantiles that summary.csv has; the last one for trials of 1,000 requests or more."""
    columns = [("median", "request_p50_s"), ("90 %", "request_p90_s")]
    has_p99 = any(arm.standing.request_p99_s is not None for arm in arms)
    return columns + ([("99 %", "request_p99_s")] if has_p99 else [])


def _draw_legend(axes, arms, names, columns, box):
    """A line of the legend for each curve, with its quantiles."""
    name_width, width, row_height, height = box
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    places = [NAME_LEFT + name_width + 0.05 + COLUMN_WIDTH * number for number in range(1, len(columns) + 1)]
    for x, (title, _) in zip(places, columns):
        axes.text(x, 0.1, title, ha="right", va="center", size=page.SMALL, color=style.QUIET)
    for row, (arm, name) in enumerate(zip(arms, names), start=1):
        y = 0.1 + row * row_height
        page.draw_key_entry(axes, arm, name, 0, y)
        for x, (_, column) in zip(places, columns):
            axes.text(x, y, style.optional_seconds_text(getattr(arm.standing, column)), ha="right", va="center", size=page.SMALL)
