"""How things look and read in every chart: colours, labels, numbers. Families and strategies have their looks in looks.py.
"""

import math
from dataclasses import dataclass

from looks import family_of, lightness, look, shade, with_lightness  # noqa: F401: part of the style

INK = "#222222"
QUIET = "#595959"
GRID = "#DDDDDD"
STRIPE = "#F7F7F7"  # every second row


def family_colour(family):
    return family_of(family).colour


def family_text_colour(family):
    """The family's hue, dark enough to be read as text on white."""
    return shade(family_colour(family), -0.3)


def significant(value, digits=3):
    """With this many significant digits and no exponent: 0.0723, 12.3, 1230."""
    value = float(f"{value:.{digits - 1}e}")
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    if decimals <= 0:
        return f"{round(value, decimals):.0f}"
    return f"{value:.{decimals}f}"


TICK_ROOM = 0.62  # inches from the middle of one label of an axis to the next

UNITS = [("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)]


@dataclass(frozen=True)
class Unit:
    name: str
    seconds: float

    def text(self, value_s):
        return f"{significant(value_s / self.seconds)} {self.name}"


def unit_for(value_s, least=1.0):
    """The unit in which the value is at least `least`."""
    for name, seconds in UNITS:
        if value_s >= least * seconds * (1 - 1e-9):
            return Unit(name, seconds)
    return Unit(*UNITS[-1])


def unit_for_all(values_s):
    """One unit for times that are compared with each other: chosen by the largest."""
    return unit_for(max(values_s), least=0.1)


def seconds_text(value_s):
    """Three significant digits; in s from 1 s on, in ms from 1 ms on, else in µs, by the rounded value."""
    return unit_for(float(f"{value_s:.2e}")).text(value_s)


def optional_seconds_text(value_s):
    return "-" if value_s is None else seconds_text(value_s)


def range_text(low_s, high_s):
    """66.8 ms to 1.23 s; once where both ends read alike."""
    low, high = seconds_text(low_s), seconds_text(high_s)
    return low if low == high else f"{low} to {high}"


def percent_text(share):
    return f"{100 * share:g} %"


def plural(count, noun):
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def listing(names):
    """a; a and b; a, b and c"""
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def one_line(text):
    """Without line breaks and other control characters, which a quoted CSV cell may hold."""
    return "".join(char if char.isprintable() else " " for char in text)


def short(text, length=44):
    """At most `length` characters; the middle goes first, because names that are alike differ at the ends."""
    text = one_line(text)
    if len(text) <= length:
        return text
    head = (length - 1) * 3 // 5
    return text[:head] + "…" + text[head + 1 - length:]


def label_lines(label, width=26):
    """The label on one line or two, broken where its parts meet if that is possible."""
    label = short(label, 2 * width)
    if len(label) <= width:
        return label
    for separators, most in ((":,; ", width), (":,; ", width + 6), ("-=_", width)):
        fitting = [place + 1 for place, char in enumerate(label)
                   if char in separators and place < most and len(label) - place - 1 <= most]
        if fitting:
            break
    place = min(fitting, default=width, key=lambda place: abs(place - len(label) / 2))
    return label[:place].rstrip() + "\n" + label[place:].lstrip()


def nice_log_ticks(low, high, inches):
    """Round values for a logarithmic axis of this length: as many as have room for their labels."""
    per_decade = inches / math.log10(high / low)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    if per_decade > 3 * TICK_ROOM / 0.3:
        return _nice_linear_ticks(low, high)
    steps = next((steps for steps, gap in (((1, 2, 5), 0.3), ((1, 3), 0.47)) if per_decade * gap >= TICK_ROOM), (1,))
    stride = max(1, math.ceil(TICK_ROOM / per_decade))
    ticks = [step * 10.0 ** power for power in range(first, last + 1, stride) for step in steps]
    return [tick for tick in ticks if low <= tick <= high]


def _nice_linear_ticks(low, high):
    """For a logarithmic axis so short that it is almost linear."""
    power = 10.0 ** math.floor(math.log10(high - low))
    step = next(power * part for part in (0.1, 0.2, 0.5, 1, 2, 5) if (high - low) / (power * part) <= 6)
    return [step * place for place in range(math.ceil(low / step), math.floor(high / step) + 1)]


def tick_text(value_s):
    """1 ms, 0.5 s: a round value without needless digits."""
    unit = unit_for(value_s)
    return f"{value_s / unit.seconds:g} {unit.name}"
