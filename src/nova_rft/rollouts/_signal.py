"""What scored rollouts have to teach: `grpo.diagnose`, with all that the spec and the file know."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nova_rft.grpo import TOLERANCE, Diagnosis, Finding, TermSignal, diagnose, text_features
from nova_rft.rollouts._columns import columns_of
from nova_rft.rollouts._read import Seen
from nova_rft.spec import Spec

_CUT_OFF: Final = 0.05
_STOPS: Final = ("max_tokens", "length", "model_context_window_exceeded")


@dataclass(frozen=True, slots=True)
class Noise:
    """The standard deviation of the reward when one rollout is scored again and again.

    Attributes:
        value: The deviation.
        source: How that is known, in a few words.
    """

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What the spec says of a step, and what that comes to with these prompts.

    Attributes:
        samples_per_prompt: Rollouts of a prompt; None where the spec leaves it to the service.
        batch_size: Prompts in a step; likewise.
        telling: Share of groups of that size that are expected to differ; None where it is not known.
        groups: Of a batch, how many are expected to teach; likewise.
    """

    samples_per_prompt: int | None
    batch_size: int | None
    telling: float | None
    groups: float | None


@dataclass(frozen=True, slots=True)
class SignalReport:
    """What rollouts have to teach by a spec's reward.

    Attributes:
        diagnosis: As `grpo.diagnose` gives it; each of its prompts is named by its group.
        settings: What the spec asks for.
        noise: The judges'; None where it is not known.
        cut_off: Share of the responses that ended at the bound on their length; None where nothing is
            known of how they ended.
        policies: What wrote the rollouts, where they say so.
        texts: By group, the prompt's last words.
        findings: What stands out, the gravest first.
    """

    diagnosis: Diagnosis
    settings: Settings
    noise: Noise | None
    cut_off: float | None
    policies: tuple[str, ...]
    texts: Mapping[str, str]
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """As documented for `signal --json`."""
        found = self.diagnosis.as_dict()
        for prompt in found["prompts"]:
            prompt["prompt"] = self.texts[prompt["group"]]
        return {
            **found,
            "findings": [{"code": one.code, "text": one.text} for one in self.findings],
            "settings": _fields(self.settings),
            "noise": None if self.noise is None else _fields(self.noise),
            "cut_off": self.cut_off,
            "policies": list(self.policies),
        }


def signal_of(
    seen: Sequence[Seen],
    spec: Spec,
    where: str,
    *,
    noise: Noise | None = None,
    reliabilities: Mapping[str, float] | None = None,
    passing: float | None = None,
    tolerance: float = TOLERANCE,
) -> SignalReport:
    """Reads scored rollouts as a group-relative policy gradient will.

    Args:
        seen: Rollouts, several of each prompt, all scored.
        spec: Its reward scored them; its training says samples and batch size.
        where: What is said to hold them, for errors.
        noise: The reward's, where it was measured.
        reliabilities: Else, of each judge by its term's name: the share of its variance inside groups
            that is not its own noise, as calibration measures it.
        passing: A reward from here on passes; None for the middle between none and best.
        tolerance: Rewards this close count as equal.

    Raises:
        UsageError: there are no rollouts, they are not scored, or no prompt has two of them.
    """
    reward = spec.required_reward
    columns = columns_of(seen, reward, where)
    batch_size = getattr(spec.training, "batch_size", None)
    figures = text_features([one.rollout.response for one in seen])

    def look(deviation: float | None) -> Diagnosis:
        return diagnose(
            columns.rewards_N,
            columns.groups_N,
            reward_range=reward.range,
            passing=passing,
            terms=columns.weighted,
            figures=figures,
            judge_noise=deviation,
            batch_size=batch_size,
            tolerance=tolerance,
        )

    # A reward that repeats itself has no noise to set beside its spread.
    found = look(noise.value or None if noise else None)
    if noise is None:
        noise = _noise(spec, found.terms, reliabilities or {})
        found = look(noise.value) if noise and noise.value else found
    cut_off = _cut_off(seen)
    return SignalReport(
        diagnosis=found,
        settings=_settings(spec.training.rollouts_per_prompt, batch_size, found),
        noise=noise,
        cut_off=cut_off,
        policies=tuple(dict.fromkeys(str(p) for one in seen if (p := one.noted.get("policy")))),
        texts=columns.texts,
        findings=(*found.findings, *_length_bound(cut_off)),
    )


def measured_noise(readings: Sequence[Sequence[float | None]], source: str) -> Noise | None:
    """The noise of a reward by several readings of the same rollouts; None without two of one.

    The variance of each rollout's readings (Bessel's correction), pooled over rollouts.

    Args:
        readings: Of each reading the rewards, in the same order; None for an abstention.
        source: How they came about.
    """
    rewards_RN = np.array(
        [[math.nan if one is None else one for one in row] for row in readings], dtype=np.float64
    )
    whole_N = ~np.isnan(rewards_RN).any(axis=0)
    if len(rewards_RN) < 2 or not whole_N.any():
        return None
    return Noise(float(np.sqrt(rewards_RN[:, whole_N].var(axis=0, ddof=1).mean())), source)


def _noise(
    spec: Spec, terms: Sequence[TermSignal], reliabilities: Mapping[str, float]
) -> Noise | None:
    """By what calibration says of every judge that counts; 0 where none does."""
    reward = spec.required_reward
    sure = {term.name for term in reward.deterministic_terms}
    judges = {term.name for term in reward.terms if term.weight and term.name not in sure}
    if not judges:
        return Noise(0.0, "no judge counts: the same response earns the same")
    known = {term.name: term.deviation for term in terms}
    if not judges <= known.keys() or not judges <= reliabilities.keys():
        return None
    squares = ((1 - reliabilities[name]) * known[name] ** 2 for name in judges)
    return Noise(math.sqrt(math.fsum(squares)), "as calibration measured its judges")


def _settings(samples: int | None, batch_size: int | None, found: Diagnosis) -> Settings:
    telling = None
    if samples is not None:
        chances = [lesson.chance_of_signal(samples) for lesson in found.prompts]
        known = [chance for chance in chances if chance is not None]
        telling = math.fsum(known) / len(known) if known else None
    groups = None if telling is None or batch_size is None else telling * batch_size
    return Settings(samples, batch_size, telling, groups)


def _cut_off(seen: Sequence[Seen]) -> float | None:
    stops = [stop for one in seen if (stop := one.noted.get("stop"))]
    return sum(stop in _STOPS for stop in stops) / len(stops) if stops else None


def _length_bound(cut_off: float | None) -> tuple[Finding, ...]:
    if cut_off is None or cut_off <= _CUT_OFF:
        return ()
    return (
        Finding(
            "cut_off",
            f"{cut_off:.0%} of the responses ended at the bound on their length and were scored as they "
            "were: raise training.max_new_tokens, or ask for shorter answers.",
        ),
    )


def _fields(thing: Noise | Settings) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}
