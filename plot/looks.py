"""How each family and each strategy looks, the same in every chart of every experiment, whatever else takes part in it.

The hue says the family: Okabe and Ito's palette, which colour-blind readers can tell apart ("Color Universal Design",
2008). Shade, marker and dashes say the strategy, so that a picture without colours can be read too: the strategies that
come with the program have markers of their own. What has options of its own (thread-pool:stack-kib=64) has its
strategy's shade and a hollow marker, and so has its second value on an axis that is not the concurrency.
"""

import re
import zlib
from dataclasses import dataclass

SHADES = [0, -0.4, 0.4, -0.6, 0.2]  # below 0 towards black, above 0 towards white
DASHES = [(0, ()), (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 3)), (0, (8, 1.5, 3, 1.5)),
          (0, (1.2, 3))]
SIZES = {"*": 1.5, "d": 1.15, "P": 1.2, "h": 1.15, "H": 1.15, "p": 1.1, "s": 0.9, "D": 0.85}  # that look equally large
PLACES_OF_OTHERS = 5  # among which a strategy that is not known here is put by its name


@dataclass(frozen=True)
class Family:
    colour: str
    markers: str       # those of its strategies, one after another
    strategies: tuple  # that come with the program, each in its place
    dashes: int        # the first one's


FAMILIES = {
    "blocking": Family("#E69F00", "oHp", ("sequential", "python-requests"), 0),
    "threads": Family("#0072B2", "sD8", ("thread-pool", "thread-per-request", "python-requests-threads"), 1),
    "processes": Family("#D55E00", "Pp", ("process-pool",), 2),
    "event loop": Family("#009E73", "^v<>dHo", ("curl-multi", "multi-epoll", "multi-uv", "multi-uring", "multi-sharded",
                                                "node-fetch", "python-pycurl"), 0),
    "mixed": Family("#CC79A7", "hp", ("multi-threads",), 3),
    "coroutines": Family("#56B4E9", "*8pd", ("coroutines", "go-net-http", "python-aiohttp", "python-httpx"), 4),
    "nobody": Family("#777777", "o", ("no-op",), 0),
}
OTHER_FAMILY = Family("#000000", "os^Dv", (), 0)


@dataclass(frozen=True)
class Look:
    colour: str
    marker: str
    size: float  # of the marker: times what others have
    is_hollow: bool
    dashes: tuple


def family_of(name):
    return FAMILIES.get(name, OTHER_FAMILY)


def look(arm):
    family = family_of(arm.family)
    marker = family.markers[(arm.place + max(0, arm.variant - 1)) % len(family.markers)]
    return Look(colour=shade(family.colour, SHADES[arm.place % len(SHADES)]),
                marker=marker, size=SIZES.get(marker, 1),
                is_hollow=arm.variant > 0 or arm.level > 0 or arm.place >= len(family.markers),
                dashes=DASHES[(family.dashes + arm.place + arm.variant + arm.level) % len(DASHES)])


def shade(colour, amount):
    """The colour, moved towards white (amount up to 1) or black (down to -1)."""
    target = 255 if amount > 0 else 0
    parts = (int(colour[place:place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(part + (target - part) * abs(amount)):02X}" for part in parts)


def lightness(colour):
    """Of CIELAB: 0, black, to 100, white; what is left of a colour in grey."""
    parts = (int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def with_lightness(colour, target):
    """The colour's hue, as light as that."""
    sign = 1 if lightness(colour) < target else -1
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        is_enough = sign * (lightness(shade(colour, sign * middle)) - target) >= 0
        low, high = (low, middle) if is_enough else (middle, high)
    return shade(colour, sign * high)


def without_options(strategy):
    """thread-pool of thread-pool:stack-kib=64, and of thread-pool@8.9"""
    return re.split("[:@#]", strategy)[0]


def assign(arms):
    """Gives each arm its place among its family's strategies, its variant among those with other options, and its level
    among those that have another value on an axis that is not the concurrency."""
    for family, of_family in _by(arms, lambda arm: arm.family).items():
        places = {name: place for place, name in enumerate(family_of(family).strategies)}
        for name, of_one in sorted(_by(of_family, lambda arm: without_options(arm.strategy)).items()):
            if name not in places:
                places[name] = _free_place(name, len(family_of(family).strategies), places.values())
            variants = sorted({arm.strategy for arm in of_one if arm.strategy != name})
            for arm in of_one:
                arm.place, arm.variant = places[name], variants.index(arm.strategy) + 1 if arm.strategy in variants else 0
    for of_one in _by(arms, lambda arm: (arm.family, arm.strategy, arm.concurrency)).values():
        for level, arm in enumerate(of_one):
            arm.level = level


def _by(arms, key):
    groups = {}
    for arm in arms:
        groups.setdefault(key(arm), []).append(arm)
    return groups


def _free_place(name, first, taken):
    """By the name, so that it is the same in another experiment; the next one where that is taken."""
    place = first + zlib.crc32(name.encode("utf-8", "replace")) % PLACES_OF_OTHERS
    while place in taken:
        place += 1
    return place
