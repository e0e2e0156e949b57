"""Records that become another shape while they are read."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nova_rft.data._finding import Finding
from nova_rft.data._lines import loads
from nova_rft.data.rules import RULES
from nova_rft.data.shapes import LeftOut, Unconvertible, convert
from nova_rft.data.source._source import Numbered, Source, Unread

_PLACE: Final = re.compile(r"\[\d+\]")


@dataclass(slots=True)
class Conversion:
    """From which shape to which, and what became of it.

    Attributes:
        shape: One of `SHAPES`.
        target: One of `TARGETS`.
        columns: What columns are called, such as `{"prompt": "question"}`.
        lost: Of the last reading: how many records had something at a path that has no place in the
            target.
        left_out: Of the last reading: how many were no examples, by reason.
    """

    shape: str
    target: str
    columns: Mapping[str, str] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def of(self, source: Source) -> Source:
        """The source's records in the target's shape; what cannot be converted is `Unread`."""
        return lambda: self._converted(source)

    def findings(self, file: str) -> list[Finding]:
        """What was lost and left out in the last reading."""
        lost = [f"no place for {path} ({n:,} records)" for path, n in self.lost.most_common()]
        out = [f"{n:,} left out: {reason}" for reason, n in self.left_out.most_common()]
        return [_warning(file, "shape.lost", what) for what in lost] + [
            _warning(file, "shape.left_out", what) for what in out
        ]

    def _converted(self, source: Source) -> Iterator[Numbered]:
        self.lost.clear()
        self.left_out.clear()
        for number, raw in source():
            if isinstance(raw, Unread) or raw.isspace():
                yield number, raw
                continue
            try:
                record = loads(raw)
            except (ValueError, RecursionError):
                yield number, raw  # The check says what is wrong with it.
                continue
            try:
                yield number, self._one(record)
            except Unconvertible as problem:
                yield number, Unread("shape.needs", str(problem))
            except LeftOut as reason:
                self.left_out[str(reason)] += 1

    def _one(self, record: Any) -> bytes:
        if not isinstance(record, dict):
            raise Unconvertible("is no object")
        made = convert(record, self.shape, self.target, self.columns)
        self.lost.update({_PLACE.sub("[]", path) for path in made.lost})
        return line_of(made.record)


def line_of(record: Mapping[str, Any]) -> bytes:
    """A record as one line of JSON."""
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _warning(file: str, rule: str, what: str) -> Finding:
    return Finding(file, 0, "", rule, RULES[rule].severity, what)
