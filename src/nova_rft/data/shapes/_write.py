"""Writing a shape: the record, and what of the talk has no place in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nova_rft.data.shapes._talk import Converted, Talk, Unconvertible

SCHEMA: Final = "bedrock-conversation-2024"


def _to_rft(talk: Talk) -> Converted:
    messages = [{"role": "system", "content": text} for text in talk.system]
    messages += [{"role": role, "content": text} for role, text in talk.turns]
    record = {**talk.rest, "messages": messages}
    if talk.answer is not None:
        record["reference_answer"] = talk.answer
    if talk.rejected is not None:
        # A field of one's own, which reaches the reward: nothing need be lost.
        record["rejected_answer"] = talk.rejected
    return Converted(record, talk.lost)


def _to_sft(talk: Talk) -> Converted:
    _unused(talk, ("rejected", "rest"))
    if talk.answer is None:
        raise Unconvertible("has no answer to learn")
    return Converted(_conversation(talk, _turn("assistant", talk.answer)), talk.lost)


def _to_distillation(talk: Talk) -> Converted:
    _unused(talk, ("rejected", "rest"))
    last = [] if talk.answer is None else [_turn("assistant", talk.answer)]
    return Converted(_conversation(talk, *last), talk.lost)


def _to_evaluation(talk: Talk) -> Converted:
    _unused(talk, ("rejected", "rest"))
    if talk.system or len(talk.turns) != 1:
        talk.lost.append("who said what before the answer")
    record = {"prompt": "\n\n".join([*talk.system, *(text for _, text in talk.turns)])}
    if talk.answer is not None:
        record["referenceResponse"] = talk.answer
    return Converted(record, talk.lost)


def _to_dpo(talk: Talk) -> Converted:
    _unused(talk, ("rest",))
    if talk.answer is None or talk.rejected is None:
        raise Unconvertible("has no pair of a better and a worse answer")
    candidates = [
        {"content": [{"text": talk.answer}], "preferenceLabel": "preferred"},
        {"content": [{"text": talk.rejected}], "preferenceLabel": "non-preferred"},
    ]
    last = {"role": "assistant", "candidates": candidates}
    return Converted(_conversation(talk, last), talk.lost)


def _to_cpt(talk: Talk) -> Converted:
    _unused(talk, ("rejected", "rest"))
    said = [*talk.system, *(text for _, text in talk.turns)]
    said += [] if talk.answer is None else [talk.answer]
    talk.lost += ["roles"]
    return Converted({"text": "\n\n".join(said)}, talk.lost)


def _unused(talk: Talk, fields: Sequence[str]) -> None:
    if "rejected" in fields and talk.rejected is not None:
        talk.lost.append("the rejected answer")
    if "rest" in fields:
        talk.lost += list(talk.rest)


def _conversation(talk: Talk, *last: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {"schemaVersion": SCHEMA}
    if talk.system:
        record["system"] = [{"text": text} for text in talk.system]
    record["messages"] = [*(_turn(role, text) for role, text in talk.turns), *last]
    return record


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


WRITERS: Final[Mapping[str, Callable[[Talk], Converted]]] = {
    "rft": _to_rft,
    "sft": _to_sft,
    "dpo": _to_dpo,
    "cpt": _to_cpt,
    "distillation": _to_distillation,
    "evaluation": _to_evaluation,
}
