"""Where the truth on a response comes from, beside what the reward pays for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from nova_rft.reward import Resources, Term, build_term
from nova_rft.spec import (
    CodeTerm,
    FollowingTerm,
    MatchTerm,
    RewardSpec,
    TermSpec,
    TokenF1Term,
    VerifierTerm,
)

TruthKind = Literal["apart", "proven", "reference", "none"]
REFERENCE: Final = "reference"
# A longer reference is compared by the words in common.
_SHORT: Final = 8


@dataclass(frozen=True, slots=True)
class Truth:
    """The most independent kind of check that a reward and its records offer.

    Attributes:
        kind: `apart`: terms of weight 0, which the reward does not pay for. `proven`: terms that it pays
            for, which prove a response against the record. `reference`: the reference alone, matched
            by `own`. `none`: there is nothing.
        terms: The spec's terms that check.
        own: What matches the reference, for `reference`.
    """

    kind: TruthKind
    terms: tuple[TermSpec, ...] = ()
    own: Term | None = None


def truth_of(reward: RewardSpec, references: Sequence[str | None]) -> Truth:
    """What a reward and its records offer.

    Args:
        reward: The reward.
        references: Of each rollout or record; None where it has none. Half of them are enough.
    """
    apart = tuple(term for term in reward.terms if term.weight == 0 and _tells_right(term))
    if apart:
        return Truth("apart", apart)
    proven = tuple(term for term in reward.terms if term.weight > 0 and _proves(term))
    if proven:
        return Truth("proven", proven)
    known = [reference for reference in references if reference is not None]
    if 2 * len(known) < len(references):
        return Truth("none")
    long = sorted(len(reference.split()) for reference in known)[len(known) // 2] > _SHORT
    own: TermSpec = (
        TokenF1Term(name=REFERENCE, type="token_f1", within="response")
        if long
        else MatchTerm(name=REFERENCE, type="match")
    )
    return Truth("reference", own=build_term(own, Resources(_no_models)))


def _tells_right(term: TermSpec) -> bool:
    """Whether more of it is better, between known bounds: no penalty, no mere measure."""
    bounds = term.bounds
    if isinstance(term, FollowingTerm) or bounds is None:
        return False
    return bounds[0] >= 0 and bounds[1] < math.inf


def _proves(term: TermSpec) -> bool:
    return isinstance(term, CodeTerm) or (isinstance(term, VerifierTerm) and term.needs_reference)


def _no_models(_: object) -> Any:
    raise AssertionError("a match asks no judge")
