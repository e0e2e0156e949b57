"""Two terms of the reward beside each other, and which of the two the policy is paid for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from nova_rft.grpo import TOLERANCE, advantages, correlation_within
from nova_rft.report._columns import Columns, Floats, Ints
from nova_rft.report._term import TermSummary

# Values are gathered to so many places along each side; more no reader tells apart.
_PLACES: Final = 24
_MOST: Final = 6
# What stands beside the only term that varies.
LENGTH: Final = "response length"


@dataclass(frozen=True, slots=True)
class Spot:
    """Rollouts that two terms value alike.

    Attributes:
        x: Value of the first.
        y: Value of the second.
        rollouts: How many.
        advantage: Their mean.
    """

    x: float
    y: float
    rollouts: int
    advantage: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two terms over all rollouts that both have valued.

    Attributes:
        x: The first's name: of the two the one with the greater part in the reward.
        y: The second's.
        x_axis: What the first is counted in.
        y_axis: What the second is counted in.
        correlation: Of their values inside groups (Pearson); None where one does not vary there.
        spots: Where the rollouts lie, the fullest first.
    """

    x: str
    y: str
    x_axis: str
    y_axis: str
    correlation: float | None
    spots: list[Spot]


def pairs(columns: Columns, terms: list[TermSummary]) -> list[Pair]:
    """Pairs of terms that vary, those first whose weighted values vary most.

    Where one term alone varies, it stands beside the length of the responses.
    """
    weights = {one.name: _variance(columns.terms[one.name].weighted_N) for one in terms}
    varying = [one.name for one in terms if _varies(columns.terms[one.name].value_N)]
    varying.sort(key=lambda name: -weights[name])
    if not varying:
        return []
    values = {name: columns.terms[name].value_N for name in varying}
    units = dict.fromkeys(varying, "value")
    if len(varying) == 1:
        values[LENGTH] = columns.length_N.astype(np.float64)
        units[LENGTH] = str(columns.unit.value)
    # As the trainer reckons: with what went to it.
    advantage_N = advantages(columns.wire_N, columns.group_N.tolist())
    # Of terms in descending order, these pairs come in descending order of their first.
    two = sorted(combinations(values, 2), key=lambda pair: -sum(weights.get(n, 0.0) for n in pair))
    return [
        Pair(
            x,
            y,
            f"{x} ({units[x]})",
            f"{y} ({units[y]})",
            _correlation(values[x], values[y], columns.group_N),
            _spots(values[x], values[y], advantage_N),
        )
        for x, y in two[:_MOST]
    ]


def _variance(values_N: Floats) -> float:
    known = values_N[np.isfinite(values_N)]
    return float(known.var()) if known.size else 0.0


def _varies(values_N: Floats) -> bool:
    known = values_N[np.isfinite(values_N)]
    return known.size > 1 and float(np.ptp(known)) > TOLERANCE


def _correlation(x_N: Floats, y_N: Floats, group_N: Ints) -> float | None:
    both = np.isfinite(x_N) & np.isfinite(y_N)
    return correlation_within(x_N[both], y_N[both], group_N[both])


def _spots(x_N: Floats, y_N: Floats, advantage_N: Floats) -> list[Spot]:
    both = np.isfinite(x_N) & np.isfinite(y_N)
    x, y, advantage = _gathered(x_N[both]), _gathered(y_N[both]), advantage_N[both]
    places, of_N = np.unique(np.stack([x, y], axis=1), axis=0, return_inverse=True)
    of_N = of_N.reshape(-1)
    counts = np.bincount(of_N)
    means = np.bincount(of_N, weights=advantage) / counts
    spots = [
        Spot(float(at[0]), float(at[1]), int(count), float(mean))
        for at, count, mean in zip(places, counts, means, strict=True)
    ]
    return sorted(spots, key=lambda spot: (-spot.rollouts, spot.x, spot.y))


def _gathered(values: Floats) -> Floats:
    """The values themselves where they are few; else the middles of so many equal parts."""
    rounded: Floats = np.round(values, 6)
    if np.unique(rounded).size <= _PLACES:
        return rounded
    low, width = rounded.min(), np.ptp(rounded) / _PLACES
    part = np.minimum(np.floor((rounded - low) / width), _PLACES - 1)
    middles: Floats = np.round(low + (part + 0.5) * width, 6)
    return middles
