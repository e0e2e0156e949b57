"""Reading answers strictly: what does not answer the request exactly is unreadable, never repaired."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nova_rft.judge._request import JudgeReply, JudgeRequest


class UnreadableVerdict(ValueError):
    """A judge's reply that does not answer the request exactly; it is never repaired by guess."""


def read_answer(reply: JudgeReply, request: JudgeRequest) -> Mapping[str, Any]:
    """The answer's JSON object.

    Raises:
        UnreadableVerdict: there is none, it carries another nonce, or it has fields that were not
            asked for.
    """
    call = reply.call
    if not isinstance(call, Mapping):
        raise UnreadableVerdict(
            f"the judge did not answer in the form of {request.tool.name} "
            f"(stop: {reply.stop_reason})"
        )
    if call.get("nonce") != request.nonce:
        raise UnreadableVerdict("the answer carries another nonce than the question")
    surplus = sorted(str(key) for key in call.keys() - request.tool.schema["properties"].keys())
    if surplus:
        raise UnreadableVerdict(f"the answer has fields that were not asked for: {surplus}")
    return call


def read_entries(
    answer: Mapping[str, Any], field: str, key: str, expected: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """The objects of a list by their key: exactly one for each that is expected.

    Raises:
        UnreadableVerdict: no such list, an entry without its key, one missing, surplus or twice.
    """
    entries = answer.get(field)
    if not isinstance(entries, list):
        raise UnreadableVerdict(f"{field} is no list")
    found: dict[str, Mapping[str, Any]] = {}
    for entry in entries:
        name = entry.get(key) if isinstance(entry, Mapping) else None
        if not isinstance(name, str):
            raise UnreadableVerdict(f"an entry of {field} has no {key}")
        if name in found:
            raise UnreadableVerdict(f"two entries of {field} for {name}")
        found[name] = entry
    if set(found) != set(expected):
        missing, surplus = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
        raise UnreadableVerdict(f"{field}: missing {missing}, not asked for {surplus}")
    return found


def read_label(entry: Mapping[str, Any], field: str, labels: Collection[str]) -> str:
    """One of the labels.

    Raises:
        UnreadableVerdict: anything else, numbers and other spellings included.
    """
    label = entry.get(field)
    if not isinstance(label, str) or label not in labels:
        raise UnreadableVerdict(f"{field} is {label!r}, not one of {', '.join(labels)}")
    return label


def read_text(entry: Mapping[str, Any], field: str) -> str:
    """A text; empty where it is left out.

    Raises:
        UnreadableVerdict: something that is no text.
    """
    text = entry.get(field, "")
    if not isinstance(text, str):
        raise UnreadableVerdict(f"{field} is no text")
    return text
