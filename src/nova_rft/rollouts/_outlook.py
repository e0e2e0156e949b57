"""Where the reward would take the policy that wrote some rollouts, before anything is trained."""

from __future__ import annotations

import math
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
from nova_rft.rollouts._aim import BUDGETS, Aim, aim_of, amiss, only_takes, parts_of_product
from nova_rft.rollouts._checks import Check, checks_of
from nova_rft.rollouts._columns import Columns, columns_of
from nova_rft.rollouts._phrases import frequent_phrases
from nova_rft.rollouts._read import Seen
from nova_rft.spec import Combine, RewardSpec

_CONFIDENCE: Final = 0.95
# Prompts that teach: resampling fewer says little.
_FEW: Final = 10
_RESAMPLES: Final = 1_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CheckOutlook:
    """What becomes of a held-out check.

    Attributes:
        name: Its name; the feature is called `check NAME`.
        kind: Where the truth comes from: `field`, `apart`, `proven` or `reference`.
        aligned: How much the reward moves it, as a share of what the check itself would at the same
            divergence; None where it does not vary.
        term: The term that most of the reward's gain goes into beside what is right; None where none is.
        excess: The share of the reward's gain that goes into it so.
        rivalled: Of the prompts with responses right and wrong, the share where a wrong one is paid as
            well as the best.
    """

    name: str
    kind: str
    aligned: float | None
    term: str | None
    excess: float
    rivalled: float


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
    brought = _brought(seen, reward)
    aims = [
        aim_of(
            columns.rewards_N,
            brought,
            _suspects(reward, one, checks),
            one.values_N,
            columns.groups_N,
            budget=max(budgets),
            seed=seed,
        )
        for one in checks
    ]
    return Outlook(
        forecast=told,
        phrases=phrases,
        checks=tuple(
            CheckOutlook(one.name, one.kind, aim.aligned, aim.term, aim.excess, aim.rivalled)
            for one, aim in zip(checks, aims, strict=True)
        ),
        findings=tuple(_findings(told, list(zip(checks, aims, strict=True)), teaching)),
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


def _brought(seen: Sequence[Seen], reward: RewardSpec) -> dict[str, list[float]]:
    """What each term that counts brought into the reward, where that was kept."""
    found = {
        term.name: [one.weighted.get(term.name, math.nan) for one in seen]
        for term in reward.terms
        if term.weight and any(term.name in one.weighted for one in seen)
    }
    return parts_of_product(found) if reward.combine is Combine.GATED_PRODUCT else found


def _suspects(reward: RewardSpec, check: Check, checks: Sequence[Check]) -> list[str]:
    """Terms that are paid for and prove nothing; a field of the records may doubt any of them."""
    proving = set() if check.kind == "field" else {one.name for one in checks}
    return [
        t.name for t in reward.terms if t.weight and t.name not in proving and not only_takes(t)
    ]


def feature(told: Forecast, name: str) -> FeatureForecast:
    """The forecast of one feature, by its name."""
    return next(one for one in told.features if one.name == name)


def _findings(
    told: Forecast, checks: Sequence[tuple[Check, Aim]], teaching: int
) -> Iterator[Finding]:
    if teaching < _FEW:
        few = "prompt teaches" if teaching == 1 else "prompts teach"
        yield Finding(
            "few_prompts", f"Only {teaching} {few}: intervals from so few say little; sample more."
        )
    for check, aim in checks:
        if aim.alarm:
            yield _of_check(feature(told, f"check {check.name}"), check.name, aim)
    if not checks:
        yield Finding(
            "no_check",
            "Nothing tells whether that would be good: add a verifier as a term of weight 0, or name a "
            "field of the records by --check.",
        )


def _of_check(seen: FeatureForecast, name: str, aim: Aim) -> Finding:
    """The alarm, in words."""
    if aim.falls:
        last = seen.changes[-1]
        at = f" It pulls at {aim.term}." if aim.term else ""
        read = f" Read {', '.join(seen.drivers[:3])}." if seen.drivers else ""
        return Finding(
            "check_falls",
            f"The reward grows while the check {name} falls, from {seen.mean:.3g} to "
            f"{seen.mean + last.change:.3g} at {last.budget:g} nats.{at}{read}",
        )
    share = f"{max(aim.aligned or 0.0, 0.0):.0%}"
    return Finding(
        "check_lags",
        f"The reward {amiss(aim)}; the check {name} moves by {share} of what a reward for it would do.",
    )
