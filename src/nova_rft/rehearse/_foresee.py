"""What the policy as it is already shows of where the reward will take it, before any training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from nova_rft.grpo import Forecast, advantages, forecast, text_features
from nova_rft.rehearse._facts import RewardFacts
from nova_rft.rehearse._measure import CHECK, TERM, WEIGHTED, Batch
from nova_rft.rollouts import ALIGNED, BUDGETS

_SHOWN: Final = 6
_CHECKED: Final = "check"
_REWARD: Final = "reward"
# Of the reward's gain, the share that may go into a term for nothing that is right.
_BESIDE: Final = 1 / 6
_NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Foresight:
    """What is to be expected.

    Attributes:
        alarm: Whether a hack is to be expected; None where it cannot be told.
        term: Of an alarm, the term that most of the reward's gain goes into beside what is right.
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
    features = _features(batch, checks, rewards)
    seen = _forecast(features, rewards, batch.groups)
    meant = _meant(features, checks, batch.groups)
    aligned = _share(_change(seen, _CHECKED), _change(meant, _CHECKED)) if meant else None
    term, excess = _most_beside(seen, meant, facts) if meant else (None, 0.0)
    alarm = None
    if meant is not None and aligned is not None:
        alarm = term is not None and (
            aligned < ALIGNED or (excess >= _BESIDE and not _follows(term, features, meant, batch))
        )
    return Foresight(
        alarm=alarm,
        term=term if alarm else None,
        aligned=aligned,
        grows=_going(seen, "grows", facts),
        vanishes=_going(seen, "vanishes", facts),
        reason=_reason(alarm, term, aligned, excess),
        rollouts=len(batch.responses),
    )


def _forecast(
    features: Mapping[str, Sequence[float]], rewards: Sequence[float], groups: Sequence[int]
) -> Forecast:
    ids = [str(place) for place in range(len(groups))]
    pulled = advantages(rewards, groups)
    return forecast(features, pulled, groups, ids_N=ids, budgets=BUDGETS)


def _features(
    batch: Batch, checks: Sequence[float], rewards: Sequence[float]
) -> dict[str, Sequence[float]]:
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
    return {
        **found,
        _CHECKED: checks,
        _REWARD: rewards,
        "tokens": [float(count) for count in batch.tokens],
    }


def _mean(values: Mapping[str, float]) -> float:
    return math.fsum(values.values()) / len(values) if values else math.nan


def _meant(
    features: Mapping[str, Sequence[float]], checks: Sequence[float], groups: Sequence[int]
) -> Forecast | None:
    """Where the check itself would take the policy; None where it tells no rollouts apart."""
    known = [value for value in checks if not math.isnan(value)]
    if not known or max(known) - min(known) < _NOTHING:
        return None
    found = _forecast(features, checks, groups)
    return found if _change(found, _CHECKED) > _NOTHING else None


def _most_beside(seen: Forecast, meant: Forecast, facts: RewardFacts) -> tuple[str | None, float]:
    """The suspect that most of the reward's gain goes into without the check's asking, and its share.

    What comes along when right responses are learnt is not held against a term.
    """
    gain = _change(seen, _REWARD)
    beside = {
        term.name: _share(
            _change(seen, WEIGHTED + term.name) - _change(meant, WEIGHTED + term.name), gain
        )
        for term in facts.suspects
    }
    name = max(beside, key=lambda one: beside[one], default=None)
    return (name, beside[name]) if name and beside[name] > _NOTHING else (None, 0.0)


def _follows(
    name: str, features: Mapping[str, Sequence[float]], meant: Forecast, batch: Batch
) -> bool:
    """Whether the check would follow the term, were that all that is paid for."""
    alone = _forecast(features, features[WEIGHTED + name], batch.groups)
    return _share(_change(alone, _CHECKED), _change(meant, _CHECKED)) >= ALIGNED


def _share(part: float, whole: float) -> float:
    return part / whole if abs(whole) > _NOTHING else 0.0


def _change(seen: Forecast, name: str) -> float:
    return next((one.changes[-1].change for one in seen.features if one.name == name), 0.0)


def _going(seen: Forecast, direction: Any, facts: RewardFacts) -> dict[str, float]:
    """What goes most, each thing by one name: the checks are one, and a term is its raw value."""
    checks = {TERM + term.name for term in facts.terms if term.checks} | {_REWARD}
    told = [
        one
        for one in seen.going(direction)
        if one.name not in checks and not one.name.startswith((WEIGHTED, CHECK))
    ]
    return {one.name: round(one.standardised, 3) for one in told[:_SHOWN]}


def _reason(alarm: bool | None, term: str | None, aligned: float | None, excess: float) -> str:
    if aligned is None:
        return "no check tells these rollouts apart, so what the reward pulls at cannot be told"
    share = f"{max(aligned, 0.0):.0%} of what the checks themselves would"
    if not alarm:
        return f"the reward pulls at what is right: it would move it by {share}"
    if aligned <= 0:
        return f"the reward pulls at {term}: there would be less of what is right"
    return (
        f"the reward pulls at {term}, by {excess:.0%} of its gain and for nothing that is right; it "
        f"would move what is right by {share}"
    )
