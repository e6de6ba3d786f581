"""Lists that the program prints for the terminal, as lines of any length: it wraps them, and goes on far to the right."""

import re

# --list-experiments has lines of this kind, each for what an experiment goes without.
FURTHER = re.compile(r"\n(?! {10}without ) {8,}")


def unwrapped(text):
    """The same lines as if the terminal were wide enough."""
    return FURTHER.sub(" ", text)
