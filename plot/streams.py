"""What is said on standard output and standard error, whatever these are."""

import os
import sys

PROGRAM = "harness-plot"


class CannotPrint(Exception):
    """The path of a picture could not be printed; the picture is there."""


def forget(stream):
    """What could not be written is not tried again at the end of the program."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(message):
    try:
        print(f"{PROGRAM}: {message}", file=sys.stderr, flush=True)
    except OSError:
        forget(sys.stderr)  # there is no other place to complain


def print_path(path):
    """With the bytes that the file's name has, whatever the output's encoding is; a terminal gets none it would obey."""
    if sys.stdout is None:
        return
    if sys.stdout.isatty():
        path = "".join(character if character.isprintable() else "?" for character in str(path))
    try:
        sys.stdout.buffer.write(os.fsencode(path) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        forget(sys.stdout)  # whoever read our output has seen enough
    except OSError as error:
        forget(sys.stdout)
        raise CannotPrint(error.strerror.lower()) from error
