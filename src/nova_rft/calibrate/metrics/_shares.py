"""Shares, and differences of shares."""

from __future__ import annotations

import numpy as np

from nova_rft.calibrate._resample import Method, Statistic, edge_of_share
from nova_rft.calibrate.metrics._prompts import Bools, Floats, Prompts


def share(hit_N: Bools, prompts: Prompts) -> Statistic:
    """The share of rows that are hits; any one row gives a value."""
    counts_CF = prompts.sums(hit_N, np.ones(hit_N.size))
    all_hit, no_hit = bool(hit_N.all()), not hit_N.any()

    def edge(present: int) -> tuple[float, float]:
        width = edge_of_share(present)
        return (1 - width, 1.0) if all_hit else (0.0, width)

    return Statistic(
        lambda weights_DC: ratio(*np.moveaxis(weights_DC @ counts_CF, -1, 0)),
        rows=int(hit_N.size),
        prompts=prompts.present(),
        least=1,
        undefined="there are no such rows",
        # Resamples are equal as well where each prompt has the same share of hits; that is no edge.
        edge=edge if all_hit or no_hit else None,
    )


def difference(hit_N: Bools, one_N: Bools, other_N: Bools, prompts: Prompts) -> Statistic:
    """The share of hits among one kind of rows, less that among another kind.

    Args:
        hit_N: Which rows are hits.
        one_N: Which rows are of the one kind.
        other_N: Which are of the other; no row is of both.
        prompts: Of all rows.
    """
    counts_CF = prompts.sums(hit_N & one_N, one_N, hit_N & other_N, other_N)
    ones, others = prompts.where(one_N), prompts.where(other_N)

    def of(weights_DC: Floats) -> Floats:
        a, n, b, m = np.moveaxis(weights_DC @ counts_CF, -1, 0)
        return ratio(a, n) - ratio(b, m)

    uniform = all(bool(hit_N[mask].all()) or not hit_N[mask].any() for mask in (one_N, other_N))

    def edge(_: int) -> tuple[float, float]:
        # Both shares lie at an edge: each may be off by its own bound, inwards.
        off = [edge_of_share(max(kind.present(), 1)) for kind in (ones, others)]
        high = [bool(hit_N[mask].all()) for mask in (one_N, other_N)]
        value = float(high[0]) - float(high[1])
        low = value - (off[0] if high[0] else 0.0) - (0.0 if high[1] else off[1])
        top = value + (0.0 if high[0] else off[0]) + (off[1] if high[1] else 0.0)
        return low, top

    return Statistic(
        of,
        rows=int(min(one_N.sum(), other_N.sum())),
        prompts=min(ones.present(), others.present()),
        undefined="there are no such rows",
        edge=edge if uniform else None,
        method="percentile",
    )


def mean(values_N: Floats, prompts: Prompts, method: Method = "bca") -> Statistic:
    """The mean of some numbers."""
    counts_CF = prompts.sums(values_N, np.ones(values_N.size))
    return Statistic(
        lambda weights_DC: ratio(*np.moveaxis(weights_DC @ counts_CF, -1, 0)),
        rows=int(values_N.size),
        prompts=prompts.present(),
        undefined="there are no such rows",
        method=method,
    )


def ratio(over: Floats, under: Floats) -> Floats:
    """One over the other; NaN where the other is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(under == 0, np.nan, over / under)
