"""Rank correlations of sides with few different values, from a table of how often each two go together.

The same figures as from rows, for any number of rows: a table is summed once for each prompt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from nova_rft.calibrate.metrics._prompts import Floats, Prompts
from nova_rft.calibrate.metrics._shares import ratio

# With more cells the table of all prompts is larger than the rows that it stands for.
_MOST: Final = 64


@dataclass(frozen=True, slots=True)
class Crosstab:
    """How often each value of the one side goes with each of the other, in each prompt.

    Attributes:
        counts_CG: Prompts x cells, the other side's values within the one side's, both rising.
        shape: How many values each side has.
    """

    counts_CG: Floats
    shape: tuple[int, int]

    @classmethod
    def of(cls, one_N: Floats, other_N: Floats, prompts: Prompts) -> Self | None:
        """The table; None where the sides have too many values, or none."""
        ones, one_code_N = np.unique(one_N, return_inverse=True)
        others, other_code_N = np.unique(other_N, return_inverse=True)
        cells = ones.size * others.size
        if not 0 < cells <= _MOST:
            return None
        place_N = (prompts.of_row_N * ones.size + one_code_N) * others.size + other_code_N
        counts = np.bincount(place_N, minlength=prompts.count * cells)
        shape = (int(ones.size), int(others.size))
        return cls(counts.reshape(prompts.count, cells).astype(np.float64), shape)

    def _drawn(self, weights_DC: Floats) -> Floats:
        return (weights_DC @ self.counts_CG).reshape(-1, *self.shape)

    def spearman(self, weights_DC: Floats) -> Floats:
        """Pearson's correlation of the ranks in each draw."""
        table_DKL = self._drawn(weights_DC)
        rows_D = np.maximum(table_DKL.sum(axis=(1, 2)), 1.0)
        one_DK, other_DL = table_DKL.sum(axis=2), table_DKL.sum(axis=1)
        x_DK, y_DL = (_centred_ranks(side, rows_D) for side in (one_DK, other_DL))
        both = np.einsum("dkl,dk,dl->d", table_DKL, x_DK, y_DL)
        one, other = np.sum(one_DK * x_DK**2, axis=1), np.sum(other_DL * y_DL**2, axis=1)
        # Ranks lie at least a half apart: less than that is rounding.
        one, other = (np.where(square < 1e-6, 0.0, square) for square in (one, other))
        return ratio(both, np.sqrt(one * other))

    def kendall(self, weights_DC: Floats) -> Floats:
        """Tau-b in each draw."""
        table_DKL = self._drawn(weights_DC)
        rows_D = table_DKL.sum(axis=(1, 2))
        above_DKL = np.zeros_like(table_DKL)
        # Of each cell all that is greater on both sides.
        above_DKL[:, :-1, :-1] = (
            table_DKL[:, ::-1, ::-1].cumsum(1).cumsum(2)[:, ::-1, ::-1][:, 1:, 1:]
        )
        concordant = np.sum(table_DKL * above_DKL, axis=(1, 2))
        every, both = _pairs(rows_D), np.sum(_pairs(table_DKL), axis=(1, 2))
        one, other = (np.sum(_pairs(table_DKL.sum(axis=side)), axis=1) for side in (2, 1))
        untied = every - one - other + both
        return ratio(2 * concordant - untied, np.sqrt((every - one) * (every - other)))


def _centred_ranks(side_DK: Floats, rows_D: Floats) -> Floats:
    ranks_DK = np.cumsum(side_DK, axis=1) - side_DK / 2 + 0.5
    centred: Floats = ranks_DK - (np.sum(side_DK * ranks_DK, axis=1) / rows_D)[:, None]
    return centred


def _pairs(counts: Floats) -> Floats:
    return counts * (counts - 1) / 2
