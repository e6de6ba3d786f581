"""Total wall time by strategy: every measured trial is a point, the median is marked."""

import comparison
import page
import style

FILE = "total-time.png"

LOG_SPREAD = 20  # slowest / fastest from which on a linear axis would squeeze the fast ones together
JITTER = 0.5     # share of a row that the points spread over
GOLDEN = 0.6180339887498949  # multiples of it, modulo 1, spread evenly however many there are


def finding(arms):
    """The title: who was fastest, and by how much; no more than the measurements say."""
    ranked = comparison.comparable(arms)
    if not ranked:
        return _finding_without_ranking(arms)
    best = ranked[0]
    unit = style.unit_for_all([arm.median_s for arm in ranked])
    if len(ranked) == 1:
        return _finding_of_one(arms, best, unit)
    front = comparison.leaders(arms)
    if len(front) == len(ranked):
        return _finding_of_equals(ranked, unit)
    versus = comparison.reference(arms, best)
    if versus in front:
        versus = [arm for arm in ranked if arm not in front][-1]
    ahead = f"{style.ratio_text(versus.median_s / best.median_s)} faster than {style.short(versus.label)}"
    if len(front) == 1:
        where = "Of those without failures, " if any(arm.failed_trials for arm in arms) else ""
        return f"{where}{style.short(best.label)} was fastest: median {unit.text(best.median_s)}, {ahead}"
    return _finding_of_leaders(front, ahead, unit)


def _finding_without_ranking(arms):
    if all(arm.sends_nothing for arm in arms):
        best = comparison.order(arms)[0]
        return f"{style.short(best.label)} took {style.seconds_text(best.median_s)}: what the harness itself costs"
    return "No ranking: every strategy had failed requests"


def _finding_of_one(arms, best, unit):
    name, median = style.short(best.label), unit.text(best.median_s)
    if any(arm.failed_trials for arm in arms):
        return f"Only {name} had no failed requests: median {median}"
    return f"{name} took {median} (median of {style.plural(len(best.clean_trials), 'trial')})"


def _finding_of_equals(ranked, unit):
    low, high = ranked[0].median_s, ranked[-1].median_s
    medians = f"medians {unit.text(low)} to {unit.text(high)}"
    who = "Both strategies" if len(ranked) == 2 else f"All {len(ranked)} strategies"
    if comparison.is_near(ranked[0], ranked[-1]):
        return f"{who} were about equal: {medians}"
    return f"{_names(ranked)} could not be told apart: {medians}"


def _finding_of_leaders(front, ahead, unit):
    medians = f"medians {unit.text(front[0].median_s)} to {unit.text(front[-1].median_s)}"
    if all(comparison.is_near(front[0], arm) for arm in front):
        return f"{_names(front)} were fastest and about equal: {medians}, up to {ahead}"
    return f"{_names(front)} were fastest, too close to call: {medians}, up to {ahead}"


def _names(arms, most=3):
    names = [style.short(arm.label, 32) for arm in arms]
    return style.listing(names if len(names) <= most else names[:most - 1] + [f"{len(names) - most + 1} more"])


def is_logarithmic(arms):
    times = [trial.wall_s for arm in arms if not arm.sends_nothing for trial in arm.timed_trials if trial.wall_s > 0]
    return bool(times) and max(times) > LOG_SPREAD * min(times)


def draw(results):
    arms = comparison.order(results.arms)
    row_height = 0.62 if len(arms) <= 8 else 0.5
    names = [style.label_lines(arm.label) for arm in arms]
    left = max(page.text_width(name, 11) for name in names) + 0.25
    notes = [_key(arms)] + page.failure_notes(results) + _untimed_notes(arms) + [page.experiment_note(results)]
    sheet = page.Page(finding(arms), "Total time of each trial by strategy, fastest at the top", arms, notes,
                      body_height=row_height * len(arms) + 0.65)
    axes = sheet.axes(left, 0, page.INNER_WIDTH - left, row_height * len(arms))
    values = _medians_text(arms)
    _set_scale(axes, arms, page.INNER_WIDTH - left, max(page.text_width(value, 10.5, "bold") for value in values))
    _label_rows(axes, arms, names)
    for row, arm in enumerate(arms):
        _draw_row(axes, row, arm, values[row])
    return sheet.figure


def _key(arms):
    words = ["Dot: a trial. Bar with number: the median"]
    if any(arm.clean_trials and arm.failed_trials for arm in arms):
        words[0] += ", of the trials without failures where there are any"
    if any(trial.wall_s is not None for arm in arms for trial in arm.failed_trials):
        words.append("×: a trial with failed requests")
    if any(_has_bound(arm) for arm in arms):
        words.append("Grey triangle: lower bound, which no order of these batches can beat")
    return ". ".join(words) + "."


def _has_bound(arm):
    return bool(arm.lower_bound_s) and arm.median_s is not None and not arm.sends_nothing


def _untimed_notes(arms):
    untimed = [(arm, len(arm.trials) - len(arm.timed_trials)) for arm in arms]
    return [f"{count} of {style.plural(len(arm.trials), 'trial')} of {style.short(arm.label)} ended without a time."
            for arm, count in untimed if count]


def _medians_text(arms):
    unit = style.unit_for_all([arm.median_s for arm in arms if arm.median_s is not None])
    texts = []
    for arm in arms:
        text = "no time" if arm.median_s is None else _own_unit(unit, arm.median_s).text(arm.median_s)
        if arm.failed_trials:
            text += f"  ({len(arm.failed_trials)} of {style.plural(len(arm.trials), 'trial')} failed)"
        texts.append(text)
    return texts


def _own_unit(unit, value_s):
    """The common unit, unless the value is so small that it would have too many zeros in front."""
    return unit if value_s >= unit.seconds / 1000 else style.unit_for(value_s)


def _set_scale(axes, arms, inches, label_inches):
    """From zero, or logarithmic; with room for the longest label on the right of the last point."""
    times = [trial.wall_s for arm in arms for trial in arm.timed_trials]
    high = max(times) or 1e-6
    low = min(time for time in [high] + times + [arm.lower_bound_s for arm in arms if _has_bound(arm)] if time > 0)
    room = 1 - label_inches / inches - 0.03
    axes.grid(axis="x", color=style.GRID, linewidth=0.8)
    if is_logarithmic(arms):
        low /= 1.3
        axes.set_xscale("log")
        axes.set_xlim(low, low * (high / low) ** (1 / room))
        ticks = style.nice_log_ticks(low, high * 1.001, room * inches)
        axes.set_xticks(ticks, [style.tick_text(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel("total time, logarithmic axis")
        return
    unit = style.unit_for_all(times)
    axes.set_xlim(0, high / room)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / unit.seconds:.6g}")
    axes.set_xlabel(f"total time in {unit.name}, from zero")


def _label_rows(axes, arms, names):
    axes.set_ylim(len(arms) - 0.5, -0.5)
    axes.set_yticks(range(len(arms)), names, size=11, linespacing=1.05)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(not is_logarithmic(arms))
    for label, arm in zip(axes.get_yticklabels(), arms):
        label.set_color(style.family_text_colour(arm.family))


def jitter(place):
    """The same every time, so that equal input draws equal pictures."""
    return ((place * GOLDEN) % 1 - 0.5) * JITTER


def _draw_row(axes, row, arm, value_text):
    look = style.look(arm)
    if row % 2:
        axes.axhspan(row - 0.5, row + 0.5, color="#F7F7F7", zorder=0)
    if _has_bound(arm):
        axes.plot([arm.lower_bound_s], [row + 0.36], "^", color="#999999", markersize=6, zorder=2)
    points = [(trial, row + jitter(place)) for place, trial in enumerate(arm.timed_trials)]
    clean = [(trial.wall_s, y) for trial, y in points if trial.is_clean]
    failed = [(trial.wall_s, y) for trial, y in points if not trial.is_clean]
    if clean:
        axes.scatter(*zip(*clean), marker=look.marker, s=30, facecolors=look.colour, edgecolors="white",
                     linewidths=0.5, alpha=0.75, zorder=3)
    if failed:
        axes.scatter(*zip(*failed), marker="x", s=36, color=style.INK, linewidths=1.5, alpha=0.75, zorder=3)
    if arm.median_s is None:
        axes.annotate(value_text, (0.01, row), xycoords=("axes fraction", "data"), va="center", color=style.QUIET)
        return
    axes.plot([arm.median_s] * 2, [row - 0.36, row + 0.36], color=style.INK, linewidth=2.4, zorder=4)
    last = max(trial.wall_s for trial in arm.timed_trials)
    axes.annotate(value_text, (last, row), xytext=(9, 0), textcoords="offset points", va="center",
                  weight="bold", color=style.INK if arm.is_comparable else style.QUIET, zorder=5)
