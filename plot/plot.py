#!/usr/bin/python3
"""Draws the charts of an experiment from its CSV files. The other modules here do the work."""

import argparse
import contextlib
import fcntl
import io
import os
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))  # which PYTHONSAFEPATH takes away

import trace_events
from csv_table import BadInput
from results import NothingToDraw, NotOfThisKind, Results

PROGRAM = "plot.py"

# For --help and --only, without matplotlib: the charts of charts.py, which a test holds against this.
CHART_LIST = [
    ("total-time", "total time of each trial, by strategy"),
    ("ratios", "each strategy against the one that it is compared with, with intervals and verdicts"),
    ("request-times", "the share of requests that were done within a given time"),
    ("heat-map", "requests by when they began and how long they took"),
    ("timeline", "what each lane did when, in one trial of each strategy"),
    ("in-flight", "requests under way over the time of a trial"),
    ("open-loop", "in an open loop: times since requests were due and since they were started, and late batches"),
    ("cost", "CPU time, memory, switches, threads, processes, connections"),
    ("scaling", "throughput, times, CPU time and memory against the level of concurrency"),
    ("stability", "each round against the strategy's median"),
]
COULD_NOT_RUN, BAD_INPUT, INTERRUPTED = 1, 2, 130


class CannotPrint(Exception):
    """The path of a picture could not be printed; the picture is there."""


def be_independent():
    """Nothing in the environment may keep the pictures from being drawn, or change them."""
    os.environ["MPLBACKEND"] = "agg"  # any other is not used; one that is not there would be refused
    os.environ["MATPLOTLIBRC"] = os.devnull
    warnings.simplefilter("ignore")  # what libraries warn of is not for the user, not even as an error
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed
            stream.reconfigure(errors="backslashreplace")  # an encoding may lack characters


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


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Draw charts of an experiment from its CSV files. The path of each picture is printed.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="charts (--only):\n" + "".join(f"  {name:<14} {text}\n" for name, text in CHART_LIST) +
               "\nExit codes: 0 drawn; 1 a picture could not be drawn or written; 2 bad usage or input.")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", default=os.path.join("results", "latest"),
                        help="the experiment's folder, with trials.csv, summary.csv (without it nothing is ranked) and, "
                             "for the charts of requests, requests.csv (default: %(default)s)")
    parser.add_argument("-o", "--output", metavar="FOLDER",
                        help="where to put the pictures; created if needed (default: next to the CSV files)")
    parser.add_argument("--only", metavar="NAME", action="append", choices=[name for name, _ in CHART_LIST],
                        help="draw this chart alone; may be repeated")
    parser.add_argument("--trace", action="store_true",
                        help="instead of charts, write the timeline for trace viewers such as Perfetto: trace.json, in the "
                             "Chrome trace format")
    parser.add_argument("--format", choices=("png", "svg", "pdf"), default="png", help="of the pictures (default: %(default)s)")
    parser.add_argument("--dpi", metavar="N", type=dots_per_inch, default=160,
                        help="dots per inch, from 40 to 1000; a PNG is 10 inches wide (default: %(default)s)")
    return parser.parse_args(arguments)


def dots_per_inch(text):
    if not text.isascii() or not text.isdigit() or not 40 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 40 to 1000")
    return int(text)


def lock(folder):
    """Until this program ends, no experiment writes there. What can't be opened or locked is left to whoever reads it."""
    try:
        fcntl.flock(os.open(folder, os.O_RDONLY | os.O_DIRECTORY), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BadInput(f"{folder}: an experiment is writing there; draw its charts when it has ended") from None
    except OSError:
        pass


def save(figure, path, kind):
    with new_file(path) as file:
        figure.savefig(file, format=kind, metadata={"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind))


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


def import_charts(dpi):
    """Here and not at the top: the rest works where matplotlib is missing. Not in the current folder: a file
    matplotlibrc there would be read."""
    current = os.open(".", os.O_RDONLY)
    os.chdir(os.path.dirname(os.path.realpath(__file__)))
    try:
        import page
        from charts import CHARTS
        page.DPI = dpi
    finally:
        os.fchdir(current)
        os.close(current)
    return CHARTS


def draw_all(folder, output, options):
    lock(folder)
    results = Results(folder, warn=say)
    charts = import_charts(options.dpi)
    os.makedirs(output, exist_ok=True)
    complaints = []
    for chart in charts:
        name = os.path.splitext(chart.FILE)[0]
        if options.only and name not in options.only:
            continue
        try:
            figure = chart.draw(results)
        except NothingToDraw as reason:
            if options.only or not isinstance(reason, NotOfThisKind):
                say(f"{name}.{options.format} is left out: {reason}")
            continue
        path = os.path.join(output, f"{name}.{options.format}")
        save(figure, path, options.format)
        try:
            print_path(path)
        except CannotPrint as reason:
            complaints.append(reason)
    if complaints:
        raise complaints[0]


def write_trace(folder, output):
    """Without matplotlib."""
    lock(folder)
    results = Results(folder, warn=say)
    os.makedirs(output, exist_ok=True)
    path = os.path.join(output, trace_events.FILE)
    try:
        with new_file(path) as file, io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True) as text:
            trace_events.write(results, text)
    except NothingToDraw as reason:
        say(f"{trace_events.FILE} is left out: {reason}")
        return
    print_path(path)


def main(arguments):
    be_independent()
    options = parse_arguments(arguments)
    try:
        if options.trace:
            write_trace(options.folder, options.output or options.folder)
        else:
            draw_all(options.folder, options.output or options.folder, options)
    except BadInput as error:
        say(error)
        return BAD_INPUT
    except ImportError as error:
        say(f"cannot draw without matplotlib and numpy ({error}): apt-get install python3-matplotlib, "
            f"and run this with /usr/bin/python3")
        return COULD_NOT_RUN
    except CannotPrint as reason:
        say(f"standard output: {reason}; the pictures were drawn")
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
