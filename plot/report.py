"""report.html: all of an experiment on one page, for a class, an issue or a design document.

    report.write(file, [part], finding)

One file with the charts in it: it asks for nothing from a network, and its policy forbids it. Everything can be read without
scripts; the one that there is sorts the tables. Nothing is decided or computed here: the verdict, the table and the warnings are
those of summary.csv and experiment.json.
"""

import base64
import hashlib
import os
import re

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import looks
import style

FILE = "report.html"
LONGEST_HEAD = 10
LONGEST_UNBROKEN = 20  # characters, which fit on the screen of a phone
TEMPLATES = os.path.join(os.path.dirname(os.path.realpath(__file__)), "templates")

# By what experiment.json calls them.
SERVERS = {"embedded": "the embedded one, on this machine", "other": "another, not the embedded one"}

# How a verdict looks, beside its words.
LESS, MORE, OPEN = "less", "more", "open"
LOOKS = {"faster": LESS, "perhaps-faster": LESS, "slower": MORE, "perhaps-slower": MORE}


def _family_class(family):
    """What the style sheet calls it."""
    return "family-" + ("".join(char for char in family if char.isalnum()) if family in looks.FAMILIES else "other")


def _family_name(family):
    return {"nobody": "sends nothing", "": "no family"}.get(family, family)


def _style_sheet():
    """Families that are in no list have the colour of the text, which the sheet gives."""
    rules = "".join(f".{_family_class(family)} {{ --family: {style.family_colour(family)}; }}\n" for family in looks.FAMILIES)
    return _read("report.css") + rules


def _read(name):
    with open(os.path.join(TEMPLATES, name), encoding="utf-8") as file:
        return file.read()


def _digest(text):
    """What a policy allows the text by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _shown(value):
    """No control characters, no marks that turn the direction of the text, no half pairs of surrogates: names and URLs may have any."""
    return style.one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _unbroken(text):
    """Names and options stay on one line: no browser breaks them at their hyphens."""
    words = re.split(r"(\s+)", _shown(text))
    return Markup("").join(Markup('<span class="name">{}</span>').format(word) if "-" in word and len(word) <= LONGEST_UNBROKEN else word
                           for word in words)


def _broken_at_slash(text):
    """A column's name that is much wider than its figures."""
    return Markup("/<wbr>").join(text.split("/")) if len(text) > LONGEST_HEAD else text


def write(file, parts, finding, absent=()):
    """`finding`: the facts of finding.json, if there is one. `absent`: (name, why it isn't there) of other parts. Raises OSError."""
    sheet, script = _style_sheet(), _read("report.js")
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, finalize=_shown,
                              trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    environment.filters.update(unbroken=_unbroken, broken_at_slash=_broken_at_slash)
    environment.globals.update(
        family_class=_family_class, family_name=_family_name, listing=style.listing,
        servers=SERVERS,
        look=lambda verdict: LOOKS.get(verdict, OPEN), percent=lambda share: f"{100 * share:.1f} %", plural=style.plural)
    page = environment.get_template("report.html.jinja").render(
        parts=parts, finding=finding, absent=absent, style_sheet=Markup(sheet), script=Markup(script),
        style_digest=_digest(sheet), script_digest=_digest(script))
    file.write(page.encode("utf-8"))
