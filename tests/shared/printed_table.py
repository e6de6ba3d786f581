"""What the program prints on standard output, read back."""

import re


def unwrapped(stdout):
    """With each sentence in one line: the lines of one are indented but for the first."""
    return re.sub(r"\n {2}(?=\S)", " ", stdout)


class PrintedTable:
    """The table of standard output, with names for which there is room: the cells of each row by the heads of the columns."""

    def __init__(self, stdout):
        text = stdout[stdout.index("strategy  "):]
        self.lines = text[:text.index("\n\n")].splitlines()
        head, units = self.lines[:2]
        self.heads = re.split(" {2,}", head)
        ends = [match.end() for match in re.finditer(r"\S+( \S+)*", head)]
        self.units = {name: units[:end].rpartition(" ")[2] for name, end in zip(self.heads, ends)}
        self.rows = {}
        for line in self.lines[2:]:
            name, *cells = re.split(" {2,}", line)
            self.rows[name] = dict(zip(self.heads[1:], cells))
