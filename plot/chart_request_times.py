"""How long single requests took, by strategy: the share of requests that took at most so long (ECDF)."""

import math

import numpy

import page
import style
from results import NothingToDraw

FILE = "request-times.png"

MOST_STEPS = 4000       # points of a curve; more cannot be seen
NEAR = 0.10             # quantiles closer than this are called about equal
QUANTILES = [(0.5, "half of the requests"), (0.9, "90% of the requests")]
PLOT_HEIGHT = 4.2
LEGEND_ROW = 0.36


def ecdf(durations_s, most_steps=MOST_STEPS):
    """The sorted durations and the share of requests that took at most so long, thinned out evenly."""
    ordered = numpy.sort(durations_s)
    count = len(ordered)
    ranks = numpy.arange(1, count + 1)
    if count > most_steps:
        ranks = numpy.unique(numpy.linspace(1, count, most_steps).round().astype(int))
    return ordered[ranks - 1], ranks / count


def finding(curves, some_failed=False):
    """The title, from [(label, durations)] of the arms without failures."""
    if not curves:
        return "No comparison: requests failed under every strategy"
    if len(curves) == 1:
        label, durations = curves[0]
        half, most = (float(numpy.quantile(durations, quantile)) for quantile, _ in QUANTILES)
        return (f"{style.short(label)}: half of the requests took at most {style.seconds_text(half)}, "
                f"90% at most {style.seconds_text(most)}")
    spreads = [_spread(curves, quantile) for quantile, _ in QUANTILES]
    widest = max(range(len(QUANTILES)), key=lambda place: spreads[place][0])
    ratio, (low, low_label), (high, high_label) = spreads[widest]
    if ratio <= 1 + NEAR:
        (_, (low, _), (high, _)) = spreads[0]
        who = ("both" if len(curves) == 2 else "all") + " strategies" + (" without failures" if some_failed else "")
        return (f"Single requests took about equally long under {who}: "
                f"median {style.seconds_text(low)} to {style.seconds_text(high)}")
    return (f"Single requests took longest under {style.short(high_label)}: {QUANTILES[widest][1]} within "
            f"{style.seconds_text(high)}, under {style.short(low_label)} within {style.seconds_text(low)}")


def _spread(curves, quantile):
    values = sorted((float(numpy.quantile(durations, quantile)), label) for label, durations in curves)
    low, high = values[0], values[-1]
    return (high[0] / low[0] if low[0] > 0 else math.inf if high[0] > 0 else 1, low, high)


def draw(results):
    curves = [(records, numpy.frombuffer(records.durations_s)) for records in results.request_records
              if records.durations_s]
    if not curves:
        raise NothingToDraw("no request of a measured trial succeeded")
    curves.sort(key=lambda curve: (float(numpy.median(curve[1])), curve[0].arm.label))
    without_failures = [(records.arm.label, durations) for records, durations in curves
                        if not records.other_outcomes and not records.arm.failed_trials]
    names = [style.label_lines(records.arm.label) for records, _ in curves]
    name_width = max(page.text_width(name, 10.5) for name in names)
    legend_width = 0.5 + name_width + 1.55
    row_height = LEGEND_ROW + (0.12 if any("\n" in name for name in names) else 0)
    body_height = max(PLOT_HEIGHT + 0.65, row_height * (len(curves) + 1) + 0.2)
    sheet = page.Page(
        finding(without_failures, len(without_failures) < len(curves)),
        "Time of each request from start to end, all measured trials together", [records.arm for records, _ in curves],
        _outcome_notes(results) + page.failure_notes(results) + [page.experiment_note(results)], body_height)
    plot_width = page.INNER_WIDTH - legend_width - 1.1
    axes = sheet.axes(0.7, 0, plot_width, body_height - 0.65)
    _set_scales(axes, [durations for _, durations in curves], plot_width)
    widths = numpy.linspace(3.6, 1.6, len(curves))  # a wide curve can be seen under a narrow one
    for (records, durations), width in zip(curves, widths):
        _draw_curve(axes, records.arm, durations, width)
    legend = sheet.axes(page.INNER_WIDTH - legend_width, 0, legend_width, body_height)
    _draw_legend(legend, curves, names, name_width, row_height, body_height)
    return sheet.figure


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
    axes.set_yticks(shares, [f"{share:.0%}" for share in shares])
    axes.set_ylabel("share of requests that took at most so long")
    axes.grid(color=style.GRID, linewidth=0.8)


def _draw_curve(axes, arm, durations, width):
    look = style.look(arm)
    times, shares = ecdf(durations)
    low, high = axes.get_xlim()
    times = numpy.maximum(numpy.concatenate([times[:1], times, [high]]), low)
    shares = numpy.concatenate([[0], shares, [1]])
    axes.step(times, shares, where="post", color=look.colour, linestyle=look.dashes, linewidth=width)


def _draw_legend(axes, curves, names, name_width, row_height, height):
    """A line of the legend for each curve, in the order of the medians, with the two quantiles in numbers."""
    axes.set_axis_off()
    axes.set_xlim(0, 0.5 + name_width + 1.55)
    axes.set_ylim(height, 0)
    columns = [(0.5 + name_width + 0.8, "median"), (0.5 + name_width + 1.55, "90%")]
    for x, title in columns:
        axes.text(x, 0.1, title, ha="right", va="center", size=9.5, color=style.QUIET)
    for row, (records, durations) in enumerate(curves, start=1):
        look, y = style.look(records.arm), 0.1 + row * row_height
        axes.plot([0, 0.38], [y, y], color=look.colour, linestyle=look.dashes, linewidth=2.4, clip_on=False)
        axes.text(0.5, y, names[row - 1], va="center", linespacing=1.05,
                  color=style.family_text_colour(records.arm.family))
        for (x, _), (quantile, _) in zip(columns, QUANTILES):
            text = style.seconds_text(float(numpy.quantile(durations, quantile)))
            axes.text(x, y, text, ha="right", va="center", size=9.5)
