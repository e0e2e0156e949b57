"""A record's texts, whatever its shape: what is asked, and what is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.data._reference import reference_text

_SYSTEM: Final = ("system", "developer")


@dataclass(frozen=True, slots=True)
class Said:
    """The texts of one record.

    Attributes:
        asked: All turns before the answer but the system's; of a corpus record, its text.
        answered: The answer that is learnt or compared with; of pairs, the preferred one.
        turns: How many turns were read.
        system: The system prompt, which many records share.
    """

    asked: str
    answered: str = ""
    turns: int = 1
    system: str = ""


def said_in(record: Mapping[str, Any]) -> Said:
    """The texts of a record; a malformed one gives what can be read of it."""
    messages = record.get("messages")
    if not isinstance(messages, list):
        asked = _first(record, "text", "prompt", "query")
        return Said(asked, _first(record, "referenceResponse", "response"))
    turns = [turn for turn in messages if isinstance(turn, Mapping)]
    answered = reference_text(record.get("reference_answer")) or ""
    if not answered and turns and turns[-1].get("role") == "assistant":
        answered = "\n".join(_texts(_answer(turns[-1])))
        turns = turns[:-1]
    told = [text for turn in turns if turn.get("role") in _SYSTEM for text in _texts(turn)]
    return Said(
        asked="\n".join(
            t for turn in turns if turn.get("role") not in _SYSTEM for t in _texts(turn)
        ),
        answered=answered,
        turns=len(messages),
        system="\n".join([*_texts(record.get("system")), *told]),
    )


def _first(record: Mapping[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := record.get(name), str)), "")


def _answer(turn: Mapping[str, Any]) -> Any:
    candidates = turn.get("candidates")
    if not isinstance(candidates, list):
        return turn
    preferred = [
        one
        for one in candidates
        if isinstance(one, Mapping) and one.get("preferenceLabel") == "preferred"
    ]
    return preferred[0] if preferred else None


def _texts(value: Any) -> Iterator[str]:
    """The texts in a turn's content, or in blocks; images and the like have none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, Mapping):
        yield from _texts(value.get("content", value.get("text")))
