"""How steady each strategy was: the figure of each round against its median, a row for each. What summary.csv calls
unusual is ringed.
"""

import itertools

import page
import style
from results import NotOfThisKind

HOW_TO_READ = ("Each row is a strategy, each point one of its rounds, and the line its median: a point above it took longer. Rings are unusual. "
               "When several strategies have one in the same round, it was rather the machine that was disturbed.")

FILE = "stability.png"

ROW_HEIGHT = (0.62, 0.42)  # inches; the second one from 9 rows on
VALUE_SIZE = page.SMALL
BAND = 0.4                 # how far the band of a row reaches, where rows are 1 apart
MOST_MARKED = 60           # rounds; with more, markers would lie on each other: points alone, which mark the unusual
SCALE_LEAST = 0.05         # rows reach at least this far from the median, as a share of it
SCALE_MOST = 1.0           # and no further: what lies beyond is drawn at the edge, with its value


def figures_of(arm):
    """(trial, seconds, is unusual) in the order of the rounds. In an open loop the figure of a trial is in no file."""
    low, high = arm.standing.usual_low_s, arm.standing.usual_high_s

    def is_unusual(value):
        return _is_judged(arm) and not low <= value <= high

    return [(trial, trial.wall_s, is_unusual(trial.wall_s)) for trial in sorted(arm.timed_trials, key=lambda one: one.round)]


def _is_judged(arm):
    return None not in (arm.standing.usual_low_s, arm.standing.usual_high_s)


def finding(rows):
    unusual = {arm.label: sum(is_unusual for *_, is_unusual in figures) for arm, figures in rows}
    count, total = sum(unusual.values()), sum(len(figures) for _, figures in rows)
    if not any(_is_judged(arm) for arm, _ in rows):
        return "Total time by round. Too few trials to call any of them unusual"
    if count == 0:
        return f"None of {style.plural(total, 'trial')} was far from the median of its strategy"
    most = max(unusual, key=unusual.get)
    who = style.short(most)
    if count == 1:
        return f"1 of {style.plural(total, 'trial')} was far from the median of its strategy, {who}"
    where = f", {unusual[most]:,} of them of {who}" if len(rows) > 1 else f", {who}"
    return f"{count:,} of {style.plural(total, 'trial')} were far from the median of their strategy{where}"


def draw(results):
    if results.is_open_loop:
        raise NotOfThisKind("in an open loop the schedule decides the total time")
    rows = [(arm, figures_of(arm)) for arm in results.shown_arms if arm.median_s and arm.timed_trials]
    if not rows or max(len(figures) for _, figures in rows) < 2:
        raise NotOfThisKind("it shows how rounds differ, and there is one")
    arms = [arm for arm, _ in rows]
    names = [page.name_lines(arm) for arm in arms]
    left = max(page.text_width(name, 11) for name in names) + 0.25
    medians = [style.seconds_text(arm.median_s) for arm in arms]
    right = max(page.text_width(text, VALUE_SIZE) for text in medians) + 0.2
    row_height = ROW_HEIGHT[len(arms) > 8 and not any("\n" in name for name in names)]
    reach = _reach(rows)
    sheet = page.Page(finding(rows), "Total time of each round against the strategy's median, which is on the right: above the line "
                      "it took longer", arms, _notes(results, reach), body_height=row_height * len(rows) + 0.65)
    axes = sheet.axes(left, 0, page.INNER_WIDTH - left - right, row_height * len(rows))
    page.label_rows(axes, arms, names)
    axes.set_ylim(len(arms) - 0.38, -0.62)  # room for rings at the edge of the first and last row
    rounds = [trial.round for _, figures in rows for trial, *_ in figures]
    axes.set_xlim(min(rounds) - 0.7, max(rounds) + 0.7)
    axes.set_xticks(_round_ticks(min(rounds), max(rounds)))
    axes.set_xlabel(_round_text(results))
    for place, (arm, figures) in enumerate(rows):
        _draw_row(axes, place, arm, figures, reach)
        axes.annotate(medians[place], (1, place), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
                      va="center", size=VALUE_SIZE)
    return sheet.figure


def _round_text(results):
    return "round" + (f" (up to {results.warmup_rounds}: warm-up)" if results.warmup_rounds else "")


def _notes(results, reach):
    text = style.percent_text(float(style.significant(100 * reach, 2)) / 100)
    words = [f"The grey band of each row reaches {text} up and down. Ring: unusual, further away than noise is; it counts all the "
             "same."]
    if any(trial.wall_s is not None and not trial.is_clean for trial in results.trials):
        words.append("×: a trial with failed requests.")
    if any(trial.wall_s is None for trial in results.trials):
        words.append("× below the band: a trial without a time.")
    return [" ".join(words)] + page.failure_notes(results) + [page.experiment_note(results)]


def _reach(rows):
    shares = [abs(value / arm.median_s - 1) for arm, figures in rows for _, value, _ in figures]
    return min(max(SCALE_LEAST, sorted(shares)[int(0.98 * (len(shares) - 1))]), SCALE_MOST)


def _round_ticks(first, last):
    step = next(step for power in itertools.count() for step in (10 ** power, 2 * 10 ** power, 5 * 10 ** power) if (last - first) / step <= 12)
    return list(range(-(-first // step) * step, last + 1, step)) or [first]


def _draw_row(axes, place, arm, figures, reach):
    look = style.look(arm)
    axes.axhspan(place - BAND, place + BAND, color="#F0F0F0", zorder=0.5)
    axes.axhline(place, color=style.QUIET, linewidth=0.8, zorder=1)
    points = [(trial, place - BAND * max(-1.1, min(1.1, (value / arm.median_s - 1) / reach)), is_unusual)
              for trial, value, is_unusual in figures]
    is_crowded = len(points) > MOST_MARKED
    axes.plot([trial.round for trial, *_ in points], [y for _, y, _ in points], color=look.colour, linewidth=0.5 if is_crowded else 1,
              alpha=0.6, zorder=2)
    clean = [(trial.round, y) for trial, y, _ in points if trial.is_clean]
    failed = [(trial.round, y) for trial, y, _ in points if not trial.is_clean]
    failed += [(trial.round, place + 1.1 * BAND) for trial in arm.trials if trial.wall_s is None]
    unusual = [(trial.round, y) for trial, y, is_unusual in points if is_unusual]
    for some, marks in ((clean, {"marker": "." if is_crowded else look.marker, "markersize": 2.5 if is_crowded else 5 * look.size, "color": look.colour,
                                 "markerfacecolor": "white" if look.is_hollow and not is_crowded else look.colour, "zorder": 3}),
                        (failed, {"marker": "x", "markersize": 6, "color": style.INK, "zorder": 3.5}),
                        (unusual, {"marker": "o", "markersize": 11, "markerfacecolor": "none", "markeredgecolor": style.INK,
                                   "markeredgewidth": 1.3, "zorder": 4})):
        if some:
            axes.plot(*zip(*some), linestyle="none", **marks)
