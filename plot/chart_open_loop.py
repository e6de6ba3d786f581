"""An open loop: how long requests took since they were due, which is what their users saw, against how long since they were
started, which is all that a closed loop would show; and how many batches were late at each moment.

A row per arm. The times are of all measured trials together; late batches of the trial that the timeline shows.
"""

from dataclasses import dataclass

import numpy
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import page
import style
import wording
from bars import Bars
from curves import ecdf, steps_of, thinned
from results import NothingToDraw, NotOfThisKind

HOW_TO_READ = ("Response time counts from when a request was due, service time from when it was sent: what lies between the two curves is "
               "waiting before the start. Late batches that grow in number to the end mean that the rate was too high.")

FILE = "open-loop.png"

ROW_HEIGHT = (1.0, 0.66)  # inches; the second one from 7 rows on
GAP = 0.3
KEY_ROW, HEADING, AXIS = 0.3, 0.36, 0.5
TIMES_SHARE = 0.5         # of the room beside the names
SHARES = [0, 0.5, 0.9]
NAME_SIZE, NOTE_SIZE = 11, page.SMALL
LEAST_MOST = 10           # late batches that the axis has room for: one at a time, as starts take their time, is next to none
LATE = 0.72               # how far what lies between the two curves is moved towards white


@dataclass
class Row:
    arm: object
    trial: object
    name: str
    note: str  # lines under the name: whether it kept up, and how many it started
    response_s: numpy.ndarray
    service_s: numpy.ndarray
    moments: numpy.ndarray  # at which the number of late batches changes
    late: numpy.ndarray


@dataclass
class Late:
    """Batches, from when each was due until its first request was started."""
    start: numpy.ndarray
    end: numpy.ndarray

    @classmethod
    def of(cls, timeline):
        bars = Bars.of(timeline)
        due = numpy.frombuffer(timeline.due_s)
        first = bars.batch_starts()
        due, start = due[bars.order][first], bars.start[first]
        is_late = start > due
        return cls(due[is_late], start[is_late])


def rows_of(results):
    records = {one.arm.label: one for one in results.request_records}
    rows = []
    for arm in results.shown_arms:
        one = records.get(arm.label)
        if one is None or not one.service_s or len(one.timeline.due_s) != len(one.timeline.lanes):
            continue
        service = numpy.frombuffer(one.service_s)
        waits = Late.of(one.timeline)
        moments, late = steps_of(waits) if len(waits.start) else (numpy.zeros(0), numpy.zeros(0))
        rows.append(Row(arm, one.timeline.trial, page.name_lines(arm), _note(arm, one.timeline.trial),
                        numpy.frombuffer(one.durations_s), service[~numpy.isnan(service)], moments, late))
    return [row for row in rows if len(row.service_s)]


def _is_saturated(arm, trial):
    return trial.saturated if arm.standing.saturated is None else arm.standing.saturated


def _note(arm, trial):
    words = ["could not keep up"] if _is_saturated(arm, trial) else []
    if trial.achieved_per_s is not None and trial.rate_per_s is not None:
        words.append(f"started {float(f'{trial.achieved_per_s:.3g}'):,g} of {trial.rate_per_s:,g} a second")
    return "\n".join(words or ["kept up"])


def finding(rows):
    rates = style.listing(f"{rate:,g}" for rate in sorted({row.trial.rate_per_s for row in rows}))
    arms = [row.arm for row in rows]
    fell = [row.arm for row in rows if _is_saturated(row.arm, row.trial)]
    due = f"{rates} batches were due a second"
    if not fell:
        return f"{due}, and {_all(arms)} kept up{_within(arms)}"
    if len(fell) == len(arms):
        return f"{due}, and {'none could' if len(arms) > 1 else f'{style.short(arms[0].label)} could not'} keep up{_evidence(fell)}"
    return (f"{due}: {wording.names(fell)} could not keep up{_evidence(fell)}, "
            f"{wording.names([arm for arm in arms if arm not in fell])} could")


def _evidence(arms):
    """In how many trials."""
    known = [trial.saturated for arm in arms for trial in arm.trials if trial.saturated is not None]
    return f" (in {sum(known):,} of {len(known):,} trials)" if known else ""


def _all(arms):
    return style.short(arms[0].label) if len(arms) == 1 else "both" if len(arms) == 2 else f"all {len(arms)}"


def _within(arms):
    values = [arm.standing.request_p90_s for arm in arms if arm.standing.request_p90_s is not None]
    if not values:
        return ""
    return f"; 90 % of the requests were done within {style.range_text(min(values), max(values))} of when they were due"


def draw(results):
    if not results.is_open_loop:
        raise NotOfThisKind("it is about an open loop (--rate), and here each lane began when it was free")
    rows = rows_of(results)
    if not rows and not any(one.durations_s for one in results.request_records):
        raise NothingToDraw("no request of a measured trial succeeded")
    if not rows:
        raise NothingToDraw("requests.csv does not say when requests were due and started (intended_s, service_s)")
    arms = [row.arm for row in rows]
    height = ROW_HEIGHT[len(rows) > 6]
    sheet = page.Page(finding(rows), "What users wait, since their request was due, against what the request itself takes; "
                      "and batches that were late", arms, _notes(results, rows), KEY_ROW + HEADING + len(rows) * (height + GAP) - GAP + AXIS)
    left = max(max(page.text_width(row.name, NAME_SIZE), page.text_width(row.note, NOTE_SIZE, "bold")) for row in rows) + 0.6
    room = page.INNER_WIDTH - left - 0.75
    widths = room * TIMES_SHARE, room * (1 - TIMES_SHARE)
    _draw_headings(sheet, left, left + widths[0] + 0.75)
    reach = _reach(rows)
    most = max(LEAST_MOST, *(float(row.late.max(initial=0)) for row in rows))
    limit = max(_end_of(row) for row in rows)
    for place, row in enumerate(rows):
        top, is_last = KEY_ROW + HEADING + place * (height + GAP), place == len(rows) - 1
        axes = sheet.axes(left, top, widths[0], height)
        _draw_times(axes, row, reach, widths[0], is_last)
        _label_row(axes, row, left)
        _draw_late(sheet.axes(left + widths[0] + 0.75, top, widths[1], height), row, (limit, most), is_last)
    return sheet.figure


def _notes(results, rows):
    shown = [row.arm for row in rows]
    missing = [style.short(arm.label) for arm in results.arms if arm not in shown and not arm.sends_nothing]
    notes = ["A batch is late from when it is due until it is started. Times of all measured trials together, successful "
             "requests only; late batches of one trial, the one nearest to the median total time."]
    if missing:
        notes.append(f"Left out, because no requests were recorded: {style.listing(missing)}.")
    return notes + page.failure_notes(results) + page.rate_notes(results) + [page.experiment_note(results)]


def _end_of(row):
    return max(row.trial.wall_s or 0, float(row.moments.max(initial=0)), 1e-6)


def _reach(rows):
    """The ends of the axis of times."""
    low = min(float(row.service_s[row.service_s > 0].min(initial=numpy.inf)) for row in rows)
    high = max(float(row.response_s.max()) for row in rows)
    low = low if low < numpy.inf else 1e-6
    return low / 1.15, max(high, low * 1.2) * 1.15


def _draw_headings(sheet, left, right):
    axes = sheet.axes(0, KEY_ROW, page.INNER_WIDTH, HEADING)
    axes.set_axis_off()
    axes.set_xlim(0, page.INNER_WIDTH)
    axes.set_ylim(HEADING, 0)
    axes.text(left, 0.1, "requests done within a time", size=10.5, weight="bold", va="center")
    axes.text(right, 0.1, "late batches over time", size=10.5, weight="bold", va="center")
    handles = [Line2D([], [], color=style.QUIET, linewidth=2.4, label="since they were due"),
               Line2D([], [], color=style.INK, linewidth=1.5, linestyle=(0, (1.2, 1.2)), label="since they were started"),
               Patch(color=style.shade("#808080", LATE), label="wait before the start")]
    key = sheet.axes(0, 0, page.INNER_WIDTH, KEY_ROW)
    key.set_axis_off()
    key.legend(handles=handles, loc="center left", ncol=3, frameon=False, fontsize=page.SMALL, borderpad=0, borderaxespad=0,
               handlelength=1.8, handletextpad=0.5, columnspacing=1.6)


def _label_row(axes, row, left):
    """The name above the middle, and what came of it below."""
    for text, size, shift, colour, above in ((row.name, NAME_SIZE, 1, style.family_text_colour(row.arm.family), "bottom"),
                                             (row.note, NOTE_SIZE, -3, style.QUIET, "top")):
        is_bad = text is row.note and _is_saturated(row.arm, row.trial)
        axes.annotate(text, (0, 0.5), xycoords="axes fraction", xytext=(-72 * left, shift), textcoords="offset points", va=above,
                      size=size, color=style.INK if is_bad else colour, linespacing=1.1, weight="bold" if is_bad else "normal")


def _draw_times(axes, row, reach, inches, is_last):
    colour, (low, high) = style.look(row.arm).colour, reach
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1.03)
    curves = [_curve(times, reach) for times in (row.response_s, row.service_s)]
    grid = numpy.unique(numpy.concatenate([times for times, _ in curves]))
    since_due, since_start = (shares[numpy.searchsorted(times, grid, side="right") - 1] for times, shares in curves)
    axes.fill_between(grid, since_due, since_start, step="post", color=style.shade(colour, LATE), linewidth=0, zorder=2)
    axes.step(*curves[0], where="post", color=colour, linewidth=2.4, zorder=3)
    axes.step(*curves[1], where="post", color=style.INK, linewidth=1.5, linestyle=(0, (1.2, 1.2)), zorder=4)
    ticks = style.nice_log_ticks(low, high, inches)
    axes.set_xticks(ticks, [style.tick_text(tick) for tick in ticks] if is_last else [])
    axes.minorticks_off()
    axes.set_yticks(SHARES, [style.percent_text(share) for share in SHARES], size=page.SMALL)
    axes.grid(color=style.GRID, linewidth=0.8)
    if is_last:
        axes.set_xlabel("time of a request, logarithmic axis", labelpad=2)


def _curve(times, reach):
    times, shares = ecdf(times)
    low, high = reach
    times = numpy.maximum(numpy.concatenate([[low], times, [high]]), low)
    return times, numpy.concatenate([[0], shares, [1]])


def _draw_late(axes, row, limits, is_last):
    limit, most = limits
    unit, colour = style.unit_for_all([limit]), style.look(row.arm).colour
    axes.set_xlim(0, limit * 1.02)
    axes.set_ylim(0, max(most, 1) * 1.15)
    moments, late = thinned(row.moments, row.late)
    moments, late = numpy.concatenate([[0], moments, [_end_of(row)]]), numpy.concatenate([[0], late, [0]])
    axes.fill_between(moments, late, step="post", color=style.shade(colour, LATE), linewidth=0, zorder=2)
    axes.step(moments, late, where="post", color=colour, linewidth=1.4, zorder=3)
    axes.axvline(_end_of(row), color=style.INK, linewidth=1.2, zorder=4)
    peak = int(row.late.max(initial=0))
    axes.annotate(f"at most {peak:,}", (0.99, 1), xycoords="axes fraction", xytext=(0, 3), textcoords="offset points", ha="right",
                  va="bottom", size=page.SMALL, color=style.QUIET)
    axes.yaxis.get_major_locator().set_params(integer=True, nbins=3)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    axes.xaxis.get_major_locator().set_params(nbins=5)
    axes.tick_params(axis="x", labelbottom=is_last)
    axes.tick_params(axis="y", labelsize=page.SMALL)
    axes.grid(color=style.GRID, linewidth=0.8)
    if is_last:
        axes.set_xlabel(f"time since the start of the trial in {unit.name}", labelpad=2)
