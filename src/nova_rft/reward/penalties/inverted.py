"""Penalties that are the other side of a verifier: minus what it lacks of 1."""

from __future__ import annotations

from collections.abc import Sequence

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import Term


class Inverted:
    """0 where the verifier gives 1, -1 where it gives 0."""

    def __init__(self, verifier: Term) -> None:
        self._verifier = verifier

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One penalty for each rollout; the verifier's abstention where it could not tell."""
        return [
            Score(one.value - 1, one.details) if isinstance(one, Score) else one
            for one in self._verifier.score(rollouts, deadline=deadline)
        ]
