"""What a job measured of itself, what rules of thumb say of that, and what it cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.report._wording import MEASURES

Step = Mapping[str, float]
Points = list[tuple[float, float]]

_STEP: Final = "step"


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure from its first step to its last.

    Attributes:
        name: Such as `validation_loss`.
        plain: The same in plain words.
        count: How many steps have it.
        first_step: The first of them.
        first: Its value there.
        last_step: The last of them.
        last: Its value there.
        low_step: The first step at which it is lowest.
        low: Its value there.
        high_step: The first step at which it is highest.
        high: Its value there.
    """

    name: str
    plain: str
    count: int
    first_step: int
    first: float
    last_step: int
    last: float
    low_step: int
    low: float
    high_step: int
    high: float


@dataclass(frozen=True, slots=True)
class Advised:
    """A rule of thumb that speaks.

    Attributes:
        rule: Its name, such as `overfitting`.
        since: The step from which it holds.
        message: What was seen, what it means and what to do.
    """

    rule: str
    since: int
    message: str


@dataclass(frozen=True, slots=True)
class CostSummary:
    """What training cost.

    Attributes:
        usd: US dollars; None where no price is known.
        how: How it was reckoned, or which price is missing.
    """

    usd: float | None
    how: str


def measured(steps: Sequence[Step]) -> list[Measured]:
    """Every figure that the steps hold: those that have a name here in their order, then the others."""
    names = dict.fromkeys(name for step in steps for name in step if name != _STEP)
    known = [name for name in MEASURES if name in names]
    return [_measured(name, steps) for name in (*known, *sorted(names.keys() - set(known)))]


def _measured(name: str, steps: Sequence[Step]) -> Measured:
    points = [(int(step[_STEP]), float(step[name])) for step in steps if name in step]
    low = min(points, key=lambda point: point[1])
    high = max(points, key=lambda point: point[1])
    return Measured(
        name, MEASURES.get(name, name), len(points), *points[0], *points[-1], *low, *high
    )


def points_of(steps: Sequence[Step], name: str, most: int) -> Points:
    """A figure's steps and values; where there are too many, each point is the mean of a few.

    Args:
        steps: In order.
        name: The figure.
        most: How many points there may be.
    """
    points = [(float(step[_STEP]), float(step[name])) for step in steps if name in step]
    share = max(math.ceil(len(points) / most), 1)
    parts = [points[start : start + share] for start in range(0, len(points), share)]
    return [_mean(part) for part in parts]


def _mean(points: Points) -> tuple[float, float]:
    steps, values = zip(*points, strict=True)
    return math.fsum(steps) / len(points), math.fsum(values) / len(points)


def advised(given: Sequence[Mapping[str, Any]]) -> list[Advised]:
    """Advice as plain data."""
    return [Advised(str(one["rule"]), int(one["since"]), str(one["message"])) for one in given]


def cost_summary(given: Mapping[str, Any] | None) -> CostSummary | None:
    """A cost as plain data."""
    return CostSummary(given["usd"], str(given["how"])) if given else None
