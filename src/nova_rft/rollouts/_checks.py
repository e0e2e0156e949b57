"""Held-out checks: what tells whether a response is right, beside what the reward pays for it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nova_rft.errors import UsageError
from nova_rft.outcome import Score
from nova_rft.reward import Term
from nova_rft.rollouts._read import Seen
from nova_rft.rollouts._truth import REFERENCE, truth_of
from nova_rft.spec import RewardSpec


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the rollouts.

    Attributes:
        name: Its name.
        kind: `field`: a field of the records that was named; the others as `Truth` says.
        values_N: More is better; NaN where it could not be told.
    """

    name: str
    kind: str
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
    references = [one.rollout.reference for one in seen]
    truth = truth_of(reward, [None if one is None else str(one) for one in references])
    if truth.own:
        return named or _by_reference(seen, truth.own)
    return [*named, *(Check(t.name, truth.kind, values[t.name]) for t in truth.terms)]


def _field(seen: Sequence[Seen], name: str, where: str) -> list[float]:
    found = [one.rollout.metadata.get(name) for one in seen]
    values = [float(v) if isinstance(v, int | float) else math.nan for v in found]
    if all(map(math.isnan, values)):
        raise UsageError(
            f"{where}: no rollout has a number, or true or false, in the field {name}; traces of a "
            "job keep no fields of the records"
        )
    return values


def _by_reference(seen: Sequence[Seen], match: Term) -> list[Check]:
    told = match.score([one.rollout for one in seen])
    values = [one.value if isinstance(one, Score) else math.nan for one in told]
    return [] if all(map(math.isnan, values)) else [Check(REFERENCE, "reference", values)]
