"""The figures of a report: pure functions over columns."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nova_rft.grpo import TOLERANCE, GroupSignal, group_signal
from nova_rft.report._columns import Bools, Columns, Floats, Ints
from nova_rft.report._figures import Histogram, OverTime, Point, Signal, Spread

_MOST_POINTS: Final = 60
_FEWEST_EVENTS: Final = 10
_FEWEST_GROUPS: Final = 5


def spread(values: NDArray[np.float64] | Ints) -> Spread | None:
    """Where the values lie, or None without any."""
    if not values.size:
        return None
    low, first, median, third, high = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    return Spread(
        count=int(values.size),
        mean=float(values.mean()),
        deviation=float(values.std(ddof=1)) if values.size > 1 else None,
        low=float(low),
        quartile_1=float(first),
        median=float(median),
        quartile_3=float(third),
        high=float(high),
    )


def histogram(
    values: NDArray[np.float64] | Ints, low: float, high: float, bins: int = 24
) -> Histogram | None:
    """Counts over the range, widened where values lie outside it; None without values."""
    if not values.size:
        return None
    low, high = min(low, float(values.min())), max(high, float(values.max()))
    if high - low <= TOLERANCE:
        low, high = low - 0.5, high + 0.5
    # Rounded, so that 0.3 written as 0.30000000000000004 falls where 0.3 does.
    edges = np.round(np.linspace(low, high, bins + 1), 9)
    inside = np.clip(np.round(values, 9), edges[0], edges[-1])
    counts, _ = np.histogram(inside, bins=edges)
    return Histogram(edges=[float(e) for e in edges], counts=[int(c) for c in counts])


def length_histogram(lengths_N: Ints) -> Histogram | None:
    """Counts of lengths in bins of a whole, round width, from 0."""
    if not lengths_N.size:
        return None
    high = max(int(lengths_N.max()), 1)
    rough = 10 ** math.floor(math.log10(max(high / 24, 1)))
    width = next(rough * step for step in (1, 2, 5, 10) if rough * step * 24 >= high)
    bins = high // width + 1
    return histogram(lengths_N, 0, bins * width, bins)


def signal_of(values_N: Floats, group_N: Ints) -> Signal:
    """The groups' signal as plain data."""
    found: GroupSignal = group_signal(values_N, group_N.tolist(), tolerance=TOLERANCE)
    return Signal(
        **asdict(found), compared=found.compared, share_without_signal=found.share_without_signal
    )


def share_near(values: Floats, target: float | None) -> float | None:
    """Share of the values that equal the target."""
    if target is None or not values.size:
        return None
    return float(np.mean(np.abs(values - target) <= TOLERANCE))


def places(columns: Columns) -> Ints:
    """The point over time that each row belongs to."""
    place_N: Ints = columns.event_N // max(math.ceil(columns.events / _MOST_POINTS), 1)
    return place_N


def trend(values_N: Floats, place_N: Ints) -> list[float | None]:
    """The mean value at each point over time."""
    known_N = np.isfinite(values_N)
    return [
        float(values_N[chosen_N].mean())
        if (chosen_N := known_N & (place_N == place)).any()
        else None
        for place in np.unique(place_N)
    ]


def over_time(columns: Columns) -> OverTime | None:
    """The reward from event to event; None without rows."""
    if not columns.events:
        return None
    per_point = math.ceil(columns.events / _MOST_POINTS)
    place_N = places(columns)
    points = [_point(columns, place_N == place, place, per_point) for place in np.unique(place_N)]
    return OverTime(columns.events, per_point, points, *_change(columns))


def _point(columns: Columns, chosen_N: Bools, place: int, per_point: int) -> Point:
    found = spread(columns.wire_N[chosen_N & columns.scored_N])
    last = min((place + 1) * per_point, columns.events)
    return Point(
        event=float(place * per_point + 1 + last) / 2,
        at=str(columns.rows[int(np.flatnonzero(chosen_N)[0])]["at"]),
        rollouts=int(chosen_N.sum()),
        mean=found.mean if found else None,
        quartile_1=found.quartile_1 if found else None,
        quartile_3=found.quartile_3 if found else None,
        length=float(columns.length_N[chosen_N].mean()),
        repeated=float(columns.repeated_N[chosen_N].mean()),
    )


def _change(columns: Columns) -> tuple[float | None, float | None, float | None]:
    """First fifth against last: both means, and twice the standard error of the difference."""
    if columns.events < _FEWEST_EVENTS:
        return None, None, None
    fifth = columns.events // 5
    first = _group_means(columns, columns.event_N < fifth)
    last = _group_means(columns, columns.event_N >= columns.events - fifth)
    if min(first.size, last.size) < _FEWEST_GROUPS:
        return None, None, None
    # Siblings share a prompt, so groups are what is independent, not rollouts.
    error = math.sqrt(first.var(ddof=1) / first.size + last.var(ddof=1) / last.size)
    return float(first.mean()), float(last.mean()), 2 * error


def _group_means(columns: Columns, chosen_N: Bools) -> Floats:
    chosen_N = chosen_N & columns.scored_N
    _, group_N = np.unique(columns.group_N[chosen_N], return_inverse=True)
    if not group_N.size:
        return np.zeros(0)
    means: Floats = np.bincount(group_N, weights=columns.wire_N[chosen_N]) / np.bincount(group_N)
    return means
