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
    NO_COMPARISON = "no_comparison"
    NO_CRITERIA = "no_criteria"
    UNREADABLE_REFERENCE = "unreadable_reference"
    JUDGE_UNAVAILABLE = "judge_unavailable"
    JUDGE_REFUSED = "judge_refused"
    UNREADABLE_VERDICT = "unreadable_verdict"
    JUDGES_DISAGREE = "judges_disagree"
    BUDGET_SPENT = "budget_spent"
    GATE_CLOSED = "gate_closed"
    DEADLINE = "deadline"
    NO_VALUE = "no_value"
    TERM_FAILED = "term_failed"


@dataclass(frozen=True, slots=True)
class Score:
    """A finite number, with what led to it.

    Attributes:
        value: Finite.
        details: For people: verdicts with reasons, the extracted answer. Kept in traces, never sent
            to the trainer.
        metrics: More finite numbers by name, sent to the trainer beside the value as `TERM.NAME`.
        failed_gate: Names the gate that was failed; the whole reward then lies at its floor.
    """

    value: float
    details: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    failed_gate: str = ""


@dataclass(frozen=True, slots=True)
class Abstention:
    """No score, and why. Never silently 0 or 0.5."""

    cause: Cause
    detail: str


Outcome = Score | Abstention
