"""What verdict, forecast and advice need to know of a reward: its terms, and which of them check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nova_rft.rehearse._checks import Checks
from nova_rft.rollouts import TruthKind, only_takes
from nova_rft.spec import (
    Combine,
    JuryTerm,
    OpenAIGraderTerm,
    PreferenceTerm,
    QuizTerm,
    RepetitionTerm,
    RewardSpec,
    RubricTerm,
    SoftOverlongTerm,
    TermSpec,
    Unit,
)
from nova_rft.spec import LinearLengthTerm as _Linear

Role = Literal["judge", "verifier", "penalty", "function"]


@dataclass(frozen=True, slots=True)
class TermFacts:
    """One term.

    Attributes:
        name: The term's.
        type: Its type, as the spec writes it.
        role: What sort it is.
        paid: Whether the reward counts it.
        checks: Whether the truth is read from it.
    """

    name: str
    type: str
    role: Role
    paid: bool
    checks: bool


@dataclass(frozen=True, slots=True)
class RewardFacts:
    """A reward.

    Attributes:
        terms: All of them.
        low: Low end of its range.
        high: High end.
        check_kind: Where the truth comes from.
        bounds_length: Whether a penalty on length is among the terms.
        bounds_words_alone: Whether repetition is punished, but in words alone.
        product: Whether it is a product of its terms, not their sum.
    """

    terms: tuple[TermFacts, ...]
    low: float
    high: float
    check_kind: TruthKind
    bounds_length: bool = False
    bounds_words_alone: bool = False
    product: bool = False

    @property
    def suspects(self) -> tuple[TermFacts, ...]:
        """Terms that are paid for and prove nothing; penalties only take."""
        return tuple(t for t in self.terms if t.paid and not t.checks and t.role != "penalty")

    def term(self, name: str) -> TermFacts | None:
        """The term of this name."""
        return next((term for term in self.terms if term.name == name), None)


def facts_of(reward: RewardSpec, checks: Checks) -> RewardFacts:
    """The facts of a spec's reward."""
    checking = {term.name for term in checks.terms}
    looks = [term for term in reward.terms if isinstance(term, RepetitionTerm)]
    return RewardFacts(
        terms=tuple(
            TermFacts(term.name, term.type, _role(term), term.weight != 0, term.name in checking)
            for term in reward.terms
        ),
        low=reward.range[0],
        high=reward.range[1],
        check_kind=checks.kind,
        bounds_length=any(isinstance(t, SoftOverlongTerm | _Linear) for t in reward.terms),
        bounds_words_alone=bool(looks) and all(_words_alone(term) for term in looks),
        product=reward.combine is Combine.GATED_PRODUCT,
    )


def _words_alone(term: RepetitionTerm) -> bool:
    return all(look.unit is Unit.WORDS for look in term.ngrams)


def _role(term: TermSpec) -> Role:
    if isinstance(term, RubricTerm | PreferenceTerm | QuizTerm | JuryTerm):
        return "judge"
    if isinstance(term, OpenAIGraderTerm):
        return "judge" if term.model is not None else "function"
    if only_takes(term):
        return "penalty"
    return "function" if term.type in ("python", "trl", "verifiers") else "verifier"


def names_of(terms: Sequence[TermFacts]) -> str:
    """Names as a sentence says them."""
    names = [term.name for term in terms]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
