"""From answers to arrays: for each contender and measure the mean over a prompt's answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from nova_rft.calibrate.metrics import Floats, ratio
from nova_rft.data import Rollout
from nova_rft.evaluate._measures import values_of
from nova_rft.outcome import Abstention
from nova_rft.reward import RewardFunction, Scored
from nova_rft.sampling import stop_if_spent

# Prompts whose answers are scored as one event.
_TOGETHER: Final = 64
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Scores:
    """What a contender's answers to the prompts of one part are worth.

    Attributes:
        means: By measure the mean over each prompt's answers, NaN where none could be told.
        unscored: By cause, answers whose reward could not be told.
        answers: That were scored.
    """

    means: Mapping[str, Floats]
    unscored: Mapping[str, int] = field(default_factory=dict)
    answers: int = 0


def score(
    function: RewardFunction,
    groups: Sequence[Sequence[Rollout]],
    progress: Progress = lambda done, of: None,
) -> Scores:
    """Scores all answers of one contender.

    Args:
        function: That scores.
        groups: For each prompt its answers; none where none came.
        progress: Told how many prompts of how many are scored.

    Raises:
        BudgetSpent: a judge could not be paid.
    """
    sums: dict[str, Floats] = {}
    counts: dict[str, Floats] = {}
    unscored: dict[str, int] = {}
    answers = 0
    for start in range(0, len(groups), _TOGETHER):
        progress(start, len(groups))
        some = groups[start : start + _TOGETHER]
        items = [(start + place, one) for place, group in enumerate(some) for one in group]
        found = function.score([rollout for _, rollout in items])
        stop_if_spent(found)
        answers += len(items)
        for (place, _), one in zip(items, found, strict=True):
            _count(one, unscored)
            for name, value in values_of(one).items():
                sums.setdefault(name, np.zeros(len(groups)))[place] += value
                counts.setdefault(name, np.zeros(len(groups)))[place] += 1
    means = {name: _mean(total, counts[name]) for name, total in sums.items()}
    return Scores(means, unscored, answers)


def _count(one: Scored, unscored: dict[str, int]) -> None:
    if isinstance(one.outcome, Abstention):
        cause = str(one.outcome.cause)
        unscored[cause] = unscored.get(cause, 0) + 1


def _mean(sums_C: Floats, counts_C: Floats) -> Floats:
    return ratio(sums_C, counts_C)


def mean_of(groups: Sequence[Sequence[float]]) -> Floats:
    """The mean of each prompt's numbers; NaN where it has none."""
    return np.array([math.fsum(one) / len(one) if one else math.nan for one in groups])
