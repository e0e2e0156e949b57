"""Places: where a value lies among all others, so that terms of any scale can be held together.

Names of arrays carry their shape: `_N` runs over rollouts, `_T` over terms, `_P` over what is to be
drawn: pairs or single rollouts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nova_rft.calibrate.metrics import Floats
from nova_rft.label._rollouts import Candidate
from nova_rft.spec import JUDGE_TERMS, RewardSpec


def places(values_N: Floats) -> Floats:
    """The share of the others that lie below each value, equal ones half.

    0 for the lowest, 1 for the highest, 0.5 where all are equal; not a number where there is no value.
    """
    found_N = np.full(values_N.shape, np.nan)
    known_N = np.isfinite(values_N)
    if not known_N.any():
        return found_N
    _, kind_N, count_K = np.unique(values_N[known_N], return_inverse=True, return_counts=True)
    below_K = np.cumsum(count_K) - count_K
    others = max(int(known_N.sum()) - 1, 1)
    place_K = (below_K + (count_K - 1) / 2) / others if known_N.sum() > 1 else np.array([0.5])
    found_N[known_N] = place_K[kind_N]
    return found_N


def judged_places(candidates: Sequence[Candidate], reward: RewardSpec) -> Floats:
    """Where each rollout lies by what is to be calibrated: the mean of its places by the spec's judges.

    Where no judge gave anything a value, by the reward.
    """
    judges = [term.name for term in reward.terms if isinstance(term, JUDGE_TERMS)]
    places_JN = np.array([places(_values(candidates, name)) for name in judges])
    if np.isfinite(places_JN).any():
        return mean_known(places_JN)
    return places(np.array([_or_nan(one.reward) for one in candidates], dtype=np.float64))


def term_places(candidates: Sequence[Candidate], reward: RewardSpec) -> Floats:
    """Where each rollout lies by each term, terms x rollouts; higher is better.

    Terms that only measure (weight 0) are left out, and those that are the same everywhere: they neither
    agree nor disagree.
    """
    found = []
    for term in reward.terms:
        values_N = _values(candidates, term.name)
        known_N = values_N[np.isfinite(values_N)]
        if term.weight and known_N.size and np.ptp(known_N) > 0:
            found.append(places(values_N if term.weight > 0 else -values_N))
    return np.array(found, dtype=np.float64).reshape(len(found), len(candidates))


def mean_known(rows_RN: Floats) -> Floats:
    """The mean over rows of what is known; not a number where nothing is."""
    known_N = np.isfinite(rows_RN).sum(axis=0)
    total_N = np.nansum(rows_RN, axis=0)
    found_N: Floats = np.full(total_N.shape, np.nan)
    np.divide(total_N, known_N, out=found_N, where=known_N > 0)
    return found_N


def _values(candidates: Sequence[Candidate], term: str) -> Floats:
    return np.array([_or_nan(one.values.get(term)) for one in candidates], dtype=np.float64)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
