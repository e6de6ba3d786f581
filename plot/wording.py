"""What the program decided, put into sentences. Nothing is decided here: rank, first place and verdict are
columns of summary.csv, and the arms come in the order of Results.ordered_arms.
"""

import style

REASONS = {
    "sends-nothing": "sends nothing",
    "no-trials": "no trial completed",
    "failed-requests": "requests failed",
    "failed-trials": "trials failed",
    "other-work": "did other work than was asked for",
    "saturated": "could not keep up with the rate",
    "too-few-requests": "too few requests",
    "no-summary": "there is no summary.csv (was the experiment interrupted?)",
    "no-row": "summary.csv has no row for it",
}
MOST_NAMES = 3


def names(arms, most=MOST_NAMES):
    labels = [style.short(arm.label, 32) for arm in arms]
    return style.listing(labels if len(labels) <= most else labels[:most - 1] + [f"{len(labels) - most + 1} more"])


def not_ranked(arms, most=MOST_NAMES):
    """Why those of the arms that are not ranked are not, as a sentence; "" where all are."""
    by_reason = {}
    for arm in arms:
        if not arm.is_ranked:
            by_reason.setdefault(arm.standing.not_ranked_because, []).append(arm)
    if not by_reason:
        return ""
    if list(by_reason) == ["no-summary"]:
        return f"Not ranked: {reason_text('no-summary')}"
    return "Not ranked: " + "; ".join(f"{names(of_one, most)} ({reason_text(reason)})"
                                      for reason, of_one in by_reason.items())


def reason_text(reason):
    return REASONS.get(reason) or style.short(reason.replace("-", " ")) or "no reason given"


def headline(arms):
    """The title of a chart that ranks: who was fastest, by the figure that the program ranked by."""
    ranked = [arm for arm in arms if arm.is_ranked]
    if not ranked:
        return not_ranked(arms)
    if len(ranked) == 1:
        who = style.short(ranked[0].label)
        return f"{who}: {figures(ranked)}" if len(arms) == 1 else f"Only {who} is ranked: {figures(ranked)}"
    missing = max(arm.standing.first_rounds_missing or 0 for arm in ranked)
    if missing:
        return f"Too few rounds to name a fastest ({missing:,} more needed)"
    first = [arm for arm in ranked if arm.standing.shares_first]
    if not first:
        return "No strategy is named the fastest"
    if len(first) == 1:
        return f"{style.short(first[0].label)} was fastest: {figures(first)}{_contrast(first[0], ranked)}"
    if 2 * len(first) > len(ranked):
        return f"No difference was found between {names(first)}: {figures(first)}"
    return f"{names(first)} share first place: {figures(first)}"


def figures(arms):
    """The figure ranked by, of one arm or from the least to the greatest of several."""
    values = [arm.figure_s for arm in arms if arm.figure_s is not None]
    if not values:
        return "-"
    text = style.range_text(min(values), max(values))
    if arms[0].standing.ranked_by == "request_p90_s":
        return f"90 % of the requests within {text}"
    return f"median{'' if len(arms) == 1 else 's'} {text}"


def _contrast(best, ranked):
    if _is_compared(best):
        return ", " + _with_reference(best)
    compared = [arm for arm in ranked if _is_compared(arm) and arm.reference is best]
    return f"; {style.short(compared[-1].label)}: {_with_reference(compared[-1])}" if compared else ""


def _is_compared(arm):
    return arm.reference is not None and arm.standing.verdict not in ("", "no-interval") and arm.standing.verdict_text


def _with_reference(arm):
    text, reference = style.one_line(arm.standing.verdict_text), style.short(arm.reference.label)
    if text.endswith("as long"):
        return f"{text} as {reference}"
    if arm.standing.verdict.endswith(("faster", "slower")):
        return f"{text} than {reference}"
    return f"compared with {reference}: {text}"
