"""From rewards to advantages: how much better than its siblings a rollout is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from nova_rft.errors import UsageError
from nova_rft.grpo._arrays import (
    TOLERANCE,
    Bools,
    Floats,
    Ints,
    check_tolerance,
    group_deviations,
    group_means,
    group_spans,
    numbered,
)

Scale = Literal["group", "batch", "none", "leave_one_out"]
Combine = Literal["sum", "normalise"]
Rewards = ArrayLike | Sequence[float | None] | Sequence[Sequence[float | None]]


def advantages(
    rewards_NK: Rewards,
    groups_N: Sequence[Hashable],
    *,
    scale: Scale = "group",
    combine: Combine = "sum",
    weights_K: Sequence[float] | None = None,
    ddof: int = 1,
    epsilon: float = 1e-4,
    tolerance: float = TOLERANCE,
) -> Floats:
    """Each rollout's reward less the mean of its group, scaled.

    - `group`: (r - mean) / (deviation of the group + epsilon), GRPO, arXiv 2402.03300, section 4.1.2.
    - `batch`: the deviation is that of all rewards of the batch, arXiv 2508.08221.
    - `none`: r - mean, Dr. GRPO, arXiv 2503.20783, section 3.2.
    - `leave_one_out`: r - mean of the others, RLOO, arXiv 2402.14740: G / (G - 1) times `none`.

    Several rewards of a rollout are weighted and summed first (`sum`), or each is scaled by its own
    group's deviation, the weighted sum of these by the batch's (`normalise`: GDPO, arXiv 2601.05242).

    Deviations, from the papers and from TRL 1.16:

    - Rewards of a group that lie within the tolerance are equal: advantage exactly 0. Eight rewards
      of 1.0 + 0.2 have a deviation of 1.3e-7 in single precision; TRL makes 0.0012 of it.
    - A reward of None or NaN is an abstention: left out of means and deviations, advantage 0, as in
      TRL. With `sum`, a rollout that lacks one of several rewards has no sum and abstains; TRL counts
      the missing one as 0. With `normalise` it counts as its group's mean, as in TRL.
    - A group of one scored rollout has advantage 0; some trainers give it its reward.
    - RLOO's mean is over the other scored rollouts. The papers name no epsilon; this is TRL's.

    Args:
        rewards_NK: One reward for each rollout, shape (N,), or K of them, shape (N, K); finite,
            None or NaN.
        groups_N: The group of each rollout, in the same order; groups may differ in size.
        scale: See above; `normalise` goes with `group` alone.
        combine: See above; makes no difference to rewards of shape (N,) under `sum`.
        weights_K: Weight of each reward; None for 1.
        ddof: 1 for Bessel's deviation, 0 for the population's.
        epsilon: Added to the deviation.
        tolerance: Absolute; rewards of a group this close count as equal.

    Returns:
        advantages_N, mean 0 in each group.

    Raises:
        UsageError: shapes differ, a reward is infinite, or a setting is none of the above.
    """
    _check_settings(scale, combine, ddof, epsilon, tolerance)
    rewards, weights = _checked(rewards_NK, groups_N, weights_K)
    if not rewards.size:
        return np.zeros(len(rewards))
    group_N = numbered(groups_N)
    form = _Form(scale, ddof, epsilon, tolerance)
    if combine == "sum":
        return _scaled(rewards @ weights, group_N, form)
    scored_N: Bools = np.logical_not(np.isnan(rewards).all(axis=1))
    scaled_NK = np.stack([_scaled(rewards_N, group_N, form) for rewards_N in rewards.T], axis=1)
    summed_N: Floats = scaled_NK @ weights
    # What it is made of has mean 0 in each group, and so has this.
    made_N = summed_N / _divisor(_deviation(summed_N[scored_N], ddof), epsilon)
    return np.where(_telling(summed_N, scored_N, group_N, tolerance), made_N, 0.0)


@dataclass(frozen=True, slots=True)
class _Form:
    scale: Scale
    ddof: int
    epsilon: float
    tolerance: float


def _scaled(rewards_N: Floats, group_N: Ints, form: _Form) -> Floats:
    """Rewards less the mean of their group, scaled; 0 for ties and abstentions."""
    scored_N, groups = ~np.isnan(rewards_N), int(group_N.max()) + 1
    known_N, of_N = rewards_N[scored_N], group_N[scored_N]
    less_N = known_N - group_means(known_N, of_N, groups)[of_N]
    if form.scale == "group":
        deviations_G = group_deviations(known_N, of_N, groups, form.ddof)
        less_N /= _divisor(deviations_G[of_N], form.epsilon)
    elif form.scale == "batch":
        less_N /= _divisor(_deviation(known_N, form.ddof), form.epsilon)
    elif form.scale == "leave_one_out":
        size_N = np.bincount(of_N, minlength=groups)[of_N]
        less_N *= size_N / np.maximum(size_N - 1, 1)
    made_N = np.zeros(rewards_N.size)
    made_N[scored_N] = less_N
    return np.where(_telling(rewards_N, scored_N, group_N, form.tolerance), made_N, 0.0)


def _telling(values_N: Floats, scored_N: Bools, group_N: Ints, tolerance: float) -> Bools:
    """Scored, in a group whose scored values lie further apart than the tolerance."""
    spans_G = group_spans(values_N[scored_N], group_N[scored_N], int(group_N.max()) + 1)
    telling_N: Bools = scored_N & (spans_G > tolerance)[group_N]
    return telling_N


def _divisor(deviation: Floats | float, epsilon: float) -> Floats:
    """Never 0, also without epsilon; what is divided is then a tie, which counts 0 anyway."""
    divisor: Floats = np.maximum(np.asarray(deviation) + epsilon, np.finfo(np.float64).tiny)
    return divisor


def _deviation(values_N: Floats, ddof: int) -> float:
    return float(values_N.std(ddof=ddof)) if values_N.size > ddof else 0.0


def _checked(
    rewards_NK: Rewards, groups_N: Sequence[Hashable], weights_K: Sequence[float] | None
) -> tuple[Floats, Floats]:
    """Rewards of shape (N, K) and K weights."""
    rewards = np.asarray(rewards_NK, dtype=np.float64)
    rewards = rewards[:, None] if rewards.ndim == 1 else rewards
    if rewards.ndim != 2 or not rewards.shape[1] or len(groups_N) != len(rewards):
        raise UsageError(
            f"rewards of shape {rewards.shape} do not go with {len(groups_N)} groups; give one group "
            "for each rollout, and its rewards as one number or one row"
        )
    if np.isinf(rewards).any():
        first = int(np.flatnonzero(np.isinf(rewards).any(axis=1))[0])
        raise UsageError(
            f"a reward of rollout {first} is infinite; give a finite number, or NaN where it abstains"
        )
    weights = np.ones(rewards.shape[1]) if weights_K is None else np.asarray(weights_K, np.float64)
    if weights.shape != (rewards.shape[1],) or not np.isfinite(weights).all():
        raise UsageError(
            f"weights are {list(weights)}; give {rewards.shape[1]} finite numbers, one a reward"
        )
    # What counts nothing may abstain.
    return rewards[:, weights != 0], weights[weights != 0]


def _check_settings(scale: str, combine: str, ddof: int, epsilon: float, tolerance: float) -> None:
    if scale not in get_args(Scale):
        raise UsageError(f"scale is {scale!r}; use one of {', '.join(get_args(Scale))}")
    if combine not in get_args(Combine):
        raise UsageError(f"combine is {combine!r}; use one of {', '.join(get_args(Combine))}")
    if combine == "normalise" and scale != "group":
        raise UsageError(
            f"combine 'normalise' scales each reward by its group; scale {scale!r} does not go with it"
        )
    if ddof not in (0, 1):
        raise UsageError(f"ddof is {ddof}; use 1 (Bessel's) or 0 (the population's)")
    if not 0 <= epsilon < np.inf:
        raise UsageError(f"epsilon is {epsilon}; use 0 or more")
    check_tolerance(tolerance)
