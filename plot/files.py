"""The files that are written, and the lock of the folder that is read."""

import contextlib
import fcntl
import os

from csv_table import BadInput

ORIGIN = "Origin"  # the name of a PNG's text that says what was drawn from what
MOST_PIXELS, MOST_PIXELS_HIGH = 100_000_000, 65_535  # of a picture: matplotlib takes 11 bytes for each; and its own limit


def lock(folder):
    """Until this program ends, no experiment writes there. What can't be opened or locked is left to whoever reads it."""
    try:
        fcntl.flock(os.open(folder, os.O_RDONLY | os.O_DIRECTORY), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BadInput(f"{folder}: an experiment is writing there; draw its charts when it has ended") from None
    except OSError:
        pass


def check_size(figure, path):
    """Before it takes gigabytes of memory. Charts are as high as their strategies are many."""
    width, height = (round(inches * figure.dpi) for inches in figure.get_size_inches())
    if width * height > MOST_PIXELS or height > MOST_PIXELS_HIGH:
        raise BadInput(f"{path}: it would have {width:,} x {height:,} pixels at --dpi {figure.dpi:g}; use a smaller --dpi, or "
                       f"--format svg or pdf")


def save(figure, path, kind, origin=""):
    if kind == "png":
        check_size(figure, path)
    metadata = {"png": {ORIGIN: origin}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    with new_file(path) as file:
        figure.savefig(file, format=kind, metadata={"Title": figure.get_label(), **metadata})


@contextlib.contextmanager
def new_file(path):
    """Under another name first, so that a failure leaves no half file and no damaged older one.

    The file is always a new one: a link that has its name is replaced, never followed.
    """
    unfinished = f"{path}.{os.getpid()}.tmp"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(unfinished)
    try:
        with open(unfinished, "xb") as file:
            yield file
        os.replace(unfinished, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)
