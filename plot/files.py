"""The files that are written, and the lock of the folder that is read."""

import contextlib
import fcntl
import os

from csv_table import BadInput


def lock(folder):
    """Until this program ends, no experiment writes there. What can't be opened or locked is left to whoever reads it."""
    try:
        fcntl.flock(os.open(folder, os.O_RDONLY | os.O_DIRECTORY), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BadInput(f"{folder}: an experiment is writing there; draw its charts when it has ended") from None
    except OSError:
        pass


def save(figure, path, kind):
    metadata = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
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
