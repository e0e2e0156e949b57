"""What a record asks, whatever its technique: an answer that it brings is its reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nova_rft.data import Rollout, record_rollout

_ANSWERS = ("assistant", "nova_assistant")


def question_of(record: Mapping[str, Any]) -> Rollout | None:
    """The record's prompt and reference; None where its messages cannot be read.

    Records of SFT and DPO end in the assistant's turn: that is taken off, and is the reference where the
    record names none. Bedrock's conversations have their system text beside the turns.

    Args:
        record: Of any technique.
    """
    messages = record.get("messages")
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        return None
    turns, answer = list(messages), None
    last = turns[-1]
    if isinstance(last, Mapping) and last.get("role") in _ANSWERS:
        answer = _said(last)
        turns.pop()
    system = _text(record.get("system"))
    if system:
        turns.insert(0, {"role": "system", "content": system})
    named = record.get("reference_answer")
    reference = {} if answer is None or named is not None else {"reference_answer": answer}
    rest = {key: value for key, value in record.items() if key not in ("system", "messages")}
    return record_rollout({**rest, **reference, "messages": turns})


def _said(turn: Mapping[str, Any]) -> str | None:
    """The text of an assistant's turn; of a pair the preferred one."""
    for candidate in turn.get("candidates") or ():
        if isinstance(candidate, Mapping) and candidate.get("preferenceLabel") == "preferred":
            return _text(candidate.get("content"))
    return _text(turn.get("content"))


def _text(content: Any) -> str | None:
    """A text, or the texts of blocks."""
    if isinstance(content, str):
        return content or None
    blocks = content if isinstance(content, list) else []
    texts = [str(one["text"]) for one in blocks if isinstance(one, Mapping) and "text" in one]
    return "".join(texts) or None
