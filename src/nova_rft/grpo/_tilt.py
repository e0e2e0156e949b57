"""A policy's samples under another policy: weights that grow exponentially with the advantage.

Of all policies within some Kullback-Leibler divergence of the one that wrote the rollouts, the one with
the highest expected reward has its probabilities times exp(strength * reward), made to sum to 1 for each
prompt (arXiv 2305.18290, section 4 and appendix A.1). On the rollouts of a prompt, each of which stands
for the share 1 / G, that gives them weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from nova_rft.errors import UsageError
from nova_rft.grpo._arrays import Floats, Ints

_STEPS: Final = 200
_STRONGEST: Final = 1e8


@dataclass(frozen=True, slots=True)
class Tilt:
    """How far a policy is moved.

    Attributes:
        budget: The divergence from the present policy that was asked for: a mean over prompts, in nats.
        strength: What the advantages are multiplied by to spend it.
        divergence: What was spent: less than the budget where the rollouts hold no better policy.
    """

    budget: float
    strength: float
    divergence: float


def tilted(advantages_N: Floats, group_N: Ints, strength: float) -> Floats:
    """The weight of each rollout: exp(strength * A), made to sum to 1 in each group."""
    groups = int(group_N.max(initial=-1)) + 1
    scaled_N = strength * advantages_N
    highest_G = np.full(groups, -np.inf)
    np.maximum.at(highest_G, group_N, scaled_N)
    raised_N = np.exp(scaled_N - highest_G[group_N])
    weights_N: Floats = raised_N / np.bincount(group_N, weights=raised_N)[group_N]
    return weights_N


def divergence(weights_N: Floats, group_N: Ints) -> float:
    """KL(tilted || present) over the rollouts, mean over groups: sum of w log(w G) inside each."""
    size_N = np.bincount(group_N)[group_N]
    # What has no weight left has no part in the sum.
    parts_N = weights_N * np.log(np.maximum(weights_N, np.finfo(np.float64).tiny) * size_N)
    return float(parts_N.sum()) / (int(group_N.max()) + 1)


def solve_tilt(advantages_N: Floats, group_N: Ints, budget: float) -> Tilt:
    """The strength that spends a budget, by bisection; the divergence never falls with it.

    Raises:
        UsageError: the budget is below 0 or no number.
    """
    if not 0 <= budget < math.inf:
        raise UsageError(f"a budget is {budget}; use nats, 0 or more")

    def spent(strength: float) -> float:
        return divergence(tilted(advantages_N, group_N, strength), group_N)

    low, high = 0.0, 1.0
    while spent(high) < budget and high < _STRONGEST:
        low, high = high, high * 4
    if spent(high) <= budget:
        return Tilt(budget, high, spent(high))
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(middle) < budget else (low, middle)
        if high - low <= 1e-12 * high:
            break
    return Tilt(budget, low, spent(low))
