"""What a person sees: a line of progress while it runs, then a table; nothing of that sort in a pipe."""

import contextlib
import os
import re
import subprocess
import termios
import threading

import pytest

import harness_runs
from harness_runs import STRATEGIES, run_once_well

# How the line of progress begins: the round that is under way.
PROGRESS = "\033[Kround "
COLOUR = re.compile(r"\033\[[0-9;]*m")


class Screen:
    """A pseudo-terminal that keeps all that is written to it."""

    def __init__(self, columns):
        self._master, self.fd = os.openpty()
        termios.tcsetwinsize(self.fd, (24, columns))
        self._chunks = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        with contextlib.suppress(OSError):  # EIO: the last one with the terminal open is gone
            while chunk := os.read(self._master, 65536):
                self._chunks.append(chunk)

    def close(self):
        """All that was written. Nobody else may have the terminal open any more."""
        os.close(self.fd)
        self._reader.join()
        os.close(self._master)
        return b"".join(self._chunks).decode()


def run_on_screen(folder, stream, *arguments, env=None, columns=0):
    """What the program writes to `stream`, stdout or stderr, when that is a terminal. 0 columns: it does not say."""
    screen = Screen(columns)
    env = {"TERM": "xterm", **(env or {})}
    try:
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: screen.fd}
        done = subprocess.run(
            harness_runs.command("/get", "--repeat", 1, "--warmup", 1, "--no-charts", *arguments), cwd=folder, check=False,
            env=harness_runs.environment(env), stdin=subprocess.DEVNULL, timeout=harness_runs.RUN_LIMIT_S, **streams)
    finally:
        text = screen.close()
    assert done.returncode == 0, text
    return text


def test_progress_is_shown_on_a_terminal(tmp_path):
    text = run_on_screen(tmp_path, "stderr")
    assert f"{PROGRESS}1 of 2" in text and f"{PROGRESS}2 of 2" in text
    assert re.search(r"\bleft\b", text)
    for strategy in STRATEGIES:
        assert strategy in text


def test_progress_is_wiped_out_at_the_end(tmp_path):
    text = run_on_screen(tmp_path, "stderr")
    assert text[text.rindex(PROGRESS):].split("\r", 1)[1].startswith("\033[K")


def test_quiet_shows_no_progress(tmp_path):
    text = run_on_screen(tmp_path, "stderr", "--quiet")
    assert PROGRESS not in text and "\033" not in text


@pytest.mark.parametrize("columns", [40, 20, 8])
def test_progress_fits_into_one_line_of_the_terminal(tmp_path, columns):
    text = run_on_screen(tmp_path, "stderr", "--strategy", "thread-per-request:handles=fresh:stack-kib=1024", columns=columns)
    shown = text.split("\r\033[K")[1:-1]  # behind the last one come the warnings
    assert len(shown) >= 2 and all(shown)
    assert [line for line in shown if len(line) >= columns] == []


@pytest.mark.parametrize("term", ["dumb", "unknown", "", None])
def test_a_terminal_without_escapes_gets_none(tmp_path, term):
    for stream in ("stdout", "stderr"):
        text = run_on_screen(tmp_path, stream, env={"TERM": term, "NO_COLOR": None})
        assert "\033" not in text and "round 1 of" not in text


def test_no_progress_in_a_pipe(tmp_path):
    text = run_once_well(tmp_path, "/get").stderr
    assert PROGRESS not in text and "\033" not in text and "\r" not in text


def test_too_few_rounds_are_warned_of_with_advice(tmp_path):
    assert re.search(r"^warning: .*--repeat", run_once_well(tmp_path, "/get").stderr, re.M)


def test_colour_on_a_terminal_only(tmp_path):
    assert COLOUR.search(run_on_screen(tmp_path, "stdout", env={"NO_COLOR": None, "TERM": "xterm"}))
    assert not COLOUR.search(run_once_well(tmp_path, "/get", env={"NO_COLOR": None}).stdout)


@pytest.mark.parametrize("value, coloured", [("1", False), ("no", False), ("", True)])
def test_no_color_is_honoured_unless_empty(tmp_path, value, coloured):
    text = run_on_screen(tmp_path, "stdout", env={"NO_COLOR": value, "TERM": "xterm"})
    assert bool(COLOUR.search(text)) == coloured


def test_the_table_has_a_line_for_each_strategy_and_aligned_columns(tmp_path):
    lines = run_once_well(tmp_path, "/delay/0.01").stdout.splitlines()
    head, rows = lines[0], lines[1:lines.index("")]
    assert [row.split()[0] for row in rows] == list(STRATEGIES)
    assert head.split()[0] == "strategy"
    ends = [match.end() for match in re.finditer(r"\S+(?: \S+)*", head)]
    median_end = next(end for end in ends if head[:end].endswith("median"))
    for row in rows:
        assert re.fullmatch(r"[\d.]+ (s|ms|µs)", re.split(r" {2,}", row[:median_end])[-1])


def test_it_says_what_is_fastest_and_where_the_files_are(tmp_path):
    outcome = run_once_well(tmp_path, *["/delay/0.1"] * 4, "--strategy", "curl-multi,sequential", "--repeat", 8)
    compared = outcome.results.summary[1]
    verdict = compared["verdict_text"]
    assert 1 < float(compared["ratio_low"]) <= float(compared["ratio"]) <= float(compared["ratio_high"])
    assert re.search(r"^fastest: curl-multi\b", outcome.stdout, re.M)
    assert re.fullmatch(r"[\d.]+( to [\d.]+)? times as long", verdict)
    assert re.search(rf"sequential .*{re.escape(verdict)}", outcome.stdout)
    folder = re.search(r"^results: (.+)$", outcome.stdout, re.M)[1]
    assert (tmp_path / folder).resolve() == outcome.results.folder.resolve()
