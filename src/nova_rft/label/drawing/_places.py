"""Places: where a value lies among all others, so that terms of any scale can be held together.

Names of arrays carry their shape: `_N` runs over rollouts, `_T` over terms, `_P` over what is to be
drawn: pairs or single rollouts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nova_rft.calibrate.metrics import Floats
from nova_rft.label._rollouts import Candidate
from nova_rft.spec import Spec


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


def reward_places(candidates: Sequence[Candidate]) -> Floats:
    """Where each rollout's reward lies."""
    return places(np.array([_or_nan(one.reward) for one in candidates], dtype=np.float64))


def term_places(candidates: Sequence[Candidate], spec: Spec) -> Floats:
    """Where each rollout lies by each term, terms x rollouts; higher is better.

    Terms that only measure (weight 0) are left out, and those that are the same everywhere: they neither
    agree nor disagree.
    """
    found = []
    for term in spec.reward.terms:
        values_N = np.array([_or_nan(one.values.get(term.name)) for one in candidates])
        known_N = values_N[np.isfinite(values_N)]
        if term.weight and known_N.size and np.ptp(known_N) > 0:
            found.append(places(values_N if term.weight > 0 else -values_N))
    return np.array(found, dtype=np.float64).reshape(len(found), len(candidates))


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
