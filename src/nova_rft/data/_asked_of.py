"""What a record asks, whatever its shape: what splits and leaks go by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def asked_of(record: Mapping[str, Any]) -> Any:
    """The turns before the answer; of a text, the text."""
    messages = record.get("messages")
    if not isinstance(messages, list):
        return record.get("text", record)
    last = messages[-1] if messages else None
    answered = isinstance(last, Mapping) and last.get("role") == "assistant"
    return [record.get("system"), messages[:-1] if answered else messages]
