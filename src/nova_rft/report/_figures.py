"""Figures of a report as plain data; nothing here computes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between neighbouring edges; one more edge than counts."""

    edges: list[float]
    counts: list[int]


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a set of numbers lies; deviation with Bessel's correction, None for one number."""

    count: int
    mean: float
    deviation: float | None
    low: float
    quartile_1: float
    median: float
    quartile_3: float
    high: float


@dataclass(frozen=True, slots=True)
class Signal:
    """`nova_rft.grpo.GroupSignal` as plain data."""

    groups: int
    single: int
    compared: int
    without_signal: int
    share_without_signal: float | None
    at_highest: int
    at_lowest: int
    mean_deviation: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """A few consecutive reward events; None where none of their rollouts was scored."""

    event: float
    at: str
    rollouts: int
    mean: float | None
    quartile_1: float | None
    quartile_3: float | None
    length: float
    repeated: float


@dataclass(frozen=True, slots=True)
class OverTime:
    """The reward from event to event, and its change from the first fifth to the last.

    Attributes:
        events: How many reward events there were.
        events_per_point: How many of them make one point.
        points: In order of time.
        first: Mean of the groups' mean rewards in the first fifth of the events.
        last: The same for the last fifth.
        noise: Twice the standard error of their difference, taken over groups. First, last and
            noise are None where there are too few events or groups to say.
    """

    events: int
    events_per_point: int
    points: list[Point]
    first: float | None
    last: float | None
    noise: float | None
