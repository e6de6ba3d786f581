"""Each strategy against the one that it is compared with: the picture of the comparison (a forest plot).

The dot is the ratio of their times, the line its interval, the band what --threshold says does not matter. All of it,
and the words on the right, are columns of summary.csv.
"""

import math

import contest
import page
import style
import wording
from results import NotOfThisKind

HOW_TO_READ = ("Each row is one strategy against the one at 1, compared round by round: left of 1 took less, right of 1 took more. Where the line "
               "of a row reaches across 1, no difference was shown; within the grey band a difference would not matter.")

FILE = "ratios.png"

ROW_HEIGHT = (0.5, 0.36)  # inches; the second one from 9 rows on
LEAST_SPAN = 1.1          # the axis reaches at least from 1 / this to this
WORDS_SIZE = page.SMALL
NEAR = 0.05               # as far as this from 1, all are near
FAR_AWAY = 5              # times as far from 1 as the others, in logarithms: too far for their axis
FURTHEST = 1e30           # times as long, or as short: no axis reaches further, whatever the others do


def rows_of(results):
    """The arms that have a ratio or are what others are compared with, in the order of their ranks."""
    compared = [arm for arm in results.shown_arms if arm.reference is not None and arm.standing.ratio is not None]
    if not compared:
        raise NotOfThisKind("summary.csv compares no strategy with another")
    references = {id(arm.reference) for arm in compared}
    return [arm for arm in results.shown_arms if id(arm) in references or arm in compared]


def draw(results):
    arms = rows_of(results)
    references = list(dict.fromkeys(arm.reference for arm in arms if arm.reference is not None))
    names = [page.name_lines(arm) for arm in arms]
    shown = _within(arms)
    words = [_words(arm, references, arm in shown) for arm in arms]
    left = max(page.text_width(name, 11) for name in names) + 0.25
    right = min(max(page.text_width(text, WORDS_SIZE) for text in words), 3.6) + 0.2
    words = ["\n".join(page.wrap(text, WORDS_SIZE, width=right - 0.2)) for text in words]
    row_height = ROW_HEIGHT[len(arms) > 8] + (0.14 if any("\n" in text for text in names + words) else 0)
    sheet = page.Page(_title(results.ordered_arms), _subtitle(results, references), arms, _notes(results, references, len(shown) < len(arms)),
                      body_height=row_height * len(arms) + 0.65)
    width = page.INNER_WIDTH - left - right
    axes = sheet.axes(left, 0, width, row_height * len(arms))
    _set_scale(axes, shown, width)
    page.label_rows(axes, arms, names)
    for place, arm in enumerate(arms):
        _draw_row(axes, place, arm, references)
        axes.annotate(words[place], (1, place), xycoords=("axes fraction", "data"), xytext=(12, 0),
                      textcoords="offset points", va="center", size=WORDS_SIZE, linespacing=1.15,
                      color=style.INK if _is_decided(arm) else style.QUIET)
    return sheet.figure


def _within(arms):
    """Those that the axis has room for; an arrow points to the others. One that takes a tenth of the time is as far away as one
    that takes ten times as long, and what counts is how far away that is beside the others: 3 times as long is, where these
    differ by 5 %."""
    def distance(arm):
        return max(abs(math.log(arm.standing.ratio)), NEAR)

    compared = [arm for arm in arms if arm.reference is not None and arm.standing.ratio]
    most = min(max(contest.close_ones([NEAR, *map(distance, compared)], FAR_AWAY)), math.log(FURTHEST))
    return [arm for arm in arms if arm not in compared or distance(arm) <= most]


def _title(arms):
    return wording.headline(arms)


def _subtitle(results, references):
    what = "90th percentile of the request times" if results.is_open_loop else "total time"
    return f"Ratio of each strategy's {what} to that of {wording.names(references)}, round by round"


def _notes(results, references, has_arrows):
    threshold = next((arm.standing.threshold for arm in results.arms if arm.standing.threshold), None)
    words = ["Dot: the median of the rounds. Line: its interval; all intervals together hold 19 times out of 20"]
    if threshold:
        words.append(f"Band: differences up to {style.percent_text(threshold)}, which do not matter")
    without = next((arm.standing.verdict_text for arm in results.ordered_arms if arm.standing.verdict == "no-interval"), "")
    if without:
        words.append(f"Hollow: {style.one_line(without)}")
    if has_arrows:
        words.append("Arrow: further away than the axis reaches")
    several = ["Each is compared with the one that has the same values on the axes."] if len(references) > 1 else []
    return [". ".join(words) + "."] + several + page.failure_notes(results) + page.rate_notes(results) + [
        page.experiment_note(results)]


def _words(arm, references, is_shown):
    if arm in references:
        return "what the others are compared with"
    if arm.standing.verdict == "no-interval":
        return "too few rounds to say" + ("" if is_shown else f"; so far {style.significant(arm.standing.ratio)} times as long")
    text = style.one_line(arm.standing.verdict_text) or arm.standing.verdict.replace("-", " ")
    return style.short(text, 90)


def _is_decided(arm):
    return arm.standing.verdict in ("faster", "slower", "equivalent")


def _ends(arm):
    standing = arm.standing
    return [value for value in (standing.ratio, standing.ratio_low, standing.ratio_high) if value]


def _set_scale(axes, arms, width):
    """Logarithmic: twice as long is as far from 1 as half as long. Intervals are shown whole, but for those so wide that the
    rest could not be told apart."""
    compared = [arm for arm in arms if arm.reference is not None and arm.standing.ratio]
    reach = FAR_AWAY * max([NEAR, *(abs(math.log(arm.standing.ratio)) for arm in compared)])
    ends = [min(max(end, math.exp(-reach)), math.exp(reach)) for arm in compared for end in _ends(arm)] or [1.0]
    high = max(*ends, LEAST_SPAN, 1 / min(ends) if min(ends) > 1 / LEAST_SPAN else 1.0)
    low = min(*ends, 1 / LEAST_SPAN)
    low, high = low / (high / low) ** 0.04, high * (high / low) ** 0.04
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = style.nice_log_ticks(low, high, width)
    if not any(abs(tick - 1) < 1e-9 for tick in ticks) and low < 1 < high:
        room = math.log10(high / low) * style.TICK_ROOM / width
        ticks = sorted([tick for tick in ticks if abs(math.log10(tick)) > room] + [1.0])
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("times as long (1: the same), logarithmic axis")
    axes.grid(axis="x", color=style.GRID, linewidth=0.8)
    axes.axvline(1, color=style.QUIET, linewidth=1.2, zorder=1)
    threshold = next((arm.standing.threshold for arm in arms if arm.standing.threshold), None)
    if threshold and threshold < 1:
        axes.axvspan(1 - threshold, 1 + threshold, color="#E8E8E8", zorder=0)


def _draw_row(axes, place, arm, references):
    look = style.look(arm)
    if arm in references:
        axes.plot([1], [place], marker="D", markersize=7, color=style.INK, zorder=4)
        return
    standing = arm.standing
    low, high = axes.get_xlim()
    if not low < standing.ratio < high:
        end, direction = (0.99, ">") if standing.ratio >= high else (0.01, "<")
        axes.plot([end], [place], marker=direction, markersize=9, color=look.colour, transform=axes.get_yaxis_transform(), zorder=4)
        return
    has_interval = standing.ratio_low is not None and standing.ratio_high is not None
    if has_interval:
        axes.plot([standing.ratio_low, standing.ratio_high], [place, place], color=look.colour, linewidth=3.2,
                  solid_capstyle="butt", alpha=0.8, zorder=3)
        for is_beyond, end, direction in ((standing.ratio_low < low, 0.01, "<"), (standing.ratio_high > high, 0.99, ">")):
            if is_beyond:
                axes.plot([end], [place], marker=direction, markersize=7, color=look.colour,
                          transform=axes.get_yaxis_transform(), zorder=4)
    axes.plot([standing.ratio], [place], marker="o", markersize=8, zorder=4, markeredgewidth=1.6,
              markeredgecolor=style.shade(look.colour, -0.3), markerfacecolor=look.colour if has_interval else "white")
