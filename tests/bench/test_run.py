"""tests/bench/run: does it compare what it says, in pairs, and say what it could not compare? Its figures are not judged."""

import importlib.machinery
import importlib.util
import pathlib
import random
import re
import shutil
import subprocess
import sys
import types

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "shared")]

import memory_use  # noqa: E402
import program  # noqa: E402
import strategies  # noqa: E402
from speed import samples, sections  # noqa: E402

RUN_LIMIT_S = 300
PAIRS = (("sequential", "bare sequential"), ("thread-pool", "bare pool"), ("curl-multi", "bare multi"))


def run(*arguments, **options):
    done = subprocess.run([HERE / "run", "--harness", program.harness_path(), "--quick", "--pairs", "1", *arguments],
                          capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(text):
    """{first cell: the others} of all tables."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in cells if row[0] not in ("", "---")}


class Scripted:
    """Takes as long as the script says, run by run; None: it can't."""

    def __init__(self, name, *costs):
        self.name = name
        self.costs = iter(costs)

    def measure(self):
        cost = next(self.costs)
        if cost is None:
            raise samples.Unavailable("not today")
        return samples.Sample(10, cost * 10, 1)


def take(*everyone, rounds=3):
    said = []
    taken, absent = samples.take(everyone, rounds, random.Random(1), said.append)
    return taken, absent, said


def test_each_round_has_everyone_once_in_an_order_of_its_own():
    everyone = [Scripted(name, *[1] * 20) for name in "abc"]
    _, _, said = take(*everyone, rounds=20)
    orders = [tuple(line[-1] for line in said[first:first + 3]) for first in range(0, 60, 3)]
    assert all(sorted(order) == ["a", "b", "c"] for order in orders)
    assert len(set(orders)) > 3


def test_ratios_are_of_the_same_round():
    slow, quick = Scripted("slow", 30, 2, 200), Scripted("quick", 10, 1, 100)
    taken, _, _ = take(slow, quick)
    ratio = samples.paired(taken[slow], taken[quick], samples.cpu)
    assert (ratio.low, ratio.median, ratio.high) == (2, 2, 2.5)


def test_who_can_not_take_part_is_left_out_with_the_reason():
    able, unable = Scripted("able", 1, 1, 1), Scripted("unable", None)
    taken, absent, _ = take(able, unable)
    assert list(taken) == [able]
    assert absent == [(unable, "not today")]


def test_who_fails_later_ends_the_run():
    with pytest.raises(samples.Unavailable):
        take(Scripted("tired", 1, None))


@pytest.fixture(name="bare_section", scope="module")
def run_bare_section():
    return run("--only", "bare")


def test_strategies_are_held_against_bare_loops(bare_section):
    timed = rows(re.sub(r"\|  \| instructions.*?\n\n", "", bare_section, flags=re.DOTALL))
    for name, bare in PAIRS:
        assert float(timed[bare][0].split()[0]) > 0
        assert re.fullmatch(r"\d+\.\d\d \(\d+\.\d\d to \d+\.\d\d\)", timed[name][1]), timed[name]
        assert f"- {name}, CPU time against {bare}: " in bare_section


@pytest.mark.skipif(memory_use.is_inflated(), reason="valgrind and sanitizers exclude each other")
@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_the_instructions_of_a_trial_are_those_of_its_bare_loop_and_a_few(bare_section):
    counted = rows("".join(re.findall(r"\|  \| instructions.*?\n\n", bare_section, re.DOTALL)))
    for name, _ in PAIRS:  # a loop's vary with its wake-ups, by more than harness adds
        assert 0.9 < float(counted[name][1].split()[0]) < 1.2, counted


def test_a_section_that_comes_to_nothing_is_told(capsys, monkeypatch):
    def fail(_):
        raise samples.Unavailable("out of files")

    loader = importlib.machinery.SourceFileLoader("speed_run", str(HERE / "run"))
    program_itself = importlib.util.module_from_spec(importlib.util.spec_from_loader("speed_run", loader))
    loader.exec_module(program_itself)
    monkeypatch.setitem(sections.SECTIONS, "hopeless", ("A hopeless one", fail))
    bench = types.SimpleNamespace(say=lambda _: None)
    assert not program_itself.run_section(bench, "hopeless")
    assert "### A hopeless one\n\n**Not measured: out of files.**" in capsys.readouterr().out


def test_programs_that_are_missing_are_named_with_their_packages(tmp_path):
    text = run("--only", "programs", env={"PATH": str(tmp_path)})
    assert "- wrk takes no part: not installed (Debian's package wrk)." in text
    assert "- h2load takes no part: not installed (Debian's package nghttp2-client)." in text
    assert "- curl --parallel takes no part: not installed" in text
    compared = rows(text)
    for strategy in strategies.sending():
        assert strategy.name in [name.split(",")[0] for name in compared]


def test_the_default_experiment_is_held_against_that_of_four_strategies():
    text = run("--only", "whole")
    assert float(rows(text)["all"][1].split()[0]) > 1
    assert "- all, from the command to the last chart against sequential,thread-per-request,thread-pool,curl-multi: " in text


def test_what_an_option_costs_is_held_against_its_default():
    here = [strategy.name for strategy in strategies.sending()]
    tables = re.findall(r"at once, all busy:\n\n(.*?)\n\n", run("--only", "choices"), re.DOTALL)
    choices = [choice for choice in sections.CHOICES if choice[0] in here]
    assert len(tables) == len(choices)
    for (name, option, _, values), compared in zip(choices, tables):
        assert list(rows(compared)) == [name, *(f"{name}:{option}={value}" for value in values)]


@pytest.mark.skipif(memory_use.is_inflated(), reason="valgrind and sanitizers exclude each other")
@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_misses_of_the_cache_are_counted_beside_instructions():
    text = run("--only", "many")
    [table] = re.findall(r"\|  \| instructions.*?\n\n", text, re.DOTALL)
    counted = rows(table)
    assert {name.split(",")[0] for name in counted} == {"curl-multi", "multi-sharded"}
    assert all(float(cells[2].split()[0]) >= 0 for cells in counted.values())
