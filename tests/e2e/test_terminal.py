"""What a person sees: a line of progress while it runs, then a table; nothing of that sort in a pipe."""

import contextlib
import csv
import io
import json
import os
import re
import shlex
import signal
import subprocess
import termios
import threading
import time

import pytest

import harness_runs
from harness_runs import STRATEGIES, run_once_well
from printed_table import PrintedTable

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


def run_on_screen(folder, stream, *arguments, env=None, columns=0, warmup=1):
    """What the program writes to `stream`, stdout or stderr, when that is a terminal. 0 columns: it does not say."""
    screen = Screen(columns)
    env = {"TERM": "xterm", **(env or {})}
    try:
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: screen.fd}
        done = subprocess.run(
            harness_runs.command("/get", "--repeat", 1, "--warmup", warmup, "--no-charts", *arguments), cwd=folder, check=False,
            env=harness_runs.environment(env), stdin=subprocess.DEVNULL, timeout=harness_runs.RUN_LIMIT_S, **streams)
    finally:
        text = screen.close()
    assert done.returncode == 0, text
    return text


def test_progress_is_shown_on_a_terminal(tmp_path):
    text = run_on_screen(tmp_path, "stderr")
    assert f"{PROGRESS}1 of 2" in text and f"{PROGRESS}2 of 2" in text
    for strategy in STRATEGIES:
        assert strategy in text


def test_progress_within_a_long_trial(tmp_path):
    """From 10 s on, once a second: how long it has taken, and what of it is done."""
    text = run_on_screen(tmp_path, "stderr", "/delay/6", "/delay/5.9", "--strategy", "sequential", warmup=0)
    shown = re.findall(r"round 1 of 1(?:, about (\d) s left)?: sequential, (\d+) s of about 12 s, (\d) of 3 requests", text)
    assert shown in ([("2", "10", "2"), (left, "11", "2")] for left in ("1", ""))
    assert text.count(PROGRESS) <= len(shown) + 2


def test_a_terminal_that_is_stopped_does_not_hold_the_trial_up(tmp_path):
    """As with Ctrl-S: what is shown goes nowhere, and the trial takes no longer by its clock."""
    master, slave = os.openpty()
    try:
        process = subprocess.Popen(
            harness_runs.command("/delay/6", "/delay/6", "--strategy", "sequential", "--repeat", 1, "--warmup", 0, "--no-charts"),
            cwd=tmp_path, env=harness_runs.environment({"TERM": "xterm"}), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=slave)
        time.sleep(5)
        termios.tcflow(slave, termios.TCOOFF)
        time.sleep(9)
        termios.tcflow(slave, termios.TCOON)
        assert process.wait(harness_runs.RUN_LIMIT_S) == 0
    finally:
        os.close(slave)
        os.close(master)
    (trial,) = harness_runs.Results(tmp_path / "results" / "latest").trials
    assert float(trial["wall_s"]) < 13


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


SLOW = ["/delay/0.9", "/delay/0.9", "--requests", 99, "--strategy", "sequential,curl-multi", "--concurrency", 99, "--repeat", 1]


def told_at_once(folder, *arguments):
    """What the experiment says before the first trial has ended. It is stopped then."""
    process = subprocess.Popen(harness_runs.command(*arguments, "--no-charts"), cwd=folder, env=harness_runs.environment(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    with process:
        timer = threading.Timer(2, process.send_signal, [signal.SIGINT])
        timer.start()
        text = process.stderr.read()
        timer.cancel()
    return text


def test_how_long_it_takes_is_said_before_it_is_long(tmp_path):
    assert told_at_once(tmp_path, *SLOW, "--warmup", 0).startswith(
        "about 90 s a round, of which sequential takes 90 s; one round, about 90 s\n")
    assert told_at_once(tmp_path, *SLOW, "--warmup", 1).startswith(
        "about 90 s a round, of which sequential takes 90 s; 2 rounds, about 3 minutes\n")


def test_an_open_loop_takes_as_long_as_its_schedule(tmp_path):
    told = told_at_once(tmp_path, "/get", "--rate", 1, "--requests", 80, "--strategy", "curl-multi,thread-pool", "--warmup", 0,
                        "--repeat", 2)
    assert told.startswith("about 2 min 40 s a round; 2 rounds, about 5 min 20 s\n")


@pytest.mark.parametrize("arguments", [[*SLOW, "--quiet"], ["/delay/0.9", "--requests", 30, "--strategy", "sequential", "--repeat", 1]],
                         ids=["quiet", "short"])
def test_how_long_it_takes_is_not_said(tmp_path, arguments):
    assert "a round" not in told_at_once(tmp_path, *arguments, "--warmup", 0)


def test_too_few_rounds_are_warned_of_with_advice(tmp_path):
    assert re.search(r"^warning: .*--repeat", run_once_well(tmp_path, "/get").stderr, re.M)


def test_colour_on_a_terminal_only(tmp_path):
    assert COLOUR.search(run_on_screen(tmp_path, "stdout", env={"NO_COLOR": None, "TERM": "xterm"}))
    assert not COLOUR.search(run_once_well(tmp_path, "/get", env={"NO_COLOR": None}).stdout)


@pytest.mark.parametrize("value, coloured", [("1", False), ("no", False), ("", True)])
def test_no_color_is_honoured_unless_empty(tmp_path, value, coloured):
    text = run_on_screen(tmp_path, "stdout", env={"NO_COLOR": value, "TERM": "xterm"})
    assert bool(COLOUR.search(text)) == coloured


def test_the_table_has_a_line_for_each_strategy_and_one_unit_a_column(tmp_path):
    outcome = run_once_well(tmp_path, "/delay/0.01", "--repeat", 2)
    table = PrintedTable(outcome.stdout)
    assert list(table.rows) == list(STRATEGIES)
    assert table.units["median"] == "ms" and table.units["CPU/request"] == "µs" and table.units["memory"] == "MiB"
    for row in outcome.results.summary:
        shown = table.rows[row["strategy"]]
        assert float(shown["median"]) == pytest.approx(1000 * float(row["median_s"]), rel=0.006)
        assert float(shown["memory"]) == pytest.approx(float(row["peak_memory_kib"]) / 1024, abs=0.06)
        assert int(shown["threads"]) == float(row["peak_threads"])
    assert len({len(line) for line in [table.lines[0], *table.lines[2:]]}) == 1, "aligned"


LONG = "thread-per-request:handles=fresh:stack-kib=1024"


@pytest.mark.parametrize("options", [
    ["--strategy", "all", "--repeat", 7], ["--strategy", "sequential,thread-pool", "--repeat", 1],
    ["--strategy", f"thread-pool,{LONG}", "--concurrency", "2,16", "--start", "cold,warm", "--repeat", 10],
    ["--strategy", "all", "--rate", 400, "--requests", 60, "--repeat", 7]], ids=["all", "one-round", "long-names", "open-loop"])
def test_all_of_it_fits_80_columns(tmp_path, options):
    outcome = run_once_well(tmp_path, "/get", "--requests", 20, *options)
    lines = outcome.stdout.splitlines()
    assert len(lines) > 4 and [line for line in lines if len(line) > 80 and not line.startswith("results: ")] == []
    assert lines == [line.rstrip() for line in lines]


def test_no_line_ends_in_blanks(tmp_path):
    outcome = harness_runs.run_once(tmp_path, "/get", "/status/500", "--strategy", "sequential,curl-multi")
    assert "failed" in outcome.stdout and not re.search(r" $", outcome.stdout, re.M)


def test_a_failed_request_has_a_column(tmp_path):
    arguments = ["/get", "/status/500", "--strategy", "sequential,curl-multi"]
    assert "failed" not in PrintedTable(run_once_well(tmp_path, "/get", *arguments[2:]).stdout).heads
    table = PrintedTable(harness_runs.run_once(tmp_path, *arguments).stdout)
    assert {name: row["failed"] for name, row in table.rows.items()} == {"sequential": "1", "curl-multi": "1"}


def test_wide_shows_all_figures_and_whole_sentences(tmp_path):
    outcome = run_once_well(tmp_path, "/get", "--strategy", "sequential,curl-multi", "--requests", 20, "--repeat", 8, "--wide")
    table = PrintedTable(outcome.stdout)
    assert {"concurrency", "trials", "min", "MAD", "requests/s", "p50 request", "p99 request", "efficiency", "connections",
            "failed"} <= set(table.heads)
    assert table.rows["curl-multi"]["trials"] == "8"
    (compared,) = [row for row in outcome.results.summary if row["verdict_text"]]
    assert compared["verdict_text"] in outcome.stdout and f"CPU/request: {compared['cpu_verdict_text']}" in outcome.stdout


def test_verdicts_stand_out_on_a_terminal(tmp_path):
    text = run_on_screen(tmp_path, "stdout", "--strategy", "curl-multi,sequential", *["/delay/0.05"] * 5, "--repeat", 8,
                         env={"NO_COLOR": None})
    assert re.search(r"\x1b\[1mfastest: curl-multi.*\x1b\[0m", text)
    assert re.search(r"\x1b\[31m[\d.]+( to [\d.]+)? times\x1b\[0m", text)


def test_it_says_what_is_fastest_and_where_the_files_are(tmp_path):
    outcome = run_once_well(tmp_path, *["/delay/0.1"] * 4, "--strategy", "curl-multi,sequential", "--repeat", 8)
    compared = outcome.results.summary[1]
    verdict = compared["verdict_text"].removesuffix(" as long")
    assert 1 < float(compared["ratio_low"]) <= float(compared["ratio"]) <= float(compared["ratio_high"])
    assert re.search(r"^fastest: curl-multi\b", outcome.stdout, re.M)
    assert re.fullmatch(r"[\d.]+( to [\d.]+)? times", verdict)
    assert re.search(rf"sequential .*{re.escape(verdict)}", outcome.stdout)
    folder = re.search(r"^results: (.+)$", outcome.stdout, re.M)[1]
    assert (tmp_path / folder).resolve() == outcome.results.folder.resolve()


# ---- the summary in other forms ----

PAIR = ("--strategy", "sequential,curl-multi", "--requests", 6)


def test_the_summary_as_csv_is_the_file(tmp_path):
    outcome = run_once_well(tmp_path, "/get", *PAIR, "--csv")
    assert outcome.stdout == (outcome.results.folder / "summary.csv").read_text(encoding="utf-8")


def test_the_summary_as_json_has_the_columns_of_the_file(tmp_path):
    outcome = run_once_well(tmp_path, "/get", *PAIR, "--json", "--concurrency", "2,4")
    rows = json.loads(outcome.stdout)
    assert [row["arm"] for row in rows] == [row["arm"] for row in outcome.results.summary]
    for row, cells in zip(rows, outcome.results.summary):
        assert list(row) == list(cells)
        for name, cell in cells.items():
            value = row[name]
            if cell == "":
                assert value is None, name
            elif isinstance(value, bool):
                assert cell == str(value).lower()
            elif isinstance(value, (int, float)):
                assert float(cell) == pytest.approx(value, rel=1e-6)
            else:
                assert value == cell


def test_columns_are_chosen_and_ordered(tmp_path):
    chosen = "median_s,arm,http,failed_requests,concurrency"
    outcome = run_once_well(tmp_path, "/get", *PAIR, "--csv", "--columns", chosen, "--concurrency", "2,4")
    rows = list(csv.reader(io.StringIO(outcome.stdout)))
    assert rows == [chosen.split(","), *([row[name] for name in chosen.split(",")] for row in outcome.results.summary)]
    assert len(rows) == 4 and {row[2] for row in rows[1:]} == {"1.1"} and {row[4] for row in rows[1:]} == {"1", "2", "4"}
    outcome = run_once_well(tmp_path, "/get", *PAIR, "--json", "--columns", "arm,median_s,http")
    assert [list(row) for row in json.loads(outcome.stdout)] == [["arm", "median_s", "http"]] * 2
    assert [row["arm"] for row in json.loads(outcome.stdout)] == [row["arm"] for row in outcome.results.summary]
    assert len(outcome.results.summary[0]) > 20


def test_the_summary_as_markdown_is_for_an_issue(tmp_path):
    outcome = run_once_well(tmp_path, "/get", "/anything/it's", *PAIR, "--markdown")
    lines = outcome.stdout.splitlines()
    assert [line.split(" | ")[0] for line in lines[:4]] == ["| strategy", "| ---", "| `sequential`", "| `curl-multi`"]
    assert len({line.count("|") for line in lines[:4]}) == 1
    assert lines[4:6] == ["", "```text"] and lines.count("```") == 2 and "\033" not in outcome.stdout
    for warning in outcome.results.document("experiment")["warnings"]:
        assert f"- warning: {warning['finding']}; {warning['advice']}" in [line.replace("\\", "") for line in lines]
    assert shlex.split(lines[lines.index("```sh") + 1]) == outcome.results.document("experiment")["command"]
    assert outcome.results.document("experiment")["versions"]["kernel"] in lines[-1]


def test_of_one_strategy_it_is_said_that_there_is_nothing_to_compare(tmp_path):
    text = run_once_well(tmp_path, "/get", "--strategy", "curl-multi").stdout
    assert "\n\none strategy was run: there is nothing to compare it with\n\nresults: " in text


def test_markdown_has_no_empty_block(tmp_path):
    text = run_once_well(tmp_path, "/get", "--strategy", "curl-multi,curl-multi", "--repeat", 1, "--markdown").stdout
    assert not re.search(r"```\w+\n```", text)


def test_markdown_takes_nothing_that_servers_or_users_wrote_for_markup(tmp_path):
    text = harness_runs.run_once(tmp_path, "http://127.0.0.1:1/*b*/_c_/`x`<img>", *PAIR, "--markdown", "--ignore-failures").stdout
    (line,) = [line for line in text.splitlines() if line.startswith("- warning: GET")]
    assert r"/\*b\*/\_c\_/\`x\`" in line and not re.search(r"(?<!\\)[<`*_]", line)


def test_the_summary_as_markdown_is_in_every_folder(tmp_path):
    outcome = run_once_well(tmp_path, "/get", *PAIR, "--markdown")
    assert (outcome.results.folder / "summary.md").read_text() == outcome.stdout
    plain = run_once_well(tmp_path, "/get", *PAIR)
    assert (plain.results.folder / "summary.md").read_text().startswith("| strategy |")


def test_charts_do_not_get_between(tmp_path):
    for form in ("--csv", "--json", "--markdown"):
        outcome = harness_runs.run_once_well(tmp_path, "/get", *PAIR, form, "--output", form[2:], charts=True)
        assert ".png" not in outcome.stdout and f"{form[2:]}/total-time.png" in outcome.stderr
    assert json.loads(harness_runs.run_once_well(tmp_path, "/get", *PAIR, "--json", charts=True).stdout)
    assert list(csv.DictReader(io.StringIO(harness_runs.run_once_well(tmp_path, "/get", *PAIR, "--csv", charts=True).stdout)))


@pytest.mark.parametrize("options, message", [
    (["--csv", "--json"], "--markdown, --csv and --json are different forms of one summary; leave all but one out"),
    (["--csv", "--columns", "arm,median"], "--columns: summary.csv has no column 'median'; did you mean 'median_s'? see --list-columns"),
    (["--csv", "--columns", "arm,"], "--columns: summary.csv has no column ''"),
    (["--csv", "--columns", "arm,median_s,arm"], "--columns: 'arm' is named twice"),
    (["--columns", "arm"], "--columns means nothing without --csv or --json"),
    (["--markdown", "--columns", "arm"], "--columns means nothing without --csv or --json"),
    (["--json", "--trace"], "--trace prints more than one summary"),
    (["--markdown", "--experiment", "pool-or-loop"], "--experiment prints more than one summary")])
def test_one_form_at_a_time(tmp_path, options, message):
    outcome = harness_runs.run(tmp_path, "/get", *options)
    assert outcome.exit_code == 2 and message in outcome.stderr, outcome.stderr
