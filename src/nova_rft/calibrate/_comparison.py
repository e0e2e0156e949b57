"""Several judges on the same labels: which one is better, and whether that is more than luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nova_rft.calibrate._agreement import Draws
from nova_rft.calibrate._calibration import Calibration
from nova_rft.calibrate._figure import Figure
from nova_rft.calibrate._sheet import Sheet
from nova_rft.calibrate.metrics import Floats, mean

_FLIPS: Final = 10_000


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
    best = int(np.argmax([float(np.mean(points_N)) for points_N in scores]))
    others = [place for place in range(len(found)) if place != best]
    prompts = found[best].sheet.prompts
    leads = [scores[best] - scores[place] for place in others]
    chances = _holm([_chance(prompts.sums(lead_N)[:, 0], draws.seed) for lead_N in leads])
    return [
        Against(
            found[place].judge, found[best].judge, draws.figure(mean(lead_N, prompts), prompts), p
        )
        for place, lead_N, p in zip(others, leads, chances, strict=True)
    ]


def _points(sheet: Sheet) -> Floats:
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


def _holm(chances: Sequence[float]) -> list[float]:
    """Each corrected for having looked at all of them."""
    corrected = [0.0] * len(chances)
    least = 0.0
    for rank, place in enumerate(sorted(range(len(chances)), key=lambda n: chances[n])):
        least = max(least, min((len(chances) - rank) * chances[place], 1.0))
        corrected[place] = least
    return corrected


def points_of(sheet: Sheet) -> Floats:
    """What each verdict is worth where judges are compared: 0 to 1."""
    return _points(sheet)
