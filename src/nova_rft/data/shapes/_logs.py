"""Bedrock's model invocation logs (schema 1.0): one call each, what was asked and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nova_rft.data.shapes._talk import LeftOut, Unconvertible

# Turns and blocks as Converse has them; InvokeModel of Nova takes the same.
_CALLS: Final = ("Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream")
_WHOLE: Final = ("end_turn", "stop_sequence")


def read_log(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The call as a conversation that ends with the model's answer.

    Who called, when, and with which settings goes into no record: it is about the call.

    Raises:
        Unconvertible: the entry is none of an invocation log.
        LeftOut: the call failed, was cut off, or is of a model that speaks another language.
    """
    if entry.get("schemaType") != "ModelInvocationLog":
        raise Unconvertible("is no entry of an invocation log (schemaType ModelInvocationLog)")
    if entry.get("errorCode"):
        raise LeftOut(f"the call failed ({entry['errorCode']})")
    if entry.get("operation") not in _CALLS:
        raise LeftOut(f"the operation {entry.get('operation')} asks no model for a text")
    asked = _body(entry.get("input"), "input")
    answered = _body(entry.get("output"), "output")
    message = _message(answered)
    turns = asked.get("messages")
    if message is None or not isinstance(turns, list) or not turns:
        raise LeftOut(f"{entry.get('modelId')} was not called as Converse has it")
    reason = answered.get("stopReason")
    if reason not in _WHOLE:
        raise LeftOut(f"the answer ended with {reason}")
    record: dict[str, Any] = {"messages": [*turns, message]}
    if asked.get("system"):
        record["system"] = asked["system"]
    return record


def _body(side: Any, name: str) -> Mapping[str, Any]:
    body = side.get(f"{name}BodyJson") if isinstance(side, Mapping) else None
    if isinstance(body, Mapping):
        return body
    if isinstance(side, Mapping) and side.get(f"{name}BodyS3Path"):
        raise LeftOut(f"its {name} is too long for the log and lies in a file of its own")
    raise LeftOut(f"its {name} was not logged as one JSON object")


def _message(answered: Mapping[str, Any]) -> Any:
    output = answered.get("output")
    message = output.get("message") if isinstance(output, Mapping) else None
    return message if isinstance(message, Mapping) and message.get("content") else None
