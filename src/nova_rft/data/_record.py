"""A training record as the rollout that it will become, before there is a response."""

from __future__ import annotations

from typing import Any

from nova_rft.data._messages import MalformedMessages, read_messages
from nova_rft.data._rollout import Rollout, other_fields


def record_rollout(record: Any) -> Rollout | None:
    """The record's prompt, reference and other fields; None where its messages cannot be read."""
    if not isinstance(record, dict):
        return None
    try:
        turns = read_messages(record.get("messages"))
    except MalformedMessages:
        return None
    inner = record.get("metadata")
    reference = record.get("reference_answer")
    if reference is None and isinstance(inner, dict):
        reference = inner.get("reference_answer")
    return Rollout(str(record.get("id", "")), "", turns, "", reference, other_fields(record))
