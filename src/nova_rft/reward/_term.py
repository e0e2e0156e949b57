"""What a term is: rollouts in, a score or an abstention for each out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome


class Term(Protocol):
    """One part of a reward: a judge, a verifier or a penalty."""

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One result for each rollout, in order.

        Args:
            rollouts: All rollouts of one event.
            deadline: `time.monotonic()` value by which the results must be there.
        """
        ...


class EachRollout:
    """Base of terms that look at one rollout at a time and need no deadline."""

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One result for each rollout, in order."""
        return [self.score_one(rollout) for rollout in rollouts]

    def score_one(self, rollout: Rollout) -> Outcome:
        """The result for one rollout."""
        raise NotImplementedError
