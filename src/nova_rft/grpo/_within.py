"""What moves with the reward inside groups, where alone a group-relative advantage sees it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nova_rft.grpo._arrays import TOLERANCE, Bools, Floats, Ints, centred


def variance_shares(
    weighted: Mapping[str, Floats], complete_N: Bools, group_N: Ints | None = None
) -> dict[str, float | None]:
    """Each term's share in the variance of the weighted sum: cov(term, sum) / var(sum).

    The shares add up to 1; one is negative where a term works against the others.

    Args:
        weighted: Weighted values of each term.
        complete_N: Rollouts to look at: those where every term has a score.
        group_N: If given, the number of each rollout's group, from 0; values are then taken relative
            to the mean of their group.

    Returns:
        By term; None for all where there is nothing to share.
    """
    terms = {name: values[complete_N] for name, values in weighted.items()}
    if not terms or not complete_N.any():
        return dict.fromkeys(weighted)
    groups = np.zeros(int(complete_N.sum()), np.intp) if group_N is None else group_N[complete_N]
    apart = {name: centred(values, groups) for name, values in terms.items()}
    total = np.sum(list(apart.values()), axis=0)
    variance = float(total @ total)
    if variance <= TOLERANCE**2 * total.size:
        return dict.fromkeys(weighted)
    return {name: float(values @ total) / variance for name, values in apart.items()}


def correlation_within(left_N: Floats, right_N: Floats, group_N: Ints) -> float | None:
    """Pearson's correlation inside groups; None where one of the two does not vary there.

    Args:
        left_N: One figure of each rollout, finite.
        right_N: The other.
        group_N: The number of each rollout's group, from 0.
    """
    if not left_N.size:
        return None
    left, right = centred(left_N, group_N), centred(right_N, group_N)
    size = math.sqrt(float(left @ left) * float(right @ right))
    return float(left @ right) / size if size > TOLERANCE else None
