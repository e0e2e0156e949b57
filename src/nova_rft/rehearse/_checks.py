"""Checks: what tells whether a response is right, beside what the reward pays for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from nova_rft.data import Rollout
from nova_rft.outcome import Score
from nova_rft.rehearse._examples import Example
from nova_rft.rehearse._grade import Graded
from nova_rft.reward import Resources, Term, build_term, read_event
from nova_rft.spec import (
    CodeTerm,
    FollowingTerm,
    MatchTerm,
    RewardSpec,
    TermSpec,
    TokenF1Term,
    VerifierTerm,
)

Kind = Literal["apart", "proven", "reference", "none"]
_REFERENCE: Final = "reference"
# A longer reference is compared by the words in common.
_SHORT: Final = 8


@dataclass(frozen=True, slots=True)
class Checks:
    """Where the truth comes from.

    Attributes:
        kind: `apart`: terms of weight 0, which the reward does not pay for. `proven`: terms that it pays
            for, which prove a response against the record. `reference`: the reference alone, matched
            here. `none`: there is nothing.
        terms: The spec's terms that check.
        own: What is matched here, for `reference`.
    """

    kind: Kind
    terms: tuple[TermSpec, ...] = ()
    own: Term | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The checks by name."""
        return (_REFERENCE,) if self.own else tuple(term.name for term in self.terms)

    def values(self, event: Sequence[Any], graded: Sequence[Graded]) -> list[dict[str, float]]:
        """Each rollout's checks, 0 to 1; one that could not be told is left out."""
        if self.own:
            rollouts = [item for item in read_event(event) if isinstance(item, Rollout)]
            told = self.own.score(rollouts)
            return [{_REFERENCE: one.value} if isinstance(one, Score) else {} for one in told]
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
    apart = tuple(term for term in reward.terms if term.weight == 0 and _tells_right(term))
    if apart:
        return Checks("apart", apart)
    proven = tuple(term for term in reward.terms if term.weight > 0 and _proves(term))
    if proven:
        return Checks("proven", proven)
    known = [example.reference for example in examples if example.reference is not None]
    if 2 * len(known) < len(examples):
        return Checks("none")
    long = sorted(len(reference.split()) for reference in known)[len(known) // 2] > _SHORT
    own: TermSpec = (
        TokenF1Term(name=_REFERENCE, type="token_f1", within="response")
        if long
        else MatchTerm(name=_REFERENCE, type="match")
    )
    return Checks("reference", own=build_term(own, Resources(_no_models)))


def _tells_right(term: TermSpec) -> bool:
    """Whether more of it is better, between known bounds: no penalty, no mere measure."""
    bounds = term.bounds
    if isinstance(term, FollowingTerm) or bounds is None:
        return False
    return bounds[0] >= 0 and bounds[1] < float("inf")


def _proves(term: TermSpec) -> bool:
    return isinstance(term, CodeTerm) or (isinstance(term, VerifierTerm) and term.needs_reference)


def _share(value: float, term: TermSpec) -> float:
    low, high = term.bounds or (0.0, 1.0)
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _no_models(_: object) -> Any:
    raise AssertionError("a match asks no judge")
