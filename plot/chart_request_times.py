"""How long individual requests took, by strategy: the share of requests done within a given time (ECDF), and below it the
slowest tenth, on an axis on which one request in a thousand can be seen.
"""

import numpy

import page
import style
import wording
from results import NothingToDraw

HOW_TO_READ = ("Choose a time at the bottom and go up to a curve: its height is the share of requests that were done by then. Curves further left "
               "belong to shorter requests. Where there is a lower part, it enlarges the slowest of them.")

FILE = "request-times.png"

MOST_STEPS = 4000       # points of a curve; more cannot be seen
PLOT_HEIGHT = 4.2
TAIL_HEIGHT = 1.9
TAIL_FROM = 0.1         # the share of the requests that the tail shows
TAIL_REQUESTS = 200     # of a strategy; with fewer there are not twenty in the tail
LEGEND_ROW = 0.36


def ecdf(durations_s, most_steps=MOST_STEPS):
    """The sorted durations and the share of requests done within each, thinned out evenly."""
    ordered = numpy.sort(durations_s)
    count = len(ordered)
    ranks = numpy.arange(1, count + 1)
    if count > most_steps:
        ranks = numpy.unique(numpy.linspace(1, count, most_steps).round().astype(int))
    return ordered[ranks - 1], ranks / count


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
    text = f"alf of the requests were done within {style.range_text(min(halves), max(halves))}"
    if None not in most:
        text += f", 90 % within {style.range_text(min(most), max(most))}"
    return f"{style.short(arms[0].label)}: h{text}" if len(arms) == 1 else f"H{text}"


def draw(results):
    by_arm = {id(records.arm): records for records in results.request_records if records.durations_s}
    curves = [(by_arm[id(arm)], numpy.frombuffer(by_arm[id(arm)].durations_s))
              for arm in results.ordered_arms if id(arm) in by_arm]
    if not curves:
        raise NothingToDraw("no request of a measured trial succeeded")
    arms = [records.arm for records, _ in curves]
    names = [style.label_lines(arm.label) for arm in arms]
    name_width = max(page.text_width(name, 10.5) for name in names)
    columns = _columns_of(arms)
    legend_width = 0.5 + name_width + 0.05 + 0.75 * len(columns)
    row_height = LEGEND_ROW + (0.12 if any("\n" in name for name in names) else 0)
    has_tail = max(len(durations) for _, durations in curves) >= TAIL_REQUESTS
    plot_height = max(PLOT_HEIGHT + 0.65, row_height * (len(curves) + 1) + 0.2)
    body_height = plot_height + (TAIL_HEIGHT + 0.95 if has_tail else 0)
    sheet = page.Page(
        finding(arms), f"Time of each request {_span(results)}, all measured trials together", arms,
        _notes(results), body_height)
    plot_width = page.INNER_WIDTH - legend_width - 1.1
    axes = sheet.axes(0.7, 0, plot_width, plot_height - 0.65)
    _set_scales(axes, [durations for _, durations in curves], plot_width)
    widths = numpy.linspace(3.6, 1.6, len(curves))  # a wide curve can be seen under a narrow one
    for (records, durations), width in zip(curves, widths):
        _draw_curve(axes, records.arm, durations, width)
    legend = sheet.axes(page.INNER_WIDTH - legend_width, 0, legend_width, plot_height)
    _draw_legend(legend, curves, names, columns, (name_width, legend_width, row_height, plot_height))
    if has_tail:
        _draw_tail(sheet.axes(0.7, plot_height + 0.3, page.INNER_WIDTH - 0.7, TAIL_HEIGHT), curves, widths, page.INNER_WIDTH - 0.7)
    return sheet.figure


def tail_of(durations_s, most_steps=MOST_STEPS):
    """The sorted durations of the slowest, and the share of all requests that took at least as long as each."""
    slowest = numpy.sort(durations_s)[-max(1, int(len(durations_s) * TAIL_FROM)):]
    ranks = numpy.arange(len(slowest), 0, -1)
    if len(slowest) > most_steps:  # on a logarithmic axis the last ones matter most
        chosen = numpy.unique(numpy.geomspace(1, len(slowest), most_steps).round().astype(int))
        slowest, ranks = slowest[len(slowest) - chosen[::-1]], chosen[::-1]
    return slowest, ranks / len(durations_s)


def _draw_tail(axes, curves, widths, inches):
    tails = [(records.arm, *tail_of(durations)) for records, durations in curves if len(durations) >= TAIL_REQUESTS]
    low, high = min(times[0] for _, times, _ in tails), max(times[-1] for _, times, _ in tails)
    low, high = max(low, 1e-9) / 1.05, max(high, low * 1.001, 1e-9) * 1.05
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    least = min(float(shares[-1]) for *_, shares in tails)
    axes.set_ylim(least / 1.3, TAIL_FROM * 1.1)
    ticks = style.nice_log_ticks(low, high, inches)
    axes.set_xticks(ticks, [style.tick_text(tick) for tick in ticks])
    marks = [10.0 ** -power for power in range(1, 9) if 10.0 ** -power >= least / 1.3]
    axes.set_yticks(marks, [style.percent_text(mark) for mark in marks])
    axes.minorticks_off()
    axes.grid(color=style.GRID, linewidth=0.8)
    axes.set_title("the slowest tenth: the share of requests that took at least as long", size=10.5, weight="bold", loc="left")
    axes.set_xlabel("time of a request, logarithmic axis")
    for (arm, times, shares), width in zip(tails, widths):
        look = style.look(arm)
        axes.step(times, shares, where="pre", color=look.colour, linestyle=look.dashes, linewidth=max(1.2, width * 0.8))


def _span(results):
    return "from when it was due to its end" if results.is_open_loop else "from start to end"


def _notes(results):
    words = []
    if any(arm.is_in_summary for arm in results.arms):
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


def _set_scales(axes, all_durations, inches):
    high = max(float(durations.max()) for durations in all_durations) or 1e-6
    positive = [float(durations[durations > 0].min()) for durations in all_durations if durations.max() > 0]
    low = min(positive, default=high)
    low, high = low / 1.15, high * 1.15
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = style.nice_log_ticks(low, high, inches)
    axes.set_xticks(ticks, [style.tick_text(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("time of a request, logarithmic axis")
    axes.set_ylim(0, 1.02)
    shares = [0, 0.25, 0.5, 0.75, 0.9, 1]
    axes.set_yticks(shares, [style.percent_text(share) for share in shares])
    axes.set_ylabel("share of requests done within this time")
    axes.grid(color=style.GRID, linewidth=0.8)


def _draw_curve(axes, arm, durations, width):
    look = style.look(arm)
    times, shares = ecdf(durations)
    low, high = axes.get_xlim()
    times = numpy.maximum(numpy.concatenate([times[:1], times, [high]]), low)
    shares = numpy.concatenate([[0], shares, [1]])
    axes.step(times, shares, where="post", color=look.colour, linestyle=look.dashes, linewidth=width)


def _columns_of(arms):
    """(title, column) of the quantiles that summary.csv has; the last one for trials of 1,000 requests or more."""
    columns = [("median", "request_p50_s"), ("90 %", "request_p90_s")]
    has_p99 = any(arm.standing.request_p99_s is not None for arm in arms)
    return columns + ([("99 %", "request_p99_s")] if has_p99 else [])


def _draw_legend(axes, curves, names, columns, box):
    """A line of the legend for each curve, with its quantiles."""
    name_width, width, row_height, height = box
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    places = [0.5 + name_width + 0.05 + 0.75 * number for number in range(1, len(columns) + 1)]
    for x, (title, _) in zip(places, columns):
        axes.text(x, 0.1, title, ha="right", va="center", size=9.5, color=style.QUIET)
    for row, (records, _) in enumerate(curves, start=1):
        look, y = style.look(records.arm), 0.1 + row * row_height
        axes.plot([0, 0.38], [y, y], color=look.colour, linestyle=look.dashes, linewidth=2.4, clip_on=False)
        axes.text(0.5, y, names[row - 1], va="center", linespacing=1.05,
                  color=style.family_text_colour(records.arm.family))
        quantiles = [getattr(records.arm.standing, column) for _, column in columns]
        for x, value_s in zip(places, quantiles):
            axes.text(x, y, style.optional_seconds_text(value_s), ha="right", va="center", size=9.5)
