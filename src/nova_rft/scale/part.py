"""The form of chunks and parts in S3, by Python's own library alone: a small Lambda reads it too.

A chunk is gzipped JSON Lines: `{"groups": [...]}`, then `{"key", "item"}` for each item. A part, too:
`{"spent", "failure"}`, then `{"key", "row"}` for each item that has one.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

# Of these a smaller event is cured (Lambda Developer Guide, "Troubleshoot execution issues").
_TOO_MUCH: Final = ("Sandbox.Timedout", "Function.ResponseSizeTooLarge", "Runtime.ExitError")
_TIMED_OUT: Final = "Task timed out after"
_SCORED: Final = '"event scored"'
_SPENT: Final = {
    "calls": "judge_calls",
    "kept": "judge_kept",
    "input_tokens": "judge_input_tokens",
    "output_tokens": "judge_output_tokens",
    "cost": "judge_cost",
    "unpriced": "judge_unpriced",
}
Spent = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a chunk: rows by key, what they took, and why others have none."""

    pairs: Sequence[tuple[str, Mapping[str, Any]]]
    spent: Spent | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A chunk's items with their keys, and how many each group has."""

    keys: Sequence[str]
    items: Sequence[Any]
    groups: Sequence[int]

    def halves(self) -> list[Items]:
        """The same groups in two; itself alone where it is one group."""
        if len(self.groups) < 2:
            return [self]
        middle = len(self.groups) // 2
        place = sum(self.groups[:middle])
        return [
            Items(self.keys[:place], self.items[:place], self.groups[:middle]),
            Items(self.keys[place:], self.items[place:], self.groups[middle:]),
        ]


def pack_chunk(keys: Sequence[str], raws: Sequence[bytes], groups: Sequence[int]) -> bytes:
    """A chunk, of items that are JSON already."""
    lines = [json.dumps({"groups": list(groups)}).encode()]
    for key, raw in zip(keys, raws, strict=True):
        lines.append(b'{"key": "' + key.encode() + b'", "item": ' + raw + b"}")
    return gzip.compress(b"\n".join(lines) + b"\n", compresslevel=6, mtime=0)


def read_chunk(body: bytes) -> Items:
    """What `pack_chunk` wrote."""
    first, *rest = map(json.loads, gzip.decompress(body).splitlines())
    return Items([one["key"] for one in rest], [one["item"] for one in rest], first["groups"])


def pack_part(part: Part) -> bytes:
    """A part."""
    lines: list[Any] = [{"spent": part.spent, "failure": part.failure}]
    lines += [{"key": key, "row": row} for key, row in part.pairs]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def read_part(body: bytes) -> Part:
    """What `pack_part` wrote.

    Raises:
        ValueError: it is something else.
    """
    try:
        first, *rest = map(json.loads, gzip.decompress(body).splitlines())
        pairs = [(line["key"], line["row"]) for line in rest]
        return Part(pairs, first["spent"], first["failure"])
    except (OSError, EOFError, KeyError, TypeError) as error:
        raise ValueError(f"a part of the ledger cannot be read: {error!r}") from None


def too_much(kind: str, error: str) -> bool:
    """Whether a function failed so that a smaller event could be answered."""
    return kind in _TOO_MUCH or _TIMED_OUT in error


def wrong_answer(items: Sequence[Any], answer: Any) -> str:
    """Why an answer is none to these items; empty where it is one."""
    if not isinstance(answer, list) or len(answer) != len(items):
        return f"the answer to {len(items)} items is no list of as many"
    for item, row in zip(items, answer, strict=True):
        given = item.get("id") if isinstance(item, dict) else None
        if not isinstance(row, dict) or (given is not None and row.get("id") != given):
            return "ids are lost or changed"
    return ""


def spent_in(log: str) -> Spent | None:
    """What an event's judges took, by the line that our Lambda logs; None where it is not there."""
    for line in reversed(log.splitlines()):
        if _SCORED in line:
            try:
                told = json.loads(line[line.index("{") :])
                return {name: told[logged] for name, logged in _SPENT.items()}
            except (ValueError, KeyError, TypeError):
                return None
    return None


def sum_of(some: Iterable[Spent | None]) -> Spent | None:
    """Of all; None where one is not known."""
    total = dict.fromkeys(_SPENT, 0.0)
    for one in some:
        if one is None:
            return None
        for name in total:
            total[name] += one[name]
    return total
