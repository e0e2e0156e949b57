"""From one shape of record into another; what has no place in the target is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

SCHEMA: Final = "bedrock-conversation-2024"
# Where a record may come from, and where it may go.
SHAPES: Final = ("chat", "converse", "columns", "pairs")
TARGETS: Final = ("rft", "sft", "dpo", "cpt")


class Unconvertible(ValueError):
    """A record that cannot become one of the target, said in one sentence."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A record of the target, and what of the source has no place in it.

    Attributes:
        record: The record.
        lost: Paths of the source, each with why where that is not plain.
    """

    record: dict[str, Any]
    lost: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Talk:
    """What all shapes have in common: who said what, and what was said best."""

    system: list[str] = field(default_factory=list)
    turns: list[tuple[str, str]] = field(default_factory=list)
    answer: str | None = None
    rejected: str | None = None
    rest: dict[str, Any] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def convert(
    record: Mapping[str, Any], source: str, target: str, columns: Mapping[str, str] | None = None
) -> Converted:
    """One record in another shape.

    Args:
        record: The record.
        source: One of `SHAPES`: OpenAI chat, Bedrock's conversation schema, columns of prompt and
            completion, or columns of prompt, chosen and rejected.
        target: One of `TARGETS`.
        columns: What the columns are called, such as `{"prompt": "question"}`.

    Raises:
        Unconvertible: the record lacks what the target needs.
    """
    talk = _READ[source](record, columns or {})
    return _WRITE[target](talk)


def _chat(record: Mapping[str, Any], _: Mapping[str, str]) -> _Talk:
    talk = _Talk(
        rest={k: v for k, v in record.items() if k not in ("messages", "reference_answer")}
    )
    messages = record.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Unconvertible("has no messages")
    for place, turn in enumerate(messages):
        role, path = turn.get("role"), f"messages[{place}]"
        text = _flat(turn.get("content"), f"{path}.content", talk.lost)
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
    if talk.answer is None and talk.turns and talk.turns[-1][0] == "assistant":
        talk.answer = talk.turns.pop()[1]
    return talk


def _converse(record: Mapping[str, Any], _: Mapping[str, str]) -> _Talk:
    known = ("schemaVersion", "system", "messages")
    talk = _Talk(rest={key: value for key, value in record.items() if key not in known})
    for place, block in enumerate(record.get("system") or []):
        talk.system.append(_flat([block], f"system[{place}]", talk.lost))
    for place, turn in enumerate(record.get("messages") or []):
        path = f"messages[{place}]"
        if "candidates" in turn:
            for inner, one in enumerate(turn["candidates"]):
                text = _flat(one["content"], f"{path}.candidates[{inner}].content", talk.lost)
                if one.get("preferenceLabel") == "preferred":
                    talk.answer = text
                else:
                    talk.rejected = text
            continue
        talk.turns.append((turn["role"], _flat(turn["content"], f"{path}.content", talk.lost)))
    if not talk.turns:
        raise Unconvertible("has no messages")
    if talk.answer is None and talk.turns[-1][0] == "assistant":
        talk.answer = talk.turns.pop()[1]
    return talk


def _columns(record: Mapping[str, Any], columns: Mapping[str, str]) -> _Talk:
    names = {key: columns.get(key, key) for key in ("system", "prompt", "completion")}
    talk = _Talk(rest={k: v for k, v in record.items() if k not in names.values()})
    talk.turns.append(("user", _needed(record, names["prompt"])))
    if record.get(names["system"]):
        talk.system.append(str(record[names["system"]]))
    if record.get(names["completion"]) is not None:
        talk.answer = str(record[names["completion"]])
    return talk


def _pairs(record: Mapping[str, Any], columns: Mapping[str, str]) -> _Talk:
    names = {key: columns.get(key, key) for key in ("system", "prompt", "chosen", "rejected")}
    talk = _Talk(rest={k: v for k, v in record.items() if k not in names.values()})
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


def _flat(content: Any, path: str, lost: list[str]) -> str:
    """A content as one text; what is no text, and where one block ended, is lost."""
    if isinstance(content, str):
        return content
    texts = []
    for place, block in enumerate(content or []):
        if isinstance(block, Mapping) and isinstance(block.get("text"), str):
            texts.append(block["text"])
        else:
            kind = next(iter(block), "nothing") if isinstance(block, Mapping) else "no block"
            lost.append(f"{path}[{place}] ({kind})")
    if len(texts) > 1:
        lost.append(f"{path} (where one of {len(texts)} blocks ended)")
    return "".join(texts)


def _to_rft(talk: _Talk) -> Converted:
    _unused(talk, ("rejected",))
    messages = [{"role": "system", "content": text} for text in talk.system]
    messages += [{"role": role, "content": text} for role, text in talk.turns]
    record = {**talk.rest, "messages": messages}
    if talk.answer is not None:
        record["reference_answer"] = talk.answer
    return Converted(record, talk.lost)


def _to_sft(talk: _Talk) -> Converted:
    _unused(talk, ("rejected", "rest"))
    if talk.answer is None:
        raise Unconvertible("has no answer to learn")
    return Converted(_conversation(talk, _turn("assistant", talk.answer)), talk.lost)


def _to_dpo(talk: _Talk) -> Converted:
    _unused(talk, ("rest",))
    if talk.answer is None or talk.rejected is None:
        raise Unconvertible("has no pair of a better and a worse answer")
    candidates = [
        {"content": [{"text": talk.answer}], "preferenceLabel": "preferred"},
        {"content": [{"text": talk.rejected}], "preferenceLabel": "non-preferred"},
    ]
    last = {"role": "assistant", "candidates": candidates}
    return Converted(_conversation(talk, last), talk.lost)


def _to_cpt(talk: _Talk) -> Converted:
    _unused(talk, ("rejected", "rest"))
    said = [*talk.system, *(text for _, text in talk.turns)]
    said += [] if talk.answer is None else [talk.answer]
    talk.lost += ["roles"]
    return Converted({"text": "\n\n".join(said)}, talk.lost)


def _unused(talk: _Talk, fields: Sequence[str]) -> None:
    if "rejected" in fields and talk.rejected is not None:
        talk.lost.append("the rejected answer")
    if "rest" in fields:
        talk.lost += list(talk.rest)


def _conversation(talk: _Talk, last: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {"schemaVersion": SCHEMA}
    if talk.system:
        record["system"] = [{"text": text} for text in talk.system]
    record["messages"] = [*(_turn(role, text) for role, text in talk.turns), last]
    return record


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


_READ: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, str]], _Talk]]] = {
    "chat": _chat,
    "converse": _converse,
    "columns": _columns,
    "pairs": _pairs,
}
_WRITE: Final[Mapping[str, Callable[[_Talk], Converted]]] = {
    "rft": _to_rft,
    "sft": _to_sft,
    "dpo": _to_dpo,
    "cpt": _to_cpt,
}
