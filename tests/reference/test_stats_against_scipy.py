"""Holds harness/stats to numpy and scipy: the same numbers, from programs that share no line of code.

STATS_DUMP names the program stats_dump, whose source says how it is asked.
"""

import math
import os
import subprocess

import numpy
import pytest
import scipy.stats

ALPHA = 0.05
COMPARISONS = (1, 2, 3, 5, 11, 40)


def ask(lines):
    """The answers of stats_dump to these lines, each as a dictionary."""
    program = os.environ.get("STATS_DUMP")
    assert program, "STATS_DUMP must name the program stats_dump"
    done = subprocess.run([program], input="\n".join(lines) + "\n", text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = []
    for line in done.stdout.splitlines():
        words = line.split()
        answers.append(dict(zip(words[::2], map(float, words[1::2]))))
    assert len(answers) == len(lines)
    return answers


def text(values):
    return " ".join(repr(float(value)) for value in values)


def same(ours, theirs, relative=1e-12, absolute=1e-15):
    return (math.isnan(ours) and math.isnan(theirs)) or math.isclose(ours, theirs, rel_tol=relative, abs_tol=absolute)


def samples():
    """A few hundred samples: skewed, tied, with missing values, of 1 to 1,200 values."""
    random = numpy.random.default_rng(20240607)
    for index in range(400):
        count = 1 + index if index < 60 else int(random.integers(1, 1200))
        values = random.lognormal(-3, random.uniform(0.01, 2), count)
        if index % 3 == 1:
            values = numpy.round(values, 2)  # ties, and a MAD of 0 now and then
        if index % 4 == 2:
            values[random.random(count) < 0.2] = numpy.nan
        if index % 5 == 3:
            values = -values
        yield values


def test_samples_agree_with_numpy():
    inputs = list(samples())
    for values, ours in zip(inputs, ask(["sample " + text(values) for values in inputs])):
        present = values[~numpy.isnan(values)]
        assert ours["count"] == len(present)
        assert ours["missing"] == len(values) - len(present)
        if len(present) == 0:
            assert all(math.isnan(ours[name]) for name in ("min", "median", "mean", "max", "mad", "q50"))
            continue
        assert ours["min"] == present.min()
        assert ours["max"] == present.max()
        assert same(ours["mean"], present.mean())
        assert same(ours["median"], numpy.median(present))
        assert same(ours["mad"], scipy.stats.median_abs_deviation(present))
        for percent in range(0, 101, 5):
            assert same(ours[f"q{percent}"], numpy.quantile(present, percent / 100, method="linear"))


def test_binomial_tails_agree_with_scipy():
    questions = [(n, k) for n in (1, 2, 5, 6, 20, 41, 100, 999) for k in range(0, n + 1, max(1, n // 40))]
    questions += [(10000, k) for k in (3500, 4000, 4500, 4800, 4900, 5000, 9999, 10000)]
    questions += [(100000, k) for k in (49000, 49500, 50000)]
    for (n, k), ours in zip(questions, ask([f"tail {n} {k}" for n, k in questions])):
        assert same(ours["tail"], scipy.stats.binom.cdf(k, n, 0.5), 1e-10, 0), (n, k)


def rank_by_scipy(n, comparisons):
    """The largest k with 2 P(B <= k - 1) <= alpha / comparisons, and 1 - that probability."""
    missed = 2 * scipy.stats.binom.cdf(numpy.arange(n + 1), n, 0.5)
    rank = int(numpy.count_nonzero(missed <= ALPHA / comparisons))
    return rank, 1 - missed[rank - 1] if rank else math.nan


def test_ranks_and_levels_agree_with_scipy():
    questions = [(n, m) for n in [*range(0, 200), 500, 1000, 2000, 5000, 10000] for m in COMPARISONS]
    for (n, m), ours in zip(questions, ask([f"rank {n} {m}" for n, m in questions])):
        rank, level = rank_by_scipy(n, m)
        assert ours["rank"] == rank, (n, m)
        assert same(ours["level"], level, 1e-12), (n, m)
        assert (n >= ours["needed"]) == (rank > 0), (n, m)


def pairs():
    random = numpy.random.default_rng(42)
    for index in range(300):
        rounds = 1 + index % 45
        arm, reference = random.lognormal(0, 0.2, (2, rounds)) * [[random.uniform(0.5, 2)], [1]]
        if index % 3 == 1:
            arm, reference = numpy.round(arm, 1), numpy.round(reference, 1)
        if index % 4 == 2:
            arm[random.random(rounds) < 0.2] = numpy.nan
            reference[random.random(rounds) < 0.1] = numpy.nan
        yield COMPARISONS[index % len(COMPARISONS)], arm, reference


def test_intervals_agree_with_order_statistics():
    inputs = list(pairs())
    lines = [f"ratio {m} {len(arm)} {text(arm)} {text(reference)}" for m, arm, reference in inputs]
    for (m, arm, reference), ours in zip(inputs, ask(lines)):
        both = (arm > 0) & (reference > 0)
        logs = numpy.sort(numpy.log(arm[both] / reference[both]))
        rank, level = rank_by_scipy(len(logs), m)
        assert ours["used"] == len(logs)
        assert ours["left_out"] == len(arm) - len(logs)
        assert ours["rank"] == rank
        assert same(ours["level"], level)
        assert same(ours["estimate"], math.exp(numpy.median(logs)) if len(logs) else math.nan)
        if rank == 0:
            assert math.isnan(ours["low"]) and math.isnan(ours["high"]) and math.isnan(ours["detectable"])
            continue
        assert same(ours["low"], math.exp(logs[rank - 1]))
        assert same(ours["high"], math.exp(logs[-rank]))
        half_width = (logs[-rank] - logs[rank - 1]) / 2
        growth = 1 + scipy.stats.norm.ppf(0.8) / scipy.stats.norm.isf((1 - level) / 2)
        assert same(ours["detectable"], math.expm1(half_width * growth), 1e-9, 1e-12)


def test_interval_is_the_sign_tests():
    """The interval holds exactly those medians that a two-sided sign test would not reject."""
    held = 0
    for m, arm, reference in list(pairs())[3::7]:
        logs = numpy.log(arm / reference)
        logs = logs[~numpy.isnan(logs)]
        ours = ask([f"ratio {m} {len(arm)} {text(arm)} {text(reference)}"])[0]
        if ours["rank"] == 0:
            continue
        low, high = math.log(ours["low"]), math.log(ours["high"])
        for median, kept in ((low - 1e-9, False), (low + 1e-9, True), (high - 1e-9, True), (high + 1e-9, False)):
            below = int(numpy.count_nonzero(logs < median))
            p = scipy.stats.binomtest(below, len(logs), 0.5).pvalue
            if low < high:
                assert (p > ALPHA / m) == kept
                held += 1
    assert held > 50


if __name__ == "__main__":
    raise SystemExit(pytest.main([__file__, "-p", "no:cacheprovider"]))
