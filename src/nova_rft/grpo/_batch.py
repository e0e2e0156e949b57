"""The tensors of a loss, checked; what lies outside the mask can do no harm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nova_rft.errors import UsageError
from nova_rft.grpo._arrays import Bools, Floats, Ints

# A log-probability is never positive, but for the rounding of half precision.
_MOST_LOGP: Final = 1e-2
# Beyond this the exponential leaves what a float holds.
_MOST_LOG_RATIO: Final = 700.0
# Tokens looked at together: few enough that all that is made of them stays in the processor's cache.
_BLOCK: Final = 8192


@dataclass(frozen=True, slots=True)
class Block:
    """Some rollouts (`_R`) and their tokens that count, one after the other (`_M`).

    Attributes:
        rows: Which rollouts they are.
        mask_RT: Where in these rollouts the tokens stand.
        lengths_R: How many there are.
        advantages_R: One for each rollout.
        share_R: What a token counts in the sum.
        logps_M: Log-probability under the policy.
        log_ratio_M: The same less that under the old policy.
        gap_M: That under the reference policy less the policy's; None without a reference.
    """

    rows: slice
    mask_RT: Bools
    lengths_R: Ints
    advantages_R: Floats
    share_R: Floats
    logps_M: Floats
    log_ratio_M: Floats
    gap_M: Floats | None

    def spread(self, values_R: Floats) -> Floats:
        """The value of each token's rollout."""
        return np.repeat(values_R, self.lengths_R)

    def sums(self, values_M: Floats) -> Floats:
        """The sum of each rollout, shape R."""
        sums_R = np.zeros(self.lengths_R.size)
        (some_R,) = np.nonzero(self.lengths_R)
        if some_R.size:
            starts_R = (np.cumsum(self.lengths_R) - self.lengths_R)[some_R]
            sums_R[some_R] = np.add.reduceat(values_M, starts_R)
        return sums_R

    def means(self, values_M: Floats) -> Floats:
        """The mean of each rollout, shape R; 0 for one without tokens."""
        means_R: Floats = self.sums(values_M) / np.maximum(self.lengths_R, 1)
        return means_R


class Batch:
    """The rollouts of one update; their numbers are checked block by block, as they are read."""

    def __init__(
        self,
        logps_NT: ArrayLike,
        old_logps_NT: ArrayLike,
        advantages_N: ArrayLike,
        mask_NT: ArrayLike,
        ref_logps_NT: ArrayLike | None,
    ) -> None:
        """Checks the shapes.

        Raises:
            UsageError: one differs from that of the mask, or the mask or an advantage is none.
        """
        self.mask_NT = _mask(mask_NT)
        given = {"logps": logps_NT, "old_logps": old_logps_NT, "ref_logps": ref_logps_NT}
        self._given = {
            name: _like(name, values, self.mask_NT)
            for name, values in given.items()
            if values is not None
        }
        self._advantages_N = _advantages(advantages_N, len(self.mask_NT))
        self.lengths_N: Ints = np.count_nonzero(self.mask_NT, axis=1)

    def blocks(self, share_N: Floats) -> Iterator[Block]:
        """The rollouts, some at a time.

        Args:
            share_N: What a token of each rollout counts in the sum.

        Raises:
            UsageError: a number that counts is none, or no logarithm of a probability.
        """
        rows = max(_BLOCK // max(self.mask_NT.shape[1], 1), 1)
        for first in range(0, len(self.mask_NT), rows):
            yield self._block(slice(first, first + rows), share_N)

    def _block(self, rows: slice, share_N: Floats) -> Block:
        mask_NT = self.mask_NT[rows]
        read = {
            name: _logps(name, values[rows], mask_NT, rows.start)
            for name, values in self._given.items()
        }
        logps, reference = read["logps"], read.get("ref_logps")
        place = (mask_NT, rows.start)
        return Block(
            rows=rows,
            mask_RT=mask_NT,
            lengths_R=self.lengths_N[rows],
            advantages_R=self._advantages_N[rows],
            share_R=share_N[rows],
            logps_M=logps,
            log_ratio_M=_gap("old_logps", logps, read["old_logps"], *place),
            gap_M=None if reference is None else _gap("ref_logps", reference, logps, *place),
        )


def read_entropies(entropies_NT: ArrayLike, mask_NT: Bools) -> Floats:
    """The entropies of the tokens that count, checked.

    Raises:
        UsageError: the shape is not that of the mask, or one is negative or none.
    """
    entropies_M = _masked("entropies", _like("entropies", entropies_NT, mask_NT), mask_NT, 0)
    if entropies_M.min(initial=0.0) < 0:
        raise UsageError(
            f"entropies of {_place(entropies_M < 0, mask_NT, 0)} is below 0; give nats"
        )
    return entropies_M


def _mask(mask_NT: ArrayLike) -> Bools:
    mask = np.asarray(mask_NT)
    if mask.ndim != 2 or not len(mask):
        raise UsageError(
            f"mask has shape {mask.shape}; give one row for each rollout, one column a token"
        )
    flags: Bools = mask.astype(np.bool_)
    if mask.dtype != np.bool_ and not (flags == mask).all():
        raise UsageError("mask holds other values than 0 and 1; 1 says that a token counts")
    return flags


def _like(name: str, values_NT: ArrayLike, mask_NT: Bools) -> NDArray[np.generic]:
    values = np.asarray(values_NT)
    if values.shape != mask_NT.shape:
        raise UsageError(
            f"{name} has shape {values.shape} and the mask {mask_NT.shape}; give the same"
        )
    return values


def _masked(name: str, values_NT: NDArray[np.generic], mask_NT: Bools, first: int) -> Floats:
    kept_M: Floats = _flat(values_NT, mask_NT).astype(np.float64, copy=False)
    if not np.isfinite(kept_M).all():
        raise UsageError(
            f"{name} of {_place(~np.isfinite(kept_M), mask_NT, first)} is no finite number; "
            "mask such tokens out"
        )
    return kept_M


def _flat(values_NT: NDArray[np.generic], mask_NT: Bools) -> NDArray[np.generic]:
    # Without padding, what is to be copied is all of it.
    return values_NT.reshape(-1) if mask_NT.all() else values_NT[mask_NT]


def _logps(name: str, values_NT: NDArray[np.generic], mask_NT: Bools, first: int) -> Floats:
    logps_M = _masked(name, values_NT, mask_NT, first)
    if logps_M.max(initial=0.0) > _MOST_LOGP:
        raise UsageError(
            f"{name} of {_place(logps_M > _MOST_LOGP, mask_NT, first)} is above 0; "
            "give logarithms of probabilities"
        )
    return logps_M


def _gap(name: str, left_M: Floats, right_M: Floats, mask_NT: Bools, first: int) -> Floats:
    gap_M: Floats = left_M - right_M
    if max(gap_M.max(initial=0.0), -gap_M.min(initial=0.0)) > _MOST_LOG_RATIO:
        far = _place(np.abs(gap_M) > _MOST_LOG_RATIO, mask_NT, first)
        raise UsageError(
            f"logps and {name} of {far} differ by more than {_MOST_LOG_RATIO:.0f}; "
            "they do not belong to the same tokens"
        )
    return gap_M


def _advantages(advantages_N: ArrayLike, rollouts: int) -> Floats:
    advantages = np.asarray(advantages_N, dtype=np.float64)
    if advantages.shape != (rollouts,):
        raise UsageError(
            f"advantages have shape {advantages.shape} and the mask {rollouts} rows; give one for each"
        )
    if not np.isfinite(advantages).all():
        first = int(np.flatnonzero(~np.isfinite(advantages))[0])
        raise UsageError(
            f"advantage {first} is {advantages[first]}; give finite ones, 0 for an abstention"
        )
    return advantages


def _place(wrong_M: Bools, mask_NT: Bools, first: int) -> str:
    row, column = np.argwhere(mask_NT)[np.flatnonzero(wrong_M)[0]]
    return f"rollout {first + row}, token {column}"
