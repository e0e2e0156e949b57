"""Telling fast that a record is right: yes, or "look closer"; never no.

msgspec decodes a line, for conversations straight into their shape. Whatever is unusual, right or wrong,
is left to `_explain`.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from nova_rft.data._reference import reference_text
from nova_rft.data.check._keys import RESERVED, ROLES, SUSPECT, Accept, Keys, keys_of

_UNWANTED: Final = (*RESERVED, *SUSPECT)
_ROLES: Final = frozenset(ROLES)
_SYSTEM: Final = frozenset(("system", "developer"))
_LOOKED_AT: Final = frozenset({"id", "messages", "reference_answer"})


class _Text(Struct, forbid_unknown_fields=True):
    text: str


class _Candidate(Struct, forbid_unknown_fields=True):
    content: list[_Text]
    preferenceLabel: Literal["preferred", "non-preferred"]


class _Said(Struct, forbid_unknown_fields=True):
    role: Literal["user", "assistant"]
    content: list[_Text] | UnsetType = UNSET
    candidates: list[_Candidate] | UnsetType = UNSET


class _Converse(Struct, forbid_unknown_fields=True):
    schemaVersion: Literal["bedrock-conversation-2024"]
    messages: list[_Said]
    system: list[_Text] | UnsetType = UNSET


_ANY: Final = msgspec.json.Decoder()
_CONVERSE: Final = msgspec.json.Decoder(_Converse)
_WRONG: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def accept_rft(*, needs_reference: bool, most_bytes: int | None) -> Accept:
    """For RFT records.

    Args:
        needs_reference: Whether a term of the reward compares with the reference.
        most_bytes: Lines of more are looked at closer, for the length of their prompt.
    """

    def accept(raw: bytes) -> Keys | None:
        if most_bytes is not None and len(raw) > most_bytes:
            return None
        record = _object(raw)
        if record is None or "tools" in record:
            return None
        said = _said(record.get("messages"))
        given = record.get("id", "")
        reference = record.get("reference_answer")
        if said is None or type(given) is not str:
            return None
        if type(reference) is not str:
            if needs_reference and reference_text(reference) is None:
                return None
            reference = repr(reference)
        elif needs_reference and (not reference or reference.isspace()):
            return None
        # Fields beside these tell two records of one prompt apart.
        rest = len(record) > 2 and [item for item in record.items() if item[0] not in _LOOKED_AT]
        return keys_of(given if "id" in record else None, (said, reference, repr(rest)))

    return accept


def _object(raw: bytes) -> dict[str, Any] | None:
    """The object that a line holds; None where it is another thing, or needs a closer look."""
    # A NUL can only stand escaped; a backslash is found many times as fast.
    if b"\\" in raw and b"\\u0000" in raw:
        return None
    try:
        record = _ANY.decode(raw)
    except _WRONG:
        return None
    return record if type(record) is dict else None


def _said(messages: Any) -> tuple[str, ...] | None:
    """Roles and texts of turns that ask something and do not end with the answer."""
    if type(messages) is not list or not messages:
        return None
    said: list[str] = []
    role: Any = ""
    for turn in messages:
        if type(turn) is not dict:
            return None
        role, text = turn.get("role"), turn.get("content")
        if type(text) is not str or not text or text.isspace() or role not in _ROLES:
            return None
        said += [role, text]
    if role == "assistant" or "user" not in said[::2] or not _SYSTEM.isdisjoint(said[2::2]):
        return None
    return tuple(said)


def accept_converse(
    technique: Literal["sft", "dpo", "distillation"], most_bytes: int | None
) -> Accept:
    """For records of Bedrock's conversation schema.

    Args:
        technique: What the last turn has to be.
        most_bytes: Lines of more are looked at closer.
    """
    ends = {"sft": ("assistant",), "dpo": ("assistant",), "distillation": ("assistant", "user")}
    last_roles = ends[technique]

    def accept(raw: bytes) -> Keys | None:
        if most_bytes is not None and len(raw) > most_bytes:
            return None
        try:
            record = _CONVERSE.decode(raw)
        except _WRONG:
            return None
        turns = record.messages
        if not turns or turns[-1].role not in last_roles:
            return None
        if record.system is not UNSET and not _seen(record.system):
            return None
        if technique == "dpo" and not _pair(turns.pop()):
            return None
        wanted = "user"
        for turn in turns:
            if turn.role != wanted or turn.candidates is not UNSET or turn.content is UNSET:
                return None
            if not _seen(turn.content):
                return None
            wanted = "assistant" if wanted == "user" else "user"
        # What a pair's last turn says lies deep: its bytes tell it as well.
        return keys_of(None, raw)

    return accept


def _seen(blocks: list[_Text]) -> bool:
    """Whether there are blocks, and text to be seen in each."""
    if not blocks:
        return False
    for block in blocks:
        text = block.text
        if not text or text.isspace() or "\0" in text:
            return False
        # Each reserved string has one of these, and a single character is found many times as fast.
        if (":" in text or "<" in text or "[" in text) and any(word in text for word in _UNWANTED):
            return False
    return True


def _pair(last: _Said) -> bool:
    candidates = last.candidates
    if candidates is UNSET or last.content is not UNSET or len(candidates) != 2:
        return False
    first, second = candidates
    apart = first.preferenceLabel != second.preferenceLabel and first.content != second.content
    return apart and _seen(first.content) and _seen(second.content)


def accept_cpt() -> Accept:
    """For records of continued pre-training."""

    def accept(raw: bytes) -> Keys | None:
        record = _object(raw)
        text = record.get("text") if record is not None else None
        if type(text) is not str or not text or text.isspace() or len(record or ()) > 1:
            return None
        return keys_of(None, text)

    return accept
