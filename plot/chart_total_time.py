"""Every measured trial is a point, by strategy: its total time, or in an open loop, where the schedule decides
that, the time within which 90 % of its requests were done. The figure that summary.csv has is marked, with its interval.
Where these are close to each other beside how far they are from zero, or beside one that is far behind, they have a panel
of their own.
"""

from dataclasses import dataclass

import numpy

import contest
import page
import style
import wording
from results import NothingToDraw

HOW_TO_READ = ("Each dot is one trial: its total time, or in an open loop the time within which nine of ten requests were done. The bar is "
               "the median, the grey box where it may well lie. Further left is faster; whether two differ is for the ratios to say.")

FILE = "total-time.png"

ENLARGE_BELOW = 0.3  # share of the axis from zero that points spread over, below which they are enlarged
LOG_SPREAD = 20  # slowest / fastest from which on a linear axis would squeeze the fast ones together
VALUE_SIZE = 10.5
BLOCK_GAP = 0.6  # inches below the rows of a level, for the axis of its contest
JITTER = 0.5     # share of a row that the points spread over
GOLDEN = 0.6180339887498949  # multiples of it, modulo 1, spread evenly however many there are


@dataclass
class Row:
    arm: object
    points: list           # (trial, seconds)
    figure_s: float        # the mark; None: there is none
    bound_s: float = None  # None: not shown
    interval_s: tuple = ()  # of the figure, its two ends; empty: there is none

    @property
    def times(self):
        return [time for _, time in self.points]


def finding(arms):
    """The title, of arms in the order of their ranks."""
    return wording.headline(arms)


def is_logarithmic(rows):
    times = [time for row in rows if not row.arm.sends_nothing for time in row.times if time > 0]
    return bool(times) and max(times) > LOG_SPREAD * min(times)


def rows_of(results):
    arms = results.shown_arms
    if not results.is_open_loop:
        return [_row_of_wall_times(arm) for arm in arms]
    quantiles = {}
    for records in results.request_records:
        for trial, durations in records.durations_by_trial():
            quantiles[trial] = float(numpy.quantile(durations, 0.9, method="inverted_cdf"))
    if not quantiles:
        raise NothingToDraw("in an open loop it shows request times, and no request of a measured trial succeeded")
    return [Row(arm, [(trial, quantiles[trial.number]) for trial in arm.trials if trial.number in quantiles], arm.figure_s,
                interval_s=_interval(arm)) for arm in arms]


def _interval(arm):
    standing = arm.standing
    return () if standing.figure_low_s is None or standing.figure_high_s is None else (standing.figure_low_s, standing.figure_high_s)


def _row_of_wall_times(arm):
    bound = arm.standing.lower_bound_s
    has_bound = bool(bound) and arm.figure_s is not None and not arm.sends_nothing
    return Row(arm, [(trial, trial.wall_s) for trial in arm.timed_trials], arm.figure_s, bound if has_bound else None,
               _interval(arm))


def draw(results):
    rows, is_open_loop = rows_of(results), results.is_open_loop
    arms = [row.arm for row in rows]
    row_height = 0.62 if len(rows) <= 8 else 0.5
    names = [page.name_lines(arm) for arm in arms]
    left = max(page.text_width(name, 11) for name in names) + 0.25
    notes = ([_key(rows, is_open_loop)] + page.failure_notes(results) + ([] if is_open_loop else _untimed_notes(arms))
             + page.rate_notes(results) + [page.experiment_note(results)])
    blocks = [block for _, block in page.by_level(rows, lambda row: row.arm)] if results.has_levels else [rows]
    contests = [_contestants(block) for block in blocks]
    is_contest = any(block and (len(block) < len(all_of_block) or _is_narrow(block)) for block, all_of_block in zip(contests, blocks))
    height = row_height * len(rows) + (BLOCK_GAP * (len(blocks) - 1) if is_contest else 0)
    sheet = page.Page(finding(results.ordered_arms), _subtitle(results.shown_arms, is_open_loop, results.has_levels), arms, notes,
                      body_height=height + 0.65)
    what = "time within which 90 % of the requests were done" if is_open_loop else "total time"
    width = page.INNER_WIDTH - left
    if is_contest:
        _draw_contests(sheet, rows, blocks, contests, (left, width, row_height))
    else:
        axes = sheet.axes(left, 0, width, height)
        _set_scale(axes, rows, width, max(map(_value_width, rows)), what)
        page.label_rows(axes, arms, names)
        axes.spines["left"].set_visible(not is_logarithmic(rows))
        for place, row in enumerate(rows):
            _draw_row(axes, place, row, _value_text(row))
    return sheet.figure


def _contestants(rows):
    """Those that compete: all that sent something, if no other is far behind; none where these are fewer than two."""
    marks = {id(row): row.figure_s if row.figure_s is not None else min(row.times)
             for row in rows if row.times and not row.arm.sends_nothing}
    most = max(contest.close_ones(marks.values()), default=0)
    close = [row for row in rows if id(row) in marks and marks[id(row)] <= most]
    return close if len(close) > 1 else []


def _value_width(row):
    return page.text_width(_value_text(row), VALUE_SIZE, "bold")


def _is_narrow(rows):
    """Do they differ by little of what they took?"""
    ends = [end for row in rows for end in [row.figure_s, *row.times] if end is not None]
    return len(set(ends)) > 1 and max(ends) - min(ends) < ENLARGE_BELOW * max(ends)


def _draw_contests(sheet, rows, blocks, contests, box):
    """On the left all of them, from zero; on the right those that compete, as far as they reach. Levels of concurrency are
    one block below the other, each with a contest of its own."""
    left, width, row_height = box
    far_room = max((_value_width(row) for block, close in zip(blocks, contests) for row in block if row not in close), default=0)
    whole_width = max(0.36 * width, far_room + 1.1) if far_room else 0.22 * width
    near_left, top = left + whole_width + 0.35, 0
    for block, close in zip(blocks, contests):
        height, is_last = row_height * len(block), block is blocks[-1]
        whole = sheet.axes(left, top, whole_width, height)
        _set_scale(whole, rows, whole_width, far_room, "", is_whole=True, is_last=is_last)
        page.label_rows(whole, [row.arm for row in block], [page.name_lines(row.arm) for row in block])
        for place, row in enumerate(block):
            _draw_row(whole, place, row, "" if row in close else _value_text(row))
        if close:
            near = sheet.axes(near_left, top, page.INNER_WIDTH - near_left, height)
            _draw_near(near, block, close, page.INNER_WIDTH - near_left)
        top += height + BLOCK_GAP


def _draw_near(axes, block, close, inches):
    _set_near_scale(axes, close, inches, max(map(_value_width, close)))
    axes.set_ylim(len(block) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for place, row in enumerate(block):
        if row in close:
            _draw_row(axes, place, row, _value_text(row))
        elif place % 2:
            _draw_stripe(axes, place)


def _set_near_scale(axes, rows, inches, label_inches):
    """Of the close ones alone: from the least to the most, not from zero."""
    marks = [end for row in rows for end in [row.figure_s, *row.interval_s, *row.times] if end is not None]
    unit = style.unit_for(min(marks))  # as the numbers beside the marks have it
    low, high = min(marks), max(marks)
    reach = (high - low) or high * 0.02 or 1e-6
    room = max(0.3, 1 - label_inches / inches - 0.05)
    axes.set_xlim(low - 0.05 * reach, low + 1.03 * reach / room)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    axes.xaxis.get_major_locator().set_params(nbins=5)
    axes.grid(axis="x", color=style.GRID, linewidth=0.8)
    axes.set_xlabel(f"enlarged: {unit.name}, not from zero", labelpad=2)


def _subtitle(arms, is_open_loop, has_levels):
    if is_open_loop:
        text = "he time within which 90 % of a trial's requests were done, each from when it was due to its end"
        return f"Ranked by t{text}" if any(arm.is_ranked for arm in arms) else f"T{text}"
    order = (", the levels of concurrency in their order" if has_levels else
             ", the lowest median at the top" if sum(arm.is_ranked for arm in arms) > 1 else "")
    return f"Total time of each trial by strategy{order}"


def _key(rows, is_open_loop):
    mark = "the median of the trials, as in summary.csv" if is_open_loop else "the median"
    words = [f"Small mark: a trial. Bar with number: {mark}" if any(len(row.points) > 1 for row in rows) else "Mark: the only trial"]
    if any(row.interval_s for row in rows):
        words.append("Grey box: its interval, for itself; whether two differ is for the ratios to say")
    if any(not trial.is_clean for row in rows for trial, _ in row.points):
        words.append("×: a trial with failed requests")
    if any(row.bound_s for row in rows):
        words.append("Dotted line: lower bound, which no order of these batches can beat")
    return ". ".join(words) + "."


def _untimed_notes(arms):
    untimed = [(arm, len(arm.trials) - len(arm.timed_trials)) for arm in arms]
    return [f"Without a time: {count} of {style.plural(len(arm.trials), 'trial')} of {style.short(arm.label)}."
            for arm, count in untimed if count]


def _value_text(row):
    text = style.optional_seconds_text(row.figure_s) if row.points else "no time"
    if row.arm.standing.saturated:
        text += "  (could not keep up)"
    if row.arm.failed_trials:
        text += f"  ({len(row.arm.failed_trials)} of {style.plural(len(row.arm.trials), 'trial')} failed)"
    return text


def _set_scale(axes, rows, inches, label_inches, name, is_whole=False, is_last=True):
    """From zero, or logarithmic; with room for the longest label on the right of the last point. `is_whole`: beside the contest,
    and from zero however far that is."""
    marks = [row.figure_s for row in rows if row.points and row.figure_s is not None]
    times = [time for row in rows for time in row.times] + marks
    high = max(times) or 1e-6
    low = min(time for time in [high] + times + [row.bound_s for row in rows if row.bound_s] if time > 0)
    room = max(0.2, 1 - label_inches / inches - 0.03 - (0.04 if is_whole else 0))
    axes.grid(axis="x", color=style.GRID, linewidth=0.8)
    if is_logarithmic(rows) and not is_whole:
        low /= 1.3
        axes.set_xscale("log")
        axes.set_xlim(low, low * (high / low) ** (1 / room))
        ticks = style.nice_log_ticks(low, high * 1.001, room * inches)
        axes.set_xticks(ticks, [style.tick_text(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel(f"{name}, logarithmic axis")
        return
    unit = style.unit_for_all(times)
    axes.set_xlim(0, high / room)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    if is_whole:
        axes.xaxis.get_major_locator().set_params(nbins=3)
    axes.tick_params(axis="x", labelbottom=is_last)
    if is_last:
        axes.set_xlabel(f"in {unit.name}, from zero" if is_whole else f"{name} in {unit.name}, from zero")


def jitter(place):
    """The same every time, so that equal input draws equal pictures."""
    return ((place * GOLDEN) % 1 - 0.5) * JITTER


def _draw_stripe(axes, place):
    axes.axhspan(place - 0.5, place + 0.5, color=style.STRIPE, zorder=0)


def _draw_row(axes, place, row, value_text):
    look = style.look(row.arm)
    if place % 2:
        _draw_stripe(axes, place)
    if row.bound_s:
        axes.plot([row.bound_s] * 2, [place - 0.4, place + 0.4], color="#888888", linewidth=1.4, linestyle=(0, (1, 1.5)), zorder=2)
    is_single = len(row.points) == 1
    points = [(trial, time, place if is_single else place + jitter(number)) for number, (trial, time) in enumerate(row.points)]
    clean = [(time, y) for trial, time, y in points if trial.is_clean]
    failed = [(time, y) for trial, time, y in points if not trial.is_clean]
    if clean:
        axes.scatter(*zip(*clean), marker=look.marker, s=34 * look.size ** 2, facecolors="white" if look.is_hollow else look.colour,
                     edgecolors=look.colour if look.is_hollow else "white", linewidths=1.1 if look.is_hollow else 0.5, alpha=0.8,
                     zorder=3, clip_on=False)
    if failed:
        axes.scatter(*zip(*failed), marker="x", s=36, color=style.INK, linewidths=1.5, alpha=0.75, zorder=3, clip_on=False)
    if not row.points:
        axes.annotate(value_text, (0.01, place), xycoords=("axes fraction", "data"), va="center", color=style.QUIET)
        return
    last = max(row.times)
    if row.interval_s:
        low, high = row.interval_s
        axes.fill_between([low, high], place - 0.3, place + 0.3, color="#555555", alpha=0.22, linewidth=0, zorder=2.5)
    if row.figure_s is not None and not is_single:
        axes.plot([row.figure_s] * 2, [place - 0.36, place + 0.36], color=style.INK, linewidth=2.4, zorder=4)
    if row.figure_s is not None:
        last = max(last, row.figure_s)
    if value_text:
        axes.annotate(value_text, (last, place), xytext=(9, 0), textcoords="offset points", va="center",
                      weight="bold", color=style.INK if row.arm.is_ranked else style.QUIET, zorder=5)
