"""How many groups teach nothing, because all of their rollouts earned the same."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nova_rft.errors import UsageError
from nova_rft.grpo._arrays import (
    TOLERANCE,
    Floats,
    Ints,
    check_tolerance,
    group_deviations,
    numbered,
)


@dataclass(frozen=True, slots=True)
class GroupSignal:
    """What the groups of a set of rollouts have to teach.

    Attributes:
        groups: All groups, single ones included.
        single: Groups of one rollout: nothing to compare, counted apart and in no share below.
        without_signal: Groups of two or more whose rewards are all equal within the tolerance.
        at_highest: Of these, those at the highest reward of all rollouts.
        at_lowest: Of these, those at the lowest. Where all rollouts earned the same, highest and
            lowest are one, and a group counts in both.
        mean_deviation: Mean, over the groups of two or more, of the standard deviation inside the
            group (Bessel's correction); None without such a group.
    """

    groups: int
    single: int
    without_signal: int
    at_highest: int
    at_lowest: int
    mean_deviation: float | None

    @property
    def compared(self) -> int:
        """Groups of two or more rollouts."""
        return self.groups - self.single

    @property
    def share_without_signal(self) -> float | None:
        """Groups without signal over groups compared; None where there are none to compare."""
        return self.without_signal / self.compared if self.compared else None


def group_signal(
    rewards_N: ArrayLike,
    groups_N: Sequence[Hashable],
    *,
    tolerance: float = TOLERANCE,
) -> GroupSignal:
    """Counts the groups from which a group-relative policy gradient learns nothing.

    GRPO's advantage is a rollout's reward less the mean of its group (arXiv 2402.03300, section
    4.1.2), so a group of equal rewards has advantages of zero. DAPO (arXiv 2503.14476, section 3.2)
    samples such groups again. TRL's `frac_reward_zero_std` counts them by comparing floats, which
    misses ties that rounding broke: eight rewards of 1.0 + 0.2 have a standard deviation of 1.3e-7
    in single precision. Here a group is tied when its highest and lowest reward lie no further
    apart than the tolerance.

    Args:
        rewards_N: One finite reward for each rollout.
        groups_N: The group of each rollout, in the same order.
        tolerance: Absolute; rewards this close count as equal.

    Raises:
        UsageError: lengths differ, a reward is not finite, or the tolerance is negative.
    """
    rewards_N = np.asarray(rewards_N, dtype=np.float64)
    _check(rewards_N, groups_N, tolerance)
    if not rewards_N.size:
        return GroupSignal(0, 0, 0, 0, 0, None)
    index_N = numbered(groups_N)
    size_G = np.bincount(index_N)
    low_G = _extreme(np.minimum, rewards_N, index_N, size_G, np.inf)
    high_G = _extreme(np.maximum, rewards_N, index_N, size_G, -np.inf)
    several_G = size_G > 1
    tied_G = several_G & (high_G - low_G <= tolerance)
    return GroupSignal(
        groups=int(size_G.size),
        single=int(np.sum(~several_G)),
        without_signal=int(np.sum(tied_G)),
        at_highest=int(np.sum(tied_G & (high_G >= rewards_N.max() - tolerance))),
        at_lowest=int(np.sum(tied_G & (low_G <= rewards_N.min() + tolerance))),
        mean_deviation=_mean_deviation(rewards_N, index_N, size_G),
    )


def _check(rewards_N: Floats, groups_N: Sequence[Hashable], tolerance: float) -> None:
    if rewards_N.ndim != 1 or len(groups_N) != rewards_N.size:
        raise UsageError(
            f"rewards of shape {rewards_N.shape} do not go with {len(groups_N)} groups; "
            "give one group for each reward"
        )
    if not np.isfinite(rewards_N).all():
        first = int(np.flatnonzero(~np.isfinite(rewards_N))[0])
        raise UsageError(
            f"reward {first} is {rewards_N[first]}, which is no reward; leave such rollouts out"
        )
    check_tolerance(tolerance)


def _extreme(
    which: np.ufunc,
    rewards_N: Floats,
    index_N: Ints,
    size_G: Ints,
    start: float,
) -> Floats:
    extreme_G = np.full(size_G.size, start)
    which.at(extreme_G, index_N, rewards_N)
    return extreme_G


def _mean_deviation(rewards_N: Floats, index_N: Ints, size_G: Ints) -> float | None:
    several_G = size_G > 1
    if not several_G.any():
        return None
    return float(group_deviations(rewards_N, index_N, size_G.size, ddof=1)[several_G].mean())
