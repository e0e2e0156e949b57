"""Checks: what tells whether a response is right, beside what the reward pays for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nova_rft.data import Rollout
from nova_rft.outcome import Score
from nova_rft.rehearse._examples import Example
from nova_rft.rehearse._grade import Graded
from nova_rft.reward import read_event
from nova_rft.rollouts import REFERENCE, Truth, truth_of
from nova_rft.spec import RewardSpec, TermSpec


@dataclass(frozen=True, slots=True)
class Checks(Truth):
    """Where the truth comes from, and what it says of rollouts."""

    @property
    def names(self) -> tuple[str, ...]:
        """The checks by name."""
        return (REFERENCE,) if self.own else tuple(term.name for term in self.terms)

    def values(self, event: Sequence[Any], graded: Sequence[Graded]) -> list[dict[str, float]]:
        """Each rollout's checks, 0 to 1; one that could not be told is left out."""
        if self.own:
            rollouts = [item for item in read_event(event) if isinstance(item, Rollout)]
            told = self.own.score(rollouts)
            return [{REFERENCE: one.value} if isinstance(one, Score) else {} for one in told]
        return [
            {
                term.name: _share(one.values[term.name], term)
                for term in self.terms
                if term.name in one.values
            }
            for one in graded
        ]


def checks_of(reward: RewardSpec, examples: Sequence[Example]) -> Checks:
    """The checks that a reward and its records offer, the most independent kind that there is."""
    truth = truth_of(reward, [example.reference for example in examples])
    return Checks(truth.kind, truth.terms, truth.own)


def _share(value: float, term: TermSpec) -> float:
    low, high = term.bounds or (0.0, 1.0)
    return min(max((value - low) / (high - low), 0.0), 1.0)
