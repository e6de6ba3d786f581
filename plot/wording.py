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
        return (f"Too few rounds to name a fastest ({missing:,} more needed); lowest so far: {style.short(ranked[0].label)}, "
                f"{figures(ranked[:1])}")
    first = [arm for arm in ranked if arm.standing.shares_first]
    if not first:
        return "No strategy is named the fastest"
    if len(first) == 1:
        return f"{style.short(first[0].label)} was fastest: {figures(first)}{_contrast(first[0], ranked)}"
    if first[0].standing.first_place == "no-difference":
        if all(arm.standing.verdict == "equivalent" for arm in first if arm.reference is not None) and _is_about(first):
            return f"{names(first)} are {style.one_line(first[1].standing.verdict_text or first[0].standing.verdict_text)}: {figures(first)}"
        return f"No difference was found between {names(first)}: {figures(first)}{_unnoticed(ranked)}"
    return f"Fastest, too close to tell apart: {names(first)}, {figures(first)}{_last_decided(ranked)}"


def _is_about(first):
    """Are these two, of which one is what the other is compared with?"""
    return len(first) == 2 and (first[0].reference is first[1] or first[1].reference is first[0])


def _unnoticed(ranked):
    detectable = max((arm.standing.detectable for arm in ranked if arm.standing.detectable is not None), default=None)
    return "" if detectable is None else f" (differences below {100 * detectable:.1f} % may have gone unnoticed)"


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
    """How much faster: than what the best is compared with, or than the last one for which that is decided."""
    if _is_compared(best):
        return ", " + with_reference(best, best.standing.verdict, best.standing.verdict_text)
    return _last_decided(ranked)


def _last_decided(ranked):
    """Of those that do not share the first place, the last one for which the comparison is decided."""
    decided = [arm for arm in ranked if _is_compared(arm) and is_decided(arm.standing.verdict) and not arm.standing.shares_first]
    if not decided:
        return ""
    last = decided[-1]
    return f"; {style.short(last.label)}: {with_reference(last, last.standing.verdict, last.standing.verdict_text)}"


def _is_compared(arm):
    return arm.reference is not None and arm.standing.verdict not in ("", "no-interval") and arm.standing.verdict_text


def is_decided(verdict):
    return verdict.endswith(("faster", "slower"))


def with_reference(arm, verdict, text):
    """The verdict's words and what they compare with."""
    text, reference = style.one_line(text), style.short(arm.reference.label)
    if text.endswith("as long"):
        return f"{text} as {reference}"
    if is_decided(verdict):
        return f"{text} than {reference}"
    return f"compared with {reference}: {text}"
