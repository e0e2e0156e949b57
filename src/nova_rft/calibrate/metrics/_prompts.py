"""Which row belongs to which prompt, and sums over the rows of each."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

# Weights of rows that are looked at together: what a processor's cache holds is read only once.
_AT_ONCE: Final = 250_000


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompt of each row.

    Attributes:
        of_row_N: Its number, from 0.
        count: How many prompts the whole set has; some may have no row here.
    """

    of_row_N: Ints
    count: int

    @classmethod
    def of(cls, keys: Sequence[Hashable]) -> Self:
        """Numbers for prompts, in the order in which they first appear."""
        numbers: dict[Hashable, int] = {}
        of_row_N = [numbers.setdefault(key, len(numbers)) for key in keys]
        return cls(np.array(of_row_N, dtype=np.intp), len(numbers))

    def where(self, mask_N: Bools) -> Prompts:
        """Of some rows alone."""
        return Prompts(self.of_row_N[mask_N], self.count)

    def present(self) -> int:
        """How many prompts have a row here."""
        return int(np.unique(self.of_row_N).size)

    def sums(self, *columns: ArrayLike) -> Floats:
        """Each column's sum over the rows of each prompt: prompts x columns."""
        return np.stack(
            [
                np.bincount(
                    self.of_row_N,
                    weights=np.asarray(column, dtype=np.float64),
                    minlength=self.count,
                )
                for column in columns
            ],
            axis=-1,
        )

    def by_rows(self, weights_DC: Floats, of: Callable[[Floats], Floats]) -> Floats:
        """A statistic of the rows' weights (rows x draws), some draws at a time, all processors used."""
        step = max(_AT_ONCE // max(self.of_row_N.size, 1), 1)
        starts = range(0, len(weights_DC), step)

        def part(start: int) -> Floats:
            # Rows first: what is gathered and summed along them then lies side by side.
            weights_CD = np.ascontiguousarray(weights_DC[start : start + step].T)
            return of(weights_CD[self.of_row_N])

        if len(starts) < 2:
            return np.concatenate([part(start) for start in starts] or [np.empty(0)])
        with ThreadPoolExecutor(min(os.cpu_count() or 1, len(starts))) as pool:
            return np.concatenate(list(pool.map(part, starts)))
