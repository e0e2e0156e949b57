"""How much of what a judge tells apart is there, and how much is the judge's own noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nova_rft.grpo._arrays import Floats, Ints, centred


@dataclass(frozen=True, slots=True)
class Reliability:
    """Spread inside groups beside the noise of one reading.

    Attributes:
        spread: Standard deviation of rewards inside groups, pooled, noise included.
        noise: Standard deviation of the reward when one rollout is scored again and again.
        reliability: Share of the variance inside groups that is not noise: rho = (spread^2 - noise^2)
            / spread^2, which is var_within / (var_within + var_judge), and not below 0.
        reads: Readings to average for a reliability of 0.8, by Spearman and Brown: k reads raise rho to
            k rho / (1 + (k - 1) rho). None where no number does.
        below_noise: Share of the groups that differ, whose deviation is no larger than the noise: there
            a group's deviation as divisor only makes noise large.
    """

    spread: float
    noise: float
    reliability: float
    reads: int | None
    below_noise: float

    def after(self, reads: int) -> float:
        """The reliability of the mean of so many readings."""
        return reads * self.reliability / (1 + (reads - 1) * self.reliability)


_WANTED = 0.8


def reliability(
    rewards_N: Floats, group_N: Ints, deviations_G: Floats, noise: float
) -> Reliability | None:
    """Compares the spread inside groups with a judge's noise; None without two to compare.

    Args:
        rewards_N: Finite.
        group_N: The number of each rollout's group, from 0.
        deviations_G: Of the groups whose rewards differ.
        noise: Standard deviation of a reward scored again.
    """
    free = rewards_N.size - np.unique(group_N).size
    if free < 1:
        return None
    less_N = centred(rewards_N, group_N)
    variance = float(less_N @ less_N) / free
    rho = max(1 - noise**2 / variance, 0.0) if variance > 0 else 0.0
    # Rounded, so that 2.0000000000000004 readings are 2.
    needed = _WANTED * (1 - rho) / (rho * (1 - _WANTED)) if rho > 0 else None
    return Reliability(
        spread=math.sqrt(variance),
        noise=noise,
        reliability=rho,
        reads=None if needed is None else max(math.ceil(round(needed, 9)), 1),
        below_noise=float(np.mean(deviations_G <= noise)) if deviations_G.size else 0.0,
    )
