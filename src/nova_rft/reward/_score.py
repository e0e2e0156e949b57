"""A score is a finite number with its metrics; what could not be scored is an abstention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Cause(StrEnum):
    """Why something could not be scored."""

    BAD_ITEM = "bad_item"
    NO_REFERENCE = "no_reference"
    UNREADABLE_REFERENCE = "unreadable_reference"
    JUDGE_UNAVAILABLE = "judge_unavailable"
    JUDGE_REFUSED = "judge_refused"
    UNREADABLE_VERDICT = "unreadable_verdict"
    DEADLINE = "deadline"
    TERM_FAILED = "term_failed"


@dataclass(frozen=True, slots=True)
class Score:
    """A finite number, with what led to it.

    Attributes:
        value: Finite.
        details: For people: verdicts with reasons, the extracted answer. Kept in traces, never sent
            to the trainer.
    """

    value: float
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Abstention:
    """No score, and why. Never silently 0 or 0.5."""

    cause: Cause
    detail: str


TermResult = Score | Abstention


@dataclass(frozen=True, slots=True)
class Scored:
    """One rollout's whole outcome.

    Attributes:
        id: The rollout's id.
        group: Its group.
        terms: Raw result of each term, by the term's name, in the spec's order.
        weighted: Weight times value of each term that was scored.
        outcome: The composed reward, or why there is none.
        wire: What goes to the trainer: the reward, or what `on_abstain` makes of an abstention.
    """

    id: str
    group: str
    terms: Mapping[str, TermResult]
    weighted: Mapping[str, float]
    outcome: TermResult
    wire: float
