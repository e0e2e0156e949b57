"""What each term of a reward does inside groups: dominate, work against the others, say nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from nova_rft.grpo._arrays import TOLERANCE, Bools, Floats, Ints, centred
from nova_rft.grpo._within import variance_shares

_DOMINATES: Final = 0.9
_AGAINST: Final = -0.05


@dataclass(frozen=True, slots=True)
class TermSignal:
    """One term inside groups.

    Attributes:
        name: The term's.
        share: Its share in the variance of the reward inside groups, cov(term, sum) / var(sum); None
            where the sum does not vary.
        deviation: Its own standard deviation inside groups.
        verdict: `silent`: it does not vary there. `dominates`: a share from 0.9 on, beside terms that
            vary. `against`: a share under -0.05. Else `speaks`.
    """

    name: str
    share: float | None
    deviation: float
    verdict: Literal["silent", "dominates", "against", "speaks"]


def term_signals(
    terms: Mapping[str, Floats], scored_N: Bools, group_N: Ints
) -> tuple[TermSignal, ...]:
    """Of all terms, over the rollouts where each has a score.

    Args:
        terms: Weighted values by name; NaN where a term has no score.
        scored_N: Rollouts that have a reward.
        group_N: The number of each rollout's group, from 0.
    """
    complete_N = _complete(terms, scored_N)
    shares = variance_shares(terms, complete_N, group_N)
    deviations = {name: _deviation(v[complete_N], group_N[complete_N]) for name, v in terms.items()}
    varying = sum(deviation > TOLERANCE for deviation in deviations.values())
    return tuple(_term(name, shares[name], deviations[name], varying) for name in terms)


def cancelled_share(terms: Mapping[str, Floats], scored_N: Bools, group_N: Ints) -> float | None:
    """1 - var(sum) / sum of var(terms), inside groups, where that is above 0; None for under two terms.

    0 where terms are independent or agree, 1 where the sum of terms that differ is always the same.
    """
    complete_N = _complete(terms, scored_N)
    apart = [centred(values[complete_N], group_N[complete_N]) for values in terms.values()]
    alone = sum(float(values @ values) for values in apart)
    if len(apart) < 2 or alone <= TOLERANCE**2:
        return None
    total = np.sum(apart, axis=0)
    return max(1 - float(total @ total) / alone, 0.0)


def _complete(terms: Mapping[str, Floats], scored_N: Bools) -> Bools:
    complete_N = scored_N.copy()
    for values in terms.values():
        complete_N &= ~np.isnan(values)
    return complete_N


def _deviation(values_N: Floats, group_N: Ints) -> float:
    free = values_N.size - np.unique(group_N).size
    less_N = centred(values_N, group_N)
    return math.sqrt(float(less_N @ less_N) / free) if free > 0 else 0.0


def _term(name: str, share: float | None, deviation: float, varying: int) -> TermSignal:
    if deviation <= TOLERANCE:
        return TermSignal(name, share, deviation, "silent")
    if share is not None and share >= _DOMINATES and varying > 1:
        return TermSignal(name, share, deviation, "dominates")
    against = share is not None and share < _AGAINST
    return TermSignal(name, share, deviation, "against" if against else "speaks")
