"""Rows that were labelled by criteria, seen as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Final

from nova_rft.calibrate._scale import Scale
from nova_rft.calibrate._sheet import People, settled
from nova_rft.calibrate.labels import WHOLE, Label, Labels, Row, Said, Verdict

# What a criterion is called that means the whole.
OVERALL: Final = "overall"


def pooled(labels: Labels, judge: str) -> Labels:
    """Each criterion of each row that the judge looked at as a row of its own, of the same prompt.

    None where criteria have different scales: what agrees then is mostly that they differ.
    """
    names = [name for name in labels.numeric if name in labels.judged(judge)]
    scales = {name: Scale.of(_used(labels.rows, name)) for name in names}
    ends = {(one.labels[0], one.labels[-1]) if one.numeric else () for one in scales.values()}
    alike = labels.kind == "pairs" or len(ends) == 1
    rows = [
        replace(row, human={WHOLE: row.human[name]}, said=_of(row, judge, name), criterion=name)
        for row in labels.rows
        for name in (names if alike else ())
        if name in row.human
    ]
    return replace(labels, rows=tuple(rows), numeric={WHOLE: any(labels.numeric.values())})


def _of(row: Row, judge: str, criterion: str) -> Mapping[str, Said]:
    said = row.said.get(judge, {})
    none = (Verdict(None),)
    return {judge: {order: {WHOLE: by.get(criterion, none)} for order, by in said.items()}}


def averaged(labels: Labels, judge: str, people: People, order: Sequence[str]) -> Labels:
    """Each row with the mean over its criteria, as a share of each criterion's scale.

    The judge's own value of the whole is taken where there is one, else the mean over criteria too, for
    each reading. Criteria whose labels have no order are left out.
    """
    scales = {name: Scale.of(_used(labels.rows, name), order) for name in labels.numeric}
    scales = {name: one for name, one in scales.items() if one.places and one.known}
    rows = []
    for row in labels.rows:
        shares = [
            scales[name].share(settled(said, people))
            for name, said in row.human.items()
            if name in scales
        ]
        known = [share for share in shares if share is not None]
        mean = fmean(known) if len(known) == len(shares) and known else None
        rows.append(replace(row, human={WHOLE: (mean,)}, said=_mean_said(row, judge, scales)))
    return replace(labels, rows=tuple(rows), numeric={WHOLE: True})


def _used(rows: Sequence[Row], criterion: str) -> set[Label]:
    return {one for row in rows for one in row.human.get(criterion, ()) if one is not None}


def _mean_said(row: Row, judge: str, scales: Mapping[str, Scale]) -> Mapping[str, Said]:
    found = {}
    for order, by_criterion in row.said.get(judge, {}).items():
        if WHOLE in by_criterion:
            whole = [(v.label if v.score is None else v.score) for v in by_criterion[WHOLE]]
            numbers = [one if isinstance(one, float) else None for one in whole]
        else:
            numbers = _means(by_criterion, [name for name in scales if name in row.human], scales)
        found[order] = {WHOLE: tuple(Verdict(one, one) for one in numbers)}
    return {judge: found}


def _means(
    by_criterion: Mapping[str, tuple[Verdict, ...]],
    names: Sequence[str],
    scales: Mapping[str, Scale],
) -> list[float | None]:
    reads = [by_criterion.get(name, ()) for name in names]
    found: list[float | None] = []
    for number in range(min(map(len, reads), default=0)):
        shares = [
            scales[name].share(scales[name].read(said[number]).label)
            for name, said in zip(names, reads, strict=True)
        ]
        known = [share for share in shares if share is not None]
        found.append(fmean(known) if len(known) == len(shares) and known else None)
    return found or [None]
