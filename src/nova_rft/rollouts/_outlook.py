"""Where the reward would take the policy that wrote some rollouts, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nova_rft.errors import FindingsError
from nova_rft.grpo import (
    FeatureForecast,
    Finding,
    Forecast,
    advantages,
    forecast,
    text_features,
)
from nova_rft.rollouts._checks import Check, checks_of
from nova_rft.rollouts._columns import Columns, columns_of
from nova_rft.rollouts._phrases import frequent_phrases
from nova_rft.rollouts._read import Seen
from nova_rft.spec import RewardSpec, TermSpec

# Nats for each prompt: far enough to see a direction, near enough for the rollouts to stand for it.
BUDGETS: Final = (0.02, 0.1, 0.5)
# A reward should move a check by at least this share of what the check itself would.
ALIGNED: Final = 0.5
_CONFIDENCE: Final = 0.95
# Prompts that teach: resampling fewer says little.
_FEW: Final = 10
_RESAMPLES: Final = 1_000
_TINY: Final = 1e-9
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CheckOutlook:
    """What becomes of a held-out check.

    Attributes:
        name: Its name; the feature is called `check NAME`.
        kind: Where the truth comes from: `field`, `apart`, `proven` or `reference`.
        aligned: How much the reward moves it, as a share of what the check itself would at the same
            divergence; None where it does not vary.
    """

    name: str
    kind: str
    aligned: float | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there will be more of, and less, if a policy is trained by the reward.

    Attributes:
        forecast: Lengths, form, habits, terms, the reward and the checks.
        phrases: Of frequent phrases those that grow or vanish, by an interval that many looks allow.
        checks: Of each held-out check.
        findings: What is to be feared, the gravest first.
        rollouts: How many there are.
        prompts: Groups.
        teaching: Groups whose rewards differ.
    """

    forecast: Forecast
    phrases: tuple[FeatureForecast, ...]
    checks: tuple[CheckOutlook, ...]
    findings: tuple[Finding, ...]
    rollouts: int
    prompts: int
    teaching: int

    def as_dict(self) -> dict[str, Any]:
        """As documented for `forecast --json`."""
        return {
            "rollouts": self.rollouts,
            "prompts": self.prompts,
            "teaching": self.teaching,
            "findings": [{"code": one.code, "text": one.text} for one in self.findings],
            "checks": [asdict(one) for one in self.checks],
            **self.forecast.as_dict(),
            "phrases": [{**asdict(one), "standardised": one.standardised} for one in self.phrases],
        }


def outlook_of(
    seen: Sequence[Seen],
    reward: RewardSpec,
    where: str,
    *,
    fields: Sequence[str] = (),
    budgets: Sequence[float] = BUDGETS,
    seed: int = 0,
) -> Outlook:
    """Weighs rollouts as the reward would, and asks what becomes of what they hold.

    Args:
        seen: Rollouts, several of each prompt, all scored.
        reward: That scored them.
        where: What is said to hold them, for errors.
        fields: Of the records, that are checks too.
        budgets: Divergences from the present policy, in nats for each prompt.
        seed: Of the resamples.

    Raises:
        UsageError: there are no rollouts, they are not scored, or no prompt has two of them.
        FindingsError: rewards differ in no group.
    """
    columns = columns_of(seen, reward, where)
    pulled = advantages(columns.rewards_N, columns.groups_N)
    teaching = len({g for g, a in zip(columns.groups_N, pulled, strict=True) if a})
    if not teaching:
        raise FindingsError(
            f"{where}: in no group do rewards differ, so the reward pulls nowhere; nova-rft signal "
            "says what to do"
        )
    checks = checks_of(seen, reward, columns.values, fields, where)
    responses = [one.rollout.response for one in seen]
    shared: dict[str, Any] = {"ids_N": _ids(seen), "budgets": budgets, "seed": seed}
    told = forecast(_features(columns, checks, responses), pulled, columns.groups_N, **shared)
    phrases = _phrases(responses, pulled, columns.groups_N, shared)
    looks = tuple(
        CheckOutlook(one.name, one.kind, _aligned(told, one, columns.groups_N, shared))
        for one in checks
    )
    return Outlook(
        forecast=told,
        phrases=phrases,
        checks=looks,
        findings=tuple(_findings(told, looks, reward, teaching)),
        rollouts=len(seen),
        prompts=len(columns.texts),
        teaching=teaching,
    )


def _ids(seen: Sequence[Seen]) -> list[str]:
    return [one.rollout.id or f"rollout {place}" for place, one in enumerate(seen, start=1)]


def _features(
    columns: Columns, checks: Sequence[Check], responses: Sequence[str]
) -> dict[str, Sequence[float] | Floats]:
    found: dict[str, Sequence[float] | Floats] = {"reward": columns.rewards_N}
    found |= text_features(responses)
    found |= {f"check {one.name}": one.values_N for one in checks}
    known = {one.name for one in checks}
    found |= {f"term {k}": values for k, values in columns.values.items() if k not in known}
    return found


def _phrases(
    responses: Sequence[str], pulled: Floats, groups: Sequence[str], shared: Mapping[str, Any]
) -> tuple[FeatureForecast, ...]:
    found = frequent_phrases(responses)
    if not found:
        return ()
    features = {f"\u201c{phrase}\u201d": values for phrase, values in found.items()}
    # Bonferroni's: one look in twenty of all of them, not of each, may deceive.
    confidence = 1 - (1 - _CONFIDENCE) / len(features)
    told = forecast(
        features,
        pulled,
        groups,
        **shared,
        confidence=confidence,
        resamples=_RESAMPLES * 4,
    )
    return (*told.going("grows"), *told.going("vanishes"))


def _aligned(
    told: Forecast, check: Check, groups: Sequence[str], shared: Mapping[str, Any]
) -> float | None:
    name = f"check {check.name}"
    own = advantages(check.values_N, groups)
    if not own.any():
        return None
    best = feature(forecast({name: check.values_N}, own, groups, **shared, resamples=1), name)
    most, got = best.changes[-1].change, feature(told, name).changes[-1].change
    return got / most if most > _TINY else None


def feature(told: Forecast, name: str) -> FeatureForecast:
    """The forecast of one feature, by its name."""
    return next(one for one in told.features if one.name == name)


def _findings(
    told: Forecast, checks: Sequence[CheckOutlook], reward: RewardSpec, teaching: int
) -> Iterator[Finding]:
    if teaching < _FEW:
        few = "prompt teaches" if teaching == 1 else "prompts teach"
        yield Finding(
            "few_prompts", f"Only {teaching} {few}: intervals from so few say little; sample more."
        )
    for check in checks:
        yield from _of_check(told, check, reward)
    if not checks:
        yield Finding(
            "no_check",
            "Nothing tells whether that would be good: add a verifier as a term of weight 0, or name a "
            "field of the records by --check.",
        )


def _of_check(told: Forecast, check: CheckOutlook, reward: RewardSpec) -> Iterator[Finding]:
    seen = feature(told, f"check {check.name}")
    last = seen.changes[-1]
    pulled_at = _pulled_at(told, reward, check.name)
    at = f" It pulls at {pulled_at}." if pulled_at else ""
    if seen.direction == "vanishes":
        read = f" Read {', '.join(seen.drivers[:3])}." if seen.drivers else ""
        yield Finding(
            "check_falls",
            f"The reward grows while the check {check.name} falls, from {seen.mean:.3g} to "
            f"{seen.mean + last.change:.3g} at {last.budget:g} nats.{at}{read}",
        )
    elif check.aligned is not None and check.aligned < ALIGNED and pulled_at:
        share = f"{max(check.aligned, 0.0):.0%}"
        yield Finding(
            "check_lags",
            f"The reward moves the check {check.name} by {share} of what the check itself would.{at}",
        )


def _pulled_at(told: Forecast, reward: RewardSpec, check: str) -> str:
    """The term that is paid for, is not the check, and grows most in the reward; empty: none grows."""
    gains = {}
    for term in reward.terms:
        if term.name == check or not term.weight or _only_takes(term):
            continue
        found = next((one for one in told.features if one.name == f"term {term.name}"), None)
        if found is not None and (gain := term.weight * found.changes[-1].change) > _TINY:
            gains[term.name] = gain
    return max(gains, key=lambda name: gains[name], default="")


def _only_takes(term: TermSpec) -> bool:
    return term.bounds is not None and term.bounds[1] <= 0
