"""The reference answers that a verifier holds a response against."""

from __future__ import annotations

from typing import Any

from nova_rft.data import reference_text
from nova_rft.outcome import Abstention, Cause


def references(reference: Any) -> list[str]:
    """Every acceptable answer: of a list each entry, else the one there is; none without a reference."""
    entries = reference if isinstance(reference, list) else [reference]
    found = (reference_text(entry) for entry in entries)
    return [text for text in found if text is not None]


def no_reference() -> Abstention:
    """What a verifier says where there is nothing to hold a response against."""
    return Abstention(Cause.NO_REFERENCE, "the record has no reference answer")


def unreadable(reference: str, what: str) -> Abstention:
    """What a verifier says of a reference that it cannot read."""
    return Abstention(Cause.UNREADABLE_REFERENCE, f"{reference[:80]!r} is no {what}")
