"""By how much one model is above another on the same prompts: paired, tested, with an interval.

Names of arrays carry their shape: `_C` runs over prompts, `_M` over measures, `_D` over draws, `_F` over
flips of signs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from nova_rft.calibrate import Figure
from nova_rft.calibrate._figure import LEAST, missing, too_few
from nova_rft.calibrate._resample import edge_of_share
from nova_rft.calibrate.metrics import Floats

LEVEL: Final = 0.05
POWER: Final = 0.8
# Differences of sums in another order are no differences.
_SAME: Final = 1e-9
# Numbers that one block of draws or flips may have.
_AT_ONCE: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class How:
    """How intervals and tests are made.

    Attributes:
        draws: Resamples of the prompts for intervals.
        flips: Changes of signs for tests; no p is below 1 / (flips + 1).
        seed: Equal seeds give equal figures.
    """

    draws: int = 2_000
    flips: int = 10_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Gain:
    """The mean over prompts of one model's value less another's.

    Attributes:
        figure: The mean and its 95 % interval.
        p: Chance of such a mean, or a greater one either way, were both models equal; 1 where nothing
            differs. Not corrected.
        prompts: On which both were measured.
        differing: Of these, on which they differ.
        spread: Standard deviation of the differences; None below 2 prompts.
        width: Between the measure's lowest and highest value; 0 where it has no bounds.
    """

    figure: Figure
    p: float
    prompts: int
    differing: int
    spread: float | None
    width: float = 1.0

    def detectable(self) -> float | None:
        """The least true gain that so many prompts would show with a power of 80 %."""
        if self.spread is None or self.prompts < LEAST:
            return None
        return _tails() * self._bounded_spread() / math.sqrt(self.prompts)

    def needed(self, least: float) -> int | None:
        """Prompts that would show a true gain of `least` with a power of 80 %, by the spread seen.

        n = ((z_.975 + z_.8) s / least)^2, the paired test's usual approximation.
        """
        if self.spread is None or self.prompts < LEAST:
            return None
        return max(math.ceil((_tails() * self._bounded_spread() / least) ** 2), LEAST)

    def _bounded_spread(self) -> float:
        """Where nothing differs, the spread of 3 in n that differ by all (the rule of three)."""
        seen = self.spread or 0.0
        return seen if self.differing else self.width * math.sqrt(3 / self.prompts)

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            **self.figure.as_dict(),
            "p": self.p,
            "prompts": self.prompts,
            "differing": self.differing,
            "spread": self.spread,
            "detectable": self.detectable(),
        }


def _tails() -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - LEVEL / 2) + normal.inv_cdf(POWER)


def gains(differences_CM: Floats, how: How, widths: Sequence[float] = ()) -> list[Gain]:
    """The gain in each measure.

    p is of the paired permutation test: were both models equal, each prompt's difference could as well
    have the other sign (Fisher, The Design of Experiments, 1935); exact with ties and skew alike.

    Args:
        differences_CM: Of each prompt the one model's value less the other's; NaN where one is missing.
        how: How it is made.
        widths: Between each measure's lowest and highest value, 0 where it has no bounds; left out, 1.
    """
    known_CM = np.isfinite(differences_CM)
    values_CM = np.where(known_CM, differences_CM, 0.0)
    p_M = _chances(values_CM, how)
    # In order, those that have no value last: a quantile is then a place.
    drawn_DM = np.sort(_drawn(values_CM, known_CM.astype(np.float64), how), axis=0)
    finite_M = np.isfinite(drawn_DM).sum(axis=0)
    found = []
    for place in range(differences_CM.shape[1]):
        told_C = differences_CM[known_CM[:, place], place]
        width = widths[place] if widths else 1.0
        found.append(
            Gain(
                _figure(told_C, drawn_DM[: finite_M[place], place], width),
                float(p_M[place]),
                int(told_C.size),
                int(np.sum(np.abs(told_C) > _SAME)),
                float(np.std(told_C, ddof=1)) if told_C.size > 1 else None,
                width,
            )
        )
    return found


def _figure(told_C: Floats, drawn_D: Floats, width: float) -> Figure:
    if not told_C.size:
        return missing("no prompt was measured on both models")
    value = float(np.mean(told_C))
    if told_C.size < LEAST:
        return Figure(value, reason=too_few(told_C.size, "prompts"))
    if np.ptp(told_C) <= _SAME:
        if not width:
            return Figure(value, reason="no interval: every prompt differs alike")
        # Every resample is the same, and says nothing of prompts that were not drawn (Clopper-Pearson).
        off = width * edge_of_share(told_C.size)
        return Figure(value, max(value - off, -width), min(value + off, width))
    low, high = (_at(drawn_D, end) for end in ends(told_C.size))
    return Figure(value, min(low, value), max(high, value))


def _at(ordered_D: Floats, share: float) -> float:
    """The quantile of ordered numbers, as `np.quantile` interpolates."""
    place = (ordered_D.size - 1) * share
    below = math.floor(place)
    above = min(below + 1, ordered_D.size - 1)
    return float(ordered_D[below] + (place - below) * (ordered_D[above] - ordered_D[below]))


def ends(prompts: int) -> tuple[float, float]:
    """Percentiles of an expanded percentile interval, which are further out the fewer prompts there are.

    Hesterberg, The American Statistician 69, 2015, section 4.2: Phi(-sqrt(n / (n - 1)) t) in place of
    2.5 %, since a resample's spread is too small by that root, and a normal's tail is not Student's.
    """
    out = math.sqrt(prompts / (prompts - 1)) * _student(prompts - 1)
    low = NormalDist().cdf(-out)
    return low, 1 - low


def _student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t (Abramowitz and Stegun, 26.7.5; within .01 from 4 on)."""
    z = NormalDist().inv_cdf(1 - LEVEL / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + math.fsum(term / float(freedom**power) for power, term in enumerate(terms, start=1))


def _chances(values_CM: Floats, how: How) -> Floats:
    """Two-sided, of sums under changed signs; the sums seen are among those that count."""
    seen_M = np.abs(values_CM.sum(axis=0))
    beyond_M = np.zeros(seen_M.size)
    for signs_FC in blocks("signs", len(values_CM), how.flips, how.seed):
        beyond_M += np.sum(np.abs(signs_FC @ values_CM) >= seen_M - _SAME, axis=0)
    return (beyond_M + 1) / (how.flips + 1)


def _drawn(values_CM: Floats, known_CM: Floats, how: How) -> Floats:
    """Means over the prompts of each draw; NaN where a draw has none that was measured."""
    parts = []
    for weights_DC in blocks("weights", len(values_CM), how.draws, how.seed):
        with np.errstate(invalid="ignore"):
            parts.append((weights_DC @ values_CM) / (weights_DC @ known_CM))
    return np.concatenate(parts)


def blocks(kind: str, prompts: int, count: int, seed: int) -> Iterator[Floats]:
    """Random rows over prompts, some at a time; kept where they are asked for again and not too many."""
    if count * prompts <= _AT_ONCE:
        yield _kept(kind, prompts, count, seed)
        return
    dice = np.random.default_rng(seed)
    step = max(_AT_ONCE // prompts, 1)
    for start in range(0, count, step):
        yield _rows(kind, prompts, min(step, count - start), dice)


@lru_cache(maxsize=8)
def _kept(kind: str, prompts: int, count: int, seed: int) -> Floats:
    rows = _rows(kind, prompts, count, np.random.default_rng(seed))
    rows.flags.writeable = False
    return rows


def _rows(kind: str, prompts: int, count: int, dice: np.random.Generator) -> Floats:
    if kind == "signs":
        return 2.0 * dice.integers(0, 2, size=(count, prompts)).astype(np.float64) - 1.0
    rows = np.empty((count, prompts))
    for row in rows:
        row[:] = np.bincount(dice.integers(0, prompts, size=prompts), minlength=prompts)
    return rows
