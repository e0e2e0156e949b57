"""Krippendorff's alpha: agreement of any number of raters, with gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from nova_rft.calibrate._resample import Edge, Statistic, edge_of_share
from nova_rft.calibrate.metrics._prompts import Floats, Ints, Prompts
from nova_rft.calibrate.metrics._shares import ratio

Level = Literal["nominal", "ordinal", "interval"]
# From weights and the labels' totals: the disagreement observed, and expected by chance.
_Observed = Callable[[Floats, Floats], tuple[Floats, Floats]]


def alpha(
    labels_NR: Ints,
    kinds: int,
    prompts: Prompts,
    *,
    level: Literal["nominal", "ordinal"] = "nominal",
) -> Statistic:
    """1 - observed over expected disagreement (Krippendorff, Content Analysis, 2004, chapter 11).

    Args:
        labels_NR: Each rater's label of each row, as its number; in the order of the scale where the
            level is ordinal; negative where there is none. Rows with fewer than two do not count.
        kinds: How many labels there are.
        prompts: Of all rows.
        level: Whether labels are apart alike, or the further the more labels lie between.
    """
    counts_NK = np.stack([(labels_NR == kind).sum(axis=1) for kind in range(kinds)], axis=-1)
    paired_N = counts_NK.sum(axis=1) > 1
    counts_NK, prompts = counts_NK[paired_N], prompts.where(paired_N)
    totals_CK = prompts.sums(*counts_NK.T)
    observed = (_equal if level == "nominal" else _ordered)(counts_NK, prompts)

    def of(weights_DC: Floats) -> Floats:
        totals_DK = weights_DC @ totals_CK
        apart, expected = observed(weights_DC, totals_DK)
        return 1 - ratio((totals_DK.sum(axis=-1) - 1) * apart, expected)

    return Statistic(of, rows=int(paired_N.sum()), prompts=prompts.present(), edge=_edge(counts_NK))


def _equal(counts_NK: Ints, prompts: Prompts) -> _Observed:
    """Disagreement where all labels are apart alike; what is observed needs no table of labels."""
    said_N = counts_NK.sum(axis=1)
    # Each value pairs with all others of its row, and weighs one over how many these are.
    apart_CF = prompts.sums((said_N**2 - (counts_NK**2).sum(axis=1)) / (said_N - 1))

    def told(weights_DC: Floats, totals_DK: Floats) -> tuple[Floats, Floats]:
        expected: Floats = totals_DK.sum(axis=-1) ** 2 - np.sum(totals_DK**2, axis=-1)
        return (weights_DC @ apart_CF)[:, 0], expected

    return told


def _ordered(counts_NK: Ints, prompts: Prompts) -> _Observed:
    """Disagreement of ordinal labels: the squared number of values that lie between them."""
    kinds = counts_NK.shape[1]
    each_N = 1 / (counts_NK.sum(axis=1) - 1)
    pairs_CKK = prompts.sums(
        *(
            (counts_NK[:, one] * (counts_NK[:, other] - (one == other))) * each_N
            for one in range(kinds)
            for other in range(kinds)
        )
    )

    def told(weights_DC: Floats, totals_DK: Floats) -> tuple[Floats, Floats]:
        # Half of each label's own values lie below its middle.
        middle_DK = np.cumsum(totals_DK, axis=-1) - totals_DK / 2
        apart_DKK = (middle_DK[:, :, None] - middle_DK[:, None, :]) ** 2
        pairs_DKK = (weights_DC @ pairs_CKK).reshape(-1, kinds, kinds)
        products_DKK = totals_DK[:, :, None] * totals_DK[:, None, :]
        return (
            np.sum(pairs_DKK * apart_DKK, axis=(-1, -2)),
            np.sum(products_DKK * apart_DKK, axis=(-1, -2)),
        )

    return told


def alpha_of_numbers(values_NR: Floats, prompts: Prompts) -> Statistic:
    """Krippendorff's alpha of numbers, by squared differences (level interval), from sums.

    Args:
        values_NR: Each rater's number for each row; NaN where there is none.
        prompts: Of all rows.
    """
    there_NR = np.isfinite(values_NR)
    said_N = there_NR.sum(axis=1)
    paired_N = said_N > 1
    values_NR, there_NR, said_N = values_NR[paired_N], there_NR[paired_N], said_N[paired_N]
    prompts = prompts.where(paired_N)
    known = values_NR[there_NR]
    middle = float(known.mean()) if known.size else 0.0
    x_NR = np.where(there_NR, values_NR - middle, 0.0)
    sum_N, squares_N = x_NR.sum(axis=1), (x_NR**2).sum(axis=1)
    # Of squared differences, not as a difference of sums, so that equal values give exactly nothing.
    apart_N = np.sum(there_NR * (x_NR - (sum_N / said_N)[:, None]) ** 2, axis=1)
    within_N = 2 * said_N * apart_N / (said_N - 1)
    sums_CF = prompts.sums(within_N, sum_N, squares_N, said_N)
    alike = bool(known.size == 0 or np.ptp(known) == 0)
    least = 1e-12 * float(squares_N.sum()) * max(int(said_N.sum()), 1)

    def of(weights_DC: Floats) -> Floats:
        observed, total, squares, count = np.moveaxis(weights_DC @ sums_CF, -1, 0)
        expected = 2 * (count * squares - total**2)
        expected = np.where(expected <= least, 0.0, expected)
        found = 1 - ratio((count - 1) * observed, expected)
        return np.full(found.size, np.nan) if alike else found

    return Statistic(of, rows=int(paired_N.sum()), prompts=prompts.present())


def _edge(counts_NK: Ints) -> Edge | None:
    """Where all agree: disagreement may be as common as Clopper-Pearson's bound over prompts."""
    if not len(counts_NK) or ((counts_NK > 0).sum(axis=1) > 1).any():
        return None
    shares_K = counts_NK.sum(axis=0) / counts_NK.sum()
    expected = 1 - float(np.sum(shares_K**2))

    def edge(present: int) -> tuple[float, float]:
        return max(1 - edge_of_share(present) / expected, -1.0), 1.0

    return edge
