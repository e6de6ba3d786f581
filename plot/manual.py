"""harness-plot(1), from the parser of its command line."""

import re
import textwrap

SOURCE_COLUMNS = 78  # what the reader sees is wrapped by man


def escaped(text):
    """What man(7) would read as something else than itself. Hyphens are minus signs, which can be copied."""
    for character, name in (("\\", "\\e"), ("-", "\\-"), ("~", "\\(ti"), ("^", "\\(ha"), ("`", "\\(ga")):
        text = text.replace(character, name)
    return text


def words(text):
    """Lines of prose; a dot or an apostrophe at the beginning of one would be a macro."""
    text = re.sub(r"(?<!\S)([.'])", r"\\&\1", escaped(" ".join(text.split())))
    return textwrap.fill(text, SOURCE_COLUMNS, break_long_words=False, break_on_hyphens=False)


def bold(text):
    return f"\\fB{escaped(text)}\\fP"


def italic(text):
    return f"\\fI{escaped(text)}\\fP"


def item(tag, text):
    return [".TP", tag, words(text)]


def argument_of(action):
    if action.nargs == 0:
        return ""
    return action.metavar or "|".join(action.choices)


def synopsis(parser, actions):
    parts = [bold(parser.prog)]
    for action in actions:
        name = bold(action.option_strings[0]) if action.option_strings else ""
        part = " ".join(filter(None, (name, italic(argument_of(action)) if argument_of(action) else "")))
        parts.append(f"[{part}]")
    return " ".join(parts)


def option(parser, action):
    argument = italic(argument_of(action))
    names = ", ".join(map(bold, action.option_strings))
    tag = " ".join(filter(None, (names, argument if argument_of(action) else "")))
    return item(tag, parser._get_formatter()._expand_help(action))  # as --help does


def page(parser, charts, exit_codes):
    """The whole page; `charts` and `exit_codes` are pairs of a name and what it means."""
    actions = parser._actions  # argparse shows them nowhere else
    lines = [f'.TH {parser.prog.upper()} 1 "" "harness" "User Commands"', ".nh", ".ad l",
             ".SH NAME", "harness\\-plot \\- draws the charts of an experiment of harness",
             ".SH SYNOPSIS", synopsis(parser, actions),
             ".SH DESCRIPTION", words(parser.description), ".SH OPTIONS"]
    for action in sorted(actions, key=lambda action: bool(action.option_strings)):
        lines += option(parser, action)
    lines += [".SH CHARTS", words("By their names, for --only; each is written to a file of this name.")]
    for name, text in charts:
        lines += item(bold(name), text)
    lines += [".SH EXIT STATUS"]
    for code, text in exit_codes:
        lines += item(bold(str(code)), text)
    lines += [".SH EXAMPLES", words("All charts of the newest experiment:"), *example(f"{parser.prog} results/latest"),
              ".PP", words("One of them, for a page that is printed:"),
              *example(f"{parser.prog} --only {charts[0][0]} --format pdf --output charts results/latest"),
              ".SH SEE ALSO", ".BR harness (1)"]
    return "\n".join(lines) + "\n"


def example(command):
    return [".PP", ".RS", ".nf", bold(command), ".fi", ".RE"]
