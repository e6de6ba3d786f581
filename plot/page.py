"""The page that every chart stands on: title with the finding, subtitle, key of colours, drawing, notes.

    page = Page(title, subtitle, arms, notes, body_height=3.0)
    axes = page.axes(left=2.0, top=0.0, width=7.5, height=3.0)

All lengths are inches from the body's upper left corner; the page is as high as its texts and its
body need, so nothing overlaps and nothing is cut off.
"""

import functools
import logging
import re
import warnings

logging.getLogger("matplotlib").setLevel(logging.ERROR)  # remarks on font caches are not for the user

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

import style
import wording

WIDTH = 10.0
DPI = 160
MARGIN = 0.3
INNER_WIDTH = WIDTH - 2 * MARGIN
SMALL = 10  # points: on a page shown 600 pixels wide that is 8 pixels, which can just be read. Smaller is only what stands beside
            # the lanes of the timeline, which are narrower still: their numbers, and names beside low panels
TITLE, SUBTITLE, NOTE = (15, "bold"), (11, "normal"), (SMALL, "normal")  # points, weight
LINE_SPACING = 1.3
KEY_SIZE, KEY_GAP = SMALL, 0.06
KEY_HEIGHT = 0.24  # of a line of families
LINE_KEY_ROW = (0.3, 0.42)  # the second one where names take two lines
UNBREAKABLE = re.compile(r" (?!(?:s|ms|µs|@\d+)\b|%)")
FAILED_MARK = "×"
FAMILY_NAMES = {"nobody": "sends nothing", "": "no family"}

warnings.filterwarnings("ignore", message="Glyph .* missing from")
matplotlib.rcdefaults()  # pictures do not depend on the user's matplotlibrc
matplotlib.rcParams.update({
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "svg.hashsalt": "harness",  # equal input, equal pictures
    "text.color": style.INK,
    "text.parse_math": False,  # a strategy's label may hold dollar signs
    "axes.edgecolor": style.QUIET,
    "axes.labelcolor": style.INK,
    "axes.linewidth": 0.8,
    "xtick.color": style.QUIET,
    "xtick.labelcolor": style.INK,
    "ytick.color": style.QUIET,
    "ytick.labelcolor": style.INK,
})


@functools.lru_cache(maxsize=None)
def _scratch_renderer():
    return FigureCanvasAgg(Figure(dpi=DPI)).get_renderer()


def text_width(text, points, weight="normal"):
    """Inches that the widest line of the text takes."""
    font = FontProperties(family="DejaVu Sans", size=points, weight=weight)
    measure = _scratch_renderer().get_text_width_height_descent
    return max(measure(line, font, False)[0] for line in text.split("\n")) / DPI


def wrap(text, points, weight="normal", width=INNER_WIDTH):
    """The text broken into lines no wider than this many inches; a number stays with its unit."""
    lines = []
    for word in UNBREAKABLE.split(text):
        if lines and text_width(f"{lines[-1]} {word}", points, weight) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def wrap_evenly(text, points, weight):
    """Wrapped into as few lines as it takes, all about equally long."""
    lines, width = wrap(text, points, weight), INNER_WIDTH
    while len(lines) > 1 and width > 0.4 * INNER_WIDTH:
        width *= 0.95
        narrower = wrap(text, points, weight, width)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


class Page:
    def __init__(self, title, subtitle, arms, notes, body_height):
        blocks = [(wrap_evenly(title, *TITLE), TITLE), (wrap(subtitle, *SUBTITLE), SUBTITLE)]
        foot = [line for note in notes for line in wrap(note, *NOTE)]
        key = _family_key(arms)
        head_height = sum(_height(lines, font) for lines, font in blocks) + KEY_HEIGHT * key[-1][1] + 0.2
        foot_height = _height(foot, NOTE) + 0.15
        self.height = MARGIN + head_height + body_height + foot_height + MARGIN * 0.7
        self.figure = Figure(figsize=(WIDTH, self.height), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.figure)
        self.figure.set_label(f"{title}. {subtitle}.")  # in words what can be seen: the file's title, and the report's alternative text
        top = MARGIN
        for lines, font in blocks:
            top = self._write(lines, font, top, style.INK if font is TITLE else style.QUIET)
        self._write_family_key(key, top)
        self._body_top = MARGIN + head_height
        self._write(foot, NOTE, self._body_top + body_height + 0.15, style.QUIET)

    def _write(self, lines, font, top, colour):
        points, weight = font
        for line in lines:
            self.figure.text(MARGIN / WIDTH, 1 - top / self.height, line, size=points, weight=weight,
                             color=colour, va="top")
            top += points / 72 * LINE_SPACING
        return top + 0.06

    def _write_family_key(self, key, top):
        """The families that appear, each in its colour: what the hues of this page stand for."""
        for family, line, left in key:
            y = 1 - (top + (line - 0.5) * KEY_HEIGHT) / self.height
            mark = self.figure.text(left / WIDTH, y, "■", size=KEY_SIZE, color=style.family_colour(family), va="center")
            left += text_width(mark.get_text(), KEY_SIZE) + KEY_GAP
            self.figure.text(left / WIDTH, y, _family_name(family), size=KEY_SIZE, color=style.family_text_colour(family),
                             va="center")

    def axes(self, left, top, width, height):
        """Axes in the body, without the frame's upper and right side."""
        bottom = self.height - self._body_top - top - height
        axes = self.figure.add_axes([(MARGIN + left) / WIDTH, bottom / self.height,
                                     width / WIDTH, height / self.height])
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
        return axes


def _family_name(family):
    return FAMILY_NAMES.get(family, style.short(family))


def _family_key(arms):
    """(family, line, left) of each, on as many lines as it takes."""
    places, line, left = [], 1, MARGIN
    for family in sorted({arm.family for arm in arms}):
        width = text_width("■", KEY_SIZE) + text_width(_family_name(family), KEY_SIZE) + 2 * KEY_GAP
        if left + width > WIDTH - MARGIN and left > MARGIN:
            line, left = line + 1, MARGIN
        places.append((family, line, left))
        left += width + 0.16
    return places


class LineKey:
    """Which line is whose: names with a piece of their lines, in columns as many as the width has room for."""

    LINE = 0.42  # inches

    def __init__(self, arms, names, width=0, has_dashes=True):
        self._arms, self._names, self._has_dashes = arms, names, has_dashes
        cell = self.LINE + 0.12 + max(text_width(name, SMALL) for name in names)
        self._columns = max(1, min(len(arms), int((width + 0.25) // (cell + 0.25))))
        self._cell = cell + 0.25
        self._row = LINE_KEY_ROW[any("\n" in name for name in names)]
        self._rows = -(-len(arms) // self._columns)
        self.width, self.height = self._cell * self._columns - 0.25, self._row * self._rows

    def draw(self, sheet, left, top):
        axes = sheet.axes(left, top, self.width, self.height)
        axes.set_axis_off()
        axes.set_xlim(0, self.width)
        axes.set_ylim(self.height, 0)
        for place, (arm, name) in enumerate(zip(self._arms, self._names)):
            column, row = divmod(place, self._rows)
            draw_key_entry(axes, arm, name, column * self._cell, (row + 0.5) * self._row, self._has_dashes)


def draw_key_entry(axes, arm, name, x, y, has_dashes=True):
    """Axes in inches."""
    look = {**line_style(arm), "markevery": [1]}
    if not has_dashes:
        look["linestyle"] = "-"
    axes.plot([x, x + LineKey.LINE / 2, x + LineKey.LINE], [y, y, y], **look, linewidth=2, clip_on=False)
    axes.text(x + LineKey.LINE + 0.12, y, name, va="center", size=SMALL, linespacing=1.05,
              color=style.family_text_colour(arm.family))


def line_style(arm, place=0, even_points=0):
    """Of a curve. It has about five markers, at places that differ from one curve to the next; `even_points`: how many
    points it has, if these are as far from one another."""
    look = style.look(arm)
    step = max(1, even_points // 5)
    return {"color": look.colour, "linestyle": look.dashes, "marker": look.marker, "markersize": 6 * look.size, "markeredgewidth": 1.2,
            "markeredgecolor": look.colour, "markerfacecolor": "white" if look.is_hollow else look.colour,
            "markevery": (int(0.37 * place % 1 * step), step) if even_points else (0.03 + 0.37 * place % 0.21, 0.21)}


def without_level(arm):
    """Its name in a panel that is about one level of concurrency."""
    return re.sub(rf" @{arm.concurrency}\b", "", arm.label)


def name_lines(arm, label=None):
    """Its label, on one line or two, with a cross where trials failed: the notes say how many."""
    return style.label_lines(label or arm.label) + (f" {FAILED_MARK}" if arm.failed_trials else "")


def panel_names(arms):
    return [name_lines(arm, without_level(arm)) for arm in arms]


def one_of_each_name(arms):
    """For the key of panels, each of which is about one level."""
    return list({without_level(arm): arm for arm in reversed(arms)}.values())[::-1]


def by_level(items, arm_of):
    """(level of concurrency, its items), in the order of the levels."""
    levels = sorted({arm_of(item).concurrency for item in items})
    return [(level, [item for item in items if arm_of(item).concurrency == level]) for level in levels]


def _height(lines, font):
    return len(lines) * font[0] / 72 * LINE_SPACING + 0.06


def label_rows(axes, arms, names, size=11):
    """A row for each arm from the top down, with its name in its family's colour, and a line between levels."""
    axes.set_ylim(len(arms) - 0.5, -0.5)
    axes.set_yticks(range(len(arms)), names, size=size, linespacing=1.05)
    axes.tick_params(axis="y", length=0)
    for label, arm in zip(axes.get_yticklabels(), arms):
        label.set_color(style.family_text_colour(arm.family))
    levels = [arm.concurrency if without_level(arm) != arm.label else None for arm in arms]
    for place, (level, following) in enumerate(zip(levels, levels[1:])):
        if level != following:
            axes.axhline(place + 0.5, color=style.QUIET, linewidth=0.8, zorder=1)


def experiment_note(results):
    """What was measured, for the foot of a chart."""
    trials = results.trials
    counts = sorted({len(arm.trials) for arm in results.arms})
    number = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    rounds = style.plural(results.warmup_rounds, "warm-up round")
    warmup = f" (and {rounds}, not shown)" if results.warmup_rounds else ""
    requests = _values(f"{trial.requests:,}" for trial in trials)
    reuse = {True: "reused", False: "not reused"}
    are_alone = len({arm.strategy for arm in results.arms}) == len(results.arms)
    noun = "strategy and level" if results.has_levels else "strategy" if are_alone else "row"
    return "; ".join([
        f"{number} {'trial' if number == '1' else 'trials'} of each {noun}{warmup}",
        f"workload {_values(trial.workload for trial in trials)}: {requests} {'request' if requests == '1' else 'requests'}",
        f"concurrency {_values(trial.concurrency for trial in trials)}",
        f"{_values(trial.start for trial in trials)} start, connections "
        f"{_values(reuse[trial.reuse] for trial in trials)}",
        *_http(trials),
    ]) + "."


def _http(trials):
    """What is not the default. TLS is known where connections were opened: not from warm trials alone."""
    versions = {trial.http for trial in trials}
    opened = sum(trial.connections for trial in trials)
    has_tls = 0 < opened == sum(trial.handshakes for trial in trials)
    if versions != {"1.1"} or has_tls:
        yield f"HTTP/{_values(versions)}{' over TLS' if has_tls else ''}"


def _values(values):
    distinct = sorted(set(values))
    return style.listing(style.short(str(value)) for value in distinct)


def failure_notes(results):
    """Sentences on the trials that were not clean and the arms that are not ranked, if there are any."""
    parts = []
    for arm in results.arms:
        failed = arm.failed_trials
        if failed:
            words = sorted({trial.status for trial in failed} - {"ok", ""})
            reason = f" ({style.listing(style.short(word) for word in words)})" if words else ""
            parts.append(f"{style.short(arm.label)} {len(failed)} of {len(arm.trials)}{reason}")
    notes = [f"{FAILED_MARK} Trials with failures: " + "; ".join(parts) + "."] if parts else []
    reasons = wording.not_ranked(results.ordered_arms, most=len(results.arms))
    return notes + ([reasons + "."] if reasons else [])


def rate_notes(results):
    """In an open loop: the rate, what came of it, and who could not keep up."""
    if not results.is_open_loop:
        return []
    rates = sorted({trial.rate_per_s for trial in results.trials if trial.rate_per_s is not None})
    arrivals = sorted({trial.arrivals for trial in results.trials if trial.arrivals})
    text = f"Open loop: {style.listing(f'{rate:,g}' for rate in rates)} batches due per second"
    if arrivals:
        text += f", {style.listing(arrivals)} arrivals"
    achieved = [trial.achieved_per_s for arm in results.arms if not arm.sends_nothing
                for trial in arm.trials if trial.achieved_per_s is not None]
    if achieved:
        low, high = style.significant(min(achieved)), style.significant(max(achieved))
        text += f", started {low if low == high else f'{low} to {high}'}"
    saturated = [style.short(arm.label) for arm in results.ordered_arms if arm.standing.saturated]
    if saturated:
        text += f". Saturated, because most trials could not keep up: {style.listing(saturated)}"
    return [text + "."]
