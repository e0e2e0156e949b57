"""Rank correlations: Spearman's rho and Kendall's tau-b."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from nova_rft.calibrate._resample import Of, Statistic
from nova_rft.calibrate.metrics._crosstab import Crosstab
from nova_rft.calibrate.metrics._prompts import Floats, Ints, Prompts
from nova_rft.calibrate.metrics._shares import ratio

_UNDEFINED: Final = "one side has the same value everywhere"


def spearman(one_N: Floats, other_N: Floats, prompts: Prompts) -> Statistic:
    """Pearson's correlation of the ranks, equal values sharing their mean rank.

    Args:
        one_N: One side; NaN where there is none.
        other_N: The other.
        prompts: Of all rows.
    """
    one_N, other_N, prompts = _both(one_N, other_N, prompts)
    table = Crosstab.of(one_N, other_N, prompts)
    if table is not None:
        return _correlation(table.spearman, prompts)
    one, other = _Ranked.of(one_N), _Ranked.of(other_N)

    def of_rows(weights_ND: Floats) -> Floats:
        return weighted_correlation(one.ranks(weights_ND), other.ranks(weights_ND), weights_ND)

    return _correlation(lambda weights_DC: prompts.by_rows(weights_DC, of_rows), prompts)


def partial_spearman(
    one_N: Floats, other_N: Floats, given_N: Floats, prompts: Prompts
) -> Statistic:
    """Spearman's correlation of two sides less what both share with a third (partial correlation)."""
    there_N = np.isfinite(one_N) & np.isfinite(other_N) & np.isfinite(given_N)
    prompts = prompts.where(there_N)
    ranked = [_Ranked.of(side_N[there_N]) for side_N in (one_N, other_N, given_N)]

    def of_rows(weights_ND: Floats) -> Floats:
        x, y, z = (side.ranks(weights_ND) for side in ranked)
        xy, xz, yz = (weighted_correlation(a, b, weights_ND) for a, b in ((x, y), (x, z), (y, z)))
        left = (1 - xz**2) * (1 - yz**2)
        return ratio(xy - xz * yz, np.sqrt(np.where(left < 1e-12, 0.0, left)))

    return _correlation(lambda weights_DC: prompts.by_rows(weights_DC, of_rows), prompts)


def kendall(one_N: Floats, other_N: Floats, prompts: Prompts) -> Statistic:
    """Kendall's tau-b: concordant less discordant pairs, over the pairs that are no ties (1945).

    Args:
        one_N: One side; NaN where there is none.
        other_N: The other.
        prompts: Of all rows.
    """
    one_N, other_N, prompts = _both(one_N, other_N, prompts)
    table = Crosstab.of(one_N, other_N, prompts)
    if table is not None:
        return _correlation(table.kendall, prompts)
    ordered = _Ordered.of(one_N, other_N)
    prompts = Prompts(prompts.of_row_N[ordered.order_N], prompts.count)

    def of_rows(weights_ND: Floats) -> Floats:
        rows = weights_ND.sum(axis=0)
        every = rows * (rows - 1) / 2
        one = tied_pairs(ordered.one_N, weights_ND)
        both = tied_pairs(ordered.both_N, weights_ND)
        other = tied_pairs(ordered.other_N, weights_ND[ordered.by_other_N])
        concordant = ordered.concordant(weights_ND)
        untied = every - one - other + both
        return ratio(2 * concordant - untied, np.sqrt((every - one) * (every - other)))

    return _correlation(lambda weights_DC: prompts.by_rows(weights_DC, of_rows), prompts)


def _correlation(of: Of, prompts: Prompts) -> Statistic:
    return Statistic(
        of, rows=int(prompts.of_row_N.size), prompts=prompts.present(), undefined=_UNDEFINED
    )


def tied_pairs(groups_N: Ints, weights_ND: Floats) -> Floats:
    """Pairs of rows in one group, each row counting as often as its weight says.

    Args:
        groups_N: Groups of rows, those of one group together.
        weights_ND: Of the rows, for each draw.
    """
    if not groups_N.size:
        return np.zeros(weights_ND.shape[1])
    size_GD = _by_group(groups_N, weights_ND)
    found: Floats = np.sum(size_GD * (size_GD - 1) / 2, axis=0)
    return found


def weighted_correlation(x_ND: Floats, y_ND: Floats, weights_ND: Floats) -> Floats:
    """Pearson's correlation in each draw; NaN where a side does not vary."""
    rows = np.maximum(weights_ND.sum(axis=0), 1.0)
    x_ND = x_ND - np.sum(weights_ND * x_ND, axis=0) / rows
    y_ND = y_ND - np.sum(weights_ND * y_ND, axis=0) / rows
    weighted_ND = weights_ND * x_ND
    both = np.sum(weighted_ND * y_ND, axis=0)
    one = np.sum(weighted_ND * x_ND, axis=0)
    other = np.sum(weights_ND * y_ND**2, axis=0)
    # Ranks lie at least a half apart: less than that is rounding.
    one, other = (np.where(square < 1e-6, 0.0, square) for square in (one, other))
    return ratio(both, np.sqrt(one * other))


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A side whose ranks can be told for any weights."""

    order_N: Ints
    group_N: Ints

    @classmethod
    def of(cls, values_N: Floats) -> Self:
        _, group_N = np.unique(values_N, return_inverse=True)
        return cls(np.argsort(group_N, kind="stable"), group_N)

    def ranks(self, weights_ND: Floats) -> Floats:
        """The mean rank of each row among rows that count as often as their weights say."""
        if not self.group_N.size:
            return weights_ND
        sorted_ND = weights_ND[self.order_N]
        size_GD = _by_group(self.group_N[self.order_N], sorted_ND)
        middle_GD = np.cumsum(size_GD, axis=0) - size_GD / 2 + 0.5
        return middle_GD[self.group_N]


def _by_group(group_N: Ints, weights_ND: Floats) -> Floats:
    """Sums over groups; rows of one group stand together."""
    starts = np.flatnonzero(np.diff(group_N, prepend=group_N[0] - 1))
    return np.add.reduceat(weights_ND, starts, axis=0)


@dataclass(frozen=True, slots=True)
class _Pass:
    """One bit of the other side's rank: rows by the bits above it, else in their order.

    Attributes:
        order_N: The rows in that order.
        lacks_N: 1 for rows without the bit, 0 for rows that have it, in that order.
        set_M: Places of those that have it.
        start_M: For each of them the first place of its run of equal bits above.
    """

    order_N: Ints
    lacks_N: Floats
    set_M: Ints
    start_M: Ints

    def rising(self, weights_ND: Floats) -> Floats:
        """Pairs of a run whose earlier row lacks the bit and whose later row has it."""
        sorted_ND = weights_ND[self.order_N]
        before_ND = np.zeros((len(sorted_ND) + 1, sorted_ND.shape[1]))
        np.cumsum(sorted_ND * self.lacks_N[:, None], axis=0, out=before_ND[1:])
        lower_MD = before_ND[self.set_M]
        lower_MD -= before_ND[self.start_M]
        found: Floats = np.einsum("md,md->d", sorted_ND[self.set_M], lower_MD)
        return found


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Rows in the order of one side, in which concordant pairs can be counted for any weights.

    Equal values of that side stand in falling order of the other, so that none of their pairs rises.
    Pairs that rise are counted bit by bit of the other side's rank, from the highest: each pair at the
    first bit in which its ranks differ. The orders depend on no weight, so each pass is a running sum.

    Attributes:
        order_N: The rows in this order.
        one_N: Groups of equal values of the one side, in this order.
        both_N: Groups of rows equal on both sides, in this order.
        by_other_N: This order's places by the other side's values.
        other_N: Groups of equal values of the other side, in the order of `by_other_N`.
        passes: One for each bit.
    """

    order_N: Ints
    one_N: Ints
    both_N: Ints
    by_other_N: Ints
    other_N: Ints
    passes: tuple[_Pass, ...]

    @classmethod
    def of(cls, one_N: Floats, other_N: Floats) -> Self:
        """The order of two sides; which of them is which makes no difference to their pairs."""
        kinds, one_rank_N = np.unique(one_N, return_inverse=True)
        others, rank_N = np.unique(other_N, return_inverse=True)
        if others.size > kinds.size:
            one_rank_N, rank_N, others = rank_N, one_rank_N, kinds
        order_N = np.lexsort((-rank_N, one_rank_N))
        one_rank_N, rank_N = one_rank_N[order_N], rank_N[order_N]
        by_other_N = np.argsort(rank_N, kind="stable")
        bits = range(max(int(others.size) - 1, 0).bit_length())
        return cls(
            order_N,
            one_rank_N,
            one_rank_N * max(int(others.size), 1) + rank_N,
            by_other_N,
            rank_N[by_other_N],
            tuple(_pass(rank_N, bit) for bit in bits),
        )

    def concordant(self, weights_ND: Floats) -> Floats:
        """Pairs that rise on both sides, in each draw."""
        found = np.zeros(weights_ND.shape[1])
        for one in self.passes:
            found += one.rising(weights_ND)
        return found


def _pass(rank_N: Ints, bit: int) -> _Pass:
    order_N = np.argsort(rank_N >> (bit + 1), kind="stable")
    above_N = rank_N[order_N] >> (bit + 1)
    begins_N = np.flatnonzero(np.diff(above_N, prepend=-1))
    lengths = np.diff(np.append(begins_N, above_N.size))
    has_N = (rank_N[order_N] >> bit & 1).astype(np.bool_)
    start_N = np.repeat(begins_N, lengths)
    return _Pass(order_N, (~has_N).astype(np.float64), np.flatnonzero(has_N), start_N[has_N])


def _both(one_N: Floats, other_N: Floats, prompts: Prompts) -> tuple[Floats, Floats, Prompts]:
    there_N = np.isfinite(one_N) & np.isfinite(other_N)
    return one_N[there_N], other_N[there_N], prompts.where(there_N)
