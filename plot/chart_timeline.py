"""One trial per strategy: a row per lane, a bar per request, all on the same time axis.

Requests of one batch have one shade, and the shade changes with each batch of a lane; a batch of
several requests is framed. Where bars would be too narrow to see, the share of time that a lane was
busy is shown instead. If there are more lanes than fit, evenly spaced ones are shown.
"""

from dataclasses import dataclass

import numpy
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import page
import style
import wording
from results import NothingToDraw

HOW_TO_READ = ("Each row is a lane, a place for one request at a time, and each bar a request on it; time runs to the right. Bars one above the "
               "other were under way together, and a gap is time in which a lane had nothing to do.")

FILE = "timeline.png"

LANE_HEIGHT = 0.1                 # inches, where there is room
PANEL_HEIGHT = (0.42, 2.2)        # least, most
ALL_PANELS_HEIGHT = 13.0
GAP = 0.42                        # between panels; holds the caption of the enlarged part
LEAST_LANE_PIXELS = 3
LEAST_BAR_PIXELS = 2              # mean width below which single bars cannot be told apart
LEAST_WIDTH_PIXELS = 2.5          # a short request stays visible beside long ones
GAP_PIXELS = 1.2                  # between neighbours on a lane, where they are wide enough
LEAST_FRAME_PIXELS = 6            # lanes lower than this have no room for a frame
CROWDED = 50                      # requests per lane from which that matters
LIGHT = 0.55
ENLARGED_LEFT = 0.44              # where the enlarged part begins, as a share of the axis
ENLARGE_BELOW = 0.33              # trials that end before this share of the axis are drawn a second time, enlarged,
WORTH_ENLARGING = 0.22            # ... if one of them ends before this share
KEY_ROW = 0.22


@dataclass
class Bars:
    """The requests of one trial as numpy arrays, in order of lane and start; `row` counts the lanes from 0."""
    trial: object
    row: numpy.ndarray
    batch: numpy.ndarray
    start: numpy.ndarray
    end: numpy.ndarray
    failed: numpy.ndarray
    lanes: numpy.ndarray  # the lane's number of each row

    @classmethod
    def of(cls, timeline):
        lane = numpy.frombuffer(timeline.lanes, dtype="i8")
        start = numpy.frombuffer(timeline.started_s)
        order = numpy.lexsort((start, lane))
        lanes, row = numpy.unique(lane[order], return_inverse=True)
        return cls(timeline.trial, row, numpy.frombuffer(timeline.batches, dtype="i8")[order], start[order],
                   numpy.frombuffer(timeline.finished_s)[order],
                   numpy.frombuffer(timeline.failed, dtype="i1")[order].astype(bool), lanes)

    @property
    def wall_s(self):
        return self.trial.wall_s or float(self.end.max())

    @property
    def mean_in_flight(self):
        return float((self.end - self.start).sum()) / self.wall_s

    def with_every(self, step):
        """Only each step-th lane."""
        chosen = self.row % step == 0
        return Bars(self.trial, self.row[chosen] // step, self.batch[chosen], self.start[chosen], self.end[chosen],
                    self.failed[chosen], self.lanes[::step])

    def batch_starts(self):
        """Places at which a lane goes over to its next batch."""
        changes = (numpy.diff(self.row) != 0) | (numpy.diff(self.batch) != 0)
        return numpy.concatenate([[0], numpy.flatnonzero(changes) + 1])


def finding(panels):
    """The title, from [(arm, wall time, mean number of requests under way)] in the order of the ranks."""
    ranked = [panel for panel in panels if panel[0].is_ranked]
    if not ranked:
        return "What each lane did when. " + wording.not_ranked([arm for arm, _, _ in panels])
    first, last = ranked[0], ranked[-1]
    if len(ranked) == 1:
        return f"{_had(first)} requests under way on average, and took {style.seconds_text(first[1])}"
    if first[0].is_open_loop:
        return f"{_had(first)} requests under way on average, {_had(last)}"
    if _is_told_apart(first[0], last[0]):
        return (f"{_had(first)} requests under way on average and took {style.seconds_text(first[1])}; "
                f"{_had(last)} and took {style.seconds_text(last[1])}")
    walls, under_way = [panel[1] for panel in ranked], [panel[2] for panel in ranked]
    low, high = style.significant(min(under_way), 2), style.significant(max(under_way), 2)
    return (f"{low if low == high else f'{low} to {high}'} requests were under way on average, and the trials took "
            f"{style.range_text(min(walls), max(walls))}")


def _had(panel):
    return f"{style.short(panel[0].label)} had {style.significant(panel[2], 2)}"


def _is_told_apart(first, last):
    return bool(first.standing.shares_first) and last.standing.shares_first is False


def draw(results):
    records = {one.arm.label: one for one in results.request_records}
    arms = [arm for arm in results.shown_arms if _has_bars(records.get(arm.label))]
    if not arms:
        raise NothingToDraw("no request of a measured trial has a start and an end")
    panels = [(arm, Bars.of(records[arm.label].timeline)) for arm in arms]
    heights = _panel_heights([len(bars.lanes) for _, bars in panels])
    names = [style.label_lines(arm.label) for arm in arms]
    left = max(page.text_width(name, 11) for name in names) + 0.55
    width = page.INNER_WIDTH - left
    thinned = [_thin_out(bars, height) for (_, bars), height in zip(panels, heights)]
    sheet = page.Page(
        finding(sorted(((arm, bars.wall_s, bars.mean_in_flight) for arm, bars in panels),
                       key=lambda panel: results.ordered_arms.index(panel[0]))),
        "A trial of each strategy, the one nearest to its median total time: a row per lane, a bar per request", arms,
        _notes(results, panels, thinned) + [page.experiment_note(results)],
        body_height=sum(heights) + GAP * len(panels) + 0.25 + 2 * KEY_ROW)
    _draw_panels(sheet, panels, thinned, heights, names, left, width)
    return sheet.figure


def _has_bars(records):
    return records is not None and len(records.timeline.lanes) > 0


def _panel_heights(lane_counts):
    least, most = PANEL_HEIGHT
    most = max(0.7, min(most, ALL_PANELS_HEIGHT / len(lane_counts)))
    return [min(max(count * LANE_HEIGHT, least), most) for count in lane_counts]


def _thin_out(bars, height):
    """(bars of the lanes that fit into the height, 1 if every lane is among them, 2 if every second one is, ...)"""
    step = -(-len(bars.lanes) * LEAST_LANE_PIXELS // int(height * page.DPI))
    return (bars.with_every(step) if step > 1 else bars), max(step, 1)


def _notes(results, panels, thinned):
    thin = [f"one in {step} of the {len(bars.lanes):,} lanes of {style.short(arm.label)}"
            for (arm, bars), (_, step) in zip(panels, thinned) if step > 1]
    notes = [f"Not all lanes are shown: {style.listing(thin)}."] if thin else []
    partial = [f"{len(bars.start):,} of {bars.trial.requests:,} of {style.short(arm.label)}"
               for arm, bars in panels if len(bars.start) < bars.trial.requests]
    if partial:
        notes.append(f"Some requests were not sent, or not recorded. Shown: {style.listing(partial)}.")
    shown = {id(arm) for arm, _ in panels}
    missing = [style.short(arm.label) for arm in results.arms if id(arm) not in shown and not arm.sends_nothing]
    if missing:
        notes.append(f"Left out, because no requests were recorded: {style.listing(missing)}.")
    return notes + page.failure_notes(results) + page.rate_notes(results)


def _draw_panels(sheet, panels, thinned, heights, names, left, width):
    slowest = max(max(bars.wall_s, float(bars.end.max())) for _, bars in panels)
    unit = style.unit_for_all([slowest])
    limit = slowest / (1 - (page.text_width(style.seconds_text(slowest), 10.5, "bold") + 0.2) / width)
    is_enlarged = min(bars.wall_s for _, bars in panels) < WORTH_ENLARGING * limit
    top, kinds = GAP * 0.55, set()
    for place, ((arm, bars), (shown, _), height, name) in enumerate(zip(panels, thinned, heights, names)):
        axes = sheet.axes(left, top, width, height)
        axes.set_xlim(0, limit)
        kinds |= _draw_bars(axes, arm, shown, width * page.DPI / limit, height * page.DPI)
        _label_panel(axes, arm, bars, shown, name)
        if is_enlarged and bars.wall_s < ENLARGE_BELOW * limit:
            kinds |= _draw_enlarged(sheet, arm, bars, shown, (left, top, width, height), limit)
        _time_axis(axes, unit, is_last=place == len(panels) - 1)
        top += height + GAP
    _draw_key(sheet, kinds, top)


def _draw_bars(axes, arm, bars, pixels_per_second, pixels_high):
    """Draws the lanes and answers which kinds of marks were used, for the key."""
    axes.set_ylim(len(bars.lanes) - 0.5, -0.5)
    mean_pixels = float((bars.end - bars.start).mean()) * pixels_per_second
    kinds = {"failed"} if bars.failed.any() else set()
    if mean_pixels < LEAST_BAR_PIXELS and len(bars.start) > CROWDED * len(bars.lanes):
        _draw_coverage(axes, arm, bars)
        _add_boxes(axes, bars, bars.failed, style.INK, pixels_per_second)
        return kinds | {"coverage"}
    starts = bars.batch_starts()
    is_light = _every_other_batch(bars, starts)
    colour = style.look(arm).colour
    for chosen, fill in ((~is_light & ~bars.failed, colour), (is_light & ~bars.failed, style.shade(colour, LIGHT)),
                         (bars.failed, style.INK)):
        _add_boxes(axes, bars, chosen, fill, pixels_per_second)
    if mean_pixels > 4 and pixels_high / len(bars.lanes) >= LEAST_FRAME_PIXELS:
        kinds |= _frame_batches(axes, bars, starts, style.shade(colour, -0.55))
    return kinds | {"bars"}


def _every_other_batch(bars, starts):
    """True for the requests of the 2nd, 4th, ... batch of their lane."""
    batch_of = numpy.searchsorted(starts, numpy.arange(len(bars.start)), side="right") - 1
    first_of_lane = numpy.searchsorted(bars.row[starts], bars.row[starts])
    return ((numpy.arange(len(starts)) - first_of_lane) % 2 == 1)[batch_of]


def _add_boxes(axes, bars, chosen, fill, pixels_per_second):
    start, end = bars.start[chosen], bars.end[chosen]
    gap, least = GAP_PIXELS / pixels_per_second, LEAST_WIDTH_PIXELS / pixels_per_second
    end = numpy.maximum(numpy.where(end - start > 3 * gap, end - gap, end), start + least)
    axes.add_collection(PolyCollection(_boxes(bars.row[chosen], start, end), facecolors=fill, linewidths=0, zorder=2))


def _boxes(row, start, end, half_height=0.42):
    """Corner points of a box per request."""
    x = numpy.stack([start, end, end, start], axis=1)
    y = numpy.stack([row - half_height, row - half_height, row + half_height, row + half_height], axis=1)
    return numpy.stack([x, y], axis=2)


def _frame_batches(axes, bars, starts, colour):
    """A frame round each batch of several requests, from its first start to its last end."""
    ends = numpy.append(starts[1:], len(bars.start)) - 1
    several = ends > starts
    if not several.any():
        return set()
    first, last = starts[several], ends[several]
    axes.add_collection(PolyCollection(_boxes(bars.row[first], bars.start[first], bars.end[last]), facecolors="none",
                                       edgecolors=colour, linewidths=1.3, zorder=3))
    return {"frames"}


def _draw_coverage(axes, arm, bars):
    """Each lane as a strip: the stronger the colour, the more of that moment the lane was busy."""
    end_s = float(bars.end.max())
    edges = numpy.linspace(0, end_s, 1001)
    image = numpy.ones((len(bars.lanes), len(edges) - 1, 4))
    image[:, :, :3] = to_rgb(style.look(arm).colour)
    bounds = numpy.searchsorted(bars.row, numpy.arange(len(bars.lanes) + 1))
    for row, (first, last) in enumerate(zip(bounds, bounds[1:])):
        image[row, :, 3] = _coverage(bars.start[first:last], bars.end[first:last], edges)
    axes.imshow(image, extent=(0, end_s, len(bars.lanes) - 0.5, -0.5), aspect="auto", interpolation="nearest", zorder=2)
    axes.hlines(numpy.arange(1, len(bars.lanes)) - 0.5, 0, end_s, color="white", linewidth=0.5, zorder=2)


def _coverage(start, end, edges):
    """The share of each stretch between two edges that the requests of one lane fill."""
    busy = numpy.concatenate([[0], numpy.cumsum(end - start)])
    times = numpy.stack([start, end], axis=1).ravel()
    done = numpy.stack([busy[:-1], busy[1:]], axis=1).ravel()
    return numpy.clip(numpy.diff(numpy.interp(edges, times, done)) / numpy.diff(edges), 0, 1)


def _label_panel(axes, arm, bars, shown, name):
    axes.annotate(name, (0, 0.5), xycoords="axes fraction", xytext=(-34, 0), textcoords="offset points", ha="right",
                  va="center", size=11, color=style.family_text_colour(arm.family), linespacing=1.05)
    ends = sorted({0, len(shown.lanes) - 1})
    axes.set_yticks(ends, [f"{shown.lanes[row]:,}" for row in ends], size=8)
    axes.tick_params(axis="y", length=0)
    axes.axvline(bars.wall_s, color=style.INK, linewidth=1.4, zorder=4)
    axes.annotate(style.seconds_text(bars.wall_s), (bars.wall_s, 0.5), xycoords=("data", "axes fraction"),
                  xytext=(5, 0), textcoords="offset points", va="center", weight="bold", zorder=5)


def _draw_enlarged(sheet, arm, bars, shown, box, limit):
    """The same trial again, wider, in the empty room on the right of its panel."""
    left, top, width, height = box
    wide = width * (1 - ENLARGED_LEFT)
    enlarged = sheet.axes(left + width * ENLARGED_LEFT, top, wide, height)
    reach = max(bars.wall_s, float(bars.end.max()))
    enlarged.set_xlim(0, reach)
    kinds = _draw_bars(enlarged, arm, shown, wide * page.DPI / reach, height * page.DPI)
    enlarged.set_facecolor("#F4F4F4")
    enlarged.spines[:].set_visible(False)
    enlarged.set_xticks([])
    enlarged.set_yticks([])
    factor = style.significant(limit / reach * (1 - ENLARGED_LEFT), 2)
    enlarged.annotate(f"enlarged {factor}x", (0, 1), xycoords="axes fraction", xytext=(0, 3),
                      textcoords="offset points", va="bottom", size=8.5, color=style.QUIET)
    return kinds


def _time_axis(axes, unit, is_last):
    axes.grid(axis="x", color=style.GRID, linewidth=0.8, zorder=0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    axes.tick_params(axis="x", labelbottom=is_last, length=3 if is_last else 0)
    if is_last:
        axes.set_xlabel(f"time since the start of the trial in {unit.name}")


def _draw_key(sheet, kinds, top):
    dark, light = style.shade("#777777", -0.1), style.shade("#777777", LIGHT)
    entries = {
        "bars": [Patch(color=dark, label="batch"), Patch(color=light, label="next batch of the lane")],
        "frames": [Patch(facecolor=dark, edgecolor=style.INK, linewidth=1.3, label="batch of several requests")],
        "failed": [Patch(color=style.INK, label="failed request")],
        "coverage": [Patch(color=style.shade("#777777", 0.2),
                           label="too many requests for separate bars: stronger colour means busier")],
    }
    handles = [handle for kind, handles in entries.items() if kind in kinds for handle in handles]
    handles.append(Line2D([], [], color=style.INK, linewidth=1.4, label="end of the trial"))
    width = sum(page.text_width(handle.get_label(), 9) + 0.45 for handle in handles)
    axes = sheet.axes(0, top + 0.18, page.INNER_WIDTH, 2 * KEY_ROW)
    axes.set_axis_off()
    axes.legend(handles=handles, loc="upper center", ncol=len(handles) if width < page.INNER_WIDTH else 3,
                frameon=False, fontsize=9, borderpad=0, borderaxespad=0, handlelength=1.4, columnspacing=1.6)
