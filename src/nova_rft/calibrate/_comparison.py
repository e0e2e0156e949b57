"""Several judges on the same labels: which one is better, and whether that is more than luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nova_rft.calibrate._agreement import Draws
from nova_rft.calibrate._calibration import Calibration
from nova_rft.calibrate._correct import holm
from nova_rft.calibrate._figure import Figure
from nova_rft.calibrate._sheet import Sheet
from nova_rft.calibrate.metrics import Floats, Prompts, mean

_FLIPS: Final = 10_000
# A row by which two judges' verdicts are paired: its prompt, line, id and criterion.
_Key = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True)
class Against:
    """A judge against the best one, on the same rows.

    Attributes:
        judge: Its name.
        best: The best one's.
        lead: By how much the best one is better: accuracy on labels, or mean absolute error on numbers
            as a share of people's scale.
        p: Chance of such a lead, or a greater one either way, if both were alike: prompts' differences
            change sign at random; corrected for as many judges (Holm, 1979).
    """

    judge: str
    best: str
    lead: Figure
    p: float

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {"judge": self.judge, "best": self.best, "lead": self.lead.as_dict(), "p": self.p}


def compare_judges(found: Sequence[Calibration], draws: Draws) -> list[Against]:
    """Each judge against the best one; none where there is one judge alone.

    Args:
        found: Judges on the same labels.
        draws: How intervals are made.
    """
    if len(found) < 2:
        return []
    scores = [_points(one.sheet) for one in found]
    means = [float(np.mean(list(points.values()))) if points else 0.0 for points in scores]
    best = int(np.argmax(means))
    others = [place for place in range(len(found)) if place != best]
    leads = [_leads(scores[best], scores[place]) for place in others]
    chances = holm([_chance(one.prompts.sums(one.lead_N)[:, 0], draws.seed) for one in leads])
    return [
        Against(
            found[place].judge,
            found[best].judge,
            draws.figure(mean(one.lead_N, one.prompts, "percentile"), one.prompts),
            p,
        )
        for place, one, p in zip(others, leads, chances, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Leads:
    """On each row that both judges judged, by how much the one is better."""

    lead_N: Floats
    prompts: Prompts


def _leads(one: Mapping[_Key, float], other: Mapping[_Key, float]) -> _Leads:
    shared = [key for key in one if key in other]
    lead_N = np.array([one[key] - other[key] for key in shared], dtype=np.float64)
    return _Leads(lead_N, Prompts.of([prompt for prompt, *_ in shared]))


def _points(sheet: Sheet) -> dict[_Key, float]:
    """What each verdict is worth, by what it is about."""
    keys = [(row.group, row.line, row.id, row.criterion) for row in sheet.rows]
    return dict(zip(keys, points_of(sheet).tolist(), strict=True))


def points_of(sheet: Sheet) -> Floats:
    """What each verdict is worth: right or not, or of numbers how near; nothing where unreadable."""
    if not sheet.scale.numeric:
        return sheet.right_N.astype(np.float64)
    span = float(np.ptp(sheet.human_value_N)) or 1.0
    off_N = np.abs(sheet.judge_value_N - sheet.human_value_N) / span
    return 1 - np.minimum(np.where(sheet.readable_N, off_N, 1.0), 1.0)


def _chance(lead_C: Floats, seed: int) -> float:
    """Two-sided permutation test of paired differences, prompt by prompt."""
    moved_C = lead_C[lead_C != 0]
    if not moved_C.size:
        return 1.0
    dice = np.random.default_rng(seed)
    observed = abs(float(moved_C.sum()))
    beyond = 0
    step = max(2_000_000 // moved_C.size, 1)
    for start in range(0, _FLIPS, step):
        count = min(step, _FLIPS - start)
        signs = dice.integers(0, 2, size=(count, moved_C.size), dtype=np.int8) * 2 - 1
        beyond += int(np.sum(np.abs(signs @ moved_C) >= observed - 1e-9))
    return (beyond + 1) / (_FLIPS + 1)
