"""What the functions of this folder share: types of arrays, and sums inside groups."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from nova_rft.errors import UsageError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# Rewards closer than this count as equal; they are sums of a few weighted shares.
TOLERANCE = 1e-6


def numbered(groups_N: Sequence[Hashable]) -> Ints:
    """The groups as 0, 1, 2 ... in the order in which they first appear."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups_N], dtype=np.intp)


def group_spans(values_N: Floats, group_N: Ints, groups: int) -> Floats:
    """Highest less lowest value of each group; minus infinity for a group without values."""
    low_G, high_G = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(low_G, group_N, values_N)
    np.maximum.at(high_G, group_N, values_N)
    spans_G: Floats = high_G - low_G
    return spans_G


def group_means(values_N: Floats, group_N: Ints, groups: int) -> Floats:
    """Mean of each group; 0 for a group without values."""
    sums_G = np.bincount(group_N, weights=values_N, minlength=groups)
    means_G: Floats = sums_G / np.maximum(np.bincount(group_N, minlength=groups), 1)
    return means_G


def centred(values_N: Floats, group_N: Ints) -> Floats:
    """Values less the mean of their group."""
    if not values_N.size:
        return values_N
    less_N: Floats = values_N - group_means(values_N, group_N, int(group_N.max()) + 1)[group_N]
    return less_N


def group_deviations(values_N: Floats, group_N: Ints, groups: int, ddof: int) -> Floats:
    """Standard deviation inside each group; 0 for a group of `ddof` values or fewer."""
    # Two passes: mean of squares less square of the mean loses the digits that matter here.
    squares_N = (values_N - group_means(values_N, group_N, groups)[group_N]) ** 2
    squares_G = np.bincount(group_N, weights=squares_N, minlength=groups)
    free_G = np.bincount(group_N, minlength=groups) - ddof
    deviations_G: Floats = np.sqrt(squares_G / np.maximum(free_G, 1)) * (free_G > 0)
    return deviations_G


def check_tolerance(tolerance: float) -> None:
    """Refuses a tolerance below 0, and one that is not a number.

    Raises:
        UsageError: it is such a one.
    """
    if not tolerance >= 0:
        raise UsageError(f"tolerance is {tolerance}; use 0 or more")
