"""The comparison responses that a record brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_rft.spec import PreferenceTerm

# Under which an object holds a response, in the order in which they are looked for.
_KEYS = ("text", "response", "content")


def comparisons_of(term: PreferenceTerm, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of the field that the term names; empty where there is none to compare with.

    Args:
        term: The preference judge.
        fields: The record's fields, as in a rollout's metadata.
    """
    given = fields.get(term.comparisons)
    entries = given if isinstance(given, list) else [given]
    texts = [_text(entry) for entry in entries]
    return tuple(text for text in texts if text is not None and text.strip())


def _text(entry: Any) -> str | None:
    if isinstance(entry, Mapping):
        entry = next((entry[key] for key in _KEYS if key in entry), None)
    return entry if isinstance(entry, str) else None
