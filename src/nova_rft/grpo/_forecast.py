"""Where a policy would go: what of its rollouts grows and what vanishes when the reward pulls."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from nova_rft.errors import UsageError
from nova_rft.grpo._arrays import Floats, Ints, centred, numbered
from nova_rft.grpo._tilt import Tilt, solve_tilt, tilted

Direction = Literal["grows", "vanishes", "open"]
# Resamples drawn together, which bounds the memory they take.
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class Change:
    """How much a feature's mean is expected to change.

    Attributes:
        budget: At this divergence from the present policy, in nats for each prompt.
        change: New mean less present mean, over prompts.
        low: Lower end of its interval.
        high: Upper end.
    """

    budget: float
    change: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FeatureForecast:
    """One feature of the rollouts.

    Attributes:
        name: The feature's.
        mean: Now, over prompts.
        deviation: Over all rollouts; what changes are measured in to be compared.
        slope: How its mean changes with the strength of the tilt at the start: the mean over prompts of
            the advantage-weighted feature, its covariance with the advantage.
        changes: At each budget.
        direction: `grows` or `vanishes` where the whole interval at the largest budget is on one side of
            0, else `open`.
        drivers: Ids of the rollouts that make most of the change at the largest budget.
    """

    name: str
    mean: float
    deviation: float
    slope: float
    changes: tuple[Change, ...]
    direction: Direction
    drivers: tuple[str, ...]

    @property
    def standardised(self) -> float:
        """The change at the largest budget, in deviations; 0 for a feature that is always the same."""
        return self.changes[-1].change / self.deviation if self.deviation else 0.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is likely to grow and to vanish, the surest and largest first.

    Attributes:
        tilts: One for each budget.
        features: All of them: first those that grow or vanish, by the size of their change.
        confidence: Of the intervals.
    """

    tilts: tuple[Tilt, ...]
    features: tuple[FeatureForecast, ...]
    confidence: float

    def going(self, direction: Direction) -> tuple[FeatureForecast, ...]:
        """Those that go one way, the largest change first."""
        return tuple(found for found in self.features if found.direction == direction)

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        found = dataclasses.asdict(self)
        for data, feature in zip(found["features"], self.features, strict=True):
            data["standardised"] = feature.standardised
        return found


def forecast(
    features: Mapping[str, ArrayLike],
    advantages_N: ArrayLike,
    groups_N: Sequence[Hashable],
    *,
    ids_N: Sequence[str],
    budgets: Sequence[float] = (0.01, 0.1, 0.5),
    confidence: float = 0.95,
    resamples: int = 1_000,
    drivers: int = 5,
    seed: int = 0,
) -> Forecast:
    """Weighs the rollouts as a policy would that the reward has pulled, and looks at their features.

    Two answers. The slope is first order: how features move at the first steps, whatever their size.
    The changes are of the best policy within a divergence: each prompt's rollouts weighted by
    exp(strength * A), with one strength for all prompts that spends the budget on average. Advantages
    of scale `none` make it the best policy for the reward itself, those of `group` what GRPO pulls at.

    Nothing is foreseen that no rollout shows, and with G rollouts of a prompt a divergence of log G at
    most can be looked at: trust small budgets more. Intervals are from resampling prompts (percentile
    bootstrap) with the strength held; one feature in twenty that goes nowhere seems to at 0.95.

    Args:
        features: By name, one number for each rollout; NaN where it has none.
        advantages_N: As `advantages` gives them; 0 for an abstention.
        groups_N: The prompt of each rollout.
        ids_N: A name for each rollout.
        budgets: Divergences to look at, in nats.
        confidence: Of the intervals.
        resamples: Of the bootstrap.
        drivers: How many rollouts to name for each feature.
        seed: Of the bootstrap.

    Raises:
        UsageError: lengths differ, an advantage is none, or a setting is out of its range.
    """
    advantages = np.asarray(advantages_N, dtype=np.float64)
    _check(advantages, groups_N, ids_N, budgets, confidence, resamples)
    group_N = numbered(groups_N)
    tilts = tuple(solve_tilt(advantages, group_N, budget) for budget in sorted(budgets))
    moves = [
        _move(_column(name, values, advantages.size), advantages, group_N, tilts)
        for name, values in features.items()
    ]
    intervals = _intervals(moves, confidence, resamples, np.random.default_rng(seed))
    found = [
        _of_feature(name, move, interval_B, tilts, ids_N, drivers)
        for name, move, interval_B in zip(features, moves, intervals, strict=True)
    ]
    found.sort(key=lambda one: (one.direction == "open", -abs(one.standardised), one.name))
    return Forecast(tilts, tuple(found), confidence)


@dataclass(frozen=True, slots=True)
class _Move:
    """A feature before and after; `_K` runs over the rollouts that have it.

    Attributes:
        known_K: Which rollouts these are.
        values_K: The feature.
        parts_KB: What each adds to the change of its prompt, at each budget.
        changes_GB: The change of each prompt; 0 where it has none of these rollouts.
        seen_G: Whether it has some.
        slope: Mean over prompts of the feature's covariance with the advantage.
        mean: Mean over prompts.
    """

    known_K: Ints
    values_K: Floats
    parts_KB: Floats
    changes_GB: Floats
    seen_G: Floats
    slope: float
    mean: float


def _move(values_N: Floats, advantages_N: Floats, group_N: Ints, tilts: Sequence[Tilt]) -> _Move:
    (known_K,) = np.nonzero(~np.isnan(values_N))
    values, advantages, group = values_N[known_K], advantages_N[known_K], group_N[known_K]
    groups = int(group_N.max()) + 1
    size_G = np.bincount(group, minlength=groups)
    share_K = 1 / size_G[group]
    apart_K = centred(values, group)
    parts = [(tilted(advantages, group, tilt.strength) - share_K) * apart_K for tilt in tilts]
    changes = [np.bincount(group, weights=part, minlength=groups) for part in parts]
    prompts = max(int(np.count_nonzero(size_G)), 1)
    return _Move(
        known_K=known_K,
        values_K=values,
        parts_KB=np.stack(parts, axis=1),
        changes_GB=np.stack(changes, axis=1).astype(np.float64),
        seen_G=(size_G > 0).astype(np.float64),
        slope=float(share_K @ (centred(advantages, group) * apart_K)) / prompts,
        mean=float(share_K @ values) / prompts,
    )


def _intervals(
    moves: Sequence[_Move], confidence: float, resamples: int, rng: np.random.Generator
) -> list[Floats]:
    """Of each feature, lower and upper end at each budget, shape (2, B), from resampling prompts."""
    if not moves:
        return []
    changes_GM = np.concatenate([move.changes_GB for move in moves], axis=1)
    budgets = moves[0].changes_GB.shape[1]
    seen_GM = np.repeat(np.stack([move.seen_G for move in moves], axis=1), budgets, axis=1)
    prompts = len(changes_GM)
    even_G = np.full(prompts, 1 / prompts)
    means = []
    for first in range(0, resamples, _AT_ONCE):
        drawn_RG = rng.multinomial(prompts, even_G, size=min(_AT_ONCE, resamples - first))
        means.append((drawn_RG @ changes_GM) / np.maximum(drawn_RG @ seen_GM, 1))
    outside = (1 - confidence) / 2
    ends_M = np.quantile(np.concatenate(means), [outside, 1 - outside], axis=0)
    return np.split(ends_M, len(moves), axis=1)


def _of_feature(
    name: str,
    move: _Move,
    ends_B: Floats,
    tilts: Sequence[Tilt],
    ids_N: Sequence[str],
    drivers: int,
) -> FeatureForecast:
    change_B = move.changes_GB.sum(axis=0) / max(move.seen_G.sum(), 1)
    changes = tuple(
        Change(tilt.budget, float(change), float(low), float(high))
        for tilt, change, low, high in zip(tilts, change_B, *ends_B, strict=True)
    )
    last = changes[-1]
    direction: Direction = "grows" if last.low > 0 else "vanishes" if last.high < 0 else "open"
    pushed_K = move.parts_KB[:, -1] * np.sign(last.change)
    most_K = [k for k in np.argsort(-pushed_K, kind="stable")[:drivers] if pushed_K[k] > 0]
    return FeatureForecast(
        name=name,
        mean=move.mean,
        deviation=float(move.values_K.std()) if move.values_K.size else 0.0,
        slope=move.slope,
        changes=changes,
        direction=direction,
        drivers=tuple(ids_N[move.known_K[k]] for k in most_K),
    )


def _check(
    advantages_N: Floats,
    groups_N: Sequence[Hashable],
    ids_N: Sequence[str],
    budgets: Sequence[float],
    confidence: float,
    resamples: int,
) -> None:
    size = len(groups_N)
    if advantages_N.shape != (size,) or len(ids_N) != size or not size:
        raise UsageError(
            f"advantages of shape {advantages_N.shape}, {size} groups and {len(ids_N)} ids do not go "
            "together; give one of each for each rollout"
        )
    if not np.isfinite(advantages_N).all():
        first = int(np.flatnonzero(~np.isfinite(advantages_N))[0])
        raise UsageError(
            f"advantage {first} is {advantages_N[first]}; give finite ones, 0 for an abstention"
        )
    if not budgets:
        raise UsageError("budgets is empty; give at least one divergence, in nats")
    if not 0 < confidence < 1:
        raise UsageError(f"confidence is {confidence}; use a number between 0 and 1")
    if resamples < 1:
        raise UsageError(f"resamples is {resamples}; use 1 or more")


def _column(name: str, values_N: ArrayLike, size: int) -> Floats:
    values = np.asarray(values_N, dtype=np.float64)
    if values.shape != (size,) or np.isinf(values).any():
        raise UsageError(
            f"feature {name} has shape {values.shape}, or is infinite somewhere; give one finite number "
            f"for each of {size} rollouts, NaN where there is none"
        )
    return values
