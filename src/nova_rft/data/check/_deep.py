"""What takes more than one record to see: leaks between sets, preferences against each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from nova_rft.data._asked_of import asked_of
from nova_rft.data._finding import Finding
from nova_rft.data.rules import RULES
from nova_rft.data.source import Source, objects


def leaks(training: Source, validation: Source, file: str) -> Iterator[Finding]:
    """A finding for each validation record whose prompt is among the training prompts.

    Args:
        training: Lines of the training set; 16 bytes of each prompt are kept.
        validation: Lines of the validation set.
        file: The validation file's name in findings.
    """
    known: dict[bytes, int] = {}
    for line, record in objects(training):
        known.setdefault(_digest(asked_of(record)), line)
    for line, record in objects(validation):
        first = known.get(_digest(asked_of(record)))
        if first is not None:
            what = f"asks the same as line {first} of the training set, so it measures memory"
            yield _found(file, line, "messages", "deep.leak", what)


def contradictions(source: Source, file: str) -> Iterator[Finding]:
    """A finding for each pair that prefers what another pair of the same prompt rejects."""
    seen: dict[bytes, int] = {}
    for line, record in objects(source):
        pair = _pair(record)
        if pair is None:
            continue
        prompt, (better, worse) = asked_of(record), pair
        opposite = seen.get(_digest([prompt, worse, better]))
        if opposite is not None:
            what = f"prefers what line {opposite} rejects"
            yield _found(file, line, "messages", "deep.contradiction", what)
        seen.setdefault(_digest([prompt, better, worse]), line)


def _found(file: str, line: int, path: str, rule: str, what: str) -> Finding:
    return Finding(file, line, path, rule, RULES[rule].severity, what)


def _pair(record: Mapping[str, Any]) -> tuple[Any, Any] | None:
    messages = record.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    candidates = last.get("candidates") if isinstance(last, Mapping) else None
    if not isinstance(candidates, list):
        return None
    said = {
        one.get("preferenceLabel"): one.get("content")
        for one in candidates
        if isinstance(one, Mapping)
    }
    if set(said) != {"preferred", "non-preferred"}:
        return None
    return said["preferred"], said["non-preferred"]


def _digest(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
