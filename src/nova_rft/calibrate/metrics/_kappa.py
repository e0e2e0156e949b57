"""Agreement of two raters beyond chance: Cohen's kappa and Scott's pi."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nova_rft.calibrate._resample import Edge, Statistic, edge_of_share
from nova_rft.calibrate.metrics._prompts import Floats, Ints, Prompts
from nova_rft.calibrate.metrics._shares import ratio

Weights = Literal["none", "linear", "quadratic"]


def kappa(
    one_N: Ints,
    other_N: Ints,
    places_K: Floats,
    prompts: Prompts,
    *,
    weights: Weights = "none",
    chance: Literal["cohen", "scott"] = "cohen",
) -> Statistic:
    """1 - observed over expected disagreement of two raters.

    Cohen (Educational and Psychological Measurement 20, 1960) takes each rater's own marginals for what
    chance would give, weighted as in Psychological Bulletin 70 (1968); Scott (Public Opinion Quarterly
    19, 1955) takes the mean of both.

    Args:
        one_N: The one rater's label of each row, as its number; negative where there is none.
        other_N: The other's.
        places_K: Where each label lies on its scale; looked at by weights alone.
        prompts: Of all rows.
        weights: How much a disagreement counts: all alike, by distance, by its square.
        chance: Whose idea of chance.
    """
    both_N = (one_N >= 0) & (other_N >= 0)
    one_N, other_N, prompts = one_N[both_N], other_N[both_N], prompts.where(both_N)
    cost_KK = costs(places_K, weights)
    kinds = len(places_K)
    observed_CF = prompts.sums(cost_KK[one_N, other_N], np.ones(one_N.size))
    ones_CK, others_CK = (_marginals(rater_N, kinds, prompts) for rater_N in (one_N, other_N))

    def of(weights_DC: Floats) -> Floats:
        off, rows = np.moveaxis(weights_DC @ observed_CF, -1, 0)
        a_DK, b_DK = weights_DC @ ones_CK, weights_DC @ others_CK
        if chance == "scott":
            a_DK = b_DK = (a_DK + b_DK) / 2
        # Of a product of two marginals, so that one label alone gives exactly nothing to expect.
        expected = np.sum((a_DK @ cost_KK) * b_DK, axis=-1)
        return 1 - ratio(off * rows, expected)

    return Statistic(
        of, rows=int(one_N.size), prompts=prompts.present(), edge=_edge(one_N, other_N, kinds)
    )


def costs(places_K: Floats, weights: Weights) -> Floats:
    """What each disagreement counts."""
    if weights == "none":
        return 1 - np.eye(len(places_K))
    apart_KK = np.abs(places_K[:, None] - places_K[None, :])
    return apart_KK if weights == "linear" else apart_KK**2


def _marginals(rater_N: Ints, kinds: int, prompts: Prompts) -> Floats:
    counts = np.bincount(prompts.of_row_N * kinds + rater_N, minlength=prompts.count * kinds)
    return counts.reshape(prompts.count, kinds).astype(np.float64)


def _edge(one_N: Ints, other_N: Ints, kinds: int) -> Edge | None:
    """Where all agree: disagreement may be as common as Clopper-Pearson's bound over prompts."""
    if not one_N.size or (one_N != other_N).any():
        return None
    shares_K = np.bincount(one_N, minlength=kinds) / one_N.size
    expected = 1 - float(np.sum(shares_K**2))

    def edge(present: int) -> tuple[float, float]:
        return max(1 - edge_of_share(present) / expected, -1.0), 1.0

    return edge


def kappa_of_numbers(one_N: Floats, other_N: Floats, prompts: Prompts) -> Statistic:
    """Quadratically weighted kappa of numbers, each its own place on the scale; NaN where there is none.

    The same as `kappa(..., weights="quadratic")`, from sums instead of a table, so that there may be any
    number of different values: n sum (x - y)^2 / sum over i, j of (x_i - y_j)^2.
    """
    both_N = np.isfinite(one_N) & np.isfinite(other_N)
    one_N, other_N, prompts = one_N[both_N], other_N[both_N], prompts.where(both_N)
    # Differences alone matter; near zero the squares lose no digits.
    middle = float(np.mean(one_N)) if one_N.size else 0.0
    x_N, y_N = one_N - middle, other_N - middle
    sums_CF = prompts.sums((x_N - y_N) ** 2, x_N, y_N, x_N**2 + y_N**2, np.ones(x_N.size))
    # Rounding leaves something of what is nothing.
    least = 1e-12 * float(np.sum(x_N**2 + y_N**2)) * max(x_N.size, 1)
    alike = bool(np.ptp(np.concatenate([x_N, y_N])) == 0) if x_N.size else True

    def of(weights_DC: Floats) -> Floats:
        off, x, y, squares, rows = np.moveaxis(weights_DC @ sums_CF, -1, 0)
        expected = rows * squares - 2 * x * y
        expected = np.where(expected <= least, 0.0, expected)
        return np.full(off.size, np.nan) if alike else 1 - ratio(off * rows, expected)

    return Statistic(of, rows=int(x_N.size), prompts=prompts.present())
