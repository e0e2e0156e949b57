"""A contender against the base by many measures, corrected for having looked at all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nova_rft.calibrate._figure import LEAST
from nova_rft.calibrate.metrics import Floats
from nova_rft.evaluate._gain import LEVEL, Gain, How, gains
from nova_rft.evaluate._measures import Measure


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of a contender and of the base, on the same prompts.

    Attributes:
        measure: Which.
        base: The base's mean over prompts that both were measured on; None where there are none.
        mine: The contender's.
        gain: By how much the contender is above the base, or below it where less is better; of a habit
            the plain difference.
        corrected: The gain's p, corrected for all that were looked at together.
        slice: Field and value of the records that it is about; empty: all.
    """

    measure: Measure
    base: float | None
    mine: float | None
    gain: Gain
    corrected: float
    slice: tuple[str, str] | None = None

    @property
    def word(self) -> str:
        """What may be said of it: better, worse, more, less, too few, or no difference shown."""
        figure = self.gain.figure
        if figure.value is None or self.gain.prompts < LEAST:
            return "too few"
        # Both the test and the interval, where there is one: where they part, nothing is claimed.
        inside = (
            figure.low is not None and figure.high is not None and figure.low <= 0 <= figure.high
        )
        if self.corrected >= LEVEL or inside:
            return "no difference shown"
        up = figure.value > 0
        if self.measure.kind == "habit":
            return "more" if up else "less"
        return "better" if up else "worse"

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        field, value = self.slice or ("", "")
        where = {"field": field, "value": value} if self.slice else {}
        return {
            **where,
            "measure": self.measure.name,
            "kind": self.measure.kind,
            "base": self.base,
            "mine": self.mine,
            "gain": self.gain.as_dict(),
            "p_corrected": self.corrected,
            "says": self.word,
        }


@dataclass(frozen=True, slots=True)
class Column:
    """A measure of both, prompt by prompt.

    Attributes:
        measure: Which.
        base_C: The base's value at each prompt; NaN where there is none.
        mine_C: The contender's.
        slice: Of which records it is; all others are NaN.
    """

    measure: Measure
    base_C: Floats
    mine_C: Floats
    slice: tuple[str, str] | None = None

    @property
    def difference_C(self) -> Floats:
        """What counts as gain at each prompt."""
        less = -1.0 if self.measure.better < 0 and self.measure.kind != "habit" else 1.0
        return less * (self.mine_C - self.base_C)


def compare(columns: Sequence[Column], how: How) -> list[Comparison]:
    """All columns compared; p not yet corrected."""
    if not columns:
        return []
    differences_CM = np.stack([one.difference_C for one in columns], axis=-1)
    found = gains(differences_CM, how, [one.measure.width for one in columns])
    return [
        Comparison(
            one.measure,
            _mean(one.base_C, one.difference_C),
            _mean(one.mine_C, one.difference_C),
            gain,
            gain.p,
            one.slice,
        )
        for one, gain in zip(columns, found, strict=True)
    ]


def _mean(values_C: Floats, difference_C: Floats) -> float | None:
    both_C = values_C[np.isfinite(difference_C)]
    return float(np.mean(both_C)) if both_C.size else None


def columns_of(
    measures: Sequence[Measure], base: Mapping[str, Floats], mine: Mapping[str, Floats]
) -> list[Column]:
    """Measures that both have."""
    return [
        Column(one, base[one.name], mine[one.name])
        for one in measures
        if one.name in base and one.name in mine
    ]


def sliced(column: Column, labels: Mapping[str, Sequence[str | None]]) -> list[Column]:
    """A column's slices: by each field each value, in the order of their names.

    Args:
        column: Of all records.
        labels: By field the value of each prompt; None where the record has none.
    """
    found = []
    for field, values in labels.items():
        for value in sorted({one for one in values if one is not None}):
            here_C = np.array([one == value for one in values])
            base_C = np.where(here_C, column.base_C, math.nan)
            found.append(Column(column.measure, base_C, column.mine_C, (field, value)))
    return found
