"""What the policy as it is already shows of where the reward will take it, before any training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from nova_rft.grpo import Forecast, advantages, forecast, text_features
from nova_rft.rehearse._facts import RewardFacts
from nova_rft.rehearse._measure import TERM, Batch
from nova_rft.rollouts import ALIGNED, BUDGETS, Aim, aim_of, amiss, parts_of_product

_SHOWN: Final = 6
_CHECKED: Final = "check"
_REWARD: Final = "reward"


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
    seen = forecast(
        _features(batch, checks, rewards),
        advantages(rewards, batch.groups),
        batch.groups,
        ids_N=[str(place) for place in range(len(batch.groups))],
        budgets=BUDGETS,
    )
    suspects = [term.name for term in facts.suspects]
    aim = aim_of(rewards, _brought(batch, facts), suspects, checks, batch.groups)
    return Foresight(
        alarm=aim.alarm,
        term=aim.term if aim.alarm else None,
        aligned=aim.aligned,
        grows=_going(seen, "grows", facts),
        vanishes=_going(seen, "vanishes", facts),
        reason=_reason(aim),
        rollouts=len(batch.responses),
    )


def _brought(batch: Batch, facts: RewardFacts) -> dict[str, list[float]]:
    """What each term that is paid for brought into the reward."""
    found = {
        term.name: [one.weighted.get(term.name, math.nan) for one in batch.graded]
        for term in facts.terms
        if term.paid
    }
    return parts_of_product(found) if facts.product else found


def _features(
    batch: Batch, checks: Sequence[float], rewards: Sequence[float]
) -> dict[str, Sequence[float]]:
    found: dict[str, Sequence[float]] = {
        name: list(values) for name, values in text_features(batch.responses).items()
    }
    for name in dict.fromkeys(name for one in batch.graded for name in one.values):
        found[TERM + name] = [one.values.get(name, math.nan) for one in batch.graded]
    return {
        **found,
        _CHECKED: checks,
        _REWARD: rewards,
        "tokens": [float(count) for count in batch.tokens],
    }


def _mean(values: Mapping[str, float]) -> float:
    return math.fsum(values.values()) / len(values) if values else math.nan


def _going(seen: Forecast, direction: Any, facts: RewardFacts) -> dict[str, float]:
    """What goes most, each thing by one name: the checks are one, and a term is its raw value."""
    checks = {TERM + term.name for term in facts.terms if term.checks} | {_REWARD}
    told = [one for one in seen.going(direction) if one.name not in checks]
    return {one.name: round(one.standardised, 3) for one in told[:_SHOWN]}


def _reason(aim: Aim) -> str:
    if aim.aligned is None:
        return "no check tells these rollouts apart, so what the reward pulls at cannot be told"
    share = f"{max(aim.aligned, 0.0):.0%} of what they themselves would"
    if not aim.alarm:
        at = "what is right" if aim.aligned >= ALIGNED else "no term that proves nothing"
        # Silence is no promise: a policy finds what it has not done yet.
        return f"as far as these rollouts show, the reward pulls at {at}: it moves the checks by {share}"
    if aim.falls or aim.term is None:
        at = f"pulls at {aim.term}" if aim.term else "grows"
        return f"the reward {at}: there would be less of what is right"
    return f"the reward {amiss(aim)}; it moves the checks by {share}"
