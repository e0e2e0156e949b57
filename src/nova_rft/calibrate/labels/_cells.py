"""One cell of a file of labels: what an annotator or a judge said in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nova_rft.calibrate.labels._row import (
    ALONE,
    FIRST_A,
    FIRST_B,
    PAIR_LABELS,
    WHOLE,
    Label,
    Said,
    Verdict,
)

_ORDERS: Final = (FIRST_A, FIRST_B)
# Nobody's scale goes further, and squares of what is larger lose the others' digits.
_LARGEST: Final = 1e9
_WORDS: Final = {
    "true": 1.0, "yes": 1.0, "up": 1.0, "pass": 1.0, "good": 1.0, "resolved": 1.0, "positive": 1.0,
    "false": 0.0, "no": 0.0, "down": 0.0, "fail": 0.0, "bad": 0.0, "unresolved": 0.0, "negative": 0.0,
}  # fmt: skip


class UnreadableCell(ValueError):
    """A cell that cannot be used: `path` says which, the text what is wrong."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(what)
        self.path = path


def people_said(cell: Any, path: str, *, pair: bool) -> dict[str, tuple[Label | None, ...]]:
    """By criterion what each annotator said.

    Args:
        cell: A label, a list of annotators' labels, or a mapping of criteria to either.
        path: Where it stands.
        pair: Whether it is about a pair.

    Raises:
        UnreadableCell: it is nothing of that.
    """
    if isinstance(cell, Mapping):
        return {
            str(name): _annotators(one, f"{path}.{name}", pair=pair) for name, one in cell.items()
        }
    return {WHOLE: _annotators(cell, path, pair=pair)}


def _annotators(cell: Any, path: str, *, pair: bool) -> tuple[Label | None, ...]:
    if isinstance(cell, list):
        return tuple(_label(one, f"{path}[{n}]", pair=pair) for n, one in enumerate(cell))
    return (_label(cell, path, pair=pair),)


def _label(value: Any, path: str, *, pair: bool) -> Label | None:
    if value is None:
        return None
    label = plain_label(value)
    if label is None:
        raise UnreadableCell(path, "should be a label, a number, or a list of annotators' labels")
    if pair and label not in PAIR_LABELS:
        raise UnreadableCell(path, f"is {value!r}; of a pair write a, b or tie")
    return label


def plain_label(value: Any) -> Label | None:
    """A label as it counts: text, or a number of a scale; None where it is neither."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return float(value) if abs(value) <= _LARGEST else None
    return value if isinstance(value, str) and value else None


def judge_said(cell: Any, *, pair: bool) -> Said:
    """What is recorded of a judge, by order and criterion; what is no verdict is an unreadable one.

    Args:
        cell: For a pair a mapping of `first_a` and `first_b` to verdicts, or one verdict. A verdict is
            a label, a number, null, a list of repeated readings, or a mapping of criteria to those.
        pair: Whether it is about a pair.

    Raises:
        UnreadableCell: a mapping for a pair that names no order.
    """
    if not pair:
        return {ALONE: _by_criterion(cell)}
    if not isinstance(cell, Mapping):
        return {ALONE: _by_criterion(cell)}
    found = {order: _by_criterion(cell[order]) for order in _ORDERS if order in cell}
    if not found:
        raise UnreadableCell(
            "judge", "names neither first_a nor first_b; write what the judge chose"
        )
    return found


def _by_criterion(cell: Any) -> dict[str, tuple[Verdict, ...]]:
    if isinstance(cell, Mapping):
        return {str(name): _reads(one) for name, one in cell.items() if name != "model"}
    return {WHOLE: _reads(cell)}


def _reads(cell: Any) -> tuple[Verdict, ...]:
    return tuple(_verdict(one) for one in (cell if isinstance(cell, list) and cell else [cell]))


def _verdict(value: Any) -> Verdict:
    label = plain_label(value)
    return Verdict(label, label if isinstance(label, float) else None)


def metric(value: Any, path: str) -> float | None:
    """A metric of production as a number: counts, ratings, yes and no, up and down.

    Raises:
        UnreadableCell: it is none.
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool | int | float) and abs(value) <= _LARGEST:
        return float(value)
    word = str(value).strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    number = number_of(word)
    if number is None:
        raise UnreadableCell(path, f"is {value!r}; write a number, true or false, up or down")
    return number


def number_of(text: str) -> float | None:
    """A number that a text is; None where it is none, or none of a scale."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) <= _LARGEST else None
