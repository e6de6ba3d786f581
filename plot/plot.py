#!/usr/bin/python3
"""Draws the charts of an experiment from its CSV files. The other modules here do the work."""

import argparse
import io
import os
import sys
import textwrap
import warnings

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))  # which PYTHONSAFEPATH takes away

import completion
import drawing
import trace_events
from csv_table import BadInput
from files import lock, new_file
from results import NothingToDraw, Results
from streams import PROGRAM, CannotPrint, print_path, say

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
DRAWABLE = CHART_LIST + [(drawing.REPORT, "report.html: all of these and the figures on one page")]
COULD_NOT_RUN, BAD_INPUT, INTERRUPTED = 1, 2, 130
EXIT_CODES = [
    (0, "drawn"),
    (COULD_NOT_RUN, "a file could not be drawn or written, or one that was asked for by its name has nothing to show"),
    (BAD_INPUT, "bad usage or input"),
    (INTERRUPTED, "interrupted"),
]
COLUMNS = 80  # of any terminal
FORMAT, DPI = "png", 160  # unless others are asked for


def be_independent():
    """Nothing in the environment may keep the pictures from being drawn, or change them."""
    os.environ["MPLBACKEND"] = "agg"  # any other is not used; one that is not there would be refused
    os.environ["MATPLOTLIBRC"] = os.devnull
    warnings.simplefilter("ignore")  # what libraries warn of is not for the user, not even as an error
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed
            stream.reconfigure(errors="backslashreplace")  # an encoding may lack characters


class Manual(argparse.Action):
    def __call__(self, parser, *_):
        import manual
        print(manual.page(parser, DRAWABLE, EXIT_CODES), end="")
        parser.exit()


def wrapped(text, indent=0):
    return textwrap.fill(text, COLUMNS, subsequent_indent=" " * indent)


def new_parser():
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description=wrapped("Draws the charts of an experiment from its CSV files, and writes a report with them: "
                            "report.html, one file for a browser. The path of each file is printed."),
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=COLUMNS),
        epilog="charts (--only):\n" + "".join(wrapped(f"  {name:<14} {text}", 17) + "\n" for name, text in DRAWABLE) + "\n" +
               wrapped("Exit codes: " + "; ".join(f"{code} {text}" for code, text in EXIT_CODES) + "."))
    parser.add_argument("folder", metavar="FOLDER", nargs="?", default=os.path.join("results", "latest"),
                        help="the experiment's folder, with trials.csv, summary.csv (without it nothing is ranked) and, "
                             "for the charts of requests, requests.csv (default: %(default)s)")
    parser.add_argument("-o", "--output", metavar="FOLDER",
                        help="where to put the files; created if needed (default: next to the CSV files); those of an "
                             "experiment's parts go into a folder of each part there")
    parser.add_argument("--only", metavar="NAME", action="append", choices=[name for name, _ in DRAWABLE],
                        help="draw this chart alone, and write no report; with 'report', write that alone, with the PNGs "
                             "that are there, and draw those that are missing or of other files; may be repeated")
    parser.add_argument("--trace", action="store_true",
                        help="instead of charts, write the timeline for trace viewers such as Perfetto: trace.json, in the "
                             "Chrome trace format")
    parser.add_argument("--format", choices=("png", "svg", "pdf"),
                        help=f"of the pictures (default: {FORMAT}); those within the report are always PNG")
    parser.add_argument("--dpi", metavar="N", type=dots_per_inch,
                        help=f"dots per inch, from 40 to 1000; a PNG is 10 inches wide (default: {DPI})")
    parser.add_argument("--manual", action=Manual, nargs=0, default=argparse.SUPPRESS,
                        help="print the manual page; to read it: harness-plot --manual | man -l -")
    return parser


def options_of(arguments):
    """Ends the program where they are wrong."""
    parser = new_parser()
    options = parser.parse_args(arguments)
    for name in ("only", "format", "dpi"):
        if options.trace and getattr(options, name) is not None:
            parser.error(f"--trace writes no picture, so --{name} does nothing with it; leave out one of the two")
    options.format, options.dpi = options.format or FORMAT, options.dpi or DPI
    return options


def dots_per_inch(text):
    if not text.isascii() or not text.isdigit() or not 40 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 40 to 1000")
    return int(text)


def write_traces(folder, output):
    """Of each part, if there are several. Without matplotlib. Returns whether there was anything to show."""
    lock(folder)
    parts, _ = drawing.read_parts(folder, lambda place, name: (name, Results(place, warn=say)))
    written = [write_trace(results, name, drawing.place_of(name, output)) for name, results in parts]
    return any(written)


def write_trace(results, name, output):
    os.makedirs(output, exist_ok=True)
    path = os.path.join(output, trace_events.FILE)
    try:
        with new_file(path) as file, io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=True) as text:
            trace_events.write(results, text)
    except NothingToDraw as reason:
        say(f"{os.path.join(name, trace_events.FILE)} is left out: {reason}")
        return False
    print_path(path)
    return True


def main(arguments):
    be_independent()
    if arguments[:1] == ["--complete"]:
        print("".join(f"{line}\n" for line in completion.complete(new_parser(), dict(DRAWABLE), arguments[1:])), end="")
        return 0
    options = options_of(arguments)
    try:
        if options.trace:
            return 0 if write_traces(options.folder, options.output or options.folder) else COULD_NOT_RUN
        return COULD_NOT_RUN if drawing.draw_all(options.folder, options, CHART_LIST) else 0
    except BadInput as error:
        say(error)
        return BAD_INPUT
    except ImportError as error:
        say(f"cannot draw without matplotlib and numpy, nor write the report without Jinja2 ({error}): apt-get install "
            f"python3-matplotlib python3-jinja2, and run this with /usr/bin/python3")
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
