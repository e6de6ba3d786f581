"""Runs the harness as a user does, and reads back what it wrote."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import tempfile

import program
import strategies
from program import SANITIZER_REPORT
from result_files import (  # noqa: F401  pylint: disable=unused-import
    Results, group, has_failed, nanoseconds, numbers, of_finished_rounds, was_sent)
from waiting import wait_until  # noqa: F401  pylint: disable=unused-import

RUN_LIMIT_S = 300 # of what hangs; with a sanitizer on a busy machine some take two minutes

# Before the first round the program connects to each server, to see whether anybody is there, and sends nothing.
FIRST_LOOK = 1


def environment(changes=None):
    """This process's environment, in which a change to None takes a variable away."""
    variables = dict(os.environ)
    for name, value in (changes or {}).items():
        variables.pop(name, None)
        if value is not None:
            variables[name] = value
    return variables


class Outcome:
    """How a run of the harness ended, what it printed, and where its results are."""

    def __init__(self, exit_code, stdout, stderr, results):
        self.exit_code = exit_code
        self.stdout = stdout
        self.stderr = stderr
        self.results = results


def errors(stderr):
    """The messages that say what went wrong, without the warnings."""
    return [line for line in stderr.splitlines() if line.startswith("harness: ")]


def command(*arguments):
    return [program.harness_path(), *map(str, arguments)]


def run(folder, *arguments, stdin="", env=None, charts=False, stdout=subprocess.PIPE, before=None):
    """Runs the harness in `folder`, after `before` in its process. Without --output its results are in results/latest
    there."""
    arguments = [*arguments] if charts else [*arguments, "--no-charts"]
    done = subprocess.run(command(*arguments), cwd=folder, input=stdin, env=environment(env), stdout=stdout,
                          stderr=subprocess.PIPE, text=True, timeout=RUN_LIMIT_S, check=False, preexec_fn=before)
    assert not SANITIZER_REPORT.search(done.stderr), done.stderr
    return Outcome(done.returncode, done.stdout, done.stderr, Results(pathlib.Path(folder) / "results" / "latest"))


def run_well(folder, *arguments, **options):
    outcome = run(folder, *arguments, **options)
    assert outcome.exit_code == 0, f"exit code {outcome.exit_code}\n{outcome.stdout}\n{outcome.stderr}"
    return outcome


# Of experiments whose servers are not there, on purpose: they are run, and end with 0.
NOBODY_THERE = "--ignore-failures"


def run_once(folder, *arguments, **options):
    """One trial of each strategy."""
    return run(folder, "--repeat", 1, "--warmup", 0, *arguments, **options)


def run_once_well(folder, *arguments, **options):
    return run_well(folder, "--repeat", 1, "--warmup", 0, *arguments, **options)


def write_workload(path, batches):
    path.write_text(json.dumps({"batches": batches}))
    return path


# The strategies, all from the program. Tests that are about one of them name it.


def _of_one_lane(names):
    """Those that have one lane whatever is asked for."""
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        trials = run_once_well(folder, "/get", "--strategy", ",".join(names), "--concurrency", 2).results.trials
    assert {trial["strategy"] for trial in trials} == set(names)
    return {trial["strategy"] for trial in trials if trial["concurrency"] == "1"}


FAMILIES = {strategy.name: strategy.family for strategy in strategies.listed() if not strategy.missing}
STRATEGIES = strategies.that_send()
ONE_LANE = _of_one_lane(STRATEGIES)
CONCURRENT = tuple(name for name in STRATEGIES if name not in ONE_LANE)
assert ONE_LANE and CONCURRENT, "tests compare those of one lane with those of several"


# Strategies at once, in tests that wait more than they work.
AT_ONCE = 4


def of_each_strategy(run_one):
    """What `run_one(name)` returns for each of STRATEGIES; several of them run at once."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run_one, STRATEGIES))


def lanes_of(strategy, concurrency):
    return 1 if strategy in ONE_LANE else concurrency
