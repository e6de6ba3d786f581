"""One trial per strategy: a row per lane, a bar per request with its phases, all on the same time axis.

A batch of several requests is framed. Those that are far sooner done than the slowest are small on that axis, and are drawn
once more, on an axis of their own, in a frame that says so. Where bars would be too narrow to see, or lanes too low, a row shows
what its lanes did by the mixture of the phases' colours; no request and no lane is left out.
"""

from dataclasses import dataclass

import numpy
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

import contest
import page
import style
import wording
from bars import PHASES, Bars
from results import NothingToDraw

HOW_TO_READ = ("Each row is a lane, a place for one request at a time, and each bar a request on it; time runs to the right. Bars one above the "
               "other were under way together, and a gap is time in which a lane had nothing to do.")

FILE = "timeline.png"

LANE_HEIGHT = 0.105               # inches, where there is room
PANEL_HEIGHT = (0.42, 2.2)        # least, most
SMALL_PANEL_HEIGHT = 0.22         # of those that are enlarged below
ALL_PANELS_HEIGHT = 10.0
GAP = 0.17                        # between panels
HEADING, AXIS, SECTION_GAP = 0.42, 0.5, 0.25
MOST_SECTIONS = 3
LEAST_LANE_PIXELS = 3
LEAST_BAR_PIXELS = 2              # mean width below which single bars cannot be told apart
LEAST_WIDTH_PIXELS = 2.5          # a short request stays visible beside long ones
GAP_PIXELS = 1.2                  # between neighbours on a lane, where they are wide enough
LEAST_FRAME_PIXELS = 6            # lanes lower than this have no room for a frame
CROWDED = 50                      # requests per lane from which that matters
MOST_CROSSES = 400                # on failed requests
CROSS_PIXELS = 12                 # that one needs
IDLE_ROW = 0.16                   # inches
KEY_ROW, KEY_SIZE = 0.24, page.SMALL
LABEL_SIZE = 9

# Told apart by lightness and, where that is not enough, by a pattern: from 0, black, to 100, white.
LIGHTNESS = {"connecting": 64, "TLS": 27, "waiting": 80, "receiving": 45, "unknown": 80}
HATCHES = {"connecting": "/////", "unknown": "..."}
PHASE_LABELS = {"connecting": "connecting", "TLS": "TLS handshake", "waiting": "waiting for the answer",
                "receiving": "receiving, until the strategy saw the end", "unknown": "under way, phases not recorded"}
FRAME, GREY = "#F4F4F4", "#808080"
BOUND_DASHES = (0, (1, 1.2))


@dataclass
class Panel:
    arm: object
    bars: Bars
    name: str


@dataclass
class Section:
    """Panels on one axis. The small ones are enlarged in the next section."""
    panels: list
    small: set
    heights: list = None
    heading: str = ""

    @property
    def reach_s(self):
        return max(panel.bars.reach_s for panel in self.panels)

    @property
    def height(self):
        return (HEADING if self.heading else 0.1) + sum(self.heights) + GAP * (len(self.panels) - 1) + AXIS


def finding(panels):
    """The title, from [(arm, wall time, mean number of requests under way)] in the order of the ranks."""
    ranked = [panel for panel in panels if panel[0].is_ranked]
    if not ranked:
        return "What each lane did when. " + wording.not_ranked([arm for arm, _, _ in panels])
    first, last = ranked[0], ranked[-1]
    if len(ranked) == 1:
        return f"{_had(first)} requests under way on average, and took {style.seconds_text(first[1])}"
    walls, under_way = [panel[1] for panel in ranked], [panel[2] for panel in ranked]
    low, high = style.significant(min(under_way), 2), style.significant(max(under_way), 2)
    many = f"{low if low == high else f'{low} to {high}'} requests were under way on average"
    if first[0].is_open_loop:
        return many
    if _is_told_apart(first[0], last[0]):
        return (f"{_had(first)} requests under way on average and took {style.seconds_text(first[1])}; "
                f"{_had(last)} and took {style.seconds_text(last[1])}")
    doubt = "too few rounds to tell who is faster" if first[0].standing.first_rounds_missing else "no difference was shown"
    return f"{many}, and the trials took {style.range_text(min(walls), max(walls))} ({doubt})"


def _had(panel):
    return f"{style.short(panel[0].label)} had {style.significant(panel[2], 2)}"


def _is_told_apart(first, last):
    return bool(first.standing.shares_first) and last.standing.shares_first is False


def draw(results):
    records = {one.arm.label: one for one in results.request_records}
    arms = [arm for arm in results.shown_arms if _has_bars(records.get(arm.label))]
    if not arms:
        raise NothingToDraw("no request of a measured trial has a start and an end")
    panels = [Panel(arm, Bars.of(records[arm.label].timeline), page.name_lines(arm)) for arm in arms]
    sections = _sections(panels)
    lane_label_width = _lane_label_width(panels)
    left = max(page.text_width(panel.name, 11) for panel in panels) + 0.42 + lane_label_width
    sheet = page.Page(
        finding(sorted(((panel.arm, panel.bars.wall_s, panel.bars.mean_in_flight) for panel in panels),
                       key=lambda panel: results.ordered_arms.index(panel[0]))),
        "A trial of each strategy, the one nearest to its median total time: a row per lane, a bar per request", arms,
        _notes(results, panels) + [page.experiment_note(results)],
        body_height=sum(section.height for section in sections) + SECTION_GAP * (len(sections) - 1) + 0.1 +
        _most_key_rows(panels) * KEY_ROW)
    top, kinds = 0.0, set()
    for place, section in enumerate(sections):
        _draw_section(sheet, section, (top, left, lane_label_width), kinds, is_enlarged=place > 0)
        top += section.height + SECTION_GAP
    _draw_key(sheet, kinds, top - SECTION_GAP + 0.1)
    return sheet.figure


def _has_bars(records):
    return records is not None and len(records.timeline.lanes) > 0


def _sections(panels):
    """All panels; then those that are small beside the slowest, even if it is one alone: this is about what can be seen, not
    about a contest; and once more."""
    sections = [Section(panels, set())]
    while len(sections) < MOST_SECTIONS:
        last = sections[-1]
        small = [panel for panel in last.panels if contest.is_far_behind(last.reach_s, panel.bars.reach_s)]
        if not small:
            break
        last.small = {id(panel) for panel in small}
        sections.append(Section(small, set()))
    full = sum(len(section.panels) - len(section.small) for section in sections)
    least, most = PANEL_HEIGHT
    most = max(0.7, min(most, ALL_PANELS_HEIGHT / full))
    for section in sections:
        section.heights = [SMALL_PANEL_HEIGHT if id(panel) in section.small else
                           min(max(len(panel.bars.lanes) * LANE_HEIGHT + IDLE_ROW * bool(_idle_lanes(panel.bars)), least), most)
                           for panel in section.panels]
        if len(sections) > 1:
            section.heading = _heading(section, is_enlarged=section is not sections[0])
    return sections


def _idle_lanes(bars):
    """Lanes that the concurrency allowed and that no request came to, as text: 4…16; "" where there are none."""
    most = bars.trial.concurrency
    ends = [0, *(lane for lane in bars.lanes.tolist() if 0 < lane <= most), most + 1]
    runs = [(before + 1, after - 1) for before, after in zip(ends, ends[1:]) if after - before > 1]
    return ", ".join(_lanes_text(*run) for run in runs) if len(runs) < 3 else f"{most - len(ends) + 2:,} others"


def _lanes_text(first, last):
    return f"{first:,}" if first == last else f"{first:,}{', ' if last == first + 1 else '…'}{last:,}"


def _lane_label_width(panels):
    texts = [text for panel in panels for text in (_idle_lanes(panel.bars), _lanes_text(*panel.bars.lanes[[0, -1]].tolist()))]
    return max(page.text_width(text, LABEL_SIZE) for text in texts)


def _notes(results, panels):
    notes = []
    if any(panel.bars.has_phases for panel in panels):
        notes.append("Phases by libcurl. When it took a request up is not known: they are drawn from the request's start, "
                     "and what passed before shows as receiving.")
    partial = [f"{len(panel.bars.start):,} of {panel.bars.trial.requests:,} of {style.short(panel.arm.label)}"
               for panel in panels if len(panel.bars.start) < panel.bars.trial.requests]
    if partial:
        notes.append(f"Some requests were not sent, or not recorded. Shown: {style.listing(partial)}.")
    shown = {id(panel.arm) for panel in panels}
    missing = [style.short(arm.label) for arm in results.arms if id(arm) not in shown and not arm.sends_nothing]
    if missing:
        notes.append(f"Left out, because no requests were recorded: {style.listing(missing)}.")
    return notes + page.failure_notes(results) + page.rate_notes(results)


# Sections

def _draw_section(sheet, section, place, kinds, is_enlarged):
    top, left, lane_label_width = place
    width = page.INNER_WIDTH - left - (0.1 if is_enlarged else 0)
    unit = style.unit_for_all([section.reach_s])
    limit = section.reach_s / (1 - (page.text_width(style.seconds_text(section.reach_s), 10.5, "bold") + 0.2) / width)
    backdrop = sheet.axes(0, top, page.INNER_WIDTH, section.height)
    backdrop.set_axis_off()
    backdrop.set_xlim(0, page.INNER_WIDTH)
    backdrop.set_ylim(section.height, 0)
    if is_enlarged:
        backdrop.add_patch(Rectangle((0, 0), page.INNER_WIDTH, section.height, facecolor=FRAME, edgecolor=style.QUIET,
                                      linewidth=1.2))
    backdrop.text(0.12 if is_enlarged else 0, 0.2, section.heading, size=10.5, weight="bold", va="center")
    top += HEADING if section.heading else 0.1
    for number, (panel, height) in enumerate(zip(section.panels, section.heights)):
        axes = sheet.axes(left, top, width, height)
        axes.set_facecolor("none")
        axes.set_xlim(0, limit)
        is_small = id(panel) in section.small
        _label_panel(axes, panel, lane_label_width, is_small)
        _draw_panel(axes, panel, (width * page.DPI / limit, int(height * page.DPI)), kinds, is_small)
        _time_axis(axes, unit, is_last=number == len(section.panels) - 1)
        top += height + GAP


def _heading(section, is_enlarged):
    if not is_enlarged:
        return "All on one time axis"
    reach = style.seconds_text(section.reach_s)
    if len(section.panels) == 1:
        return f"Enlarged: the same trial of {style.short(section.panels[0].arm.label)}, on an axis that ends after {reach}"
    return f"Enlarged: the same trials of the {len(section.panels)} that were done within {reach}, on an axis of their own"


def _label_panel(axes, panel, lane_label_width, is_small):
    bars, arm = panel.bars, panel.arm
    is_broken = "\n" in panel.name
    axes.annotate(panel.name, (0, 0.5), xycoords="axes fraction", xytext=(-72 * (lane_label_width + 0.3), 0),
                  textcoords="offset points", ha="right", va="center", size=8 if is_small and is_broken else 11,
                  color=style.family_text_colour(arm.family), linespacing=1.0)
    axes.spines["left"].set_position(("outward", 3))
    axes.spines["left"].set(color=style.look(arm).colour, linewidth=4)
    axes.tick_params(axis="y", length=0, pad=5)
    axes.axvline(bars.wall_s, color=style.INK, linewidth=1.4, zorder=4)
    axes.annotate(style.seconds_text(bars.wall_s), (bars.wall_s, 0.5), xycoords=("data", "axes fraction"),
                  xytext=(5, 0), textcoords="offset points", va="center", weight="bold", zorder=5)


def _time_axis(axes, unit, is_last):
    axes.grid(axis="x", color=style.GRID, linewidth=0.8, zorder=0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    axes.tick_params(axis="x", labelbottom=is_last, length=3 if is_last else 0)
    if is_last:
        axes.set_xlabel(f"time since the start of the trial in {unit.name}", labelpad=2)


# Panels

def _draw_panel(axes, panel, scale, kinds, is_small):
    """`kinds` collects what was drawn, for the key."""
    bars, (pixels_per_second, pixels_high) = panel.bars, scale
    idle = "" if is_small else _idle_lanes(bars)
    idle_pixels = int(IDLE_ROW * page.DPI) if idle else 0
    step = max(1, -(-len(bars.lanes) * LEAST_LANE_PIXELS // max(1, pixels_high - idle_pixels)))
    rows = -(-len(bars.lanes) // step)
    row_pixels = (pixels_high - idle_pixels) / rows
    axes.set_ylim(rows - 0.5 + idle_pixels / row_pixels, -0.5)
    mean_pixels = float((bars.end - bars.start).mean()) * pixels_per_second
    if step > 1 or is_small or (mean_pixels < LEAST_BAR_PIXELS and len(bars.start) > CROWDED * len(bars.lanes)):
        _draw_mixture(axes, panel, (step, rows, row_pixels), kinds)
    else:
        _draw_bars(axes, panel, pixels_per_second, kinds)
        if mean_pixels > 4 and row_pixels >= LEAST_FRAME_PIXELS:
            _frame_batches(axes, bars, kinds)
    _mark_failures(axes, bars, step, kinds)
    if is_small:
        axes.set_yticks([])
        return
    _label_lanes(axes, bars, (step, rows, row_pixels), idle)
    bound = panel.arm.standing.lower_bound_s
    if bound and not panel.arm.is_open_loop:  # there the schedule decides when a trial ends
        axes.axvline(bound, color=style.QUIET, linewidth=1.8, linestyle=BOUND_DASHES, zorder=4)
        kinds.add("bound")


def _label_lanes(axes, bars, shape, idle):
    """The first and the last row; a row of several lanes says which. Below them those that had nothing to do."""
    step, rows, row_pixels = shape
    groups = [(bars.lanes[row * step], bars.lanes[min((row + 1) * step, len(bars.lanes)) - 1]) for row in (0, rows - 1)]
    labels = {row: _lanes_text(*group) for row, group in zip((0, rows - 1), groups)}
    if idle:
        place = rows - 0.5 + IDLE_ROW * page.DPI / row_pixels / 2
        labels[place] = idle
        axes.annotate("nothing to do", (0, place), xytext=(6, 0), textcoords="offset points", va="center", size=8.5,
                      color=style.QUIET)
    apart = LABEL_SIZE / 72 * page.DPI * 1.3 / row_pixels
    if rows > 1 and min(abs(rows - 1 - place) for place in labels if place != rows - 1) < apart:
        labels.pop(rows - 1)
    axes.set_yticks(list(labels), list(labels.values()), size=LABEL_SIZE)


def phase_colour(family, phase):
    """The family's hue, as light as the phase has it; connecting is grey, so that it stands out in a mixture, too."""
    return style.with_lightness(GREY if phase == "connecting" else style.family_colour(family), LIGHTNESS[phase])


def _draw_bars(axes, panel, pixels_per_second, kinds):
    bars, pixel = panel.bars, 1 / pixels_per_second
    is_narrow = bars.end - bars.start <= 3 * GAP_PIXELS * pixel
    last = numpy.maximum(numpy.where(is_narrow, bars.end, bars.end - GAP_PIXELS * pixel), bars.start + LEAST_WIDTH_PIXELS * pixel)
    for phase in PHASES:
        begin, end = (numpy.minimum(moments, last) for moments in bars.spans(phase))
        if phase == "waiting":
            end = numpy.where(last - end < 0.4 * pixel, last, end)
        if phase == "receiving":
            end = last
        chosen = ~bars.failed & (end - begin > 0.15 * pixel)  # false where unknown
        _add_boxes(axes, panel, phase, (bars.row[chosen], begin[chosen], end[chosen]), kinds)
    unknown = bars.unknown
    _add_boxes(axes, panel, "unknown", (bars.row[unknown], bars.start[unknown], last[unknown]), kinds)


def _add_boxes(axes, panel, phase, boxes, kinds):
    if len(boxes[0]) == 0:
        return
    kinds.add(phase)
    hatch = HATCHES.get(phase)
    axes.add_collection(PolyCollection(_boxes(*boxes), facecolors=phase_colour(panel.arm.family, phase), hatch=hatch, linewidths=0,
                                       edgecolors=phase_colour(panel.arm.family, "TLS") if hatch else "none", zorder=2))


def _boxes(row, start, end, half_height=0.42):
    """Corner points of a box per request."""
    x = numpy.stack([start, end, end, start], axis=1)
    y = numpy.stack([row - half_height, row - half_height, row + half_height, row + half_height], axis=1)
    return numpy.stack([x, y], axis=2)


def _frame_batches(axes, bars, kinds):
    """A frame round each batch of several requests, from its first start to its last end."""
    starts = bars.batch_starts()
    ends = numpy.append(starts[1:], len(bars.start)) - 1
    several = ends > starts
    if not several.any():
        return
    first, last = starts[several], ends[several]
    axes.add_collection(PolyCollection(_boxes(bars.row[first], bars.start[first], bars.end[last], 0.46), facecolors="none",
                                       edgecolors=style.INK, linewidths=1.5, zorder=3))
    kinds.add("frames")


def _mark_failures(axes, bars, step, kinds):
    """Black, with a cross at the end where there are not too many."""
    failed = numpy.flatnonzero(bars.failed)
    if len(failed) == 0:
        return
    kinds.add("failed")
    if step == 1 and len(failed) <= 20 * MOST_CROSSES:
        low, high = axes.get_xlim()
        least = (high - low) / 500
        axes.add_collection(PolyCollection(
            _boxes(bars.row[failed], bars.start[failed], numpy.maximum(bars.end[failed], bars.start[failed] + least)),
            facecolors=style.INK, linewidths=0, zorder=2.5))
    most_in_a_row = int(numpy.bincount(bars.row[failed] // step).max())
    if len(failed) <= MOST_CROSSES and most_in_a_row * CROSS_PIXELS <= axes.bbox.width:
        axes.scatter(bars.end[failed], bars.row[failed] // step, marker="X", s=44, color=style.INK, edgecolors="white",
                     linewidths=0.8, zorder=4.5, clip_on=False)


def _draw_mixture(axes, panel, shape, kinds):
    """Each row as a strip. The colour of a moment is the mean of what the row's lanes did then; nothing is white."""
    bars, (step, rows, row_pixels) = panel.bars, shape
    edges = numpy.linspace(0, max(float(bars.end.max()), 1e-9), 1001)
    bounds = numpy.searchsorted(bars.row, numpy.minimum(numpy.arange(rows + 1) * step, len(bars.lanes)))
    lane_counts = numpy.minimum(step, len(bars.lanes) - numpy.arange(rows) * step)
    image = numpy.zeros((rows, len(edges) - 1, 4))
    for name, chosen, begin, end in _layers(bars):
        colour = to_rgb(style.INK if name == "failed" else phase_colour(panel.arm.family, name))
        if not chosen.any():
            continue
        if name != "failed":
            kinds.add(name)
        for row, (first, last) in enumerate(zip(bounds, bounds[1:])):
            here = slice(first, last)
            some = chosen[here]
            share = _coverage(begin[here][some], end[here][some], edges) / lane_counts[row]
            image[row, :, :3] += share[:, None] * colour
            image[row, :, 3] += share
    busy = numpy.maximum(image[:, :, 3:], 1e-12)
    image[:, :, :3] = numpy.clip(image[:, :, :3] / busy, 0, 1)
    image[:, :, 3] = numpy.clip(image[:, :, 3], 0, 1)
    axes.imshow(image, extent=(0, edges[-1], rows - 0.5, -0.5), aspect="auto", interpolation="nearest", zorder=2)
    if row_pixels >= LEAST_FRAME_PIXELS:
        axes.hlines(numpy.arange(1, rows) - 0.5, 0, edges[-1], color="white", linewidth=0.4, zorder=2)
    kinds.add("mixture")


def _layers(bars):
    """(name, which requests, starts, ends)"""
    for phase in PHASES:
        begin, end = bars.spans(phase)
        yield phase, ~bars.failed & (end > begin), begin, end
    yield "unknown", bars.unknown, bars.start, bars.end
    yield "failed", bars.failed, bars.start, bars.end


def _coverage(start, end, edges):
    """How many of the requests were under way in each stretch between two edges, on average."""
    reached = _time_since(start, edges) - _time_since(end, edges)
    return numpy.diff(reached) / numpy.diff(edges)


def _time_since(moments, edges):
    """At each edge, the sum of the times since those moments that lie before it."""
    ordered = numpy.sort(moments)
    counts = numpy.searchsorted(ordered, edges)
    return counts * edges - numpy.concatenate([[0], numpy.cumsum(ordered)])[counts]


# Key

def _key_of(kinds):
    """[[(mark, its width), ...] for each row]"""
    edge = style.with_lightness(GREY, LIGHTNESS["TLS"])
    handles = [Patch(facecolor=style.with_lightness(GREY, LIGHTNESS[phase]), hatch=HATCHES.get(phase), edgecolor=edge, linewidth=0,
                     label=PHASE_LABELS[phase]) for phase in (*PHASES, "unknown") if phase in kinds]
    if "failed" in kinds:
        handles.append(Line2D([], [], color=style.INK, linewidth=5, marker="X", markersize=8, markeredgecolor="white",
                              markevery=[-1], label="failed request"))
    if "frames" in kinds:
        handles.append(Patch(facecolor="none", edgecolor=style.INK, linewidth=1.5, label="batch of several requests"))
    if "bound" in kinds:
        handles.append(Line2D([], [], color=style.QUIET, linewidth=1.8, linestyle=BOUND_DASHES,
                              label="lower bound: no order of the batches ends sooner"))
    handles.append(Line2D([], [], color=style.INK, linewidth=1.4, label="end of the trial"))
    if "mixture" in kinds:
        handles.append(Patch(color=style.with_lightness(GREY, 70), label="mixed colours: too small for single bars"))
    rows, left = [[]], 0.0
    for handle in handles:
        width = page.text_width(handle.get_label(), KEY_SIZE) + 0.62
        if rows[-1] and left + width > page.INNER_WIDTH:
            rows.append([])
            left = 0.0
        rows[-1].append((handle, width))
        left += width
    return rows


def _most_key_rows(panels):
    """Before it is known which marks will be drawn: as many as there would be at most."""
    kinds = {"frames", "bound", "mixture"}
    for bars in (panel.bars for panel in panels):
        kinds |= {phase for phase in PHASES if (numpy.subtract(*reversed(bars.spans(phase))) > 0).any()}
        kinds |= {"failed"} if bars.failed.any() else set()
        kinds |= {"unknown"} if bars.unknown.any() else set()
    return len(_key_of(kinds))


def _draw_key(sheet, kinds, top):
    for number, row in enumerate(_key_of(kinds)):
        left = 0.0
        for handle, width in row:
            axes = sheet.axes(left, top + number * KEY_ROW, width, KEY_ROW)
            axes.set_axis_off()
            axes.legend(handles=[handle], loc="center left", frameon=False, fontsize=KEY_SIZE, borderpad=0, borderaxespad=0,
                        handlelength=1.7, handletextpad=0.5)
            left += width
