"""Traces: one JSON line for each scored rollout, to see what the policy learns while it trains."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nova_rft.data import MalformedMessages, Rollout, read_messages
from nova_rft.outcome import Abstention, Outcome
from nova_rft.reward._event import BadItem, Item
from nova_rft.reward._score import Scored

_BUCKETS = 10_000
# What tells a row of the traces from an item of an event.
_ROW = ("prompt", "response", "reward", "terms")


def trace_rows(
    items: Sequence[Item], scored: Sequence[Scored], *, share: float = 1.0, at: str, **common: Any
) -> Iterator[dict[str, Any]]:
    """A row for each rollout whose group falls into the share that is kept.

    Whole groups are kept or left, by a checksum of the group, so that siblings stay comparable.

    Args:
        items: What was scored.
        scored: Its outcomes, in the same order.
        share: 0 to 1.
        at: When, ISO 8601 UTC.
        **common: Fields that every row carries, such as the function's version.
    """
    for item, one in zip(items, scored, strict=True):
        if isinstance(item, Rollout) and kept(one.group, share):
            yield {"at": at, **common, **_row(item, one)}


def kept(group: str, share: float) -> bool:
    """Whether a group belongs to the share that is kept; the same answer everywhere."""
    return zlib.crc32(group.encode("utf-8", "surrogatepass")) % _BUCKETS < share * _BUCKETS


def _row(rollout: Rollout, one: Scored) -> dict[str, Any]:
    return {
        "id": rollout.id,
        "group": rollout.group,
        "prompt": [{"role": turn.role, "content": turn.text} for turn in rollout.prompt],
        "response": rollout.response,
        "reference": rollout.reference,
        "reward": one.wire,
        "abstained": _abstained(one.outcome),
        "terms": {name: _term(name, result, one.weighted) for name, result in one.terms.items()},
    }


def _term(name: str, result: Outcome, weighted: Mapping[str, float]) -> dict[str, Any]:
    counted = {"weighted": weighted[name]} if name in weighted else {}
    if isinstance(result, Abstention):
        return {"abstained": _abstained(result), **counted}
    closed = {"failed_gate": result.failed_gate} if result.failed_gate else {}
    return {"value": result.value, **counted, **closed, "details": dict(result.details)}


def _abstained(result: Outcome) -> dict[str, str] | None:
    if isinstance(result, Abstention):
        return {"cause": str(result.cause), "detail": result.detail}
    return None


def is_trace(raw: Any) -> bool:
    """Whether this is a row as `trace_rows` writes it, and no item of an event."""
    return isinstance(raw, dict) and all(key in raw for key in _ROW)


def read_trace(row: Mapping[str, Any]) -> Item:
    """The rollout of a row; a row that cannot be read becomes a `BadItem`.

    What the record held beside its reference is there where whoever wrote the row added `metadata`.
    """
    name = str(row.get("id", ""))
    try:
        prompt = read_messages(row["prompt"])
    except MalformedMessages as problem:
        return BadItem(name, f"{problem.path}: {problem}")
    if not isinstance(row["response"], str):
        return BadItem(name, "response: should be a text")
    fields = row.get("metadata")
    return Rollout(
        name,
        str(row.get("group", "")),
        prompt,
        row["response"],
        row.get("reference"),
        dict(fields) if isinstance(fields, dict) else {},
    )


def as_item(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the item of an event that it was scored from."""
    return {
        "id": row.get("id", ""),
        "group": row.get("group"),
        "messages": [*row["prompt"], {"role": "assistant", "content": row["response"]}],
        "reference_answer": row.get("reference"),
        "metadata": row.get("metadata") or {},
    }


def pack(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as gzipped JSON Lines; equal rows give equal bytes."""
    text = "".join(json.dumps(row) + "\n" for row in rows)
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)
