"""Reading a shape: who said what, what was said best, and what has no place anywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from nova_rft.data.shapes._logs import read_log
from nova_rft.data.shapes._talk import Talk, Unconvertible, flat

_CHAT: Final = ("messages", "reference_answer", "rejected_answer")


def _chat(record: Mapping[str, Any], _: Mapping[str, str]) -> Talk:
    talk = Talk(rest={key: value for key, value in record.items() if key not in _CHAT})
    messages = record.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Unconvertible("has no messages")
    for place, turn in enumerate(messages):
        role, path = turn.get("role"), f"messages[{place}]"
        text = flat(turn.get("content"), f"{path}.content", talk.lost)
        talk.lost += [f"{path}.{key}" for key in turn if key not in ("role", "content")]
        if role in ("system", "developer"):
            talk.system.append(text)
        elif role in ("user", "assistant"):
            talk.turns.append((role, text))
        else:
            talk.lost.append(f"{path} (role {role})")
    reference = record.get("reference_answer")
    if isinstance(reference, str):
        talk.answer = reference
    elif reference is not None:
        talk.rest["reference_answer"] = reference
    rejected = record.get("rejected_answer")
    if rejected is not None:
        talk.rejected = str(rejected)
    if talk.answer is None and talk.turns and talk.turns[-1][0] == "assistant":
        talk.answer = talk.turns.pop()[1]
    return talk


def _converse(record: Mapping[str, Any], _: Mapping[str, str]) -> Talk:
    known = ("schemaVersion", "system", "messages")
    talk = Talk(rest={key: value for key, value in record.items() if key not in known})
    for place, block in enumerate(record.get("system") or []):
        talk.system.append(flat([block], f"system[{place}]", talk.lost))
    for place, turn in enumerate(record.get("messages") or []):
        path = f"messages[{place}]"
        if "candidates" in turn:
            for inner, one in enumerate(turn["candidates"]):
                text = flat(one["content"], f"{path}.candidates[{inner}].content", talk.lost)
                if one.get("preferenceLabel") == "preferred":
                    talk.answer = text
                else:
                    talk.rejected = text
            continue
        talk.turns.append((turn["role"], flat(turn["content"], f"{path}.content", talk.lost)))
    if not talk.turns:
        raise Unconvertible("has no messages")
    if talk.answer is None and talk.turns[-1][0] == "assistant":
        talk.answer = talk.turns.pop()[1]
    return talk


def _columns(record: Mapping[str, Any], columns: Mapping[str, str]) -> Talk:
    names = {key: columns.get(key, key) for key in ("system", "prompt", "completion")}
    talk = Talk(rest={k: v for k, v in record.items() if k not in names.values()})
    talk.turns.append(("user", _needed(record, names["prompt"])))
    if record.get(names["system"]):
        talk.system.append(str(record[names["system"]]))
    if record.get(names["completion"]) is not None:
        talk.answer = str(record[names["completion"]])
    return talk


def _pairs(record: Mapping[str, Any], columns: Mapping[str, str]) -> Talk:
    names = {key: columns.get(key, key) for key in ("system", "prompt", "chosen", "rejected")}
    talk = Talk(rest={k: v for k, v in record.items() if k not in names.values()})
    talk.turns.append(("user", _needed(record, names["prompt"])))
    if record.get(names["system"]):
        talk.system.append(str(record[names["system"]]))
    talk.answer = _needed(record, names["chosen"])
    talk.rejected = _needed(record, names["rejected"])
    return talk


def _needed(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Unconvertible(f"has no text in {name!r}; name the column with --map")
    return value


def _log(record: Mapping[str, Any], _: Mapping[str, str]) -> Talk:
    return _converse(read_log(record), {})


READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, str]], Talk]]] = {
    "chat": _chat,
    "converse": _converse,
    "columns": _columns,
    "pairs": _pairs,
    "logs": _log,
}
