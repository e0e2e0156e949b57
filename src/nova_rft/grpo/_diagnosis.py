"""What a set of scored rollouts says about a training to come: where there is signal, and where not."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nova_rft.errors import UsageError
from nova_rft.grpo._advantages import Rewards
from nova_rft.grpo._arrays import TOLERANCE, Bools, Floats, Ints, check_tolerance, numbered
from nova_rft.grpo._diagnosis_says import Finding, findings
from nova_rft.grpo._prompts import PromptLesson, prompt_lessons
from nova_rft.grpo._reliability import Reliability, reliability
from nova_rft.grpo._sampling import SamplingAdvice, sampling_advice
from nova_rft.grpo._signal import GroupSignal, group_signal
from nova_rft.grpo._terms import TermSignal, cancelled_share, term_signals
from nova_rft.grpo._within import correlation_within


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What scored rollouts have to teach, and what to change before money is spent on them.

    Attributes:
        rollouts: All of them.
        abstained: Those without a reward.
        signal: Groups with and without signal, by a tolerance and not by equality of floats.
        prompts: What each prompt teaches.
        pass_rates: How many groups passed none, up to a quarter, half, three quarters, less than all,
            and all of their rollouts.
        wasted: Share of the rollouts that went to groups which teach nothing.
        baseline: Mean reward, from 0 at none to 1 at the best.
        positive: Share of rewards above none.
        effective_groups: Of a batch, the groups that teach; of the groups given, without a batch size.
        terms: What each term of the reward does inside groups.
        cancelled: Share of the terms' variance inside groups that is lost in their sum; None without
            several terms.
        correlations: Of the reward with each figure, inside groups; None where one does not vary.
        reliability: The spread inside groups beside the judge's noise; None without a noise.
        advice: How many rollouts and prompts; None without scored rollouts.
        findings: What stands out, the gravest first.
    """

    rollouts: int
    abstained: int
    signal: GroupSignal
    prompts: tuple[PromptLesson, ...]
    pass_rates: tuple[int, ...]
    wasted: float | None
    baseline: float | None
    positive: float | None
    effective_groups: float | None
    terms: tuple[TermSignal, ...]
    cancelled: float | None
    correlations: Mapping[str, float | None]
    reliability: Reliability | None
    advice: SamplingAdvice | None
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        found = dataclasses.asdict(self)
        found["signal"]["share_without_signal"] = self.signal.share_without_signal
        return found


def diagnose(
    rewards_N: Rewards,
    groups_N: Sequence[Hashable],
    *,
    reward_range: tuple[float, float],
    passing: float | None = None,
    terms: Mapping[str, ArrayLike] | None = None,
    figures: Mapping[str, ArrayLike] | None = None,
    judge_noise: float | None = None,
    batch_size: int | None = None,
    tolerance: float = TOLERANCE,
) -> Diagnosis:
    """Reads scored rollouts as group-relative policy optimisation will.

    "None" and "best" are the ends of the range; where it goes below 0 and above, none is 0. AWS's rules
    of thumb for RFT are held against the baseline and the share of positive rewards.

    Args:
        rewards_N: One for each rollout; None or NaN for an abstention, which is counted and left out.
        groups_N: The group of each rollout.
        reward_range: Least and best reward.
        passing: A reward from here on passes; None for the middle between none and best.
        terms: Weighted values of each term of the reward by name; NaN where it has no score.
        figures: Lengths and figures of style by name, one for each rollout; NaN where there is none.
        judge_noise: Standard deviation of the reward when the same rollout is scored again and again.
        batch_size: Prompts in a step.
        tolerance: Absolute; rewards this close count as equal.

    Raises:
        UsageError: lengths differ, a number is none, or the range is empty.
    """
    rewards = _column("rewards", np.asarray(rewards_N, dtype=np.float64), len(groups_N))
    _check(reward_range, passing, judge_noise, batch_size, tolerance)
    least, best = reward_range
    none = 0.0 if least < 0 < best else least
    scored_N: Bools = ~np.isnan(rewards)
    known_N, group_N = rewards[scored_N], numbered(groups_N)[scored_N]
    signal = group_signal(known_N, group_N.tolist(), tolerance=tolerance)
    middle = (none + best) / 2 if passing is None else passing
    lessons = prompt_lessons(rewards, groups_N, passing=middle, tolerance=tolerance)
    columns = {name: _column(name, values, rewards.size) for name, values in (terms or {}).items()}
    found = Diagnosis(
        rollouts=rewards.size,
        abstained=int(np.sum(~scored_N)),
        signal=signal,
        prompts=lessons,
        pass_rates=_pass_rates(lessons),
        wasted=_wasted(lessons),
        baseline=float((known_N.mean() - none) / (best - none)) if known_N.size else None,
        positive=float(np.mean(known_N > none + tolerance)) if known_N.size else None,
        effective_groups=_effective(lessons, batch_size),
        terms=term_signals(columns, scored_N, numbered(groups_N)),
        cancelled=cancelled_share(columns, scored_N, numbered(groups_N)),
        correlations=_correlations(rewards, groups_N, figures or {}),
        reliability=_reliability(known_N, group_N, lessons, judge_noise),
        advice=sampling_advice(lessons),
        findings=(),
    )
    return dataclasses.replace(found, findings=findings(found))


def _check(
    reward_range: tuple[float, float],
    passing: float | None,
    judge_noise: float | None,
    batch_size: int | None,
    tolerance: float,
) -> None:
    least, best = reward_range
    if not (np.isfinite([least, best]).all() and least < best):
        raise UsageError(f"reward_range is {reward_range}; give the least and the best reward")
    if passing is not None and not least <= passing <= best:
        raise UsageError(f"passing is {passing}; give a reward from {least:g} to {best:g}")
    if judge_noise is not None and not 0 <= judge_noise < np.inf:
        raise UsageError(f"judge_noise is {judge_noise}; give a standard deviation, 0 or more")
    if batch_size is not None and batch_size < 1:
        raise UsageError(f"batch_size is {batch_size}; use 1 or more")
    check_tolerance(tolerance)


def _column(name: str, values_N: ArrayLike, size: int) -> Floats:
    values = np.asarray(values_N, dtype=np.float64)
    if values.shape != (size,):
        raise UsageError(
            f"{name} has shape {values.shape}; give one number for each of {size} rollouts"
        )
    if np.isinf(values).any():
        first = int(np.flatnonzero(np.isinf(values))[0])
        raise UsageError(f"{name} of rollout {first} is infinite; give NaN where there is none")
    return values


def _pass_rates(lessons: Sequence[PromptLesson]) -> tuple[int, ...]:
    rates = np.array([lesson.pass_rate for lesson in lessons if lesson.pass_rate is not None])
    places = np.searchsorted([0.0, 0.25, 0.5, 0.75], rates, side="left") + (rates == 1)
    return tuple(int(np.sum(places == place)) for place in range(6))


def _wasted(lessons: Sequence[PromptLesson]) -> float | None:
    rollouts = sum(lesson.rollouts for lesson in lessons)
    taught = sum(lesson.rollouts for lesson in lessons if lesson.verdict == "teaches")
    return 1 - taught / rollouts if rollouts else None


def _effective(lessons: Sequence[PromptLesson], batch_size: int | None) -> float | None:
    if not lessons:
        return None
    telling = sum(lesson.verdict == "teaches" for lesson in lessons)
    return telling * (1.0 if batch_size is None else batch_size / len(lessons))


def _correlations(
    rewards_N: Floats, groups_N: Sequence[Hashable], figures: Mapping[str, ArrayLike]
) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name, values in figures.items():
        values_N = _column(name, values, rewards_N.size)
        both_N = ~np.isnan(rewards_N) & ~np.isnan(values_N)
        group_N = numbered(groups_N)[both_N]
        found[name] = correlation_within(rewards_N[both_N], values_N[both_N], group_N)
    return found


def _reliability(
    known_N: Floats, group_N: Ints, lessons: Sequence[PromptLesson], noise: float | None
) -> Reliability | None:
    if noise is None:
        return None
    telling = [lesson.deviation for lesson in lessons if lesson.verdict == "teaches"]
    return reliability(known_N, group_N, np.array(telling, dtype=np.float64), noise)
