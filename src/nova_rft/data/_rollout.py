"""A rollout: one response of the policy to a prompt, as judges, verifiers and penalties see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat: who spoke, and the text."""

    role: str
    text: str


# Fields of a record or of an event's item that have a place of their own.
_OWN_FIELDS = ("id", "messages", "metadata", "reference_answer", "group")


def other_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes a rollout's metadata: every other field, those under `metadata` beneath them."""
    inner = record.get("metadata")
    fields = dict(inner) if isinstance(inner, dict) else {}
    for key in ("reference_answer", "group"):
        fields.pop(key, None)
    fields.update((key, value) for key, value in record.items() if key not in _OWN_FIELDS)
    return fields


@dataclass(frozen=True, slots=True)
class Rollout:
    """One response of the policy to one prompt.

    Attributes:
        id: The id that the caller gave; not necessarily unique.
        group: Rollouts of one prompt share it; advantages are taken inside it.
        prompt: The turns before the response, in order.
        response: The policy's text.
        reference: The record's `reference_answer` as it came (a string or an object), or None.
        metadata: Every other field of the training record.
    """

    id: str
    group: str
    prompt: tuple[Message, ...]
    response: str
    reference: Any = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def prompt_text(self) -> str:
        """The prompt's turns as one text, for rules that only look at words."""
        return "\n\n".join(message.text for message in self.prompt)
