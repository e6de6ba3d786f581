"""What each strategy takes beside time: small bars side by side, the same order in each. The figures are those of
summary.csv; what is unknown has no bar.
"""

from dataclasses import dataclass

import page
import style
import wording
from results import NothingToDraw

HOW_TO_READ = ("Each bar is what a strategy took, in the same order in every panel; shorter is cheaper. Strategies that take equally long may "
               "differ here, and that is often the better reason to choose one.")

FILE = "cost.png"

ROW_HEIGHT = (0.3, 0.24)  # inches; the second one from 9 rows on
COLUMNS = 3
GAP = 0.3
HEAD = 0.42               # above the bars: what they are
VALUE_SIZE = page.SMALL


@dataclass
class Cost:
    name: str
    values: list  # of each arm; None: unknown
    text: object  # of one value

    @property
    def known(self):
        return [value for value in self.values if value is not None]


def _count_text(value):
    return f"{value:,.0f}" if value == round(value) or value >= 100 else style.significant(value, 2)


def _memory_text(kib):
    return f"{style.significant(kib / 1024)} MiB"


def costs_of(arms):
    """Those that differ, or that are known at all."""
    def of(name, column, text):
        return Cost(name, [getattr(arm.standing, column) for arm in arms], text)

    def sum_of(name, columns, text):
        values = [[getattr(arm.standing, column) for column in columns] for arm in arms]
        return Cost(name, [None if None in some else sum(some) for some in values], text)

    costs = [
        Cost("CPU time a request", [None if arm.standing.cpu_us_per_request is None else arm.standing.cpu_us_per_request * 1e-6
                                    for arm in arms], style.seconds_text),
        of("peak memory", "peak_memory_kib", _memory_text),
        sum_of("context switches", ("voluntary_switches", "involuntary_switches"), _count_text),
        of("threads", "peak_threads", _count_text),
        of("processes", "peak_processes", _count_text),
        of("connections", "connections_opened", _count_text),
        sum_of("TLS handshakes", ("handshakes_full", "handshakes_resumed"), _count_text),
    ]
    return [cost for cost in costs if cost.known and max(cost.known) > 0 and not _is_always_one(cost)]


def _is_always_one(cost):
    return cost.name == "processes" and set(cost.known) == {1}


def finding(arms):
    costs = {arm: arm.standing.cpu_us_per_request for arm in arms if arm.standing.cpu_us_per_request is not None}
    if not costs:
        return "What each strategy takes"
    least, most = min(costs, key=costs.get), max(costs, key=costs.get)
    texts = [style.seconds_text(costs[arm] * 1e-6) for arm in (least, most)]
    if texts[0] == texts[1]:
        return f"A request took {texts[0]} of CPU time" + (f" with {style.short(least.label)}" if len(arms) == 1 else "")
    return (f"A request took {texts[0]} of CPU time with {style.short(least.label)} and {texts[1]} with "
            f"{style.short(most.label)}{_certainty(most, least)}")


def _certainty(*arms):
    """What the program says of the first of them for which it could compare."""
    compared = [arm for arm in arms if arm.reference is not None and arm.standing.cpu_verdict not in ("", "no-interval")]
    for arm in compared:
        if wording.is_decided(arm.standing.cpu_verdict):
            return f"; {style.short(arm.label)}: {wording.with_reference(arm, arm.standing.cpu_verdict, arm.standing.cpu_verdict_text)}"
    return ", which may be noise" if len(compared) == len(arms) else ""


def draw(results):
    arms = [arm for arm in results.shown_arms if arm.is_in_summary and not arm.sends_nothing]
    costs = costs_of(arms) if arms else []
    if not costs:
        raise NothingToDraw("summary.csv has none of its figures")
    names = [page.name_lines(arm) for arm in arms]
    left = max(page.text_width(name, 10) for name in names) + 0.2
    row_height = ROW_HEIGHT[len(arms) > 8] + (0.12 if any("\n" in name for name in names) else 0)
    height = row_height * len(arms)
    lines = -(-len(costs) // COLUMNS)
    sheet = page.Page(finding(arms), "Medians of the trials. Each panel has an axis of its own, from zero; shorter is cheaper", arms, _notes(results), body_height=lines * (HEAD + height + GAP))
    columns = min(COLUMNS, len(costs))
    width = (page.INNER_WIDTH - left - GAP * (columns - 1)) / columns
    for place, cost in enumerate(costs):
        line, column = divmod(place, COLUMNS)
        axes = sheet.axes(left + column * (width + GAP), line * (HEAD + height + GAP) + HEAD, width, height)
        _draw_cost(axes, arms, cost, width)
        if column == 0:
            page.label_rows(axes, arms, names, size=10)
        else:
            axes.set_yticks([])
    return sheet.figure


def _notes(results):
    return (["Memory: the growth of the resident set while the strategy prepared itself and ran. Threads, processes: the most "
             "at once, main ones included. Context switches: of a whole trial. No number: not known."]
            + page.failure_notes(results) + page.rate_notes(results) + [page.experiment_note(results)])


def _draw_cost(axes, arms, cost, width):
    texts = ["-" if value is None else cost.text(value) for value in cost.values]
    room = max(page.text_width(text, VALUE_SIZE) for text in texts) + 0.12
    axes.set_xlim(0, max(cost.known) / max(0.2, 1 - room / width))
    axes.set_ylim(len(arms) - 0.5, -0.5)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.annotate(cost.name, (0, 1), xycoords="axes fraction", xytext=(0, 6), textcoords="offset points", size=10.5, weight="bold",
                  va="bottom")
    for place, (arm, value, text) in enumerate(zip(arms, cost.values, texts)):
        if value is not None:
            axes.barh(place, value, height=0.62, color=style.look(arm).colour, zorder=2)
        axes.annotate(text, (value or 0, place), xytext=(4, 0), textcoords="offset points", va="center", size=VALUE_SIZE,
                      color=style.INK if value is not None else style.QUIET)
