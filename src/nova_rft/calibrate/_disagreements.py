"""The rows on which judge and people differ most, for reading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nova_rft.calibrate._sheet import Sheet
from nova_rft.calibrate.labels import Label, Row
from nova_rft.calibrate.metrics import Floats


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One row on which the judge says something else than people.

    Attributes:
        row: What was labelled.
        human: What counts of what people said.
        judge: What the judge said; None where it could not be read.
        agreed: Share of the annotators who said what counts.
    """

    row: Row
    human: Label
    judge: Label | None
    agreed: float


def worst(sheet: Sheet, count: int) -> list[Disagreement]:
    """The rows that differ most: by distance, then by how far people agree; one of each prompt."""
    apart_N = np.where(sheet.right_N, 0.0, _distance(sheet))
    agreed_N = _agreed(sheet)
    order_N = np.lexsort((-agreed_N, -apart_N))
    _, first = np.unique(sheet.prompts.of_row_N[order_N], return_index=True)
    return [
        Disagreement(
            sheet.rows[place],
            _label(sheet, int(place), human=True),
            _label(sheet, int(place), human=False) if sheet.readable_N[place] else None,
            float(agreed_N[place]),
        )
        for place in order_N[np.sort(first)][:count]
        if apart_N[place] > 0
    ]


def confusion(sheet: Sheet) -> dict[tuple[Label, Label | None], int]:
    """How often people said the one and the judge the other; None: it could not be read."""
    found: dict[tuple[Label, Label | None], int] = {}
    for place in range(sheet.size):
        judge = _label(sheet, place, human=False) if sheet.readable_N[place] else None
        key = _label(sheet, place, human=True), judge
        found[key] = found.get(key, 0) + 1
    return found


def _distance(sheet: Sheet) -> Floats:
    """How far apart the labels lie, as a share of the scale; one that is unreadable lies halfway."""
    places = sheet.scale.places
    if places is None:
        return np.where(sheet.readable_N, 1.0, 0.5)
    span = (max(places) - min(places)) or 1.0
    apart_N = np.abs(sheet.judge_value_N - sheet.human_value_N) / span
    return np.where(sheet.readable_N & np.isfinite(apart_N), apart_N, 0.5)


def _agreed(sheet: Sheet) -> Floats:
    code_NR = sheet.crowd.code_NR[sheet.kept_N]
    said_N = np.maximum((code_NR >= 0).sum(axis=1), 1)
    shared: Floats = (code_NR == sheet.human_N[:, None]).sum(axis=1) / said_N
    return shared


def _label(sheet: Sheet, place: int, *, human: bool) -> Label:
    if sheet.scale.numeric:
        values_N = sheet.human_value_N if human else sheet.judge_value_N
        return float(values_N[place])
    codes_N = sheet.human_N if human else sheet.judge_N
    return sheet.scale.labels[int(codes_N[place])]
