"""What a term is: rollouts in, a score or an abstention for each out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from nova_rft.data import Rollout
from nova_rft.outcome import Abstention, Cause, Outcome


class Term(Protocol):
    """One part of a reward: a judge, a verifier or a penalty."""

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One result for each rollout, in order.

        Args:
            rollouts: All rollouts of one event.
            deadline: `time.monotonic()` value by which the results must be there.
        """
        ...


class Follower(Protocol):
    """A part of a reward that looks at another part's results."""

    def score_after(
        self, rollouts: Sequence[Rollout], followed: Sequence[Outcome]
    ) -> list[Outcome]:
        """One result for each rollout, in order.

        Args:
            rollouts: All rollouts of one event.
            followed: What the followed term gave for each of them.
        """
        ...


class EachRollout:
    """Base of terms that look at one rollout at a time."""

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One result for each rollout, in order; past the deadline an abstention."""
        return [
            late("this rollout") if passed(deadline) else self.score_one(rollout)
            for rollout in rollouts
        ]

    def score_one(self, rollout: Rollout) -> Outcome:
        """The result for one rollout."""
        raise NotImplementedError


def passed(deadline: float | None) -> bool:
    """Whether there is no time left."""
    return deadline is not None and time.monotonic() >= deadline


def late(what: str) -> Abstention:
    """What is said of something for which no time was left."""
    return Abstention(Cause.DEADLINE, f"no time left for {what}")
