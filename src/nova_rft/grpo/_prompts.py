"""Prompt by prompt: what teaches, what is mastered, what is out of reach; and what more would show."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nova_rft.grpo._arrays import Floats

Verdict = Literal["teaches", "mastered", "hopeless", "single", "unscored"]


@dataclass(frozen=True, slots=True)
class PromptLesson:
    """What the rollouts of one prompt had to teach.

    Attributes:
        group: Its group.
        rollouts: All of them.
        scored: Those that have a reward.
        mean: Of these rewards; None without any.
        deviation: Their standard deviation (Bessel's correction); None for fewer than two.
        pass_rate: Share of them that passed; None without any.
        verdict: `teaches`: rewards differ. `mastered`: all are equal, and passed. `hopeless`: all are
            equal, and did not. `single`: one alone, nothing to compare. `unscored`: none.
        counts: How often each different reward occurred, the most frequent first.
    """

    group: Hashable
    rollouts: int
    scored: int
    mean: float | None
    deviation: float | None
    pass_rate: float | None
    verdict: Verdict
    counts: tuple[int, ...]

    def chance_of_signal(self, samples: int) -> float | None:
        """The chance that so many new rollouts of the prompt do not all earn the same.

        1 - sum over rewards v of E[P_v ** samples], where the shares P_v follow what was seen and
        Jeffreys' prior: half a rollout more of each reward seen, and of one other where only one was.
        For pass and fail that is 1 - E[P^G + (1 - P)^G]; a prompt that all of 8 rollouts passed keeps
        a chance to be failed. None without scored rollouts.

        Args:
            samples: Rollouts in a group.
        """
        if not self.counts:
            return None
        seen = self.counts if len(self.counts) > 1 else (*self.counts, 0)
        total = sum(seen) + 0.5 * len(seen)
        steps = np.arange(samples)
        # The moments of a beta distribution: products of (a + i) / (a + b + i).
        tied = sum(float(np.prod((count + 0.5 + steps) / (total + steps))) for count in seen)
        return 1 - tied


def prompt_lessons(
    rewards_N: Floats, groups_N: Sequence[Hashable], *, passing: float, tolerance: float
) -> tuple[PromptLesson, ...]:
    """One for each group, in the order of their first rollout.

    Args:
        rewards_N: NaN for an abstention.
        groups_N: The group of each rollout.
        passing: A reward from here on passes.
        tolerance: Rewards this close are equal.
    """
    rewards: dict[Hashable, list[float]] = {}
    for group, reward in zip(groups_N, rewards_N.tolist(), strict=True):
        rewards.setdefault(group, []).append(reward)
    return tuple(
        _lesson(group, np.array(found), passing, tolerance) for group, found in rewards.items()
    )


def _lesson(group: Hashable, rewards: Floats, passing: float, tolerance: float) -> PromptLesson:
    known = np.sort(rewards[~np.isnan(rewards)])
    passed = float(np.mean(known >= passing - tolerance)) if known.size else None
    return PromptLesson(
        group=group,
        rollouts=rewards.size,
        scored=known.size,
        mean=float(known.mean()) if known.size else None,
        deviation=float(known.std(ddof=1)) if known.size > 1 else None,
        pass_rate=passed,
        verdict=_verdict(known, passed, tolerance),
        counts=_counts(known, tolerance),
    )


def _verdict(known: Floats, passed: float | None, tolerance: float) -> Verdict:
    if known.size < 2:
        return "single" if known.size else "unscored"
    if known[-1] - known[0] > tolerance:
        return "teaches"
    return "mastered" if passed == 1 else "hopeless"


def _counts(known: Floats, tolerance: float) -> tuple[int, ...]:
    if not known.size:
        return ()
    ends = np.flatnonzero(np.diff(known) > tolerance) + 1
    sizes = np.diff(np.concatenate([[0], ends, [known.size]]))
    return tuple(sorted((int(size) for size in sizes), reverse=True))
