"""The charts as the report holds them: a PNG within the page, and in words what it shows."""

import base64
import io
from dataclasses import dataclass

from PIL import Image  # which matplotlib needs as well

DPI = 160      # whatever --dpi says: the page is one file, which people send to each other
COLOURS = 256  # a third of the bytes of all colours, and no difference to be seen


@dataclass
class Picture:
    name: str
    what: str         # it shows, of any experiment
    how_to_read: str
    title: str        # what this one says
    data: str         # base64
    width: int        # pixels
    height: int


def png_of(figure, dpi):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi, metadata={"Title": figure.get_label()})
    return file.getvalue()


def picture_of(name, what, chart, png):
    """Of a PNG that has its title with it."""
    with Image.open(io.BytesIO(png)) as image:
        title = getattr(image, "text", {}).get("Title", "")
        few_colours = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few_colours.save(file, "png", optimize=True)
    return Picture(name, what, chart.HOW_TO_READ, title, base64.b64encode(file.getvalue()).decode("ascii"), *few_colours.size)


def drawn_before(path, width):
    """The PNG of an earlier run, if it is what the report would draw: so wide, and with its title. None: it isn't."""
    try:
        with open(path, "rb") as file:
            png = file.read()
        with Image.open(io.BytesIO(png)) as image:
            return png if image.format == "PNG" and image.width == width and image.text.get("Title") else None
    except (OSError, ValueError, SyntaxError, AttributeError):  # a broken PNG is a SyntaxError
        return None
