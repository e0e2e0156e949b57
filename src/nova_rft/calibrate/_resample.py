"""Intervals by resampling prompts, never rows: rows of one prompt are alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from nova_rft.calibrate._figure import LEAST, Figure, missing, too_few

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Of = Callable[[Floats], Floats]
Edge = Callable[[int], tuple[float, float]]

Method = Literal["bca", "percentile"]

_LEVEL: Final = 0.95
# More prompts are left out in groups: their sums of cubes are the same but for noise.
_EXACT_JACKKNIFE: Final = 1_000
_JACKKNIFE_GROUPS: Final = 400
# Of the draws, how many must have a value for an interval to be told.
_DEFINED: Final = 0.8
_SAME: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Statistic:
    """Something that can be computed from how often each prompt counts.

    Attributes:
        of: From weights (draws x prompts) to one value for each draw; NaN where it has none.
        rows: How many rows it is over.
        prompts: How many prompts these rows have.
        least: With fewer rows there is no value.
        undefined: Why there is none where there are rows enough, in words.
        edge: From the number of prompts to an interval for a value at its edge (all right, none
            wrong), where every resample is the same and says nothing.
        method: How its interval is made: BCa, or for differences, which lie on both sides of 0 alike,
            the plain percentiles, since there BCa's corrections add noise and nothing else.
    """

    of: Of
    rows: int
    prompts: int
    least: int = LEAST
    undefined: str = "all have the same label"
    edge: Edge | None = None
    method: Method = "bca"

    def value(self, prompts: int) -> float:
        """The value itself; NaN where it has none.

        Args:
            prompts: All prompts of the set, those without such rows included.
        """
        return float(self.of(np.ones((1, prompts)))[0])


@dataclass(frozen=True, slots=True)
class Resampling:
    """How the prompts of a set are drawn again.

    Attributes:
        prompts: How many there are.
        draws: How many samples of them, with replacement, are looked at.
        seed: Equal seeds give equal draws, so that figures of one set can be compared.
    """

    prompts: int
    draws: int = 1_000
    seed: int = 0

    def figure(self, statistic: Statistic) -> Figure:
        """The statistic's value and its 95 % interval by the method that it names."""
        if statistic.rows < statistic.least:
            return missing(too_few(statistic.rows, needed=statistic.least))
        value = statistic.value(self.prompts)
        if math.isnan(value):
            return missing(statistic.undefined)
        if statistic.prompts < LEAST:
            return Figure(value, reason=too_few(statistic.prompts, "prompts"))
        drawn = self.drawn(statistic)
        drawn = drawn[np.isfinite(drawn)]
        if drawn.size < _DEFINED * self.draws:
            return Figure(value, reason="too few: most resamples have no value")
        if np.ptp(drawn) <= _SAME:
            if statistic.edge is None:
                return Figure(value, reason="no interval: every resample is the same")
            return Figure(value, *statistic.edge(statistic.prompts))
        if statistic.method == "percentile":
            low, high = np.quantile(drawn, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
            return Figure(value, min(float(low), value), max(float(high), value))
        low, high = bca(value, drawn, statistic.of(_left_out(self.prompts)))
        return Figure(value, min(low, value), max(high, value))

    def drawn(self, statistic: Statistic) -> Floats:
        """The statistic in each draw."""
        return statistic.of(_weights(self.prompts, self.draws, self.seed))


def bca(value: float, drawn_D: Floats, left_out_J: Floats) -> tuple[float, float]:
    """Bias-corrected and accelerated interval (BCa, Efron, JASA 82, 1987).

    Args:
        value: The statistic of the sample.
        drawn_D: Of each resample.
        left_out_J: Of the sample without each of its prompts, or groups of prompts.
    """
    below = float(np.mean(drawn_D < value - _SAME))
    equal = float(np.mean(np.abs(drawn_D - value) <= _SAME))
    # A draw on the value itself is half below it; never 0 or 1, whose quantiles are infinite.
    share = min(max(below + equal / 2, 0.5 / drawn_D.size), 1 - 0.5 / drawn_D.size)
    normal = NormalDist()
    bias = normal.inv_cdf(share)
    left_out_J = left_out_J[np.isfinite(left_out_J)]
    influence_J = left_out_J.mean() - left_out_J if left_out_J.size else left_out_J
    squares = float(np.sum(influence_J**2))
    pull = float(np.sum(influence_J**3)) / (6 * squares**1.5) if squares > 0 else 0.0
    ends = []
    for end in (normal.inv_cdf((1 - _LEVEL) / 2), normal.inv_cdf((1 + _LEVEL) / 2)):
        moved = bias + end
        stretch = 1 - pull * moved
        # Beyond its pole the correction turns around; there the end of all draws is meant.
        ends.append(normal.cdf(bias + moved / stretch) if stretch > 0 else float(end > 0))
    low, high = np.quantile(drawn_D, ends)
    return float(low), float(high)


def edge_of_share(prompts: int) -> float:
    """How far from its edge a share may lie that was 0 or 1 for so many prompts (Clopper-Pearson)."""
    return 1 - float(((1 - _LEVEL) / 2) ** (1 / prompts))


@lru_cache(maxsize=4)
def _weights(prompts: int, draws: int, seed: int) -> Floats:
    """How often each prompt is in each draw, draws x prompts."""
    dice = np.random.default_rng(seed)
    weights_DC = np.empty((draws, prompts))
    for weights_C in weights_DC:
        weights_C[:] = np.bincount(dice.integers(0, prompts, size=prompts), minlength=prompts)
    weights_DC.flags.writeable = False
    return weights_DC


@lru_cache(maxsize=4)
def _left_out(prompts: int) -> Floats:
    """Weights without each prompt, or without each of some groups of them."""
    if prompts <= _EXACT_JACKKNIFE:
        weights_JC = np.ones((prompts, prompts)) - np.eye(prompts)
    else:
        order = np.random.default_rng(0).permutation(prompts)
        weights_JC = np.ones((_JACKKNIFE_GROUPS, prompts))
        weights_JC[np.arange(prompts) % _JACKKNIFE_GROUPS, order] = 0.0
    weights_JC.flags.writeable = False
    return weights_JC
