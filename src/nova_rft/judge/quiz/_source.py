"""What a quiz is on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_rft.spec import QuizTerm


def source_problem(term: QuizTerm, fields: Mapping[str, Any]) -> tuple[str, str] | None:
    """Path and sentence on a record whose source cannot be quizzed; None where it can."""
    if term.source == "prompt" or fields.get(term.quiz) is not None:
        return None
    given = fields.get(term.source)
    if isinstance(given, str) and given.strip():
        return None
    return term.source, "holds no text to ask questions on; add it, or name another source"
