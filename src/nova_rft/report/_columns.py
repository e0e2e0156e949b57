"""Trace rows as columns: what the figures are computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nova_rft.errors import UsageError
from nova_rft.reward.penalties.repetition import repeated_share
from nova_rft.spec import LengthTerm, TermSpec, Unit

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Row = Mapping[str, Any]

_LONG_WORD = 40
_NEEDED = ("id", "group", "prompt", "response", "reward", "abstained", "terms", "at")


@dataclass(frozen=True, slots=True)
class TermColumn:
    """One term's raw and weighted values; not a number where it has no score."""

    value_N: Floats
    weighted_N: Floats

    @property
    def known_N(self) -> Bools:
        return np.isfinite(self.value_N)


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows in order of time, and their columns.

    Attributes:
        rows: The rows.
        wire_N: What went to the trainer.
        scored_N: Whether that is a reward, and not what stands in for an abstention.
        group_N: Group of each row, numbered; the rollouts of a prompt in one event. The same
            prompt in a later event is another group, as it is to the trainer.
        event_N: Event of each row, numbered in order of time.
        events: How many events there are.
        length_N: Length of each response.
        repeated_N: Share of each response that repeats itself, 0 to 1.
        unit: What lengths are counted in.
        terms: By name: the spec's terms in its order, then any others that rows carry.
    """

    rows: list[Row]
    wire_N: Floats
    scored_N: Bools
    group_N: Ints
    event_N: Ints
    events: int
    length_N: Ints
    repeated_N: Floats
    unit: Unit
    terms: dict[str, TermColumn]


def read_columns(asked: Sequence[TermSpec], rows: Sequence[Row]) -> Columns:
    """Sorts the rows by time and lays them out in columns.

    Args:
        asked: The terms of the reward; none where nothing is rewarded.
        rows: As `trace_rows` writes them.

    Raises:
        UsageError: a row is not one that `trace_rows` wrote.
    """
    for number, row in enumerate(rows, start=1):
        lacking = [key for key in _NEEDED if key not in row]
        if lacking:
            raise UsageError(
                f"trace row {number} has no {' and no '.join(lacking)}; "
                "give rows as the reward function's traces hold them"
            )
    ordered = sorted(rows, key=lambda row: (row["at"], _event(row)))
    events = _numbers([_event(row) for row in ordered])
    unit = length_unit(asked)
    names = [term.name for term in asked]
    names += sorted({name for row in ordered for name in row["terms"]} - set(names))
    return Columns(
        rows=ordered,
        wire_N=np.array([row["reward"] for row in ordered], dtype=np.float64),
        scored_N=np.array([row["abstained"] is None for row in ordered], dtype=np.bool_),
        group_N=_numbers([(_event(row), row["group"]) for row in ordered]),
        event_N=events,
        events=int(events.max()) + 1 if ordered else 0,
        length_N=np.array([_length(row["response"], unit) for row in ordered], dtype=np.intp),
        repeated_N=np.array([_repeated(row["response"]) for row in ordered], dtype=np.float64),
        unit=unit,
        terms={
            name: TermColumn(_field(ordered, name, "value"), _field(ordered, name, "weighted"))
            for name in names
        },
    )


def length_unit(asked: Sequence[TermSpec]) -> Unit:
    """The unit of the reward's penalty on length, so that figures match it; else words.

    Tokens are shown as words: the tokenizer's file need not be where the report is made.
    """
    units = [term.unit for term in asked if isinstance(term, LengthTerm)]
    return next((unit for unit in units if unit is not Unit.TOKENS), Unit.WORDS)


def _length(text: str, unit: Unit) -> int:
    return len(text) if unit is Unit.CHARACTERS else len(text.split())


def _repeated(text: str) -> float:
    """The share of repeated runs of four words, or of 24 characters where words are no words."""
    words = text.lower().split()
    longest = max(map(len, words), default=0)
    solid = repeated_share(" ".join(words), 24) if longest > _LONG_WORD else 0.0
    return max(repeated_share(words, 4), solid)


def _event(row: Row) -> str:
    # Rows that were scored without the Lambda carry no request: one time, one event.
    return str(row.get("request") or row["at"])


def _numbers(keys: Sequence[Any]) -> Ints:
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.intp)


def _field(rows: Sequence[Row], term: str, field: str) -> Floats:
    return np.array(
        [row["terms"].get(term, {}).get(field, np.nan) for row in rows], dtype=np.float64
    )
