"""The charts as the report holds them: a PNG within the page, and in words what it shows."""

import base64
import functools
import hashlib
import io
import os
from dataclasses import dataclass

from files import ORIGIN

DPI = 160      # whatever --dpi says: the page is one file, which people send to each other
WIDTH = 1600   # pixels, of a chart at that
COLOURS = 256  # a third of the bytes of all colours, and no difference to be seen
FILES = ("trials.csv", "summary.csv", "requests.csv")  # which charts are drawn from


@dataclass
class Picture:
    name: str
    what: str         # it shows, of any experiment
    how_to_read: str
    title: str        # what this one says
    data: str         # base64
    width: int        # pixels
    height: int


def source_of(folder):
    """A digest of what the folder's charts come from: its files, and the modules of this program. Not of times of files: these
    change with a copy, and may stay when the files change."""
    digest = hashlib.blake2b(_digest_of_program(), digest_size=20)
    for name in FILES:
        digest.update(_digest_of(os.path.join(folder, name)))
    return digest.hexdigest()


@functools.lru_cache(maxsize=None)
def _digest_of_program():
    folder = os.path.dirname(os.path.realpath(__file__))
    modules = sorted(name for name in os.listdir(folder) if name.endswith(".py"))
    return b"".join(_digest_of(os.path.join(folder, name)) for name in modules)


def _digest_of(path):
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "blake2b").digest()
    except OSError:  # which is for the chart that reads it to complain of
        return b""


def png_of(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Title": figure.get_label()})
    return file.getvalue()


def picture_of(name, what, chart, png):
    """Of a PNG that has its title with it."""
    with _open(png) as image:
        title = image.text.get("Title", "")
        few_colours = image.convert("RGB").quantize(COLOURS, dither=0)  # by median cut: areas stay as they are
    file = io.BytesIO()
    few_colours.save(file, "png")
    return Picture(name, what, chart.HOW_TO_READ, title, base64.b64encode(file.getvalue()).decode("ascii"), *few_colours.size)


def drawn_before(path, origin):
    """The PNG of an earlier run, if it is what the report would draw: of its width, with a title, and drawn as this chart from
    these files, which `origin` says. None: it isn't."""
    try:
        with open(path, "rb") as file:
            png = file.read()
        with _open(png) as image:
            # its text is what comes after the picture, which is read for it: a broken one is found here
            is_it = image.format == "PNG" and image.width == WIDTH and image.text.get(ORIGIN) == origin
            return png if is_it and image.text.get("Title") else None
    except (OSError, ValueError, SyntaxError, AttributeError):  # a broken PNG is a SyntaxError
        return None


def _open(png):
    from PIL import Image  # pylint: disable=import-outside-toplevel # which comes with matplotlib
    return Image.open(io.BytesIO(png))
