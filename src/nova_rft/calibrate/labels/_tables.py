"""What tables hold as text: columns that belong together, and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from nova_rft.calibrate.labels._cells import number_of
from nova_rft.calibrate.labels._row import Label, Row, Verdict


def nested(record: Mapping[str, Any]) -> dict[str, Any]:
    """A table's columns such as `judge.first_a` and `human.tone` as mappings."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        head, dot, tail = name.partition(".")
        if dot and head in ("human", "judge", "metrics") and tail:
            found.setdefault(head, {})[tail] = None if value == "" else value
        else:
            found[name] = value
    return found


def with_numbers(rows: Sequence[Row]) -> list[Row]:
    """A table's labels as numbers, by criterion, where all that people said are some."""
    words = {
        name
        for row in rows
        for name, labels in row.human.items()
        if any(isinstance(label, str) and number_of(label) is None for label in labels)
    }
    return [
        replace(
            row,
            human={
                name: labels if name in words else tuple(map(_as_number, labels))
                for name, labels in row.human.items()
            },
            said={
                judge: {
                    order: {
                        name: reads if name in words else tuple(map(_read_number, reads))
                        for name, reads in by_criterion.items()
                    }
                    for order, by_criterion in said.items()
                }
                for judge, said in row.said.items()
            },
        )
        for row in rows
    ]


def _as_number(label: Label | None) -> Label | None:
    found = number_of(label) if isinstance(label, str) else None
    return label if found is None else found


def _read_number(verdict: Verdict) -> Verdict:
    label = _as_number(verdict.label)
    return Verdict(label, label) if isinstance(label, float) else verdict
