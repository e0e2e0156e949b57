"""The reward event: what Bedrock, SageMaker and HyperPod hand to a reward Lambda.

Item shapes were gathered from AWS's documentation and samples; see docs/reward-lambda.md. The
reference is at top level or under `metadata`, the last role is `assistant` or `nova_assistant`, and
one sample wraps the list in `{"trajectories": [...]}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.data import MalformedMessages, Message, Rollout, other_fields, read_messages
from nova_rft.errors import FindingsError
from nova_rft.spec import digest

_ASSISTANT: Final = ("assistant", "nova_assistant")


class MalformedEvent(FindingsError):
    """The event is no list of items at all, so there is nothing to answer."""


@dataclass(frozen=True, slots=True)
class BadItem:
    """An item that holds no rollout: its id as given (empty where there is none), and why."""

    id: Any
    problem: str


Item = Rollout | BadItem


def read_event(event: Any) -> list[Item]:
    """The items of an event, in order; one that cannot be read becomes a `BadItem`.

    Raises:
        MalformedEvent: the event is neither a list nor `{"trajectories": [...]}`.
    """
    items = event.get("trajectories") if isinstance(event, dict) else event
    if not isinstance(items, list):
        raise MalformedEvent(
            "the reward event is no list of items with id and messages, but "
            f"{_kind(event)}; the trainer should send a JSON list"
        )
    return [read_item(item) for item in items]


def read_item(item: Any) -> Item:
    """One item of an event."""
    if not isinstance(item, dict):
        return BadItem("", f"the item is no object but {_kind(item)}")
    given_id = item.get("id", "")
    if not isinstance(given_id, str) or not given_id:
        return BadItem(given_id, "the item has no id (a text)")
    try:
        turns = read_messages(item.get("messages"))
    except MalformedMessages as problem:
        return BadItem(given_id, f"{problem.path}: {problem}")
    if not turns or turns[-1].role not in _ASSISTANT:
        return BadItem(given_id, "the last turn is not the assistant's, so there is no response")
    return _rollout(item, given_id, turns)


def _rollout(item: dict[str, Any], given_id: str, turns: Sequence[Message]) -> Rollout:
    prompt = tuple(turns[:-1])
    return Rollout(
        id=given_id,
        group=_group(_here_or_inside(item, "group"), prompt),
        prompt=prompt,
        response=turns[-1].text,
        reference=_here_or_inside(item, "reference_answer"),
        metadata=other_fields(item),
    )


def _here_or_inside(item: dict[str, Any], key: str) -> Any:
    inner = item.get("metadata")
    if item.get(key) is None and isinstance(inner, dict):
        return inner.get(key)
    return item.get(key)


def _group(given: Any, prompt: tuple[Message, ...]) -> str:
    if isinstance(given, str) and given:
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    return "prompt:" + digest([[turn.role, turn.text] for turn in prompt])[:16]


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")
