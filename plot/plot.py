#!/usr/bin/python3
"""Draws the charts of an experiment from its CSV files. The other modules here do the work."""

import argparse
import contextlib
import os
import sys

from csv_table import BadInput
from results import NothingToDraw, Results

PROGRAM = "plot.py"
COULD_NOT_RUN, BAD_INPUT, INTERRUPTED = 1, 2, 130


def say(message):
    print(f"{PROGRAM}: {message}", file=sys.stderr)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Draw charts of an experiment from its CSV files: total time by strategy (total-time.png), "
                    "distribution of request times (request-times.png), and what each lane did when (timeline.png). "
                    "The path of each picture is printed.",
        epilog="Exit codes: 0 drawn; 1 a picture could not be drawn or written; 2 bad usage or input.")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", default=os.path.join("results", "latest"),
                        help="the experiment's folder, with trials.csv, summary.csv (without it nothing is ranked) and, "
                             "for the charts of requests, requests.csv (default: %(default)s)")
    parser.add_argument("-o", "--output", metavar="FOLDER",
                        help="where to put the pictures; created if needed (default: next to the CSV files)")
    return parser.parse_args(arguments)


def save(figure, path):
    """Under another name first, so that a failure leaves no half picture and no damaged older one.

    The file is always a new one: a link that has its name is replaced, never followed.
    """
    unfinished = f"{path}.{os.getpid()}.tmp"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(unfinished)
    try:
        with open(unfinished, "xb") as file:
            figure.savefig(file, format="png")
        os.replace(unfinished, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)


def draw_all(folder, output):
    results = Results(folder, warn=say)
    from charts import CHARTS  # here and not at the top: the rest works where matplotlib is missing
    os.makedirs(output, exist_ok=True)
    for chart in CHARTS:
        try:
            figure = chart.draw(results)
        except NothingToDraw as reason:
            say(f"{chart.FILE} is left out: {reason}")
            continue
        path = os.path.join(output, chart.FILE)
        save(figure, path)
        print(path, flush=True)


def main(arguments):
    options = parse_arguments(arguments)
    try:
        draw_all(options.folder, options.output or options.folder)
    except BadInput as error:
        say(error)
        return BAD_INPUT
    except ImportError as error:
        say(f"cannot draw without matplotlib and numpy ({error}): apt-get install python3-matplotlib, "
            f"and run this with /usr/bin/python3")
        return COULD_NOT_RUN
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # the reader of our output has gone
        return COULD_NOT_RUN
    except OSError as error:
        say(f"{error.filename or options.output or options.folder}: {(error.strerror or str(error)).lower()}; "
            f"use --output to name a writable folder")
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
