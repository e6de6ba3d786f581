"""Draws the charts of a folder, and writes the report that has them in it. An experiment that was run by its name may have
several parts, each in a folder of its own: these have one report, with what was found.

matplotlib and what comes with it are imported when something is drawn: the rest works where they are missing.
"""

import os
import traceback

import report_facts
import report_pictures
from csv_table import BadInput
from files import lock, new_file, save
from report_part import Part
from results import NothingToDraw, NotOfThisKind, Results
from streams import CannotPrint, print_path, say

REPORT = "report"  # among the names of charts, for --only
TRIALS_FILE = "trials.csv"


def draw_all(folder, options, chart_list):
    """Returns the names of the charts that could not be drawn, or were asked for and have nothing to show. `chart_list`: what each
    of them shows."""
    lock(folder)
    drawing = Drawing(options.output or folder, options, dict(chart_list))
    parts, absent = read_parts(folder, _part_of)
    charts = _import_charts(options.dpi)
    for part in parts:
        _draw_charts(drawing, charts, part, place_of(part.name, drawing.output))
    if drawing.wants_report:
        parts.sort(key=lambda part: part.facts.text("started_at"))
        os.makedirs(drawing.output, exist_ok=True)
        _write_report(drawing, parts, absent, folder)
    if drawing.complaints:
        raise drawing.complaints[0]
    return sorted({*drawing.could_not, *(name for name in options.only or () if name not in drawing.written)})


class Drawing:
    """What is asked for, and what came of it."""

    def __init__(self, output, options, texts):
        self.output = output
        self.options = options
        self.texts = texts
        self.wants_report = not options.only or REPORT in options.only
        self.could_not = []
        self.written = set()  # names
        self.complaints = []  # of paths that could not be printed

    def wants_file(self, name):
        return not self.options.only or name in self.options.only

    def say_path(self, path):
        try:
            print_path(path)
        except CannotPrint as reason:
            self.complaints.append(reason)


def _import_charts(dpi):
    """Not in the current folder: a file matplotlibrc there would be read."""
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


def read_parts(folder, read):
    """What read(folder, name) gives of each part, and (name, why it isn't there) of the others. An experiment that was not run in
    parts is one without a name."""
    if not _has_parts(folder):
        return [read(folder, "")], []
    parts, absent = [], []
    for name in sorted(os.listdir(folder)):
        place = os.path.join(folder, name)
        if not os.path.isdir(place):
            continue
        lock(place)
        try:
            parts.append(read(place, name))
        except BadInput as error:
            say(error)
            absent.append((name, str(error)))
    if not parts:
        raise BadInput(f"{folder}: none of the experiment's parts can be drawn; run the experiment again")
    return parts, absent


def place_of(name, output):
    """Where the files of the part go: into its own folder there."""
    return os.path.join(output, name) if name else output


def _has_parts(folder):
    return (os.path.exists(os.path.join(folder, report_facts.FINDING_FILE))
            and not os.path.exists(os.path.join(folder, TRIALS_FILE)))


def _part_of(folder, name):
    return Part(Results(folder, warn=say), report_facts.read_facts(folder, report_facts.EXPERIMENT_FILE, say), name)


def _draw_charts(drawing, charts, part, output):
    """Those that are wanted to files, and all of them into the part, if there is to be a report."""
    named = [(os.path.splitext(chart.FILE)[0], chart) for chart in charts]
    if any(drawing.wants_file(name) for name, _ in named):
        os.makedirs(output, exist_ok=True)
    for name, chart in named:
        before = None if drawing.wants_file(name) or not drawing.wants_report else _drawn_before(name, part, output)
        if before:
            part.pictures.append(report_pictures.picture_of(name, drawing.texts[name], chart, before))
        elif drawing.wants_file(name) or drawing.wants_report:
            _draw_chart(drawing, chart, name, part, output)


def _drawn_before(name, part, output):
    """Where it would be put, or beside the CSV files."""
    paths = (os.path.join(folder, f"{name}.png") for folder in (output, part.results.folder))
    return next(filter(None, (report_pictures.drawn_before(path, _origin(name, part)) for path in paths)), None)


def _origin(name, part):
    return f"{name} {part.source}"


def _draw_chart(drawing, chart, name, part, output):
    kind, wants_file = drawing.options.format, drawing.wants_file(name)
    file = os.path.join(part.name, f"{name}.{kind}")  # as messages call it
    try:
        figure = chart.draw(part.results)
    except NothingToDraw as reason:
        is_missed = not isinstance(reason, NotOfThisKind)
        if wants_file and (drawing.options.only or is_missed):
            say(f"{file} is left out: {reason}")
        if is_missed:
            part.left_out.append((name, str(reason)))
        return
    except (BadInput, OSError):
        raise
    except Exception as error:  # pylint: disable=broad-except # of one chart: the others, and the report, are no worse for it
        traceback.print_exc()
        say(f"{file} could not be drawn, see above: please report this")
        drawing.could_not.append(name)
        part.left_out.append((name, f"it could not be drawn ({type(error).__name__})"))
        return
    path = os.path.join(output, f"{name}.{kind}")
    if wants_file:
        save(figure, path, kind, _origin(name, part))
        drawing.written.add(name)
        drawing.say_path(path)
    if drawing.wants_report:
        png = (report_pictures.drawn_before(path, _origin(name, part)) if wants_file else None) or report_pictures.png_of(figure)
        part.pictures.append(report_pictures.picture_of(name, drawing.texts[name], chart, png))


def _write_report(drawing, parts, absent, folder):
    import report  # pylint: disable=import-outside-toplevel # the charts alone need no Jinja2
    drawing.written.add(REPORT)
    path = os.path.join(drawing.output, report.FILE)
    with new_file(path) as file:
        report.write(file, parts, report_facts.read_facts(folder, report_facts.FINDING_FILE, say), absent)
    drawing.say_path(path)
