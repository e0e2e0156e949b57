"""Judges and people drawn from known chances, for tests and benches of intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from nova_rft.calibrate._resample import Resampling, Statistic
from nova_rft.calibrate.metrics import Prompts, difference, kappa, kendall, share, spearman

Simulate = Callable[[np.random.Generator, int], Mapping[str, Statistic]]
# Prompts whose figures are as good as the truth.
_MANY = 100_000


def agreeing(dice: np.random.Generator, count: int) -> dict[str, Statistic]:
    """A judge that is right on most rows, more often on some prompts than on others."""
    of_row = np.repeat(np.arange(count), dice.integers(1, 3, count))
    size = of_row.size
    easy = dice.beta(6.8, 1.2, count)[of_row]
    human = dice.choice(3, size, p=[0.5, 0.2, 0.3])
    judge = np.where(dice.random(size) < easy, human, dice.choice(3, size, p=[0.4, 0.3, 0.3]))
    long, prompts = dice.random(size) < 0.5, Prompts(of_row, count)
    return {
        "accuracy": share(human == judge, prompts),
        "kappa": kappa(human, judge, np.arange(3.0), prompts),
        "length": difference(human == judge, long, ~long, prompts),
    }


def ranking(dice: np.random.Generator, count: int) -> dict[str, Statistic]:
    """A judge and people who both see what responses are worth, with noise of their own."""
    quality = dice.normal(size=count)
    human = np.clip(np.round(quality + 0.5 * dice.normal(size=count)), -1, 2)
    judge = np.clip(np.round(2 * (quality + 0.7 * dice.normal(size=count))), -4, 4)
    prompts = Prompts(np.arange(count), count)
    return {
        "spearman": spearman(human, judge, prompts),
        "kendall": kendall(human, judge, prompts),
    }


def coverage(simulate: Simulate, *, prompts: int, simulations: int) -> dict[str, float]:
    """How often the 95 % interval of each figure holds the truth; one that is not told does not."""
    truth = {
        name: one.value(_MANY) for name, one in simulate(np.random.default_rng(1), _MANY).items()
    }
    covered = dict.fromkeys(truth, 0)
    dice = np.random.default_rng(2)
    for number in range(simulations):
        how = Resampling(prompts, seed=number % 4)
        for name, statistic in simulate(dice, prompts).items():
            found = how.figure(statistic)
            if found.low is not None and found.high is not None:
                covered[name] += found.low <= truth[name] <= found.high
    return {name: count / simulations for name, count in covered.items()}
