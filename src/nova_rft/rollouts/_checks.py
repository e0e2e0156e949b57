"""Held-out checks: what tells whether a response is right, beside what the reward pays for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from nova_rft.errors import UsageError
from nova_rft.outcome import Score
from nova_rft.reward import Resources, build_term
from nova_rft.rollouts._read import Seen
from nova_rft.spec import (
    CodeTerm,
    FollowingTerm,
    MatchTerm,
    RewardSpec,
    TermSpec,
    TokenF1Term,
    VerifierTerm,
)

Kind = Literal["field", "apart", "proven", "reference"]
_REFERENCE: Final = "reference"
# A longer reference is compared by the words in common.
_SHORT: Final = 8


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the rollouts.

    Attributes:
        name: Its name.
        kind: `field`: a field of the records that was named. `apart`: a term of weight 0, which the
            reward does not pay for. `proven`: a term that it pays for, which proves a response against
            the record. `reference`: the reference alone, matched here.
        values_N: More is better; NaN where it could not be told.
    """

    name: str
    kind: Kind
    values_N: list[float]


def checks_of(
    seen: Sequence[Seen],
    reward: RewardSpec,
    values: Mapping[str, list[float]],
    fields: Sequence[str],
    where: str,
) -> list[Check]:
    """The fields that are named, and the most independent kind of check that the reward offers.

    Args:
        seen: The rollouts.
        reward: That scored them.
        values: Raw values of its terms by name.
        fields: Of the records, such as a mark that people gave.
        where: What is said to hold them, for errors.

    Raises:
        UsageError: no rollout has such a field.
    """
    named = [Check(name, "field", _field(seen, name, where)) for name in fields]
    apart = [Check(t.name, "apart", values[t.name]) for t in reward.terms if _tells_right(t)]
    proven = [Check(t.name, "proven", values[t.name]) for t in reward.terms if _proves(t)]
    if apart or proven or named:
        return [*named, *(apart or proven)]
    return _by_reference(seen)


def _field(seen: Sequence[Seen], name: str, where: str) -> list[float]:
    found = [one.rollout.metadata.get(name) for one in seen]
    values = [float(v) if isinstance(v, int | float) else math.nan for v in found]
    if all(map(math.isnan, values)):
        raise UsageError(
            f"{where}: no rollout has a number, or true or false, in the field {name}; traces of a "
            "job keep no fields of the records"
        )
    return values


def _tells_right(term: TermSpec) -> bool:
    """Whether it only measures, and more of it is better: no penalty, and between known bounds."""
    bounds = term.bounds
    if term.weight or isinstance(term, FollowingTerm) or bounds is None:
        return False
    return bounds[0] >= 0 and bounds[1] < math.inf


def _proves(term: TermSpec) -> bool:
    proves = isinstance(term, CodeTerm) or (isinstance(term, VerifierTerm) and term.needs_reference)
    return proves and term.weight > 0


def _by_reference(seen: Sequence[Seen]) -> list[Check]:
    known = [str(r) for one in seen if (r := one.rollout.reference) is not None]
    if 2 * len(known) < len(seen):
        return []
    long = sorted(len(reference.split()) for reference in known)[len(known) // 2] > _SHORT
    term: TermSpec = (
        TokenF1Term(name=_REFERENCE, type="token_f1", within="response")
        if long
        else MatchTerm(name=_REFERENCE, type="match")
    )
    told = build_term(term, Resources(_no_models)).score([one.rollout for one in seen])
    values = [one.value if isinstance(one, Score) else math.nan for one in told]
    return [] if all(map(math.isnan, values)) else [Check(_REFERENCE, "reference", values)]


def _no_models(_: object) -> Any:
    raise AssertionError("a match asks no judge")
