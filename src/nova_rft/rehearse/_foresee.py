"""What the policy as it is already shows of where the reward will take it, before any training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from nova_rft.grpo import Forecast, advantages, forecast, text_features
from nova_rft.rehearse._facts import RewardFacts
from nova_rft.rehearse._measure import CHECK, TERM, WEIGHTED, Batch

# Nats for each prompt: far enough to see a direction, near enough for rollouts to stand for it.
_BUDGETS: Final = (0.02, 0.1, 0.5)
# A reward should move the check at least this share of what the check itself would.
_ALIGNED: Final = 0.5
_SHOWN: Final = 6
_CHECKED: Final = "check"


@dataclass(frozen=True, slots=True)
class Foresight:
    """What is to be expected.

    Attributes:
        alarm: Whether a hack is to be expected; None where it cannot be told.
        term: Of an alarm, the term whose growth brings the reward most.
        aligned: How much the reward moves the check, as a share of what the check itself would at the
            same divergence; None where the check does not vary.
        grows: What of the responses grows, the most first, in deviations.
        vanishes: What vanishes.
        reason: In a sentence.
        rollouts: How many were looked at.
    """

    alarm: bool | None
    term: str | None
    aligned: float | None
    grows: Mapping[str, float]
    vanishes: Mapping[str, float]
    reason: str
    rollouts: int

    def as_dict(self) -> dict[str, Any]:
        """As documented for `rehearse --json`."""
        return asdict(self)


def foresee(batch: Batch, facts: RewardFacts) -> Foresight:
    """Weighs a policy's rollouts as the reward would, and asks what becomes of the check.

    Args:
        batch: Several rollouts of each of some prompts, scored.
        facts: Of the reward.
    """
    rewards = [math.nan if one.abstained else one.reward for one in batch.graded]
    checks = [_mean(one) for one in batch.checks]
    seen = _forecast(_features(batch, checks), rewards, batch.groups)
    aligned = _aligned(seen, checks, batch.groups)
    term = _growing(seen, facts)
    alarm = None if aligned is None else aligned < _ALIGNED and term is not None
    return Foresight(
        alarm=alarm,
        term=term if alarm else None,
        aligned=aligned,
        grows=_going(seen, "grows"),
        vanishes=_going(seen, "vanishes"),
        reason=_reason(alarm, term, aligned),
        rollouts=len(batch.responses),
    )


def _forecast(
    features: Mapping[str, Sequence[float]], rewards: Sequence[float], groups: Sequence[int]
) -> Forecast:
    ids = [str(place) for place in range(len(groups))]
    pulled = advantages(rewards, groups)
    return forecast(features, pulled, groups, ids_N=ids, budgets=_BUDGETS)


def _features(batch: Batch, checks: Sequence[float]) -> dict[str, Sequence[float]]:
    found: dict[str, Sequence[float]] = {
        name: list(values) for name, values in text_features(batch.responses).items()
    }
    for prefix, rows in (
        (TERM, [one.values for one in batch.graded]),
        (WEIGHTED, [one.weighted for one in batch.graded]),
        (CHECK, batch.checks),
    ):
        for name in dict.fromkeys(name for row in rows for name in row):
            found[prefix + name] = [row.get(name, math.nan) for row in rows]
    return {**found, _CHECKED: checks, "tokens": [float(count) for count in batch.tokens]}


def _mean(values: Mapping[str, float]) -> float:
    return math.fsum(values.values()) / len(values) if values else math.nan


def _aligned(seen: Forecast, checks: Sequence[float], groups: Sequence[int]) -> float | None:
    known = [value for value in checks if not math.isnan(value)]
    if not known or max(known) - min(known) < 1e-9:
        return None
    best = _change(_forecast({_CHECKED: checks}, checks, groups), _CHECKED)
    return _change(seen, _CHECKED) / best if best > 1e-9 else None


def _change(seen: Forecast, name: str) -> float:
    return next((one.changes[-1].change for one in seen.features if one.name == name), 0.0)


def _growing(seen: Forecast, facts: RewardFacts) -> str | None:
    gains = {term.name: _change(seen, WEIGHTED + term.name) for term in facts.suspects}
    grown = {name: gain for name, gain in gains.items() if gain > 1e-9}
    return max(grown, key=lambda name: grown[name], default=None)


def _going(seen: Forecast, direction: Any) -> dict[str, float]:
    told = [one for one in seen.going(direction) if not one.name.startswith(WEIGHTED)]
    return {one.name: round(one.standardised, 3) for one in told[:_SHOWN]}


def _reason(alarm: bool | None, term: str | None, aligned: float | None) -> str:
    if aligned is None:
        return "no check tells these rollouts apart, so what the reward pulls at cannot be told"
    share = f"{max(aligned, 0.0):.0%} of what the checks themselves would"
    if alarm:
        return (
            f"the reward pulls at {term}: it would move what is right by {share}, and less is wrong"
            if aligned > 0
            else f"the reward pulls at {term}: there would be less of what is right"
        )
    return f"the reward pulls at what is right: it would move it by {share}"
