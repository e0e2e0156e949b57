"""What all shapes of record have in common, and why a record cannot become another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Unconvertible(ValueError):
    """A record that cannot become one of the target, said in one sentence."""


class LeftOut(Exception):
    """A record of a log that is no example, such as a call that failed; counted by its reason."""


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
class Talk:
    """What all shapes have in common: who said what, and what was said best."""

    system: list[str] = field(default_factory=list)
    turns: list[tuple[str, str]] = field(default_factory=list)
    answer: str | None = None
    rejected: str | None = None
    rest: dict[str, Any] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def flat(content: Any, path: str, lost: list[str]) -> str:
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
