"""Which arm was faster, and whether the measurements can tell.

Trials of one round ran close together in time, so they are compared in pairs. The interval of the
ratio is the exact order-statistic interval of the median of log(T_a / T_b) (the sign test turned
round: Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods", 3.6), at the Bonferroni
level for the number of arms. With too few rounds for one, ranges that do not overlap have to do.
"""

import math

LEVEL = 0.05
NEAR = 0.02  # as the default of --threshold: medians closer than this are called about equal, whatever the interval says


def order(arms):
    """Fastest first: those that compare, those with failures, those that send nothing, those without a time."""
    def key(arm):
        group = 3 if arm.median_s is None else 2 if arm.sends_nothing else 0 if arm.is_comparable else 1
        return (group, arm.median_s or 0, arm.label)
    return sorted(arms, key=key)


def comparable(arms):
    return [arm for arm in order(arms) if arm.is_comparable]


def sign_test_rank(count, level):
    """The k for which [k-th smallest, k-th largest] of `count` values holds the median but for `level`, or 0."""
    tail, rank = 0.0, 0
    for k in range(count // 2):
        tail += math.comb(count, k) * 0.5 ** count
        if 2 * tail > level:
            break
        rank = k + 1
    return rank


def ratio_interval(arm, other, level):
    """(low, high) of T_arm / T_other, paired by round, or None where there are too few rounds."""
    others = {trial.round: trial.wall_s for trial in other.clean_trials}
    logs = sorted(math.log(trial.wall_s / others[trial.round])
                  for trial in arm.clean_trials if trial.wall_s > 0 and others.get(trial.round, 0) > 0)
    rank = sign_test_rank(len(logs), level)
    return (math.exp(logs[rank - 1]), math.exp(logs[-rank])) if rank else None


def is_clearly_faster(arm, other, level=LEVEL):
    interval = ratio_interval(arm, other, level)
    if interval:
        return interval[1] < 1
    return max(trial.wall_s for trial in arm.clean_trials) < min(trial.wall_s for trial in other.clean_trials)


def is_near(arm, other):
    low, high = sorted((arm.median_s, other.median_s))
    return high <= low * (1 + NEAR)


def leaders(arms):
    """The fastest of the comparable arms, and those that cannot be told from it."""
    ranked = comparable(arms)
    if not ranked:
        return []
    best, level = ranked[0], LEVEL / max(1, len(ranked) - 1)
    return [best] + [arm for arm in ranked[1:] if is_near(best, arm) or not is_clearly_faster(best, arm, level)]


def reference(arms, best):
    """What the best is compared with: sequential at its level, or at any, else the slowest."""
    others = [arm for arm in comparable(arms) if arm is not best]
    sequential = [arm for arm in others if arm.strategy == "sequential"]
    same_level = [arm for arm in sequential if arm.concurrency == best.concurrency]
    return (same_level or sequential or others[-1:] or [None])[0]
