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
