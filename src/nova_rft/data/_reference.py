"""The reference answer of a record, which comes as a string or wrapped in an object."""

from __future__ import annotations

from typing import Any

# In the order in which they are looked for; seen in AWS's samples.
_KEYS = ("ground_truth", "answer", "text", "label")


def reference_text(reference: Any) -> str | None:
    """The reference as text, or None where there is none to be read.

    A string is itself and a number its digits; of an object, the first of `ground_truth`, `answer`,
    `text` and `label` that holds a string or a number.
    """
    if isinstance(reference, bool):
        return None
    if isinstance(reference, int | float):
        return str(reference)
    if isinstance(reference, str):
        return reference if reference.strip() else None
    if isinstance(reference, dict):
        for key in _KEYS:
            text = reference_text(reference.get(key))
            if text is not None:
                return text
    return None
