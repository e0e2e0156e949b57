"""A spec's records as what a policy is rehearsed on: a prompt, what belongs to it, what may be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.data import MalformedMessages, Message, read_messages, record_rollout, reference_text
from nova_rft.errors import UsageError

# Field of a record with responses that are right; the warm start shows them.
DEMONSTRATIONS: Final = "demonstrations"
# What a bare reference is dressed in, for the reward may ask for any of these.
_FORMS: Final = (
    "{}",
    "Answer: {}",
    "\\boxed{{{}}}",
    "<answer>{}</answer>",
    "<think>so</think><answer>{}</answer>",
)
_ASSISTANT: Final = ("assistant", "nova_assistant")


@dataclass(frozen=True, slots=True)
class Example:
    """One record.

    Attributes:
        prompt: The turns before the response.
        record: The record as it came.
        reference: Its reference as text; None where there is none.
        demonstrations: Responses that are right as far as the record says, for the warm start.
    """

    prompt: tuple[Message, ...]
    record: Mapping[str, Any]
    reference: str | None
    demonstrations: tuple[str, ...]

    @property
    def messages(self) -> list[dict[str, str]]:
        """The prompt as a trainer sends it."""
        return [{"role": turn.role, "content": turn.text} for turn in self.prompt]


def read_examples(records: Iterable[Any]) -> list[Example]:
    """The records that can be rehearsed on; what cannot be read is `check`'s to say.

    A record's demonstrations are its field of that name (a text or a list), else its last turn where
    that is the assistant's, else its reference in several forms.

    Raises:
        UsageError: there are fewer than two.
    """
    found = [example for record in records if (example := _example(record)) is not None]
    if len(found) < 2:
        raise UsageError(
            f"{len(found)} of the records can be read; a rehearsal needs two, and better a hundred: "
            "run nova-rft check"
        )
    return found


def _example(record: Any) -> Example | None:
    rollout = record_rollout(record)
    if rollout is None or not rollout.prompt:
        return None
    try:
        turns = read_messages(record["messages"])
    except (KeyError, MalformedMessages):
        return None
    said = turns[-1].text if turns[-1].role in _ASSISTANT else None
    prompt = turns[:-1] if said is not None else turns
    if not prompt:
        return None
    reference = reference_text(rollout.reference)
    shown = _texts(rollout.metadata.get(DEMONSTRATIONS)) or _texts(said)
    if not shown and reference is not None:
        shown = tuple(form.format(reference) for form in _FORMS)
    return Example(prompt, record, reference, shown)


def _texts(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,) if given.strip() else ()
    if isinstance(given, Sequence):
        return tuple(text for text in given if isinstance(text, str) and text.strip())
    return ()
