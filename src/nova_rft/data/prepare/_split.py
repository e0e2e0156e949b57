"""Deterministic splits: by a hash of what must stay together, so that related records do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def part_of(record: Mapping[str, Any], share: float, by: str | None = None) -> bool:
    """Whether a record belongs to the validation set.

    The same on every machine, and for each record whatever else there is: adding records moves none.

    Args:
        record: The record.
        share: Of the validation set, 0 to 1.
        by: A field whose equal values stay together; without it what is asked does, so that records of
            one prompt are never on both sides.
    """
    key = record.get(by) if by else _asked(record)
    text = json.dumps(key, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share


def _asked(record: Mapping[str, Any]) -> Any:
    """The turns before the answer; of a text, the text."""
    messages = record.get("messages")
    if not isinstance(messages, list):
        return record.get("text", record)
    last = messages[-1] if messages else None
    answered = isinstance(last, Mapping) and last.get("role") == "assistant"
    return [record.get("system"), messages[:-1] if answered else messages]
