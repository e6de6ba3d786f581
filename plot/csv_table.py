"""A CSV file of results, read row by row and checked on the way.

    with Table(path, ["trial", "wall_s"], warn) as table:
        for row in table.rows():
            wall_s = table.number(row, "wall_s")

What is wrong with the file is raised as BadInput, whose text names file, line and column and what
to do about it. A last line with too few cells is what an interrupted experiment leaves behind: it
is skipped with a warning.
"""

import csv
import math

REWRITE = "run the experiment again, or restore the file"


class BadInput(Exception):
    """The results cannot be drawn; the text is for the user."""


class Table:
    def __init__(self, path, columns, warn):
        self.path = path
        self._warn = warn
        try:
            # utf-8-sig: spreadsheets put a byte order mark in front of what they save.
            self._file = open(path, newline="", encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror.lower()}; {REWRITE}") from error
        try:
            self._reader = csv.reader(self._file)
            self._read_header(columns)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def _read_header(self, columns):
        header = self._next()
        if not header:
            raise BadInput(f"{self.path}: the file is empty; {REWRITE}")
        self.columns = {name.strip(): place for place, name in enumerate(header)}
        for name in columns:
            if name not in self.columns:
                raise BadInput(f"{self.path}:1: column '{name}' is missing; the file needs the columns "
                               f"{', '.join(columns)}, separated by commas")
        self._width = len(header)

    def _next(self):
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise BadInput(f"{self.path}:{self._reader.line_num}: {error}; {REWRITE}") from error
        except OSError as error:
            raise BadInput(f"{self.path}: {error.strerror.lower()}; {REWRITE}") from error

    def rows(self):
        """Each row as a list of cells, as many as the header has."""
        while (row := self._next()) is not None:
            if len(row) == self._width:
                yield row
            elif row:
                self._skip_if_cut_off(row)

    def _skip_if_cut_off(self, row):
        line = self._reader.line_num
        if len(row) > self._width or self._next() is not None:
            raise BadInput(f"{self.path}:{line}: {len(row)} cells, but the header has {self._width}; {REWRITE}")
        self._warn(f"{self.path}:{line}: the last line is incomplete (was the experiment interrupted?) and is skipped")

    def bad_cell(self, row, name, reason, remedy=REWRITE):
        return BadInput(f"{self.path}:{self._reader.line_num}: column '{name}': "
                        f"'{row[self.columns[name]]}' {reason}; {remedy}")

    def text(self, row, name):
        return row[self.columns[name]]

    def number(self, row, name):
        """The cell as a number, or None where it is empty: the value is unknown."""
        cell = row[self.columns[name]]
        if not cell.strip():
            return None
        try:
            return finite(cell)
        except ValueError as error:
            raise self.bad_cell(row, name, error) from error

    def signed(self, row, name):
        """The same for a number that may be negative."""
        cell = row[self.columns[name]].strip()
        value = self.number([part.lstrip("-") if place == self.columns[name] else part for place, part in enumerate(row)], name)
        return -value if value is not None and cell.startswith("-") else value

    def count(self, row, name, least=0):
        value = self.number(row, name)
        if value is not None and value != int(value):
            raise self.bad_cell(row, name, "is not a whole number")
        if value is not None and value < least:
            raise self.bad_cell(row, name, f"is less than {least}")
        return None if value is None else int(value)

    def required(self, value, row, name):
        if value is None:
            raise self.bad_cell(row, name, "is empty")
        return value

    def truth(self, row, name):
        cell = self.text(row, name).strip().lower()
        if cell not in ("true", "false"):
            raise self.bad_cell(row, name, "is neither true nor false")
        return cell == "true"

    def optional_truth(self, row, name):
        """True or False, or None where the cell is empty."""
        return self.truth(row, name) if self.text(row, name).strip() else None


def finite(cell):
    """The number in a cell: finite, not negative. A ValueError's text is the reason why it is none."""
    try:
        value = float(cell)
    except ValueError:
        raise ValueError("is not a number") from None
    if not math.isfinite(value):
        raise ValueError("is not a finite number")
    if value < 0:
        raise ValueError("is negative")
    return value
