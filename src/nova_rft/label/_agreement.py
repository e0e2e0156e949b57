"""How far annotators agree: `nova_rft.calibrate`'s kappa, of each two who are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from nova_rft.calibrate import Draws, Figure
from nova_rft.calibrate.labels import PAIR_LABELS, WHOLE, Label
from nova_rft.calibrate.metrics import Floats, Prompts, kappa, kappa_of_numbers
from nova_rft.label._files import Said
from nova_rft.label._item import Item


@dataclass(frozen=True, slots=True)
class Agreed:
    """Two annotators on one criterion.

    Attributes:
        one: Who.
        other: And who.
        criterion: On what; `WHOLE` where they labelled responses, or pairs, as a whole.
        rows: Items that both labelled.
        same: Of these, those to which both gave the same label.
        kappa: Cohen's, with quadratic weights where labels are numbers, and its interval over prompts.
    """

    one: str
    other: str
    criterion: str
    rows: int
    same: int
    kappa: Figure

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            "annotators": [self.one, self.other],
            "criterion": self.criterion,
            "n": self.rows,
            "same": self.same,
            "kappa": self.kappa.as_dict(),
        }

    def __str__(self) -> str:
        """As people read it."""
        about = f" on {self.criterion}" if self.criterion else ""
        share = f" ({self.same / self.rows:.0%})" if self.rows else ""
        start = f"{self.one} and {self.other} agree{about} in {self.same} of {self.rows}{share}"
        if self.kappa.value is None:
            return f"{start}; no kappa: {self.kappa.reason}"
        low, high = self.kappa.low, self.kappa.high
        sure = "" if low is None or high is None else f" (95 %: {low:.2f} to {high:.2f})"
        return f"{start}, kappa {self.kappa.value:.2f}{sure}"


def agreement(items: Sequence[Item], said: Mapping[str, Mapping[str, Said]]) -> list[Agreed]:
    """Each two annotators on each criterion that both labelled.

    Args:
        items: The set.
        said: By annotator and item what they said.
    """
    names = {name for by_item in said.values() for one in by_item.values() for name in one}
    asked = dict.fromkeys(question.name for item in items for question in item.asked)
    criteria = [name for name in asked or {WHOLE: None} if name in names]
    return [
        _agreed(items, (one, said[one]), (other, said[other]), criterion)
        for one, other in combinations(said, 2)
        for criterion in criteria
    ]


def _agreed(
    items: Sequence[Item],
    one: tuple[str, Mapping[str, Said]],
    other: tuple[str, Mapping[str, Said]],
    criterion: str,
) -> Agreed:
    rows = [
        (item, label, beside)
        for item in items
        if (label := one[1].get(item.id, {}).get(criterion)) is not None
        and (beside := other[1].get(item.id, {}).get(criterion)) is not None
    ]
    prompts = Prompts.of([item.texts[0] for item, _, _ in rows])
    return Agreed(
        one[0],
        other[0],
        criterion,
        len(rows),
        sum(label == beside for _, label, beside in rows),
        _kappa([label for _, label, _ in rows], [beside for _, _, beside in rows], prompts),
    )


def _kappa(ones: Sequence[Label], others: Sequence[Label], prompts: Prompts) -> Figure:
    if ones and all(isinstance(label, int | float) for label in (*ones, *others)):
        return Draws().figure(kappa_of_numbers(_numbers(ones), _numbers(others), prompts), prompts)
    known = {label: place for place, label in enumerate(PAIR_LABELS)}
    for label in (*ones, *others):
        known.setdefault(str(label), len(known))
    one_N, other_N = (
        np.array([known[str(label)] for label in labels], dtype=np.intp)
        for labels in (ones, others)
    )
    places_K = np.arange(len(known), dtype=np.float64)
    return Draws().figure(kappa(one_N, other_N, places_K, prompts), prompts)


def _numbers(labels: Sequence[Label]) -> Floats:
    return np.array(labels, dtype=np.float64)
