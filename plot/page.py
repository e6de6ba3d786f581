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
TITLE, SUBTITLE, NOTE = (15, "bold"), (10.5, "normal"), (9, "normal")  # points, weight
LINE_SPACING = 1.3
KEY_HEIGHT = 0.24
UNBREAKABLE = re.compile(r" (?!(?:s|ms|µs|@\d+)\b|%)")
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
        head_height = sum(_height(lines, font) for lines, font in blocks) + KEY_HEIGHT + 0.2
        foot_height = _height(foot, NOTE) + 0.15
        self.height = MARGIN + head_height + body_height + foot_height + MARGIN * 0.7
        self.figure = Figure(figsize=(WIDTH, self.height), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.figure)
        self.figure.set_label(f"{title}. {subtitle}.")  # in words what can be seen: the file's title, and the report's alternative text
        top = MARGIN
        for lines, font in blocks:
            top = self._write(lines, font, top, style.INK if font is TITLE else style.QUIET)
        self._write_family_key(arms, top)
        self._body_top = MARGIN + head_height
        self._write(foot, NOTE, self._body_top + body_height + 0.15, style.QUIET)

    def _write(self, lines, font, top, colour):
        points, weight = font
        for line in lines:
            self.figure.text(MARGIN / WIDTH, 1 - top / self.height, line, size=points, weight=weight,
                             color=colour, va="top")
            top += points / 72 * LINE_SPACING
        return top + 0.06

    def _write_family_key(self, arms, top):
        """The families that appear, each in its colour: what the hues of this page stand for."""
        left = MARGIN
        for family in sorted({arm.family for arm in arms}):
            name = FAMILY_NAMES.get(family, style.short(family))
            for text, colour in (("■", style.family_colour(family)), (name, style.family_text_colour(family))):
                self.figure.text(left / WIDTH, 1 - (top + KEY_HEIGHT / 2) / self.height, text, size=NOTE[0] + 1,
                                 color=colour, va="center")
                left += text_width(text, NOTE[0] + 1) + 0.06
            left += 0.16

    def axes(self, left, top, width, height):
        """Axes in the body, without the frame's upper and right side."""
        bottom = self.height - self._body_top - top - height
        axes = self.figure.add_axes([(MARGIN + left) / WIDTH, bottom / self.height,
                                     width / WIDTH, height / self.height])
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
        return axes


def _height(lines, font):
    return len(lines) * font[0] / 72 * LINE_SPACING + 0.06


def label_rows(axes, arms, names, size=11):
    """A row for each arm from the top down, with its name in its family's colour."""
    axes.set_ylim(len(arms) - 0.5, -0.5)
    axes.set_yticks(range(len(arms)), names, size=size, linespacing=1.05)
    axes.tick_params(axis="y", length=0)
    for label, arm in zip(axes.get_yticklabels(), arms):
        label.set_color(style.family_text_colour(arm.family))


def experiment_note(results):
    """What was measured, for the foot of a chart."""
    trials = results.trials
    counts = sorted({len(arm.trials) for arm in results.arms})
    number = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    rounds = style.plural(results.warmup_rounds, "warm-up round")
    warmup = f" (and {rounds}, not shown)" if results.warmup_rounds else ""
    requests = _values(f"{trial.requests:,}" for trial in trials)
    reuse = {True: "reused", False: "not reused"}
    several_levels = len({arm.strategy for arm in results.arms}) < len(results.arms)
    noun = "strategy and level" if several_levels else "strategy"
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
    notes = ["Trials with failures: " + "; ".join(parts) + "."] if parts else []
    reasons = wording.not_ranked(results.ordered_arms, most=len(results.arms))
    return notes + ([reasons + "."] if reasons else [])


def rate_notes(results):
    """In an open loop: the rate, what came of it, and who could not keep up."""
    if not results.is_open_loop:
        return []
    rates = sorted({trial.rate_per_s for trial in results.trials if trial.rate_per_s is not None})
    arrivals = sorted({trial.arrivals for trial in results.trials if trial.arrivals})
    text = f"Open loop: {style.listing(f'{rate:,g}' for rate in rates)} batches due per second, " \
           f"{style.listing(arrivals)} arrivals"
    achieved = [trial.achieved_per_s for arm in results.arms if not arm.sends_nothing
                for trial in arm.trials if trial.achieved_per_s is not None]
    if achieved:
        low, high = style.significant(min(achieved)), style.significant(max(achieved))
        text += f", started {low if low == high else f'{low} to {high}'}"
    saturated = [style.short(arm.label) for arm in results.ordered_arms if arm.standing.saturated]
    if saturated:
        text += f". Saturated, because most trials could not keep up: {style.listing(saturated)}"
    return [text + "."]
